using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// An output that is a weight, or known when compiling, becomes a copy of it, so that it is computed like any other.
/// Leaves alone: every other value.
/// </summary>
public static class CopyConstantOutputs
{
    public static Graph Run(Graph graph)
    {
        var constants = graph.Constants.ToDictionary(c => c.Key, c => c.Value);
        var known = graph.Known.ToDictionary(k => k.Key, k => k.Value);
        var shapes = graph.Shapes.ToDictionary(s => s.Key, s => s.Value);
        var types = graph.Types.ToDictionary(t => t.Key, t => t.Value);
        var names = ValueNames.Of(graph);
        var outputs = new List<string>();
        var copies = new List<Node>();
        foreach (var output in graph.Outputs)
        {
            if (shapes.ContainsKey(output) || !(constants.ContainsKey(output) || known.ContainsKey(output)))
            {
                outputs.Add(output);
                continue;
            }

            if (known.TryGetValue(output, out var value) && value is KnownIntegers integers && integers.Values.Any(v => v.IsBatch || v.IsOpen))
            {
                throw new CompilationException("LW0203", $"The output '{output}' = [{string.Join(", ", integers.Values)}] depends on the size of the network's input. Export the model with fixed shapes.");
            }

            var copy = names.Fresh(output + "/copy");
            shapes[copy] = new Shape((constants.TryGetValue(output, out var constant) ? constant.Shape : known[output].Shape).Select(d => (Dim)d));
            types[copy] = constant?.Type ?? known[output].Type;
            copies.Add(new Node(output, new Alias("Identity"), new([output]), new([copy])));
            outputs.Add(copy);
        }

        return copies.Count == 0 ? graph : graph with { Nodes = [.. graph.Nodes, .. copies], Outputs = outputs, Logits = outputs[0], Shapes = shapes, Types = types };
    }
}
