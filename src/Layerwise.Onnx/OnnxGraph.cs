using Layerwise.Onnx.Structure;

namespace Layerwise.Onnx;

/// <summary>
/// The graph of a file, or a branch of an <c>If</c>: its operators in the order in which they run. The values of a branch have names that
/// no other graph of the file has.
/// </summary>
internal sealed class OnnxGraph
{
    private OnnxGraph(string scope, IReadOnlyList<(NodeProto Node, int Place)> nodes, IReadOnlyList<string> outputs, IReadOnlyList<OnnxGraph> branches)
    {
        Scope = scope;
        Nodes = nodes;
        Outputs = outputs;
        Branches = branches;
    }

    /// <summary>What stands before the names of its values; nothing for the main graph.</summary>
    public string Scope { get; }

    /// <summary>The operators, and where each stands in the file's graph.</summary>
    public IReadOnlyList<(NodeProto Node, int Place)> Nodes { get; }

    public IReadOnlyList<string> Outputs { get; }

    /// <summary>The branches of its <c>If</c> nodes.</summary>
    public IReadOnlyList<OnnxGraph> Branches { get; }

    /// <summary>All branches, those of branches included.</summary>
    public IEnumerable<OnnxGraph> AllBranches => Branches.SelectMany(b => b.AllBranches.Prepend(b));

    /// <param name="graph">As it stands in the file.</param>
    /// <param name="scope">What stands before the names of its values.</param>
    /// <param name="outerName">The name of a value that is not the graph's own.</param>
    /// <param name="isGiven">Whether a value comes from outside: an input, a tensor, a value around it.</param>
    /// <param name="isConstant">Whether a node stands for a tensor alone.</param>
    /// <param name="malformed">Makes the exception of a flaw.</param>
    public static OnnxGraph Read(
        GraphProto graph, string scope, Func<string, string> outerName, Func<string, bool> isGiven, Func<NodeProto, bool> isConstant, Func<string, OnnxException> malformed)
    {
        var produced = new HashSet<string>(graph.Node.SelectMany(n => n.Output));
        string Name(string name) => name.Length == 0 ? name : scope.Length > 0 && (produced.Contains(name) || isGiven(scope + name)) ? scope + name : outerName(name);
        var nodes = new List<NodeProto>();
        var places = new List<int>();
        for (var place = 0; place < graph.Node.Count; place++)
        {
            var node = graph.Node[place];
            if (scope.Length > 0)
            {
                Rename(node.Input, Name);
                Rename(node.Output, Name);
            }

            if (!isConstant(node))
            {
                nodes.Add(node);
                places.Add(place);
            }
        }

        var made = new HashSet<string>(nodes.SelectMany(n => n.Output));
        var branches = nodes.Select(node => Graphs(node)
            .Select(branch => Read(branch.Graph, branch.Scope, Name, value => isGiven(value) || made.Contains(value), isConstant, malformed)).ToList()).ToList();
        IEnumerable<string> Needs(int node) => nodes[node].Input.Concat(branches[node].SelectMany(b => b.Captured)).Where(v => v.Length > 0);
        var order = GraphOrder.Sort(nodes, Needs, isGiven, malformed);
        return new OnnxGraph(scope, [.. order.Select(i => (nodes[i], places[i]))], [.. graph.Output.Select(o => Name(o.Name))], [.. branches.SelectMany(b => b)]);
    }

    /// <summary>The branches of an <c>If</c> with their scopes.</summary>
    private static IEnumerable<(GraphProto Graph, string Scope)> Graphs(NodeProto node)
        => IsIf(node) ? node.Attribute.Where(a => a.G is not null).Select(a => (a.G, OnnxTensorIndex.Scope("", node.Output[0], a.Name))) : [];

    public static bool IsIf(NodeProto node) => node.OpType == "If" && node.Domain is "" or "ai.onnx" && node.Output.Count > 0 && node.Output[0].Length > 0;

    /// <summary>The values that it reads of those around it.</summary>
    private IEnumerable<string> Captured
        => Nodes.SelectMany(n => n.Node.Input).Concat(Outputs).Concat(Branches.SelectMany(b => b.Captured)).Where(v => !v.StartsWith(Scope, StringComparison.Ordinal));

    private static void Rename(IList<string> values, Func<string, string> name)
    {
        for (var i = 0; i < values.Count; i++)
        {
            values[i] = name(values[i]);
        }
    }
}
