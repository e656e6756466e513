using Layerwise.Evidence;
using Layerwise.Tool.Commands;

namespace Layerwise.Tool.Replay;

/// <summary>The texts of a record, made again from an array of their ids.</summary>
internal static class RecordedTexts
{
    /// <summary>
    /// The explainer that the record tells of, and the tokens that the array holds: as many as were recorded, and what stands behind them and
    /// is no padding. Padding, masks and positions are made as the record says.
    /// </summary>
    /// <exception cref="ToolException">The ids are missing or no array of texts, an array is of no use, or the model is not the one that the record names.</exception>
    public static (ITextExplainer Explainer, IReadOnlyList<TokenizedText> Texts) Bind(ModelHost host, AuditedText recorded, IReadOnlyList<InputFile> files)
    {
        var ports = host.Network.Inputs;
        var roles = recorded.Inputs.ToList();
        if (roles.Count != ports.Count || roles.Count(role => role == TokenRole.Ids) != 1)
        {
            throw new ToolException($"the record is of texts with {roles.Count} inputs, one of them the ids; the model has {ports.Count} inputs");
        }

        InputFile? ids = null, types = null;
        foreach (var file in files)
        {
            var role = file.Name is null ? TokenRole.Ids : ports.ToList().FindIndex(port => port.Name == file.Name) is >= 0 and var at ? roles[at] : (TokenRole?)null;
            _ = role switch
            {
                TokenRole.Ids when ids is null => ids = file,
                TokenRole.Types when types is null => types = file,
                TokenRole.Mask or TokenRole.Positions => throw new ToolException($"--input {file.Name}: it follows from the tokens; leave it out"),
                _ => throw new ToolException($"'{file.Path}' is one input too many: the record is of texts, give the ids of their tokens"),
            };
        }

        var port = ports[roles.IndexOf(TokenRole.Ids)];
        if (ids is not { Array.Shape: [> 0 and var count, > 0 and var length] })
        {
            throw new ToolException(ids is null ? $"no --input for '{port.Name}': give the ids of the tokens" : $"'{ids.Path}' has the shape {Printable.Shape(ids.Array.Shape)}; the ids of texts are [N, length]");
        }

        if (types is not null && !types.Array.Shape.AsSpan().SequenceEqual(ids.Array.Shape))
        {
            throw new ToolException($"'{types.Path}' has the shape {Printable.Shape(types.Array.Shape)}, and '{ids.Path}' {Printable.Shape(ids.Array.Shape)}");
        }

        var texts = new List<TokenizedText>();
        for (var i = 0; i < count; i++)
        {
            var row = Row(ids, i);
            var asRecorded = i < recorded.Samples.Count ? recorded.Samples[i].Ids.Count : row.Length;
            var tokens = Math.Max(Math.Min(asRecorded, row.Length), Array.FindLastIndex(row, id => id != recorded.Padding) + 1);
            texts.Add(new TokenizedText("", row[..tokens], new TokenSpan[tokens]) { Types = types is null ? null : Row(types, i)[..tokens] });
        }

        var input = new TextInput(InnerOptions.Find(host.Network.Layers, recorded.Embedding), recorded.Inputs)
        {
            Length = !port.IsOpen ? (int)port.Size : recorded.Length > 0 ? (int)length : 0,
            Padding = recorded.Padding,
        };
        return (Explainer.Of(host, input), texts);
    }

    private static long[] Row(InputFile file, int row)
    {
        var length = (int)file.Array.Shape[1];
        return [.. file.Array.Values.AsSpan(row * length, length).ToArray().Select(value => value == MathF.Floor(value) ? (long)value
            : throw new ToolException($"'{file.Path}' holds {Printable.Number(value)}, which is no whole number"))];
    }
}
