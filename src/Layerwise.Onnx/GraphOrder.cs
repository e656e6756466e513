using Layerwise.Onnx.Structure;

namespace Layerwise.Onnx;

/// <summary>The order in which a graph's nodes run.</summary>
internal static class GraphOrder
{
    /// <summary>
    /// The nodes' places in the file, each after those that it needs; the file's own order where that is one already,
    /// else always the first in the file that can run.
    /// </summary>
    /// <param name="nodes">The nodes.</param>
    /// <param name="needs">The values that a node reads, its branches' included.</param>
    /// <param name="isGiven">Whether no node produces a value: an input, a tensor.</param>
    /// <param name="malformed">Makes the exception of a flaw.</param>
    public static IReadOnlyList<int> Sort(IReadOnlyList<NodeProto> nodes, Func<int, IEnumerable<string>> needs, Func<string, bool> isGiven, Func<string, OnnxException> malformed)
    {
        var producer = new Dictionary<string, int>();
        for (var i = 0; i < nodes.Count; i++)
        {
            foreach (var output in nodes[i].Output.Where(o => o.Length > 0))
            {
                if (isGiven(output) || producer.ContainsKey(output))
                {
                    throw malformed($"the value '{output}' is produced twice, the second time by {Describe(nodes[i])}");
                }

                producer.Add(output, i);
            }
        }

        var consumers = nodes.Select(_ => new List<int>()).ToArray();
        var missing = new int[nodes.Count];
        for (var i = 0; i < nodes.Count; i++)
        {
            foreach (var input in needs(i).Where(v => !isGiven(v)).Distinct())
            {
                if (!producer.TryGetValue(input, out var from))
                {
                    throw malformed($"the input '{input}' of {Describe(nodes[i])} is produced by nothing");
                }

                consumers[from].Add(i);
                missing[i]++;
            }
        }

        var order = new List<int>();
        var ready = new SortedSet<int>(Enumerable.Range(0, nodes.Count).Where(i => missing[i] == 0));
        while (ready.Count > 0)
        {
            var next = ready.Min;
            ready.Remove(next);
            order.Add(next);
            ready.UnionWith(consumers[next].Where(c => --missing[c] == 0));
        }

        return order.Count == nodes.Count
            ? order
            : throw malformed($"the nodes form a cycle through {Describe(nodes[Cycle()])}");

        // Walking back over what is missing from any node that never ran ends in the cycle.
        int Cycle()
        {
            var seen = new HashSet<int>();
            var at = Enumerable.Range(0, nodes.Count).First(i => missing[i] > 0);
            while (seen.Add(at))
            {
                at = needs(at).Where(producer.ContainsKey).Select(v => producer[v]).First(i => missing[i] > 0);
            }

            return at;
        }
    }

    /// <summary>A node in words; one without a name goes by what it makes.</summary>
    public static string Describe(NodeProto node)
        => node.Name.Length > 0 ? $"the {node.OpType} node '{node.Name}'" : $"the {node.OpType} node that makes '{node.Output.FirstOrDefault()}'";
}
