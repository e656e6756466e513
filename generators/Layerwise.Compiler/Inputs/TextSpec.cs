using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Inputs;

/// <summary>The tokens of a text, as the runtime's <c>TextInput</c>.</summary>
public sealed record TextSpec : InputSpec
{
    private const string Ids = nameof(Ids);

    // As the exporters of transformers and TensorFlow name them.
    private static readonly Dictionary<string, string> Names = new()
    {
        ["input_ids"] = Ids,
        ["input_word_ids"] = Ids,
        ["attention_mask"] = "Mask",
        ["input_mask"] = "Mask",
        ["token_type_ids"] = "Types",
        ["segment_ids"] = "Types",
        ["input_type_ids"] = "Types",
        ["position_ids"] = "Positions",
    };

    /// <summary>The number of tokens; 0 for the model's own, or any.</summary>
    public int Length { get; init; }

    /// <summary>The id behind the last token.</summary>
    public long Padding { get; init; }

    /// <summary>A member of the runtime's <c>TokenRole</c> for each input, once it fits.</summary>
    public EquatableList<string> Roles { get; init; } = EquatableList<string>.Empty;

    /// <summary>The output of the node that looks the ids up, once it fits.</summary>
    public string Embedding { get; init; } = "";

    /// <summary>The rows of its table, once it fits.</summary>
    public long Vocabulary { get; init; }

    /// <summary>Nothing follows: ids have one axis, and the default for that is right.</summary>
    public override ExplainerSpec Complete(ExplainerSpec spec) => spec;

    public override InputSpec For(Graph graph, GraphManifest model)
    {
        if (Length < 0)
        {
            throw new CompilationException("LW0006", $"The TextInput is out of range: Length is {Length}; it is a number of tokens, or 0 for the text's own.");
        }

        CompilationException Unfit(string what) => new("LW0007", $"The TextInput does not fit the model: {what}.");
        string Show(string input) => $"'{input}' {graph.Shapes[input]} of {graph.Types[input]}";
        List<string> roles = [.. graph.Inputs.Select(input => Names.TryGetValue(input, out var role) ? role : graph.Inputs.Count == 1 ? Ids : "")];
        if (roles.Contains("") || roles.Distinct().Count() != roles.Count || !roles.Contains(Ids))
        {
            throw Unfit($"its inputs are {Wording.List(graph.Inputs.Select(Show))}; one holds the ids (input_ids), others may be {string.Join(", ", Names.Keys.Where(name => Names[name] != Ids))}");
        }

        var ids = graph.Inputs[roles.IndexOf(Ids)];
        if (graph.Types[ids].IsFloat() || graph.Inputs.FirstOrDefault(input => graph.Shapes[input].Rank != 2) is { })
        {
            throw Unfit($"its inputs are {Wording.List(graph.Inputs.Select(Show))}; the ids are whole numbers, and each input is [N, length]");
        }

        var length = graph.Shapes[ids][1];
        return !length.IsOpen && Length != 0 && Length != length.Count ? throw Unfit($"Length is {Length}, but {Show(ids)} takes {length}; leave it out")
            : FindEmbedding(graph, ids) is not var (embedding, rows) ? throw Unfit($"nothing looks {Show(ids)} up in a table of weights (a Gather along its first axis), so that no token has relevance of its own")
            : this with { Roles = new(roles), Length = length.IsOpen ? Length : (int)length.Count, Embedding = embedding, Vocabulary = rows };
    }

    /// <summary>The first table of weights that is read by the ids themselves, whatever moves or converts them before.</summary>
    private static (string Embedding, long Rows)? FindEmbedding(Graph graph, string ids)
    {
        HashSet<string> same = [ids];
        foreach (var node in graph.Nodes)
        {
            if (node.Operator is Gather { Axis: 0 } && same.Contains(node.Inputs[1]) && graph.Constants.TryGetValue(node.Inputs[0], out var table) && table.Shape.Count == 2
                && graph.Shapes[node.Output] is { Rank: 3 } shape && shape[0] == graph.Shapes[ids][0])
            {
                return (node.Output, table.Shape[0]);
            }

            if (node.Operator is Cast or Alias or Reshape or Squeeze or Unsqueeze && same.Contains(node.Inputs[0]))
            {
                same.Add(node.Output);
            }
        }

        return null;
    }
}
