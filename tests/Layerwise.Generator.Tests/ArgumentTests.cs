using System.Reflection;
using Layerwise.Compiler;
using Layerwise.Compiler.Inputs;
using Layerwise.Compiler.Relevance;
using Microsoft.CodeAnalysis.CSharp;

namespace Layerwise.Generator.Tests;

/// <summary>What a user's attributes say, as the compiler is told it.</summary>
public sealed class ArgumentTests
{
    private static readonly Attribute[] Attributes = [new ExplainerAttribute("digits.onnx"), new LayerRuleAttribute("fc", Rule.Epsilon), new ImageInputAttribute(), new TableInputAttribute(), new TextInputAttribute()];

    /// <summary>Every argument that an attribute has.</summary>
    public static TheoryData<string, string> Arguments => [.. Attributes.SelectMany(attribute => Settable(attribute).Select(property => (attribute.GetType().Name, property.Name)))];

    [Theory]
    [MemberData(nameof(Arguments))]
    public void None_is_lost(string name, string argument)
    {
        var attribute = Attributes.Single(attribute => attribute.GetType().Name == name);
        var property = Settable(attribute).Single(property => property.Name == argument);
        Assert.NotEqual(Told(attribute, ""), Told(attribute, $"{argument} = {Other(property, attribute)}"));
    }

    [Fact]
    public void Each_has_its_place()
    {
        var told = Told("""
            [Explainer("digits.onnx", Method = Method.Saliency, Composite = Composite.EpsilonGammaBox, Epsilon = 1e-3, Gamma = 0.1, Stabilizer = 1e-4, Low = new[] { -1.0, -2 }, High = new double[] { 3 },
                Smoothness = 5, ZeroBias = true, NegativeByDifference = true, BFloat16 = true, GradientOtherwise = true, StripHead = false, Backend = Backend.Managed, Output = "logits")]
            [LayerRule("/fc*", Rule.Epsilon, Epsilon = 0.5, Clip = true, NormScale = true)]
            [LayerRule("Convolution", Rule.AlphaBeta, Position = LayerPosition.Last, Alpha = 3, Beta = 2, NegativeByDifference = true, BFloat16 = true, ZeroBias = true, Unsigned = true)]
            [LayerRule("Conv", Rule.ZBox, Low = new[] { 0.0 }, High = new[] { 1.0 }, Gamma = 2, Smoothness = 3)]
            """);
        Assert.Equal(
            new ExplainerSpec
            {
                ClassName = "Digits",
                IsPublic = false,
                Method = "saliency",
                Composite = "EpsilonGammaBox",
                Epsilon = 1e-3,
                Gamma = 0.1,
                Stabilizer = 1e-4,
                Low = new([-1, -2]),
                High = new([3]),
                Smoothness = 5,
                DropBias = true,
                NegativeByDifference = true,
                BFloat16 = true,
                GradientOtherwise = true,
                StripHead = false,
                Backend = "Managed",
                Output = "logits",
                Rules = new(
                [
                    new("/fc*", new(RuleKind.Epsilon, 0.5) { Stabilizer = Stabilizer.Clip | Stabilizer.NormScale }),
                    new("Convolution", new(RuleKind.AlphaBeta, DropBias: true) { Alpha = 3, Beta = 2, NegativeByDifference = true, BFloat16 = true, Stabilizer = Stabilizer.Unsigned }, Compiler.Relevance.LayerPosition.Last),
                    new("Conv", new(RuleKind.ZBox) { Low = new([0]), High = new([1]), Gamma = 2, Smoothness = 3 }),
                ]),
            },
            told);
    }

    [Fact]
    public void Those_of_an_input_have_theirs()
    {
        InputSpec? Input(string attribute) => Told($"[Explainer(\"digits.onnx\"), {attribute}]").Input;
        Assert.Equal(
            new ImageSpec { Width = 7, Height = 5, Resize = 9, Scale = 0.5, Mean = new([0.1, 0.2]), Std = new([3]), Order = "Bgr", Fit = "CenterCrop" },
            Input("ImageInput(Width = 7, Height = 5, Resize = 9, Scale = 0.5, Mean = new[] { 0.1, 0.2 }, Std = new double[] { 3 }, Order = ChannelOrder.Bgr, Fit = ImageFit.CenterCrop)"));
        Assert.Equal(
            new TableSpec { Features = new(["a", "b"]), Mean = new([4]), Std = new([5, 6]) },
            Input("TableInput(\"a\", \"b\", Mean = new[] { 4.0 }, Std = new[] { 5.0, 6 })"));
        Assert.Equal(new TextSpec { Length = 7, Padding = 8 }, Input("TextInput(Length = 7, Padding = 8)"));
    }

    private static IEnumerable<PropertyInfo> Settable(Attribute attribute) => attribute.GetType().GetProperties().Where(property => property.CanWrite);

    /// <summary>A value that the argument does not have by itself.</summary>
    private static string Other(PropertyInfo property, Attribute attribute) => property.GetValue(attribute) switch
    {
        bool value => value ? "false" : "true",
        Enum value => $"{property.PropertyType.Name}.{Enum.GetValues(property.PropertyType).Cast<Enum>().First(other => !other.Equals(value))}",
        double or int or long => "7",
        _ when property.PropertyType == typeof(double[]) => "new[] { 7.0 }",
        _ when property.PropertyType == typeof(Type) => "typeof(Row)",
        _ => "\"seven\"",
    };

    private static ExplainerSpec Told(Attribute attribute, string argument)
    {
        var name = attribute.GetType().Name[..^nameof(Attribute).Length];
        string With(string positional) => $"{name}({string.Join(", ", new[] { positional, argument }.Where(text => text.Length > 0))})";
        return Told(attribute switch
        {
            ExplainerAttribute => $"[{With("\"digits.onnx\"")}]",
            LayerRuleAttribute => $"[Explainer(\"digits.onnx\"), {With("\"fc\", Rule.Epsilon")}]",
            _ => $"[Explainer(\"digits.onnx\"), {With("")}]",
        });
    }

    private static ExplainerSpec Told(string attributes)
    {
        ExplainerSpec? told = null;
        var outcome = new UserProject((manifest, spec) => FakeCompiler.Compile(manifest, told = spec))
            .Source("Digits.cs", $"using Layerwise;\n{attributes}\npartial class Digits;\nclass Row {{ public int Age {{ get; set; }} }}")
            .Manifest("/obj/1.lwgraph", "layerwise-graph 1\nfile \"digits.onnx\"\n")
            .Run();
        Assert.Empty(outcome.Diagnostics);
        return told!;
    }
}
