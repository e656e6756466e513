using System.CommandLine;
using Layerwise.Compiler;
using Layerwise.Evidence;
using Layerwise.Onnx;
using Layerwise.Rendering;
using Layerwise.Tool.Replay;
using static TorchSharp.torch;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise replay</c>: whether a record of an explanation can be made again.</summary>
internal sealed class ReplayCommand
{
    private const int MostThreads = 1024;

    private readonly Argument<string> _record = new("RECORD") { Description = "A record (.json), as Explanation.ToAuditRecord() or 'layerwise explain --record' wrote it." };
    private readonly Option<string> _model = new("--model") { Description = "The ONNX model that the record is said to be of.", HelpName = "FILE.onnx", Required = true };

    private readonly Option<string[]> _inputs = new("--input")
    {
        Description = "The array that was explained, [N, …]; NAME=FILE.npy where the model has several inputs. Of a text the ids, [N, length]; masks and positions follow from them. Repeatable.",
        HelpName = "[NAME=]FILE.npy",
    };

    private readonly Option<string?> _image = new("--image") { Description = "The picture that was explained, where the record says how its pixels became numbers.", HelpName = "FILE" };
    private readonly Option<string?> _composite = new("--composite") { Description = "Rules to take in place of the record's: a composite's name, or a file of your own.", HelpName = "NAME|FILE.json" };
    private readonly Option<string?> _relevance = new("--relevance") { Description = "The relevance that the program gave, where the record says that it gave one.", HelpName = "FILE.npy" };

    private readonly Option<double?> _tolerance = new("--tolerance")
    {
        Description = "How far logits and relevance may be apart, as a part of the largest, such as 1e-4: for another machine. Without it the bits must be the same.",
        HelpName = "T",
    };

    private readonly Option<bool> _json = JsonOption.Create();

    private ReplayCommand(Command command)
    {
        command.Add(_record);
        foreach (var option in (Option[])[_model, _inputs, _image, _composite, _relevance, _tolerance, _json])
        {
            command.Add(option);
        }

        _tolerance.Validators.Add(result =>
        {
            if (!result.Implicit && result.GetValueOrDefault<double?>() is not (>= 0 and < 1))
            {
                result.AddError("--tolerance takes a number from 0 to 1, such as 1e-4.");
            }
        });
        command.SetAction(Run);
    }

    public static Command Create()
    {
        var command = new Command("replay", "Makes a recorded explanation again, and says what is not as the record has it: model, input, rules, target, logits, relevance.");
        _ = new ReplayCommand(command);
        return command;
    }

    private int Run(ParseResult parse)
    {
        var output = parse.InvocationConfiguration.Output;
        var path = parse.GetRequiredValue(_record);
        var record = Read(path);
        InputFile[] files = [.. (parse.GetValue(_inputs) ?? []).Select(InputFile.Read)];
        if (files.Length > 0 == parse.GetValue(_image) is not null)
        {
            throw new ToolException("what was explained? Give the array with --input FILE.npy, or the picture with --image FILE");
        }

        var picture = parse.GetValue(_image) is { } image ? Picture.Load(image) : null;
        if (picture is not null && record.Image is null)
        {
            throw new ToolException("the record does not say how a picture became the model's input: give the array with --input FILE.npy");
        }

        if ((record.Target.Given is not null) != (parse.GetValue(_relevance) is not null))
        {
            throw new ToolException(record.Target.Given is not null
                ? "the program gave the relevance that the record starts from: give the same array with --relevance FILE.npy"
                : "--relevance: the record starts from a class, not from a relevance that the program gave");
        }

        var report = Terminal.Working(parse.InvocationConfiguration.Error, "Replaying", () => Replay(parse, path, record, new(files, picture)));
        if (parse.GetValue(_json))
        {
            output.WriteLine(report.ToJson());
        }
        else
        {
            report.Print(output);
        }

        return report.IsReproduced ? ExitCode.Done : ExitCode.DoesNotHold;
    }

    private static AuditRecord Read(string path)
    {
        const long Most = 64 << 20;
        return new FileInfo(path) is { Exists: true, Length: > Most }
            ? throw new ToolException($"'{path}' is larger than any record")
            : Refusing(() => AuditRecord.Parse(File.ReadAllText(path)), path);
    }

    private static AuditRecord Refusing(Func<AuditRecord> read, string path)
    {
        try
        {
            return read();
        }
        catch (AuditRecordException e)
        {
            throw new ToolException($"'{path}': {e.Message}");
        }
    }

    private ReplayReport Replay(ParseResult parse, string path, AuditRecord record, Given files)
    {
        var model = parse.GetRequiredValue(_model);
        var report = new ReplayReport(path, record, parse.GetValue(_tolerance));
        try
        {
            return report with { Replayed = Explain(record, model, Spec(parse, record), files, parse.GetValue(_relevance)) };
        }
        catch (Exception e) when (File.Exists(model) && e is ToolException or OnnxException or ArgumentException or ModelFileException or CompositeException)
        {
            // It may be another model, or a record that was changed: what can still be compared says so.
            return report with { Failure = e.Message, ModelSha256 = Sha256(model) };
        }
    }

    private ExplainerSpec Spec(ParseResult parse, AuditRecord record)
    {
        var spec = new ExplainerSpec { ClassName = "Replayed", Method = record.Rules.Method, Output = record.Rules.Output, Backend = record.Execution.Backend.ToString() };
        return parse.GetValue(_composite) is not { } other ? CompositeFile.Parse(record.Rules.Specification.GetRawText(), "The record's rules").ApplyTo(spec)
            : other.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? CompositeFile.Read(other).ApplyTo(spec)
            : spec with { Composite = other };
    }

    private static AuditRecord Explain(AuditRecord record, string model, ExplainerSpec spec, Given files, string? relevance)
    {
        using var circumstances = Circumstances.Of(record.Execution);
        using var host = ModelHost.Load(model, labels: null, spec);
        using var scope = NewDisposeScope();
        var network = host.Network;
        var image = record.Image?.ToImageInput();
        var options = new ExplainOptions
        {
            Initial = record.Target.Initial,
            Conservation = record.Conservation is not null,
            Conditions = [.. record.Conditions.Select(c => new Condition(InnerOptions.Find(network.Layers, c.Layer), [.. c.Channels]) { Axis = c.Axis })],
            From = record.Target.From is { } from ? InnerOptions.Find(network.Layers, from) : null,
            Audit = new(),
        };
        if (relevance is not null)
        {
            var (shape, values) = Npy.Read(relevance);
            using var given = network.Propagate(Inputs(files, image, network.Inputs), tensor(values, shape), options);
            return given.ToAuditRecord(Explainer.Of(host, image));
        }

        if (record.Text is { } text)
        {
            var (explainer, texts) = RecordedTexts.Bind(host, text, files.Arrays);
            using var read = explainer.Explain(texts, Target(record.Target), options);
            return read.ToAuditRecord(explainer);
        }

        using var why = network.Explain(Inputs(files, image, network.Inputs), Target(record.Target), options);
        return why.ToAuditRecord(Explainer.Of(host, image));
    }

    private static Tensor[] Inputs(Given files, ImageInput? image, IReadOnlyList<Port> ports)
        => files.Picture is null ? InputFile.Bind(files.Arrays, ports) : [ToTensor(files.Picture, image!, ports)];

    private static Tensor ToTensor(Picture picture, ImageInput image, IReadOnlyList<Port> ports)
    {
        var fitted = picture.FitTo(image);
        return ports is [var port] && SampleLayout.Of([.. port.Shape.Skip(1)], fitted.Height, fitted.Width) is { Channels: 1 or 3, Space: [var height, var width] } layout && (width, height) == (fitted.Width, fitted.Height)
            ? tensor(fitted.ToSample(layout, image), [1, .. layout.Shape])
            : throw new ToolException($"the record prepares a picture of {fitted.Width}x{fitted.Height} pixels, which is not what the model takes: {string.Join(", ", ports.Select(p => $"'{p.Name}' {p.ShapeText}"))}");
    }

    private static Target Target(AuditedTarget target)
    {
        if (target.Asked == "top")
        {
            return Layerwise.Target.Top;
        }

        int[] classes = [.. target.Asked.Split(',').Select(text => int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var index)
            ? index
            : throw new ToolException($"the record asks for the target '{target.Asked}', which is neither 'top' nor class indices"))];
        return target.Against is { } against && classes is [var favoured] ? Layerwise.Target.Difference(favoured, against) : Layerwise.Target.PerSample(classes);
    }

    private static string Sha256(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(stream)).ToLowerInvariant();
    }

    /// <summary>What is said to have been explained.</summary>
    private sealed record Given(IReadOnlyList<InputFile> Arrays, Picture? Picture);

    /// <summary>As many threads and the same kernels as the record has, for as long as it is replayed.</summary>
    private sealed class Circumstances : IDisposable
    {
        private readonly int? _threads;

        private Circumstances(int? threads) => _threads = threads;

        public static Circumstances Of(AuditedExecution execution)
        {
            if (execution.Backend != Backend.Torch || execution.Threads is < 1 or > MostThreads)
            {
                return new(null);
            }

            if (execution.Kernels.StartsWith("libtorch", StringComparison.Ordinal) && execution.Device == "cpu")
            {
                AppContext.SetSwitch("Layerwise.Portable", true);
            }

            var before = get_num_threads();
            set_num_threads(execution.Threads);
            return new(before);
        }

        public void Dispose()
        {
            if (_threads is { } before)
            {
                set_num_threads(before);
            }
        }
    }
}
