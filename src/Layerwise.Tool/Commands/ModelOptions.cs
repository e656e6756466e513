using System.CommandLine;
using System.Text;
using Layerwise.Compiler;

namespace Layerwise.Tool.Commands;

/// <summary>What every command is told about the model and its explainer.</summary>
internal sealed class ModelOptions
{
    private const string Gradient = "gradient", Predict = "predict";

    private readonly Argument<string> _model = new("MODEL") { Description = "An ONNX model (.onnx)." };

    private readonly Option<string> _composite = new Option<string>("--composite")
    {
        Description = $"Which rule each layer gets under lrp: {string.Join(", ", Enum.GetNames<Composite>())}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => nameof(Layerwise.Composite.EpsilonPlusFlat),
    }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, Enum.GetNames<Composite>());

    private readonly Option<string> _method;

    private readonly Option<string?> _labels = new("--labels") { Description = "The classes' labels, one a line.", HelpName = "FILE" };

    private readonly Option<string?> _output = new("--explain") { Description = "The output to explain, where the model has several.", HelpName = "OUTPUT" };

    /// <param name="command">The command that is told.</param>
    /// <param name="mayPredict">Whether the forward pass alone is of use to it.</param>
    public ModelOptions(Command command, bool mayPredict = false)
    {
        string[] methods = mayPredict ? ["lrp", Gradient, Predict] : ["lrp", Gradient];
        _method = new Option<string>("--method")
        {
            Description = "How relevance is computed: lrp, or the plain gradient" + (mayPredict ? "; predict is the forward pass alone." : "."),
            HelpName = string.Join('|', methods),
            DefaultValueFactory = _ => "lrp",
        }.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, methods);
        command.Add(_model);
        command.Add(_composite);
        command.Add(_method);
        command.Add(_labels);
        command.Add(_output);
    }

    public string Model(ParseResult parse) => parse.GetRequiredValue(_model);

    public string? Labels(ParseResult parse) => parse.GetValue(_labels);

    /// <summary>"lrp", "gradient" or "predict".</summary>
    public string Method(ParseResult parse) => parse.GetRequiredValue(_method).ToLowerInvariant();

    /// <summary>The composite by its own spelling; <c>null</c> for the gradient and the forward pass, which have none.</summary>
    public string? Composite(ParseResult parse) => Method(parse) is Gradient or Predict
        ? null
        : Enum.Parse<Composite>(parse.GetRequiredValue(_composite), ignoreCase: true).ToString();

    public ExplainerSpec Spec(ParseResult parse, string? className = null, string? classNamespace = null) => new()
    {
        ClassName = className ?? ClassName(Model(parse)),
        Namespace = classNamespace ?? "",
        Method = Method(parse),
        Composite = parse.GetRequiredValue(_composite),
        Output = parse.GetValue(_output),
    };

    /// <summary>The model compiled, loaded and ready.</summary>
    public ModelHost Load(ParseResult parse) => ModelHost.Load(Model(parse), Labels(parse), Spec(parse));

    /// <summary>The model compiled to predict alone: no operator needs a rule.</summary>
    public ModelHost LoadToPredict(ParseResult parse) => ModelHost.Load(Model(parse), Labels(parse), Spec(parse) with { Method = "predict" });

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
