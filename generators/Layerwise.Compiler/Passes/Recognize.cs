using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Passes.Recognition;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Makes one node of what exporters write as several, so that it has one rule and one kernel, and says so. What it leaves alone stands with
/// each pattern; nodes that somebody else reads stay beside the new one.
/// </summary>
public static class Recognize
{
    public static Graph Run(Graph graph)
    {
        var names = ValueNames.Of(graph);
        Pattern[] patterns = [new Activations(graph), new LayerNorms(graph), new LocalResponses(graph), new GroupNorms(graph), new Attentions(graph), new GlobalPools(graph)];
        var (shapes, types, constants) = (graph.Shapes.ToDictionary(s => s.Key, s => s.Value), graph.Types.ToDictionary(t => t.Key, t => t.Value), graph.Constants.ToDictionary(c => c.Key, c => c.Value));
        var (nodes, made) = (new List<Node>(graph.Nodes.Count), new HashSet<string>());
        foreach (var node in graph.Nodes)
        {
            if (patterns.Select(p => p.Find(node)).FirstOrDefault(f => f is not null) is not { } found)
            {
                nodes.Add(node);
                continue;
            }

            var output = node.Output;
            if (found.Then is not null)
            {
                output = names.Fresh(node.Output + "." + found.Operator.Name);
                var x = shapes[found.Inputs[0]];
                shapes[output] = new Shape([.. x.Dims.Take(2), .. Enumerable.Repeat((Dim)1, x.Rank - 2)]);
                types[output] = types[node.Output];
            }

            made.Add(output);
            nodes.Add(node with { Operator = found.Operator, Inputs = new(found.Inputs), Outputs = new([output]) });
            if (found.Then is not null)
            {
                nodes.Add(node with { Operator = found.Then, Inputs = new([output]) });
            }
        }

        foreach (var weight in patterns.SelectMany(p => p.Defined))
        {
            constants[weight.Key] = weight.Value;
        }

        var result = PruneDead.Run(graph with { Nodes = nodes, Shapes = shapes, Types = types, Constants = constants, Baked = [.. graph.Baked.Union(patterns.SelectMany(p => p.Used))] });
        var counts = result.Nodes.Where(n => made.Contains(n.Output)).GroupBy(n => n.Operator.Name).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Count()} {g.Key}").ToList();
        result = counts.Count == 0 ? result : result.Note($"Recognised in several nodes each: {string.Join(", ", counts)}.");
        return Gates(result) switch
        {
            0 => result,
            1 => result.Note("1 product is a squeeze-and-excitation gate."),
            var gates => result.Note($"{gates} products are squeeze-and-excitation gates."),
        };
    }

    /// <summary>Products of a value with what its own global mean opens and shuts (Hu et al. 2018). They stay nodes: their linear layers have rules of their own.</summary>
    private static int Gates(Graph graph)
    {
        var uses = new Uses(graph);
        return graph.Nodes.Count(n => n.Operator is Elementwise { Name: "Mul" } && Enumerable.Range(0, 2).Any(i => IsGate(uses.Producer(n.Inputs[i])) && MeanBehind(n.Inputs[i]) == n.Inputs[1 - i]));

        bool IsGate(Node? node) => node?.Operator is Elementwise { Name: "Sigmoid" or "HardSigmoid" } or Clip { Low: 0, High: 1 }
            || (node?.Operator is Reshape or Unsqueeze && IsGate(uses.Producer(node.Inputs[0])));

        string? MeanBehind(string value)
        {
            for (var node = uses.Producer(value); node is not null; node = uses.Producer(node.Inputs[0]))
            {
                if (node.Operator is GlobalAveragePool)
                {
                    return node.Inputs[0];
                }

                if (node.Operator is not (Conv or Gemm or MatMul or Relu or Clip or Reshape or Flatten or Squeeze or Unsqueeze or Sum or Swish or Elementwise or BatchNormalization) || node.Inputs.Count(graph.Shapes.ContainsKey) != 1)
                {
                    return null;
                }
            }

            return null;
        }
    }
}
