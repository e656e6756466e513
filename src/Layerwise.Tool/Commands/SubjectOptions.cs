using System.CommandLine;
using Layerwise.Rendering;
using static TorchSharp.torch;

namespace Layerwise.Tool.Commands;

/// <summary>What the numbers of an input mean: features of a table, channels of a signal, tokens of a text.</summary>
internal sealed class SubjectOptions
{
    private readonly Option<string?> _names = new("--names") { Description = "The names of a table's features or a signal's channels, one a line.", HelpName = "FILE" };
    private readonly Option<double?> _rate = new("--sampling-rate") { Description = "Values a second of a signal.", HelpName = "HZ" };
    private readonly Option<string?> _text = new("--text") { Description = "The text that the input was made of; needs --tokens.", HelpName = "FILE" };

    private readonly Option<string?> _tokens = new("--tokens")
    {
        Description = "Where each token stands in the text: an array [L, 2] of its start and end in UTF-16 units.",
        HelpName = "FILE.npy",
    };

    public SubjectOptions(Command command)
    {
        foreach (var option in (Option[])[_names, _rate, _text, _tokens])
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(_text) is { Implicit: false } != result.GetResult(_tokens) is { Implicit: false })
            {
                result.AddError("Give --text and --tokens together.");
            }
        });
    }

    /// <summary>Reads the files, before any work is done for them.</summary>
    public Subject Read(ParseResult parse)
    {
        var names = parse.GetValue(_names) is { } path ? File.ReadAllLines(path).Where(line => line.Length > 0).ToArray() : null;
        return parse.GetValue(_text) is { } text
            ? new Subject(names, parse.GetValue(_rate), File.ReadAllText(text), Tokens(parse.GetRequiredValue(_tokens)!))
            : new Subject(names, parse.GetValue(_rate), null, []);
    }

    private static TokenSpan[] Tokens(string path)
    {
        var array = Npy.Read(path);
        return array.Shape is [_, 2]
            ? [.. array.Values.Chunk(2).Select(ends => new TokenSpan((int)ends[0], (int)ends[1] - (int)ends[0]))]
            : throw new ToolException($"'{path}' has the shape {Printable.Shape(array.Shape)}; tokens are [L, 2], the start and the end of each");
    }

    /// <summary>What the options say.</summary>
    internal sealed record Subject(IReadOnlyList<string>? Names, double? Rate, string? Text, IReadOnlyList<TokenSpan> Tokens)
    {
        /// <summary>The part of the report that shows one sample's relevance.</summary>
        /// <param name="input">The sample, [1, …].</param>
        /// <param name="relevance">The relevance of its elements.</param>
        /// <param name="sample">How it lies.</param>
        /// <param name="explained">The explained class.</param>
        /// <param name="start">The relevance that it started with; <c>null</c> for methods that share out none.</param>
        /// <exception cref="ToolException">What the options say does not fit the input, or it cannot be drawn.</exception>
        public ReportPart Part(Tensor input, float[] relevance, SampleOptions.Sample sample, ClassScore explained, double? start)
        {
            var (speaksFor, against) = ($"speaks for {explained.ShortName}", $"against it");
            if (Text is not null)
            {
                return ReportPart.Of("What speaks for it in the text", new HighlightedText(Text, Tokens, ByToken(relevance)), $"Red {speaksFor}, blue {against}.");
            }

            if (sample.Picture is { } picture)
            {
                return ReportPart.Of("What speaks for it in the picture", PictureExplanation.Draw(picture, relevance, sample.Layout!, explained.ShortName), $"Red {speaksFor}, blue {against}; the paler, the less.");
            }

            using var onCpu = input.to(ScalarType.Float32).cpu().contiguous();
            var values = onCpu.data<float>().ToArray();
            return sample.Layout switch
            {
                null => Table(values, relevance, explained, start ?? relevance.Sum(share => (double)share)),
                { Space.Count: 1 } layout => ReportPart.Of("What speaks for it in the signal", SignalMap.Draw(values, relevance, layout, Named(layout.Channels, "channels"), Rate), $"Behind each trace, red {speaksFor}, blue {against}."),
                { Space.Count: 3 } layout => ReportPart.Of("What speaks for it in the volume", VolumeSlices.Draw(values, relevance, layout), $"Red {speaksFor}, blue {against}; all slices in one scale."),
                var layout => ReportPart.Of(
                    "What speaks for it",
                    ContactSheet.Draw([new SheetCell(Heatmap.Alone(relevance, layout))], 1, 320, ColorBar.Draw(Heatmap.Scale(relevance, layout))),
                    $"Red {speaksFor}, blue {against}."),
            };
        }

        private ReportPart Table(float[] values, float[] relevance, ClassScore explained, double start)
        {
            var names = Named(values.Length, "features");
            var features = values.Zip(relevance, (value, share) => (value, share)).Select((one, i) => new Feature(names?[i] ?? $"feature {i}", Printable.Number(one.value), one.share)).ToList();
            return ReportPart.Of(
                "What each feature adds",
                Waterfall.Draw(features, start, start == explained.Logit ? $"Logit of {explained.ShortName}" : $"Relevance of {explained.ShortName}"),
                $"From top to bottom: what no feature accounts for, then the features by size. Red speaks for {explained.ShortName}, blue against it.");
        }

        private IReadOnlyList<string>? Named(int count, string what) => Names is null || Names.Count == count
            ? Names
            : throw new ToolException($"--names has {Names.Count} lines, the input has {count} {what}");

        /// <summary>Tokens whose input is a vector get its sum.</summary>
        private float[] ByToken(float[] relevance) => Tokens.Count > 0 && relevance.Length % Tokens.Count == 0
            ? [.. relevance.Chunk(relevance.Length / Tokens.Count).Select(part => part.Sum())]
            : throw new ToolException($"--tokens lists {Tokens.Count} tokens, the input has {relevance.Length} numbers: give one token for each, or for each vector of them");
    }
}
