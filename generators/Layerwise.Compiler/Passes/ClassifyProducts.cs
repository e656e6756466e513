using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Says which functions of two values are linear in what is computed (x·w, x/w, a − b), and which products are gates: a value times one
/// that a Sigmoid, HardSigmoid, Softmax or Clip to 0…1 made, or times or over one that masks alone made, as the number of tokens that a mean
/// over a mask divides by. Leaves alone: products in which neither or both are gates.
/// </summary>
public static class ClassifyProducts
{
    public static Graph Run(Graph graph)
    {
        var uses = new Uses(graph);
        return graph with { Nodes = [.. graph.Nodes.Select(node => node.Operator is Elementwise function ? node with { Operator = Classify(node, function) } : node)] };

        Elementwise Classify(Node node, Elementwise function) => function.Name switch
        {
            "Neg" or "Sub" or "Mean" => function with { IsAffine = true },
            "Div" when !graph.IsComputed(node.Inputs[1]) => function with { IsAffine = true },
            "Div" when graph.Masks.Contains(node.Inputs[1]) && IsWhole(node, signal: 0) => function with { GateInput = 1 },
            "Mul" when node.Inputs.Count(graph.IsComputed) == 1 => function with { IsAffine = true },
            "Mul" when (Only(node, graph.Masks.Contains) ?? Only(node, IsGate)) is { } gate && IsWhole(node, signal: 1 - gate) => function with { GateInput = gate },
            _ => function,
        };

        int? Only(Node node, Func<string, bool> condition) => new[] { 0, 1 }.Where(i => condition(node.Inputs[i])).ToList() is [var input] ? input : null;

        // A signal that is spread out is added up on the way back, which a gate's rule does not do.
        bool IsWhole(Node node, int signal) => graph.Shapes[node.Inputs[signal]].Equals(graph.Shapes[node.Output]);

        bool IsGate(string value) => graph.Masks.Contains(value) || uses.Producer(value) switch
        {
            { Operator: Softmax { IsLog: false } or Elementwise { Name: "Sigmoid" or "HardSigmoid" } or Clip { Low: 0, High: 1 } } => true,
            { Operator: Reshape or Flatten or Squeeze or Unsqueeze or Transpose or Expand } movement => IsGate(movement.Inputs[0]),
            _ => false,
        };
    }
}
