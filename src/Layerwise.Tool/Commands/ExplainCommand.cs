using System.CommandLine;
using Layerwise.Rendering;
using static TorchSharp.torch;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise explain</c>: why a model says what it says.</summary>
internal sealed class ExplainCommand
{
    private const int MaxPictures = 64;

    private readonly Option<string?> _output = new("--output", "-o") { Description = "Where to write the relevance, in the (first) input's shape.", HelpName = "FILE.npy" };
    private readonly Option<string?> _heatmap = new("--heatmap") { Description = "Where to draw the relevance: red speaks for the target, blue against it.", HelpName = "FILE.png" };
    private readonly Option<bool> _json = new("--json") { Description = "Prints one JSON object and nothing else on the standard output." };
    private readonly ModelOptions _model;
    private readonly SampleOptions _sample;
    private readonly TargetOptions _target;
    private readonly InnerOptions _inner;

    private ExplainCommand(Command command)
    {
        _model = new ModelOptions(command);
        _sample = new SampleOptions(command);
        _target = new TargetOptions(command, InitialRelevance.OneHot);
        foreach (var option in (Option[])[_output, _heatmap, _json])
        {
            command.Add(option);
        }

        _inner = new InnerOptions(command);
        command.SetAction(Run);
    }

    public static Command Create()
    {
        var command = new Command("explain", "Explains what a model says about a picture or an array: the relevance of every element of its input.");
        _ = new ExplainCommand(command);
        return command;
    }

    private void Run(ParseResult parse)
    {
        var error = parse.InvocationConfiguration.Error;
        OutputFile.Check(parse.GetValue(_output));
        OutputFile.Check(parse.GetValue(_heatmap));
        _inner.Check(parse);
        var files = _sample.Read(parse);

        using var host = Terminal.Working(error, "Compiling", () => _model.Load(parse));
        using var scope = NewDisposeScope();
        var ports = host.Network.Inputs;
        var (inputs, picture, layout) = _sample.Fit(parse, files, ports);
        if (layout is null && parse.GetValue(_heatmap) is not null)
        {
            throw new ToolException($"--heatmap draws inputs of [N, C, L], [N, C, H, W] or [N, C, D, H, W]; '{ports[0].Name}' is {ports[0].ShapeText}");
        }

        var classes = new Classes(host.Network.Logits.IsOpen ? int.MaxValue : host.Network.Logits.Size, host.Compiled.Labels);
        var target = _target.Target(parse, classes, samples: (int)inputs[0].shape[0]);
        var options = _inner.Read(parse, _target.Initial(parse), host.Network.Layers);
        using var explanation = Terminal.Working(error, "Explaining", () => host.Network.Explain(inputs, target, options));
        var report = new ExplanationReport(_model.Model(parse), _model.Method(parse), _model.Composite(parse, host.Compiled), classes, ports, explanation);

        if (parse.GetValue(_output) is { } output)
        {
            var (_, shape, values) = report.Relevances[0];
            Npy.Write(output, shape, values);
        }

        if (parse.GetValue(_heatmap) is { } heatmap)
        {
            OutputFile.Write(heatmap, Draw(report.Relevances[0], layout!, picture, error).ToPng());
        }

        var layers = _inner.Write(parse, explanation);
        if (parse.GetValue(_json))
        {
            parse.InvocationConfiguration.Output.WriteLine(report.ToJson());
        }
        else
        {
            report.Print(parse.InvocationConfiguration.Output, [parse.GetValue(_output), parse.GetValue(_heatmap), .. layers]);
        }
    }

    private static Raster Draw(Relevance relevance, SampleLayout layout, Picture? picture, TextWriter error)
    {
        if (layout.Space is [var depth, _, _])
        {
            error.WriteLine($"note: the heatmap shows slice {depth / 2} of the {depth} (counted from 0) along the depth");
        }

        var (samples, size) = ((int)relevance.Shape[0], layout.Channels * layout.Positions);
        if (samples > MaxPictures)
        {
            error.WriteLine($"note: the heatmap shows the first {MaxPictures} of {samples} samples");
        }

        return Raster.Grid([.. Enumerable.Range(0, Math.Min(samples, MaxPictures)).Select(sample =>
        {
            var values = relevance.Values.AsSpan(sample * size, size);
            return picture is null ? Heatmap.Alone(values, layout) : Heatmap.Over(picture, values, layout);
        })]);
    }
}
