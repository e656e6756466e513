using System.Text.Json;
using System.Text.Json.Serialization;
using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using PropagationRule = Layerwise.Compiler.Relevance.Rule;

namespace Layerwise.Tool;

/// <summary>
/// A composite of the user's own, as JSON: <c>{ "composite": "EpsilonPlus", "rules": [ { "layers": "/fc*", "rule": "Epsilon", "epsilon": 0.1 } ] }</c>.
/// The names are those of the attributes in C#.
/// </summary>
internal sealed record CompositeFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false), new OneOrMany() },
    };

    public Composite Composite { get; init; } = Composite.Custom;

    public double Epsilon { get; init; } = PropagationRule.DefaultStabilizer;

    public double Stabilizer { get; init; } = PropagationRule.DefaultStabilizer;

    public double Gamma { get; init; } = 0.25;

    public double[] Low { get; init; } = [];

    public double[] High { get; init; } = [];

    public double Smoothness { get; init; } = 10;

    public bool ZeroBias { get; init; }

    public bool NegativeByDifference { get; init; }

    public bool BFloat16 { get; init; }

    public bool GradientOtherwise { get; init; }

    public bool MergeBatchNorm { get; init; } = true;

    public bool StripHead { get; init; } = true;

    public Line[] Rules { get; init; } = [];

    /// <summary>One rule.</summary>
    internal sealed record Line
    {
        public required string Layers { get; init; }

        public required RuleKind Rule { get; init; }

        public Compiler.Relevance.LayerPosition Position { get; init; }

        public double Epsilon { get; init; } = PropagationRule.DefaultStabilizer;

        public bool Clip { get; init; }

        public bool NormScale { get; init; }

        public bool Unsigned { get; init; }

        public bool ZeroBias { get; init; }

        public double Gamma { get; init; } = 0.25;

        public double Alpha { get; init; } = 2;

        public double Beta { get; init; } = 1;

        public bool NegativeByDifference { get; init; }

        public bool BFloat16 { get; init; }

        public double[] Low { get; init; } = [];

        public double[] High { get; init; } = [];

        public double Smoothness { get; init; } = 10;

        public LayerRule ToRule() => new(Layers, new PropagationRule(Rule, Epsilon, ZeroBias)
        {
            Stabilizer = (Clip ? Compiler.Relevance.Stabilizer.Clip : 0) | (NormScale ? Compiler.Relevance.Stabilizer.NormScale : 0) | (Unsigned ? Compiler.Relevance.Stabilizer.Unsigned : 0),
            Gamma = Gamma,
            Alpha = Alpha,
            Beta = Beta,
            NegativeByDifference = NegativeByDifference,
            BFloat16 = BFloat16,
            Low = new(Low),
            High = new(High),
            Smoothness = Smoothness,
        }, Position);
    }

    /// <exception cref="ToolException">The file cannot be read, or is no composite.</exception>
    public static CompositeFile Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), $"The composite '{path}'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolException([$"The composite '{path}' cannot be read: {Program.Words(e)}"]);
        }
    }

    /// <param name="json">The composite.</param>
    /// <param name="what">What a complaint calls it.</param>
    /// <exception cref="ToolException">It is no composite.</exception>
    public static CompositeFile Parse(string json, string what)
    {
        try
        {
            return JsonSerializer.Deserialize<CompositeFile>(json, Options) ?? throw new ToolException([$"{what} is empty."]);
        }
        catch (JsonException e)
        {
            var place = e.Path is { Length: > 0 } at && !e.Message.Contains(at, StringComparison.Ordinal) ? $"{at}: " : "";
            throw new ToolException([$"{what} cannot be read: {place}{e.Message}"]);
        }
    }

    public ExplainerSpec ApplyTo(ExplainerSpec spec) => spec with
    {
        Composite = Composite.ToString(),
        Epsilon = Epsilon,
        Stabilizer = Stabilizer,
        Gamma = Gamma,
        Low = new(Low),
        High = new(High),
        Smoothness = Smoothness,
        DropBias = ZeroBias,
        NegativeByDifference = NegativeByDifference,
        BFloat16 = BFloat16,
        GradientOtherwise = GradientOtherwise,
        MergeBatchNorm = MergeBatchNorm,
        StripHead = StripHead,
        Rules = new(Rules.Select(r => r.ToRule())),
    };

    /// <summary>A number stands for a list of one.</summary>
    private sealed class OneOrMany : JsonConverter<double[]>
    {
        public override double[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            if (reader.TokenType == JsonTokenType.Number)
            {
                return [reader.GetDouble()];
            }

            if (reader.TokenType != JsonTokenType.StartArray)
            {
                throw new JsonException("A number or a list of numbers should be here.");
            }

            var numbers = new List<double>();
            while (reader.Read() && reader.TokenType == JsonTokenType.Number)
            {
                numbers.Add(reader.GetDouble());
            }

            return reader.TokenType == JsonTokenType.EndArray ? [.. numbers] : throw new JsonException("A list of numbers should be here.");
        }

        public override void Write(Utf8JsonWriter writer, double[] value, JsonSerializerOptions options) => throw new NotSupportedException();
    }
}
