using System.CommandLine;
using System.Text;
using Layerwise.Rendering;
using static TorchSharp.torch;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise explain</c>: why a model says what it says, about one input or about each picture of a folder.</summary>
internal sealed class ExplainCommand
{
    private const int MaxPictures = 64;

    private readonly Option<string?> _output = new("--output", "-o") { Description = "Where to write the relevance, in the (first) input's shape; a folder for a folder of pictures.", HelpName = "FILE.npy|FOLDER" };
    private readonly Option<string?> _heatmap = new("--heatmap") { Description = "Where to draw the relevance: red speaks for the target, blue against it; a folder for a folder of pictures.", HelpName = "FILE.png|FOLDER" };
    private readonly Option<string?> _record = new("--record") { Description = "Where to write a record of the explanation, for 'layerwise replay'; a folder for a folder of pictures.", HelpName = "FILE.json|FOLDER" };
    private readonly Option<bool> _json = JsonOption.Create(lines: true);
    private readonly ModelOptions _model;
    private readonly SampleOptions _sample;
    private readonly TargetOptions _target;
    private readonly InnerOptions _inner;

    private ExplainCommand(Command command)
    {
        _model = new ModelOptions(command);
        _sample = new SampleOptions(command, folders: true);
        _target = new TargetOptions(command, InitialRelevance.OneHot);
        foreach (var option in (Option[])[_output, _heatmap, _record, _json])
        {
            command.Add(option);
        }

        _inner = new InnerOptions(command);
        command.SetAction(Run);
    }

    public static Command Create()
    {
        var command = new Command("explain", "Explains what a model says about a picture, each picture of a folder, or an array: the relevance of every element of its input.");
        _ = new ExplainCommand(command);
        return command;
    }

    private int Run(ParseResult parse)
    {
        _inner.Check(parse);
        if (_sample.Folder(parse) is { } pictures)
        {
            return Each(parse, pictures);
        }

        var files = new Outputs(parse.GetValue(_output), parse.GetValue(_heatmap), parse.GetValue(_record));
        files.Check();
        var read = _sample.Read(parse);
        using var host = Terminal.Working(parse.InvocationConfiguration.Error, "Compiling", () => _model.Load(parse, _sample.Image(parse)));
        var turned = new List<bool>();
        var report = Terminal.Working(parse.InvocationConfiguration.Error, "Explaining", () => Explain(parse, host, read, files, turned));
        if (parse.GetValue(_json))
        {
            parse.InvocationConfiguration.Output.WriteLine(report.ToJson());
        }
        else
        {
            report.Print(parse.InvocationConfiguration.Output, [.. files.All, .. _inner.Paths(parse)]);
        }

        Signs.Note(parse.InvocationConfiguration.Error, _target.Initial(parse), turned);
        return ExitCode.Done;
    }

    /// <summary>A row a picture; those that cannot be explained are said to be, and the others go on.</summary>
    private int Each(ParseResult parse, IReadOnlyList<string> pictures)
    {
        var (output, error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        var folder = Path.GetDirectoryName(pictures[0])!;
        if (_inner.Paths(parse).Count > 0)
        {
            throw new ToolException("--layer writes one file; it goes with one picture, not with a folder");
        }

        foreach (var path in new[] { parse.GetValue(_output), parse.GetValue(_heatmap), parse.GetValue(_record) })
        {
            OutputFile.CheckFolder(path, folder);
        }

        using var host = Terminal.Working(error, "Compiling", () => _model.Load(parse, _sample.Image(parse)));
        var (report, turned) = (new FolderReport(), new List<bool>());
        var names = OutputFile.SafeNames([.. pictures.Select(path => Path.GetFileNameWithoutExtension(path))]);
        Terminal.Each(error, "Explaining", [.. pictures.Zip(names)], picture =>
        {
            var (path, name) = picture;
            string? At(Option<string?> option, string ending) => parse.GetValue(option) is { } place ? Path.Combine(place, name + ending) : null;
            var files = new Outputs(At(_output, ".npy"), At(_heatmap, ".png"), At(_record, ".json"));
            try
            {
                report.Add(Path.GetFileName(path), Explain(parse, host, SampleOptions.ReadPicture(path), files, turned), files);
            }
            catch (Exception e) when (Program.IsRefusal(e))
            {
                report.Add(Path.GetFileName(path), Program.Words(e));
            }
        });
        if (parse.GetValue(_json))
        {
            report.WriteJsonLines(output);
        }
        else
        {
            report.Print(output);
        }

        Signs.Note(error, _target.Initial(parse), turned);
        if (report.Failures > 0)
        {
            error.WriteLine($"error: {report.Failures} of {pictures.Count} pictures could not be explained");
        }

        return report.Failures == 0 ? ExitCode.Done : ExitCode.DoesNotHold;
    }

    private ExplanationReport Explain(ParseResult parse, ModelHost host, SampleOptions.Files read, Outputs files, List<bool> turned)
    {
        using var scope = NewDisposeScope();
        var ports = host.Network.Inputs;
        var (inputs, picture, layout, image) = _sample.Fit(parse, read, ports);
        if (layout is null && files.Heatmap is not null)
        {
            throw new ToolException($"--heatmap draws inputs of [N, C, L], [N, C, H, W] or [N, C, D, H, W]; '{ports[0].Name}' is {ports[0].ShapeText}. 'layerwise report' shows what each feature adds");
        }

        var classes = new Classes(host.Network.Logits.IsOpen ? int.MaxValue : host.Network.Logits.Size, host.Compiled.Labels);
        var target = _target.Target(parse, classes, samples: (int)inputs[0].shape[0]);
        var options = _inner.Read(parse, _target.Initial(parse), host.Network.Layers, audit: files.Record is not null);
        using var explanation = host.Network.Explain(inputs, target, options);
        var report = new ExplanationReport(_model.Model(parse), _model.Method(parse), _model.Composite(parse, host.Compiled), classes, ports, explanation);
        if (files.Relevance is { } output)
        {
            var (_, shape, values) = report.Relevances[0];
            Npy.Write(output, shape, values);
        }

        if (files.Heatmap is { } heatmap)
        {
            OutputFile.Write(heatmap, Draw(report.Relevances[0], layout!, picture, parse.InvocationConfiguration.Error).ToPng());
        }

        if (files.Record is { } record)
        {
            OutputFile.Write(record, Encoding.UTF8.GetBytes(explanation.ToAuditRecord(Explainer.Of(host, image)).ToJson()));
        }

        _inner.Write(parse, explanation);
        turned.AddRange(Enumerable.Range(0, explanation.Target.Count).Select(sample => Signs.AreTurned(host.Network, explanation, options.Initial, sample)));
        return report;
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

    /// <summary>The files that one explanation writes.</summary>
    internal sealed record Outputs(string? Relevance, string? Heatmap, string? Record)
    {
        public IReadOnlyList<string?> All => [Relevance, Heatmap, Record];

        public void Check()
        {
            foreach (var path in All)
            {
                OutputFile.Check(path);
            }
        }
    }
}
