namespace Layerwise.Compiler.Ir;

/// <summary>Who makes and who reads each value of a graph.</summary>
public sealed class Uses
{
    private readonly Dictionary<string, Node> _producers = [];
    private readonly Dictionary<string, List<Node>> _consumers = [];
    private readonly HashSet<string> _outputs;

    public Uses(Graph graph)
    {
        _outputs = [.. graph.Outputs, graph.Logits];
        foreach (var node in graph.Nodes)
        {
            foreach (var output in node.Outputs)
            {
                _producers[output] = node;
            }

            foreach (var input in node.Inputs.Where(i => i.Length > 0))
            {
                if (!_consumers.TryGetValue(input, out var consumers))
                {
                    _consumers[input] = consumers = [];
                }

                consumers.Add(node);
            }
        }
    }

    public Node? Producer(string value) => _producers.TryGetValue(value, out var node) ? node : null;

    /// <summary>The nodes that read the value, once for each time.</summary>
    public IReadOnlyList<Node> Consumers(string value) => _consumers.TryGetValue(value, out var nodes) ? nodes : [];

    /// <summary>The one node that reads the value, where it is read once and is not itself an output.</summary>
    public Node? OnlyConsumer(string value)
        => !_outputs.Contains(value) && Consumers(value) is [var only] ? only : null;
}
