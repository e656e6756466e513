using System.CommandLine;
using System.Text;
using Layerwise.Compiler;

namespace Layerwise.Tool.Commands;

/// <summary>What every command is told about the model and its explainer.</summary>
internal sealed class ModelOptions
{
    private const string Lrp = "lrp", Predict = "predict";

    private static readonly string[] Backends = [.. Enum.GetNames<Backend>().Select(name => name.ToLowerInvariant())];

    private readonly Argument<string> _model = new("MODEL") { Description = "An ONNX model (.onnx)." };

    private readonly Option<string?> _composite = new("--composite")
    {
        Description = $"Which rule each layer gets under lrp: {string.Join(", ", Enum.GetNames<Composite>().SkipLast(1))}, or a file of your own. "
            + "EpsilonPlusFlat unless given; EpsilonPlus for inputs of one axis, such as tables.",
        HelpName = "NAME|FILE.json",
    };

    private readonly Option<string> _method;

    private readonly BoundOptions _bounds;

    private readonly Option<string?> _labels = new("--labels") { Description = "The classes' labels, one a line.", HelpName = "FILE" };

    private readonly Option<string?> _output = new("--explain") { Description = "The output to explain, where the model has several.", HelpName = "OUTPUT" };

    private readonly Option<string> _backend = new Option<string>("--backend")
    {
        Description = "Whose kernels the network runs on: libtorch's, or C# alone; auto takes C# for small networks.",
        HelpName = string.Join('|', Backends),
        DefaultValueFactory = _ => Backends[0],
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Backends);

    /// <param name="command">The command that is told.</param>
    /// <param name="mayPredict">Whether the forward pass alone is of use to it.</param>
    public ModelOptions(Command command, bool mayPredict = false)
    {
        string[] methods = [.. ExplainerSpec.Methods.Where(method => mayPredict || method != Predict)];
        _method = new Option<string>("--method")
        {
            Description = "How relevance is computed: lrp, the plain gradient, its magnitude, or times the input" + (mayPredict ? "; predict is the forward pass alone." : "."),
            HelpName = string.Join('|', methods),
            DefaultValueFactory = _ => Lrp,
        }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, methods);
        _composite.Validators.Add(result =>
        {
            var name = result.GetValueOrDefault<string>() ?? "";
            if (!IsFile(name) && !Enum.TryParse<Composite>(name, ignoreCase: true, out _))
            {
                result.AddError($"There is no composite '{name}'. Use one of {string.Join(", ", Enum.GetNames<Composite>().SkipLast(1))}, or a file of your own that ends in .json.");
            }
        });
        command.Add(_model);
        command.Add(_composite);
        command.Add(_method);
        command.Add(_labels);
        command.Add(_output);
        command.Add(_backend);
        _bounds = new BoundOptions(command);
    }

    public string Model(ParseResult parse) => parse.GetRequiredValue(_model);

    public string? Labels(ParseResult parse) => parse.GetValue(_labels);

    /// <summary>One of <see cref="ExplainerSpec.Methods"/>.</summary>
    public string Method(ParseResult parse) => ExplainerSpec.Methods.First(m => string.Equals(m, parse.GetRequiredValue(_method), StringComparison.OrdinalIgnoreCase));

    /// <summary>The composite that the model was compiled with, or its file; <c>null</c> for the methods that have none.</summary>
    public string? Composite(ParseResult parse, CompiledNetwork compiled) => Method(parse) != Lrp ? null
        : parse.GetValue(_composite) is { } name && IsFile(name) ? Path.GetFileName(name)
        : compiled.Composite;

    public ExplainerSpec Spec(ParseResult parse, string? className = null, string? classNamespace = null)
    {
        var spec = new ExplainerSpec
        {
            ClassName = className ?? ClassName(Model(parse)),
            Namespace = classNamespace ?? "",
            Method = Method(parse),
            Output = parse.GetValue(_output),
            Backend = parse.GetRequiredValue(_backend),
        };
        return _bounds.Apply(parse, parse.GetValue(_composite) is { } name && IsFile(name) ? CompositeFile.Read(name).ApplyTo(spec) : spec with { Composite = parse.GetValue(_composite) });
    }

    /// <summary>The model compiled, loaded and ready.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="image">How pixels become its numbers, from which the bounds of ZBox follow where none are given; <c>null</c> where it is fed none.</param>
    public ModelHost Load(ParseResult parse, ImageInput? image = null) => Load(parse, Model(parse), image);

    /// <summary>Another model with the same options.</summary>
    public ModelHost Load(ParseResult parse, string model, ImageInput? image)
    {
        var spec = Spec(parse);
        return ModelHost.Load(model, Labels(parse), image is not null && spec.Low.Count == 0 && string.Equals(spec.Composite, nameof(Layerwise.Composite.EpsilonGammaBox), StringComparison.OrdinalIgnoreCase)
            ? spec with { Low = new(image.Low.Select(low => (double)low)), High = new(image.High.Select(high => (double)high)) }
            : spec);
    }

    /// <summary>The model compiled to predict alone: no operator needs a rule.</summary>
    public ModelHost LoadToPredict(ParseResult parse) => ModelHost.Load(Model(parse), Labels(parse), Spec(parse) with { Method = Predict });

    private static bool IsFile(string composite) => composite.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>A class name after the file: <c>resnet18-v2.onnx</c> becomes <c>Resnet18V2</c>.</summary>
    internal static string ClassName(string path)
    {
        var name = new StringBuilder();
        var upper = true;
        foreach (var c in Path.GetFileNameWithoutExtension(path))
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                name.Append(upper ? char.ToUpperInvariant(c) : c);
            }

            upper = !char.IsAsciiLetterOrDigit(c);
        }

        return name.Length == 0 || char.IsAsciiDigit(name[0]) ? "Model" + name : name.ToString();
    }
}
