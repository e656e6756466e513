using System.Globalization;
using System.IO.Enumeration;
using System.Text.Json;
using System.Text.RegularExpressions;
using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using Layerwise.Tool;
using static TorchSharp.torch;
using PropagationRule = Layerwise.Compiler.Relevance.Rule;

namespace Layerwise.Conformance;

/// <summary>What another tool computed for a network: one explanation of a case, and how it is asked of this compiler.</summary>
/// <param name="Folder">The case's folder.</param>
/// <param name="Json">The explanation, as the case's file describes it.</param>
internal sealed partial record Golden(string Folder, JsonElement Json)
{
    private static readonly string[] Graphs = ["model.onnx", "model_bn.onnx"];

    public string Case => Path.GetFileName(Folder);

    public string Id => Text("id");

    public string Method => Text("method");

    /// <summary>Relative to the largest relevance, as the cases' description has it.</summary>
    public double Tolerance => Math.Max(1e-4, 10 * Json.GetProperty("f32_run_rel_diff").GetDouble());

    /// <summary>Whether only the sums can be compared.</summary>
    public bool IsUnstable => Flag("unstable");

    /// <summary>The graphs that the explanation is of. Captum's rules see BatchNormalizations, so that it needs them where there are any.</summary>
    public IEnumerable<string> Models => (Json.TryGetProperty("onnx", out var only) ? [only.GetString()!] : Graphs).Select(At).Where(File.Exists).TakeLast(Method == "captum.LRP" ? 1 : Graphs.Length);

    public Target Target => Target.PerSample([.. Json.GetProperty("target").EnumerateArray().Select(t => t.GetInt32())]);

    public JsonElement Parameters => Json.GetProperty("parameters");

    private string Canonizer => Parameters.TryGetProperty("canonizer", out var canonizer) ? canonizer.GetString() ?? "" : "";

    /// <summary>Every explanation of every case in a folder, but those that are kept as a tool's defect.</summary>
    public static IEnumerable<Golden> Of(string folder, string? cases, string? method)
        => Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).Where(f => File.Exists(Path.Combine(f, "case.json")) && Matches(cases, Path.GetFileName(f)))
            .SelectMany(f => JsonDocument.Parse(File.ReadAllText(Path.Combine(f, "case.json"))).RootElement.GetProperty("explanations").EnumerateArray().Select(e => new Golden(f, e)))
            .Where(g => Matches(method, g.Method) && !g.Flag("informative_only"));

    public Tensor Load(string file)
    {
        var array = Npy.Read(At(file));
        return tensor(array.Values, array.Shape);
    }

    public string Text(string property) => Json.GetProperty(property).GetString()!;

    /// <summary>What to compile for the explanation.</summary>
    /// <param name="linear">The names of the network's linear layers in their order.</param>
    /// <exception cref="UnsupportedDataException">There is nothing here that does what the tool did.</exception>
    public ExplainerSpec Spec(Func<IReadOnlyList<string>> linear) => Method switch
    {
        "zennit.Gradient" => Zennit(linear),
        "captum.LRP" => Captum(),
        "LRP_for_LSTM.backward" or "zennit.IntegratedGradients" or "zennit.SmoothGrad" or "zennit.Occlusion" or "captum.IntegratedGradients" or "captum.Occlusion" or "captum.FeatureAblation" => Plain with { Method = "gradient" },
        "captum.Saliency" => Plain with { Method = "saliency" },
        "captum.InputXGradient" => Plain with { Method = "gradientTimesInput" },
        "captum.GuidedBackprop" => Lrp("GuidedBackprop"),
        "captum.Deconvolution" => Lrp("DeconvNet"),
        _ => throw new UnsupportedDataException($"the method {Method}"),
    };

    private static ExplainerSpec Plain { get; } = new() { ClassName = "_", StripHead = false, GradientOtherwise = true };

    private static ExplainerSpec Lrp(string composite, params LayerRule[] rules) => Plain with { Composite = composite, Rules = new(rules) };

    private ExplainerSpec Zennit(Func<IReadOnlyList<string>> linear)
    {
        var options = Parameters.GetProperty("composite_parameters");
        var spec = Plain with { MergeBatchNorm = Canonizer.Length > 0 };

        // Without its ResNet canonizer the tool does not see residual adds as layers: the gradient passes them.
        LayerRule[] sums = Canonizer == "ResNetCanonizer" ? [] : [new("Sum", new PropagationRule(RuleKind.Gradient))];
        return Parameters.GetProperty("composite").GetString() switch
        {
            null => spec with { Method = "gradient" },
            "map" => spec with { Composite = "Custom", Rules = new([.. Lines(options, "first", Compiler.Relevance.LayerPosition.First), .. sums, .. Lines(options, "layers", Compiler.Relevance.LayerPosition.Every)]) },
            "by_order" => spec with
            {
                Composite = "Custom",
                Rules = new(
                [
                    .. linear().Zip(Repeating([.. options.GetProperty("linear").EnumerateArray().Select(r => r.GetString()!)]), (layer, rule) => new LayerRule(layer, ParseRule(rule))),
                    .. sums,
                    new("Activation", new(RuleKind.Pass)), new("AveragePool", new(RuleKind.Norm)), new("BatchNormalization", new(RuleKind.Pass)),
                ]),
            },
            var composite => spec with
            {
                Composite = composite,
                Rules = new(sums),
                Epsilon = Number("epsilon", 1e-6),
                Gamma = Number("gamma", 0.25),
                Stabilizer = Number("stabilizer", 1e-6),
                Smoothness = Number("beta_smooth", 10),
                Low = Numbers("low"),
                High = Numbers("high"),
                DropBias = options.TryGetProperty("zero_params", out var zero) && zero.GetString() == "bias",
            },
        };

        double Number(string name, double otherwise) => options.TryGetProperty(name, out var value) ? value.GetDouble() : otherwise;

        // A number, or the text of a tensor.
        EquatableList<double> Numbers(string name) => !options.TryGetProperty(name, out var value) ? EquatableList<double>.Empty
            : value.ValueKind == JsonValueKind.Number ? new([value.GetDouble()])
            : new(NumberPattern().Matches(value.GetString()!).Select(m => Parse(m.Value)));
    }

    private ExplainerSpec Captum()
    {
        var rules = Parameters.GetProperty("rules").GetString()!;
        var usual = new PropagationRule(RuleKind.Epsilon, 1e-9);
        PropagationRule On(string layer) => RulePattern().Matches(rules).FirstOrDefault(m => m.Groups["layers"].Value.Split('/').Contains(layer)) is not { } match ? usual
            : match.Groups["rule"].Value switch
            {
                "EpsilonRule" => usual with { Epsilon = Parse(match.Groups["number"].Value) },
                "GammaRule" => new PropagationRule(RuleKind.CaptumGamma, 1e-9) { Gamma = Parse(match.Groups["number"].Value) },
                _ => new PropagationRule(RuleKind.CaptumAlpha1Beta0, 1e-9),
            };
        LayerRule[] lines =
        [
            new("Convolution", On("Conv")), new("Dense", On("Linear")), new("Activation", new(RuleKind.Pass)),
            new("MaxPool", usual), new("AveragePool", usual), new("BatchNormalization", usual), new("Sum", usual),
        ];
        return Lrp("Custom", lines) with { MergeBatchNorm = false };
    }

    private static IEnumerable<LayerRule> Lines(JsonElement options, string name, Compiler.Relevance.LayerPosition position) => !options.TryGetProperty(name, out var lines) ? [] : lines.EnumerateArray().Select(line => new LayerRule(
        line[0].GetString() switch { "AvgPool" => "AveragePool", "BatchNorm" => "BatchNormalization", "LocalResponseNorm" => "LocalResponse", var type => type! },
        ParseRule(line[1].GetString()!),
        position));

    private static IEnumerable<string> Repeating(IReadOnlyList<string> rules) => rules.Concat(Enumerable.Repeat(rules[^1], 1000));

    /// <summary>A rule as Python writes it: <c>Gamma(0.25, zero_params='bias')</c>.</summary>
    private static PropagationRule ParseRule(string text)
    {
        double[] numbers = [.. NumberPattern().Matches(text[text.IndexOf('(', StringComparison.Ordinal)..]).Select(m => Parse(m.Value))];
        bool Has(string option) => text.Contains(option, StringComparison.Ordinal);
        var kind = Enum.Parse<RuleKind>(text[..text.IndexOf('(', StringComparison.Ordinal)]);
        var epsilon = kind == RuleKind.Epsilon || Has("stabilizer=") ? numbers[0] : PropagationRule.DefaultStabilizer;
        var rule = new PropagationRule(kind, epsilon, Has("zero_params='bias'"))
        {
            Stabilizer = (Has("clip=True") ? Stabilizer.Clip : 0) | (Has("norm_scale=True") ? Stabilizer.NormScale : 0),
        };
        return kind switch
        {
            RuleKind.Gamma => rule with { Gamma = numbers[0] },
            RuleKind.AlphaBeta => rule with { Alpha = numbers[0], Beta = numbers[1] },
            RuleKind.ZBox => rule with { Low = new([numbers[0]]), High = new([numbers[1]]) },
            _ => rule,
        };
    }

    private static double Parse(string number) => double.Parse(number, NumberStyles.Float, CultureInfo.InvariantCulture);

    private static bool Matches(string? glob, string name) => glob is null || FileSystemName.MatchesSimpleExpression(glob, name, ignoreCase: false);

    private bool Flag(string name) => Json.TryGetProperty(name, out var flag) && flag.GetBoolean();

    private string At(string file) => Path.Combine(Folder, file);

    [GeneratedRegex(@"-?\d+\.?\d*(?:e-?\d+)?")]
    private static partial Regex NumberPattern();

    [GeneratedRegex(@"(?<rule>\w+?)(?:\((?<number>[^)]*)\))? on (?<layers>[\w/]+)")]
    private static partial Regex RulePattern();
}
