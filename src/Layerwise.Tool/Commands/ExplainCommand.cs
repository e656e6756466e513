using System.CommandLine;
using System.CommandLine.Parsing;
using Layerwise.Tool.Images;
using static TorchSharp.torch;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise explain</c>: why a model says what it says.</summary>
internal sealed class ExplainCommand
{
    private const int MaxPictures = 64;

    private readonly Option<string[]> _inputs = new("--input")
    {
        Description = "An array [N, …]; NAME=FILE.npy where the model has several inputs. Repeatable.",
        HelpName = "[NAME=]FILE.npy",
    };

    private readonly Option<string> _target = new("--target")
    {
        Description = "The class to explain: an index (or one a sample, separated by commas), 'top', or a label or one of its synonyms.",
        HelpName = "N[,N]|top|LABEL",
        DefaultValueFactory = _ => "top",
    };

    private readonly Option<string?> _against = new("--against")
    {
        Description = "A class that the target is compared with: why the one rather than the other.",
        HelpName = "N|LABEL",
    };

    private readonly Option<string> _initial = new Option<string>("--initial")
    {
        Description = "The relevance that the target starts with: 1, or its logit.",
        HelpName = "one-hot|logit",
        DefaultValueFactory = _ => "one-hot",
    }.AcceptOnlyFromAmong("one-hot", "logit");

    private readonly Option<string?> _output = new("--output", "-o") { Description = "Where to write the relevance, in the (first) input's shape.", HelpName = "FILE.npy" };
    private readonly Option<string?> _heatmap = new("--heatmap") { Description = "Where to draw the relevance: red speaks for the target, blue against it.", HelpName = "FILE.png" };
    private readonly Option<bool> _json = new("--json") { Description = "Prints one JSON object and nothing else on the standard output." };
    private readonly ModelOptions _model;
    private readonly PictureOptions _picture;
    private readonly InnerOptions _inner;

    private ExplainCommand(Command command)
    {
        _model = new ModelOptions(command);
        command.Add(_inputs);
        _picture = new PictureOptions(command);
        foreach (var option in (Option[])[_target, _against, _initial, _output, _heatmap, _json])
        {
            command.Add(option);
        }

        _inner = new InnerOptions(command);
        command.Validators.Add(result =>
        {
            if (_picture.IsGiven(result) == result.GetResult(_inputs) is { Implicit: false })
            {
                result.AddError("Give either --input FILE.npy or --image FILE.");
            }
        });
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
        InputFile[] files = [.. (parse.GetValue(_inputs) ?? []).Select(InputFile.Read)];
        var picture = _picture.Load(parse);

        using var host = Terminal.Working(error, "Compiling", () => _model.Load(parse));
        using var scope = NewDisposeScope();
        var ports = host.Network.Inputs;
        SampleLayout? layout;
        Tensor[] inputs;
        if (picture is null)
        {
            inputs = InputFile.Bind(files, ports);
            layout = SampleLayout.Of(inputs[0].shape[1..]);
        }
        else
        {
            (picture, layout) = _picture.Fit(parse, picture, ports);
            inputs = [tensor(_picture.ToSample(parse, picture, layout), [1, .. layout.Shape])];
        }

        if (layout is null && parse.GetValue(_heatmap) is not null)
        {
            throw new ToolException($"--heatmap draws inputs of [N, C, L], [N, C, H, W] or [N, C, D, H, W]; '{ports[0].Name}' is {ports[0].ShapeText}");
        }

        var classes = new Classes(host.Network.Logits.IsOpen ? int.MaxValue : host.Network.Logits.Size, host.Compiled.Labels);
        var target = parse.GetValue(_against) is { } against
            ? classes.Parse(parse.GetRequiredValue(_target), against)
            : classes.Parse(parse.GetRequiredValue(_target), samples: (int)inputs[0].shape[0]);
        var initial = parse.GetValue(_initial) == "logit" ? InitialRelevance.Logit : InitialRelevance.OneHot;
        var options = _inner.Read(parse, initial, host.Network.Layers);
        using var explanation = Terminal.Working(error, "Explaining", () => host.Network.Explain(inputs, target, options));
        var report = new ExplanationReport(_model.Model(parse), _model.Method(parse), _model.Composite(parse), classes, ports, explanation);

        if (parse.GetValue(_output) is { } output)
        {
            var (_, shape, values) = report.Relevances[0];
            Npy.Write(output, shape, values);
        }

        if (parse.GetValue(_heatmap) is { } heatmap)
        {
            Draw(report.Relevances[0], layout!, picture, error).Save(heatmap);
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
