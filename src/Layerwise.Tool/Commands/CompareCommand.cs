using System.CommandLine;
using System.Text;
using Layerwise.Rendering;
using Layerwise.Tool.Comparison;
using static TorchSharp.torch;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise compare</c>: what two models see in the same inputs.</summary>
internal sealed class CompareCommand
{
    private const int MaxDrawn = 32;

    private static readonly string[] Endings = [".html", ".png", ".svg"];

    private readonly Argument<string> _other = new("OTHER") { Description = "The model that it is compared with, of the same inputs and classes." };
    private readonly Option<string?> _output = new("--output", "-o") { Description = "Where to draw both side by side.", HelpName = "FILE.html|.png|.svg" };
    private readonly Option<bool> _json = JsonOption.Create();
    private readonly ModelOptions _model;
    private readonly SampleOptions _sample;
    private readonly TargetOptions _target;

    private CompareCommand(Command command)
    {
        _model = new ModelOptions(command);
        command.Add(_other);
        _sample = new SampleOptions(command, folders: true);
        _target = new TargetOptions(command, InitialRelevance.OneHot, differences: false);
        command.Add(_output);
        command.Add(_json);
        _output.Validators.Add(result =>
        {
            if (!result.Implicit && !Endings.Contains(Path.GetExtension(result.GetValueOrDefault<string?>()), StringComparer.OrdinalIgnoreCase))
            {
                result.AddError($"--output writes a file that ends in {string.Join(", ", Endings)}.");
            }
        });
        command.SetAction(Run);
    }

    public static Command Create()
    {
        var command = new Command("compare", "Compares two models on the same inputs: what they predict, and how alike what they look at is.");
        _ = new CompareCommand(command);
        return command;
    }

    private int Run(ParseResult parse)
    {
        var error = parse.InvocationConfiguration.Error;
        OutputFile.Check(parse.GetValue(_output));
        var pictures = _sample.Folder(parse);
        var files = pictures is null ? _sample.Read(parse) : null;
        var image = _sample.Image(parse);
        using var a = Terminal.Working(error, "Compiling", () => _model.Load(parse, image));
        using var b = Terminal.Working(error, "Compiling", () => _model.Load(parse, parse.GetRequiredValue(_other), image));
        Check(a.Network, b.Network);
        var samples = new List<ComparedSample>();
        if (files is not null)
        {
            Terminal.Working(error, "Explaining", () => Compare(parse, a, b, files, samples));
        }
        else
        {
            Terminal.Each(error, "Explaining", pictures!, path => Compare(parse, a, b, SampleOptions.ReadPicture(path), samples));
        }

        var report = new ComparisonReport(_model.Model(parse), parse.GetRequiredValue(_other), _model.Composite(parse, a.Compiled) is { } composite ? $"{_model.Method(parse)}, {composite}" : _model.Method(parse), samples);
        Write(report, parse.GetValue(_output));
        if (parse.GetValue(_json))
        {
            parse.InvocationConfiguration.Output.WriteLine(report.ToJson(parse.GetValue(_output)));
        }
        else
        {
            report.Print(parse.InvocationConfiguration.Output, parse.GetValue(_output));
        }

        Signs.Note(error, _target.Initial(parse), [.. samples.Select(sample => sample.A.Turned)], " of A");
        Signs.Note(error, _target.Initial(parse), [.. samples.Select(sample => sample.B.Turned)], " of B");

        return ExitCode.Done;
    }

    private static void Check(Runtime.Network a, Runtime.Network b)
    {
        static string Inputs(Runtime.Network network) => string.Join(", ", network.Inputs.Select(port => $"{port.ShapeText} of {port.Type}"));
        if (Inputs(a) != Inputs(b))
        {
            throw new ToolException($"the models take different inputs, {Inputs(a)} and {Inputs(b)}: only models of the same inputs are compared");
        }

        if (a.Logits.ShapeText != b.Logits.ShapeText)
        {
            throw new ToolException($"the models have different classes, {a.Logits.ShapeText} and {b.Logits.ShapeText}: only models of the same classes are compared");
        }
    }

    private bool Compare(ParseResult parse, ModelHost a, ModelHost b, SampleOptions.Files files, List<ComparedSample> samples)
    {
        using var scope = NewDisposeScope();
        var (inputs, picture, layout, _) = _sample.Fit(parse, files, a.Network.Inputs);
        var classes = new Classes(a.Network.Logits.IsOpen ? int.MaxValue : a.Network.Logits.Size, a.Compiled.Labels);
        var initial = _target.Initial(parse);
        using var first = a.Network.Explain(inputs, _target.Target(parse, classes, (int)inputs[0].shape[0]), initial);
        using var other = b.Network.Explain(inputs, Target.PerSample([.. first.Target]), initial);
        for (var sample = 0; sample < first.Target.Count; sample++)
        {
            var (x, y) = (Opinion(first, initial, sample, a), Opinion(other, initial, sample, b));
            samples.Add(new ComparedSample(first.Target.Count == 1 ? files.Names : $"{sample}", first.Target[sample], x, y)
            {
                Cells = layout is null || inputs.Length > 1 || samples.Count >= MaxDrawn ? [] : Cells(files.Names, picture, layout, x, y),
            });
        }

        return true;
    }

    private static Opinion Opinion(Explanation why, InitialRelevance initial, int sample, ModelHost host) => new(
        why.ClassesOf(host.Compiled.Labels, sample),
        [.. Enumerable.Range(0, why.Relevances.Count).SelectMany(input => why.RelevanceOf(sample, input))],
        Signs.AreTurned(host.Network, why, initial, sample));

    private static List<SheetCell> Cells(string name, Picture? picture, SampleLayout layout, Opinion a, Opinion b)
    {
        SheetCell Cell(string model, Opinion opinion)
            => new(picture is null ? Heatmap.Alone(opinion.Relevance, layout) : Heatmap.Over(picture, opinion.Relevance, layout), model, $"predicts {opinion.Predicted.ShortName}");
        return [.. picture is null ? [] : new[] { new SheetCell(picture.ToRaster(), name) }, Cell("A", a), Cell("B", b)];
    }

    private static void Write(ComparisonReport report, string? path)
    {
        if (path is null)
        {
            return;
        }

        var ending = Path.GetExtension(path).ToUpperInvariant();
        var figure = report.Draw();
        if (figure is null && ending != ".HTML")
        {
            throw new ToolException("these inputs cannot be drawn: --output FILE.html writes the numbers");
        }

        OutputFile.Write(path, ending switch
        {
            ".PNG" => figure!.ToRaster().ToPng(),
            ".SVG" => Encoding.UTF8.GetBytes(figure!.ToSvg()),
            _ => Encoding.UTF8.GetBytes(ComparisonPage.Write(report)),
        });
    }
}
