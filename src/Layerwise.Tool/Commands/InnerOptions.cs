using System.CommandLine;
using System.Globalization;
using TorchSharp;

namespace Layerwise.Tool.Commands;

/// <summary>What <c>explain</c> is asked about the inside of a network: its balance, relevance of layers, conditions on them.</summary>
internal sealed class InnerOptions
{
    private readonly Option<bool> _conservation = new("--conservation") { Description = "Proves that the relevance adds up: what the input gets, and what biases and stabilizers keep." };

    private readonly Option<string[]> _conditions = new("--condition")
    {
        Description = "Lets only the relevance of some channels of a layer pass. Repeatable.",
        HelpName = "LAYER=CHANNEL[,CHANNEL]",
    };

    private readonly Option<string[]> _layers = new("--layer")
    {
        Description = "Writes the relevance of a layer's output. Repeatable.",
        HelpName = "LAYER=FILE.npy",
    };

    public InnerOptions(Command command)
    {
        command.Add(_conservation);
        command.Add(_conditions);
        command.Add(_layers);
    }

    /// <summary>The options of the call.</summary>
    public ExplainOptions Read(ParseResult parse, InitialRelevance initial, IReadOnlyList<Layer> layers, bool audit) => new()
    {
        Audit = audit ? new() : null,
        Initial = initial,
        Conservation = parse.GetValue(_conservation),
        Keep = [.. Files(parse).Select(file => Find(layers, file.Layer))],
        Conditions = [.. (parse.GetValue(_conditions) ?? []).Select(text =>
        {
            var (name, channels) = Split(text, "--condition", "LAYER=CHANNEL[,CHANNEL]");
            int[] numbers = [.. channels.Split(',').Select(c => int.TryParse(c, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new ToolException($"--condition {text}: '{c}' is no channel, a number from 0 up"))];
            return new Condition(Find(layers, name), numbers);
        })],
    };

    /// <summary>Refuses files that cannot be written, before anything is computed.</summary>
    public void Check(ParseResult parse)
    {
        foreach (var (_, file) in Files(parse))
        {
            OutputFile.Check(file);
        }
    }

    /// <summary>The files that are asked for.</summary>
    public IReadOnlyList<string> Paths(ParseResult parse) => [.. Files(parse).Select(file => file.Path)];

    /// <summary>Writes the files that were asked for.</summary>
    public void Write(ParseResult parse, Explanation explanation)
    {
        var files = Files(parse);
        foreach (var (file, layer) in files.Zip(explanation.Layers))
        {
            using var relevance = (layer.Relevance ?? throw new ToolException($"--layer: no relevance comes to '{layer.Layer.Name}'")).to(torch.CPU).contiguous();
            Npy.Write(file.Path, relevance.shape, relevance.data<float>().ToArray());
        }
    }

    private IReadOnlyList<(string Layer, string Path)> Files(ParseResult parse) => [.. (parse.GetValue(_layers) ?? []).Select(text => Split(text, "--layer", "LAYER=FILE.npy"))];

    private static (string Layer, string Value) Split(string text, string option, string form)
        => text.LastIndexOf('=') is > 0 and var at && at < text.Length - 1 ? (text[..at], text[(at + 1)..]) : throw new ToolException($"{option} {text}: write it as {form}");

    /// <summary>A layer by its name.</summary>
    /// <exception cref="ToolException">There is none of that name.</exception>
    public static Layer Find(IReadOnlyList<Layer> layers, string name)
        => layers.FirstOrDefault(layer => layer.Name == name)
            ?? throw new ToolException($"There is no layer '{name}'. The layers are {string.Join(", ", layers.Take(12).Select(l => $"'{l.Name}'"))}{(layers.Count > 12 ? $" and {layers.Count - 12} more: layerwise inspect lists them" : "")}.");
}
