using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Finds the shape of every value, what is made of weights alone, and the values that follow from shapes (Shape, Gather, Unsqueeze, Concat chains); takes the branch of an If.
/// The inputs' first dimension stays symbolic: the batch is never a number of the file.
/// Leaves alone: the nodes; those whose result is known go in FoldConstants.
/// </summary>
public static class InferShapes
{
    // More forms of a weight than anyone reads in one expression; what has more is computed.
    private const int MostForms = 16;

    public static Graph Run(Graph graph)
    {
        var shapes = graph.Shapes.ToDictionary(s => s.Key, s => s.Value);
        var known = graph.Known.ToDictionary(k => k.Key, k => k.Value);
        var baked = new SortedSet<string>(StringComparer.Ordinal);
        var constants = graph.Constants.ToDictionary(c => c.Key, c => c.Value);
        var types = graph.Types.ToDictionary(t => t.Key, t => t.Value);
        var formats = graph.Formats.ToDictionary(f => f.Key, f => f.Value);
        var nodes = new List<Node>(graph.Nodes.Count);
        foreach (var node in graph.Nodes)
        {
            try
            {
                Infer(node);
            }
            catch (CompilationException e) when (e.Constant is { } value)
            {
                throw e.From(Origins(graph, value));
            }
            catch (OverflowException)
            {
                throw CompilationException.Shape(node.Name, node.Operator.Name, "its sizes are too large to count");
            }
        }

        return graph with { Nodes = nodes, Shapes = shapes, Types = types, Known = known, Constants = constants, Baked = baked };

        void Infer(Node node)
        {
            var context = Context(node, baked);
            if (node.Operator is If choice)
            {
                Take(node, graph.Branches[choice.Choose(context)].Value);
                return;
            }

            if (node.Inputs.FirstOrDefault(i => i.Length > 0 && !shapes.ContainsKey(i) && !constants.ContainsKey(i) && !known.ContainsKey(i)) is { } stranger)
            {
                throw context.ShapeError($"its input '{stranger}' is not computed, or is of a type that is not computed with");
            }

            nodes.Add(Resolve(node, context));
        }

        // The nodes of the branch that runs, then its outputs under the names that they have outside.
        void Take(Node node, Branch branch)
        {
            foreach (var inner in branch.Nodes)
            {
                Infer(inner);
            }

            for (var i = 0; i < Math.Min(node.Outputs.Count, branch.Outputs.Count); i++)
            {
                Infer(new Node(node.Name, new Alias("Identity"), new([branch.Outputs[i]]), new([node.Outputs[i]])));
            }
        }

        Node Resolve(Node node, NodeContext context)
        {
            var inputs = node.Inputs.Where(i => i.Length > 0 && !known.ContainsKey(i)).ToList();
            var read = new HashSet<string>();
            if (node.Operator.Evaluate(Context(node, read)) is { Count: <= Known.Most } result)
            {
                known[node.Output] = result;
                baked.UnionWith(read);
                return node;
            }

            if (inputs.All(i => constants.TryGetValue(i, out var weight) && weight.Type == ElementType.Float32) && node.Operator.Fold(context) is { Depth: <= MostForms } constant)
            {
                constants[node.Output] = constant;
                return node;
            }

            var resolved = node with { Operator = node.Operator.Resolve(context) };
            context = Context(resolved, baked);
            var outputs = resolved.Operator.InferShapes(context);
            var kinds = resolved.Operator.InferTypes(context);
            for (var i = 0; i < Math.Min(outputs.Count, node.Outputs.Count); i++)
            {
                if (node.Outputs[i].Length > 0)
                {
                    Check(context, outputs[i]);
                    shapes[node.Outputs[i]] = outputs[i];
                    types[node.Outputs[i]] = kinds[i];
                }
            }

            if (resolved.Operator.InferFormat(context) is { } format)
            {
                formats[node.Output] = format;
            }

            var handsOn = resolved.Operator.HandsOn(context, outputs[0]);
            if (handsOn && constants.TryGetValue(node.Inputs[0], out var same))
            {
                constants[node.Output] = same;
                shapes.Remove(node.Output);
            }
            else if (inputs.All(constants.ContainsKey))
            {
                Prepare(resolved);
            }

            return handsOn ? resolved with { Operator = new Alias("Identity") } : resolved;
        }

        NodeContext Context(Node node, ISet<string> read) => new(node, graph.DeclaredBatch, shapes, types, formats, known, constants, read);

        // What is made of weights alone is a weight.
        void Prepare(Node node)
        {
            foreach (var output in node.Outputs.Where(o => shapes.TryGetValue(o, out var shape) && shape.Dims.All(d => !d.IsBatch && !d.IsOpen)))
            {
                constants[output] = new Constant.Prepared(output, new(shapes[output].Dims.Select(d => d.Count)), types[output]);
                shapes.Remove(output);
            }
        }
    }

    /// <summary>The network's inputs that a value is computed from.</summary>
    private static List<string> Origins(Graph graph, string value)
    {
        var producers = new Dictionary<string, Node>();
        foreach (var node in graph.Nodes.Concat(graph.Branches.Values.Where(b => b.IsValueCreated).SelectMany(b => b.Value.Nodes)))
        {
            foreach (var output in node.Outputs.Where(o => o.Length > 0))
            {
                producers[output] = node;
            }
        }

        var (seen, open) = (new HashSet<string>(), new Stack<string>([value]));
        while (open.Count > 0)
        {
            var next = open.Pop();
            if (seen.Add(next) && producers.TryGetValue(next, out var producer))
            {
                foreach (var input in producer.Inputs)
                {
                    open.Push(input);
                }
            }
        }

        return [.. graph.Inputs.Where(seen.Contains)];
    }

    private static void Check(NodeContext node, Shape shape)
    {
        if (shape.Flaw is { } flaw)
        {
            throw node.ShapeError($"its output {(shape.Rank > 64 ? "" : $"{shape} ")}{flaw}");
        }

        if (shape.Dims.Count(d => d.IsBatch) > 1)
        {
            throw node.ShapeError($"its output {shape} has the batch N in more than one dimension");
        }
    }
}
