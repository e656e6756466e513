using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Says which functions of two values are linear in what is computed (x·w, x/w, a − b), and which products are gates: a value times one
/// that a Sigmoid, HardSigmoid, Softmax or Clip to 0…1 made, or a mask: whole numbers or bools made floating-point. Leaves alone: products in which neither or both are gates.
/// </summary>
public static class ClassifyProducts
{
    public static Graph Run(Graph graph)
    {
        var uses = new Uses(graph);
        bool IsComputed(string value) => graph.Shapes.ContainsKey(value) && !graph.Constants.ContainsKey(value) && !graph.Known.ContainsKey(value);
        return graph with { Nodes = [.. graph.Nodes.Select(node => node.Operator is Elementwise function ? node with { Operator = Classify(node, function) } : node)] };

        Elementwise Classify(Node node, Elementwise function) => function.Name switch
        {
            "Neg" or "Sub" or "Mean" => function with { IsAffine = true },
            "Div" when !IsComputed(node.Inputs[1]) => function with { IsAffine = true },
            "Mul" when node.Inputs.Count(IsComputed) == 1 => function with { IsAffine = true },
            "Mul" when new[] { 0, 1 }.Where(i => IsGate(node.Inputs[i])).ToList() is [var gate] && graph.Shapes[node.Inputs[1 - gate]].Equals(graph.Shapes[node.Output]) => function with { GateInput = gate },
            _ => function,
        };

        bool IsGate(string value) => uses.Producer(value) switch
        {
            { Operator: Softmax { IsLog: false } or Elementwise { Name: "Sigmoid" or "HardSigmoid" } or Clip { Low: 0, High: 1 } } => true,
            { Operator: Cast } cast => !graph.Types[cast.Inputs[0]].IsFloat(),
            { Operator: Reshape or Flatten or Squeeze or Unsqueeze or Transpose or Expand } movement => IsGate(movement.Inputs[0]),
            _ => false,
        };
    }
}
