using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using Layerwise.Oracle;
using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Rules;
using Layerwise.Testing;
using Layerwise.Tool.Verification;
using TorchSharp;
using static TorchSharp.torch;
using PropagationRule = Layerwise.Compiler.Relevance.Rule;

namespace Layerwise.Tests.Numerics;

/// <summary>Networks of one layer against the oracle: every form of layer with every rule that it can have.</summary>
public sealed class OracleLayerTests(OracleLayerTests.Networks networks) : IClassFixture<OracleLayerTests.Networks>
{
    private const double Tolerance = 1e-4;

    private static readonly PropagationRule Gradient = new(RuleKind.Gradient);

    private static readonly (string Name, PropagationRule Rule)[] LinearRules =
    [
        ("Epsilon", new(RuleKind.Epsilon, 0.01)),
        ("Epsilon without a bias", new(RuleKind.Epsilon, 0.01, DropBias: true)),
        ("Epsilon clipped", new(RuleKind.Epsilon, 0.3) { Stabilizer = Stabilizer.Clip }),
        ("Epsilon scaled", new(RuleKind.Epsilon, 0.2) { Stabilizer = Stabilizer.NormScale }),
        ("Epsilon scaled and clipped", new(RuleKind.Epsilon, 0.2) { Stabilizer = Stabilizer.NormScale | Stabilizer.Clip }),
        ("Gamma", new(RuleKind.Gamma, 0.01) { Gamma = 0.4 }),
        ("Gamma without a bias", new(RuleKind.Gamma, 0.01, DropBias: true)),
        ("ZPlus", new(RuleKind.ZPlus)),
        ("ZPlus without a bias", new(RuleKind.ZPlus, DropBias: true)),
        ("AlphaBeta", new(RuleKind.AlphaBeta) { Alpha = 3, Beta = 2 }),
        ("ZBox", new(RuleKind.ZBox) { Low = new([-1.5]), High = new([2]) }),
        ("WSquare", new(RuleKind.WSquare)),
        ("WSquare without a bias", new(RuleKind.WSquare, DropBias: true)),
        ("Flat", new(RuleKind.Flat)),
        ("CaptumGamma", new(RuleKind.CaptumGamma, 0.01)),
        ("CaptumAlpha1Beta0", new(RuleKind.CaptumAlpha1Beta0, 0.01)),
        ("Gradient", Gradient),
    ];

    private static readonly Dictionary<string, Func<ModelBuilder>> LinearForms = new()
    {
        ["Conv over one axis"] = () => Net([4, 9]).Conv("x", "y", 6, 4, 3, null, ("pads", new[] { 1, 2 }), ("strides", new[] { 2 })),
        ["Conv in groups"] = () => Net([4, 6, 5]).Conv("x", "y", 6, 2, 3, 2, ("group", 2), ("pads", new[] { 1, 2, 0, 1 }), ("dilations", new[] { 1, 2 })),
        ["Conv over three axes"] = () => Net([2, 4, 5, 3]).Numbers("w", [3, 2, 2, 3, 2]).Numbers("b", [3]).Node("Conv", "x w b", "y", "conv", ("pads", new[] { 1, 0, 1, 0, 1, 1 }), ("strides", new[] { 1, 2, 1 })),
        ["Conv and Relu"] = () => Net([4, 6, 5]).Conv("x", "c", 6, 4, 3, 3).Node("Relu", "c", "y", "relu"),
        ["Conv, BatchNormalization and Relu"] = () => Net([4, 6, 5]).Conv("x", "c", 6, 4, 3, 3, ("auto_pad", "SAME_UPPER")).Norm("c", "n", 6).Node("Relu", "n", "y", "relu"),
        ["BatchNormalization and padded Conv"] = () => Net([4, 6, 5]).Norm("x", "n", 4).Conv("n", "y", 6, 4, 3, 3, ("pads", new[] { 1, 1, 1, 1 }), ("strides", new[] { 2, 1 })),
        ["BatchNormalization on both sides"] = () => Net([4, 6, 5]).Norm("x", "n", 4).Conv("n", "c", 6, 4, 3, 3, ("pads", new[] { 1, 1, 1, 1 })).Norm("c", "y", 6, "2"),
        ["ConvTranspose in groups"] = () => Net([4, 5, 4]).Transposed("x", "y", 4, 3, 3, 2, ("group", 2), ("strides", new[] { 2, 1 }), ("pads", new[] { 1, 0, 0, 1 }), ("output_padding", new[] { 1, 0 })),
        ["ConvTranspose and BatchNormalization"] = () => Net([4, 6, 5]).Transposed("x", "c", 4, 6, 3, 2, ("strides", new[] { 2, 2 })).Norm("c", "y", 6),
        ["Conv and Clip"] = () => Net([4, 6, 5]).Conv("x", "c", 6, 4, 3, 3, ("auto_pad", "SAME_UPPER")).Tensor("low", [0f]).Tensor("high", [0.5f]).Node("Clip", "c low high", "y", "clip"),
        ["Gemm and Clip"] = () => Net([6]).Dense("x", "c", 6, 5).Tensor("low", [0f]).Tensor("high", [0.5f]).Node("Clip", "c low high", "y", "clip"),
        ["Gemm and Relu"] = () => Net([6]).Dense("x", "c", 6, 5).Node("Relu", "c", "y", "relu"),
        ["Gemm with factors"] = () => Net([6]).Numbers("w", [5, 6]).Numbers("b", [5]).Node("Gemm", "x w b", "y", "fc", ("transB", 1), ("alpha", 0.5f), ("beta", 2f)),
        ["MatMul and Add"] = () => Net([3, 6]).Numbers("w", [6, 5]).Numbers("b", [5]).Node("MatMul", "x w", "c", "fc").Node("Add", "b c", "y", "add"),
        ["Gemm, scale and shift"] = () => Net([6]).Dense("x", "c", 6, 5).Affine("c", "y", [5]),
    };

    private static readonly Dictionary<string, Func<ModelBuilder>> NormForms = new()
    {
        ["AveragePool"] = () => Net([3, 7, 6]).Node("AveragePool", "x", "y", "pool", ("kernel_shape", new[] { 3, 2 }), ("strides", new[] { 2, 1 }), ("pads", new[] { 1, 0, 1, 1 }), ("ceil_mode", 1)),
        ["AveragePool that counts padding"] = () => Net([3, 7, 6]).Node("AveragePool", "x", "y", "pool", ("kernel_shape", new[] { 3, 3 }), ("pads", new[] { 1, 1, 1, 1 }), ("count_include_pad", 1)),
        ["GlobalAveragePool"] = () => Net([3, 7, 6]).Node("GlobalAveragePool", "x", "y", "pool"),
        ["ReduceMean"] = () => Net([3, 7, 6]).Node("ReduceMean", "x", "y", "mean", ("axes", new[] { 1 }), ("keepdims", 0)),
        ["ReduceSum"] = () => new ModelBuilder(opset: 12).Input("x", "N", 3, 4).Output("y", "N", "a").Node("ReduceSum", "x", "y", "sum", ("axes", new[] { 2 }), ("keepdims", 0)),
        ["Resize"] = () => Net([3, 4]).Tensor("sizes", new long[] { 7 }, 1).Node("Resize", ["x", "", "", "sizes"], ["y"], "resize", ("mode", "linear"), ("axes", new[] { 2 })),
        ["Add of itself"] = () => Net([5]).Node("Add", "x x", "y", "add"),
        ["Add of what is broadcast"] = () => Net([3, 4]).Input("z", "N", 1, 4).Node("Add", "z x", "y", "add"),
        ["Add and Relu"] = () => Net([5]).Input("z", "N", 5).Node("Add", "x z", "s", "add").Node("Relu", "s", "y", "relu"),
        ["Sum of three"] = () => Net([5]).Input("z", "N", 5).Input("v", "N", 5).Node("Sum", "x z v", "y", "sum"),
        ["Sub"] = () => Net([5]).Input("z", "N", 5).Node("Sub", "x z", "y", "sub"),
        ["Mul by weights"] = () => Net([3, 4]).Numbers("w", [4]).Node("Mul", "w x", "y", "mul"),
        ["Add of weights"] = () => Net([3, 4]).Numbers("w", [3, 1]).Node("Add", "x w", "y", "add"),
    };

    private static readonly Dictionary<string, Func<ModelBuilder>> OtherForms = new()
    {
        ["MaxPool"] = () => Net([3, 7, 6]).Node("MaxPool", "x", "y", "pool", ("kernel_shape", new[] { 3, 2 }), ("strides", new[] { 2, 1 }), ("pads", new[] { 1, 0, 1, 1 })),
        ["MaxPool over ties"] = () => Net([2, 6]).Node("Sign", "x", "s", "sign").Node("MaxPool", "x", "y", "pool", ("kernel_shape", new[] { 3 })),
        ["GlobalMaxPool"] = () => Net([3, 7, 6]).Node("GlobalMaxPool", "x", "y", "pool"),
        ["BatchNormalization"] = () => Net([4, 3, 3]).Norm("x", "y", 4),
        ["Relu"] = () => Net([4, 3]).Node("Relu", "x", "y", "relu"),
        ["Elu"] = () => Net([4, 3]).Node("Elu", "x", "y", "act", ("alpha", 0.7f)),
        ["HardSwish"] = () => Net([4, 3]).Node("HardSwish", "x", "y", "act"),
        ["PRelu"] = () => Net([4, 3]).Numbers("slope", [4, 1]).Node("PRelu", "x slope", "y", "act"),
        ["Swish in several nodes"] = () => Net([4, 3]).Node("Sigmoid", "x", "s").Node("Mul", "x s", "y"),
        ["LRN"] = () => Net([5, 2, 2]).Node("LRN", "x", "y", "lrn", ("size", 3), ("alpha", 0.5f), ("beta", 0.6f), ("bias", 1.3f)),
        ["A gate"] = () => Net([4, 3]).Input("z", "N", 4, 1).Node("Sigmoid", "z", "g", "gate").Node("Mul", "x g", "y", "product"),
        ["Reshape and Transpose"] = () => Net([4, 6]).Tensor("shape", new long[] { 0, 2, 2, 6 }, 4).Node("Reshape", "x shape", "r").Node("Transpose", "r", "y", "moved", ("perm", new[] { 0, 3, 1, 2 })),
        ["Concat and Slice"] = () => Net([4, 6]).Input("z", "N", 2, 6).Tensor("s", new long[] { -1 }, 1).Tensor("e", new long[] { -99 }, 1).Tensor("a", new long[] { 1 }, 1).Tensor("t", new long[] { -2 }, 1)
            .Node("Concat", "x z", "c", "concat", ("axis", 1)).Node("Slice", "c s e a t", "y", "slice"),
        ["Pad and Gather"] = () => Net([4, 3]).Tensor("pads", new long[] { 0, 1, 2, 0, 0, 1 }, 6).Tensor("i", new long[] { 4, 0, 0 }, 3).Node("Pad", "x pads", "p", "pad", ("mode", "reflect")).Node("Gather", "p i", "y", "gather", ("axis", 1)),
        ["Upsample"] = () => Net([2, 3, 3]).Tensor("scales", [1f, 1, 2, 3], 4).Node("Resize", ["x", "", "scales"], ["y"], "resize", ("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")),
    };

    private static readonly (string Form, Func<ModelBuilder> Model, string Way, PropagationRule? Rule)[] All =
    [
        .. from form in LinearForms from rule in LinearRules select (form.Key, form.Value, rule.Name, (PropagationRule?)rule.Rule),
        .. from form in NormForms from rule in new[] { new PropagationRule(RuleKind.Norm, 0.01), Gradient } select (form.Key, form.Value, rule.Kind.ToString(), (PropagationRule?)rule),
        .. from form in OtherForms select (form.Key, form.Value, "its own", (PropagationRule?)null),
        ("MaxPool", OtherForms["MaxPool"], "Proportional", new(RuleKind.Proportional, 0.01)),
        ("GlobalMaxPool", OtherForms["GlobalMaxPool"], "Proportional", new(RuleKind.Proportional, 0.01)),
        ("LRN", OtherForms["LRN"], "Norm", new(RuleKind.Norm, 0.01)),
        ("LRN", OtherForms["LRN"], "Gradient", Gradient),
        ("HardSwish", OtherForms["HardSwish"], "Gradient", Gradient),
        ("Swish in several nodes", OtherForms["Swish in several nodes"], "Gradient", Gradient),
        ("Conv in groups", LinearForms["Conv in groups"], "ZBox by channel", new(RuleKind.ZBox) { Low = new([-1.2, -1.4, -2, -1.1]), High = new([1.5, 2, 1.2, 1.3]) }),
        ("Conv in groups", LinearForms["Conv in groups"], "ZBox by element", new(RuleKind.ZBox) { Low = new(Enumerable.Range(0, 120).Select(i => -1.1 - (i * 0.01))), High = new(Enumerable.Range(0, 120).Select(i => 1.2 + (i * 0.01))) }),
    ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (form, _, way, _) in All)
            {
                data.Add(form, way);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_layer_gives_what_the_oracle_says(string form, string way)
    {
        var (_, model, _, asked) = All.Single(c => c.Form == form && c.Way == way);
        using var network = networks.Create(form, way);
        var ports = network.Inputs;
        Grid[] inputs = [.. ports.Select((port, k) => Values([2, .. port.Sample.Select(d => (int)d)], 3 + k))];
        var layer = OracleLayer.Of(OracleModel.Of(model().Model), [.. ports.Select(p => p.Name)], inputs, "y");
        var relevance = Values(layer.Shape, 11);
        var rule = asked is null ? OwnRule(network.Layers[^1].Rule) : ReferenceRule.Of(asked);
        var given = layer.Propagate(relevance.Values, rule, asked?.Kind == RuleKind.Gradient ? new(RuleName.Gradient) : null);

        using var scope = NewDisposeScope();
        using var why = network.Propagate([.. inputs.Select(Tensor)], Tensor(relevance));
        Assert.InRange(ReferenceFiles.RelativeDifference(why.Output, Tensor(layer.Output())), 0, Tolerance);
        for (var k = 0; k < inputs.Length; k++)
        {
            Assert.InRange(ReferenceFiles.RelativeDifference(why.Relevances[k], Tensor(given.Of(k))), 0, Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_is_taken_is_given_or_kept(string form, string way)
    {
        var (_, model, _, asked) = All.Single(c => c.Form == form && c.Way == way);
        if (asked is null or { Kind: RuleKind.Gradient } || form == "LRN")
        {
            return;
        }

        var oracle = OracleModel.Of(model().Model);
        using var network = networks.Create(form, way);
        Grid[] inputs = [.. network.Inputs.Select((port, k) => Values([2, .. port.Sample.Select(d => (int)d)], 3 + k))];
        var layer = OracleLayer.Of(oracle, [.. network.Inputs.Select(p => p.Name)], inputs, "y");
        var relevance = Values(layer.Shape, 11);
        var given = layer.Propagate(relevance.Values, ReferenceRule.Of(asked));
        var (bias, stabilizer) = given.Kept();
        var all = inputs.Select((_, k) => given.Of(k).Values.Sum()).Sum() + bias + stabilizer;

        // A denominator of two signs may be stabilized twice: AlphaBeta takes α and gives back β of each.
        Assert.Equal(relevance.Values.Sum(), all, 1e-9 * relevance.Values.Sum(Math.Abs));
    }

    [Theory]
    [InlineData("Conv in groups")]
    [InlineData("ConvTranspose in groups")]
    [InlineData("Gemm with factors")]
    [InlineData("MatMul and Add")]
    [InlineData("AveragePool")]
    [InlineData("Resize")]
    [InlineData("Pad and Gather")]
    [InlineData("BatchNormalization on both sides")]
    public void The_transposed_derivative_is_that_of_the_outputs(string form)
    {
        var model = OracleModel.Of((LinearForms.GetValueOrDefault(form) ?? NormForms.GetValueOrDefault(form) ?? OtherForms[form])().Model);
        var x = Values([2, .. Sample(form)], 3);
        var layer = OracleLayer.Of(model, ["x"], [x], "y");
        var random = new Random(5);
        for (var trial = 0; trial < 10; trial++)
        {
            // Linear in x: one element moved by 1 moves each output by its weight.
            var (element, output) = (random.Next(x.Values.Length), random.Next(layer.Count));
            var moved = OracleLayer.Of(model, ["x"], [x with { Values = [.. x.Values.Select((v, i) => i == element ? v + 1 : v)] }], "y");
            var start = Grid.Of(layer.Shape, i => i == output ? 1 : 0);
            Assert.Equal(moved[output] - layer[output], layer.Propagate(start.Values, new OracleRule(RuleName.Gradient))[0, element], 1e-12);
        }

        static int[] Sample(string name) => name switch
        {
            "Conv in groups" or "BatchNormalization on both sides" => [4, 6, 5],
            "ConvTranspose in groups" => [4, 5, 4],
            "Gemm with factors" => [6],
            "MatMul and Add" => [3, 6],
            "AveragePool" => [3, 7, 6],
            "Resize" => [3, 4],
            _ => [4, 3],
        };
    }

    [Fact]
    public void A_sample_of_a_large_layer_is_part_of_the_whole()
    {
        var model = OracleModel.Of(Net([8, 20, 20]).Conv("x", "y", 16, 8, 3, 3, ("pads", new[] { 1, 1, 1, 1 })).Model);
        OracleLayer Read() => OracleLayer.Of(model, ["x"], [Values([1, 8, 20, 20], 3)], "y");
        var (whole, part) = (Read(), Read());
        var relevance = Values(whole.Shape, 11);
        var rule = new OracleRule(RuleName.ZPlus);
        var all = whole.Propagate(relevance.Values, rule);
        var budget = whole.Entries / 10;

        var outputs = LayerSample.Outputs(part, new Random(1), budget).ToList();
        var spent = part.Work;
        Assert.InRange(outputs.Count, 2, whole.Count / 5);
        Assert.InRange(spent, 1, 2 * budget);
        Assert.All(outputs, o => Assert.Equal(whole[o.Element], o.Value));

        var given = part.Propagate(relevance.Values, rule);
        var inputs = LayerSample.Inputs(part, given, new Random(1), budget).ToList();
        Assert.InRange(inputs.Count, 2, 8 * 20 * 20 / 2);
        Assert.InRange(part.Work - spent, 1, 2 * budget);
        Assert.All(inputs, i => Assert.Equal(all[i.Input, i.Element], i.Value));

        Assert.Equal(whole.Count, LayerSample.Outputs(Read(), new Random(1), whole.Entries).Count());
    }

    [Fact]
    public void What_has_no_reference_is_named()
    {
        var model = OracleModel.Of(Net([4, 6]).Node("Softmax", "x", "s", "soft").Node("Relu", "s", "y").Model);
        Assert.Contains("Softmax 'soft'", Assert.Throws<NoReferenceException>(() => OracleLayer.Of(model, ["x"], [Values([1, 4, 6], 3)], "y")).Message, StringComparison.Ordinal);
        var relu = OracleLayer.Of(model, ["s"], [Values([1, 4, 6], 3)], "y");
        Assert.Contains("Taylor on a layer + Relu", Assert.Throws<NoReferenceException>(() => relu.Propagate(Values([1, 4, 6], 5).Values, new OracleRule(RuleName.Taylor))).Message, StringComparison.Ordinal);
        Assert.Contains("'s'", Assert.Throws<NoReferenceException>(() => OracleLayer.Of(OracleModel.Of(Net([3]).Node("Relu", "s", "y").Model), ["x"], [Values([1, 3], 3)], "y")).Message, StringComparison.Ordinal);
    }

    private static OracleRule? OwnRule(Rule? rule) => rule is { } named ? new OracleRule(Enum.Parse<RuleName>(named.ToString())) : null;

    private static ModelBuilder Net(object[] sample) => new ModelBuilder(opset: 18).Input("x", ["N", .. sample]).Output("y", ["N", .. sample.Select((_, i) => (object)$"d{i}")]);

    // Without signs that would cancel: what float32 can follow.
    private static Grid Values(int[] shape, int seed) => Grid.Of(shape, i => (float)(Math.Sin((i * i) + seed) + 0.3));

    private static Tensor Tensor(Grid grid) => tensor(grid.Values, [.. grid.Shape.Select(d => (long)d)], ScalarType.Float32);

    public sealed class Networks : IDisposable
    {
        private readonly Workbench _bench = new();

        public Networks()
        {
            set_num_threads(1);
            for (var i = 0; i < All.Length; i++)
            {
                var (form, model, way, rule) = All[i];
                var spec = new ExplainerSpec { ClassName = "_", Composite = "EpsilonPlus" };
                _bench.Add($"L{i}", model(), rule is null ? spec : spec with { Rules = new([.. Layers(rule).Select(l => new LayerRule(l, rule))]) });
            }
        }

        internal Runtime.Network Create(string form, string way) => _bench.Create($"L{Array.FindIndex(All, c => c.Form == form && c.Way == way)}");

        public void Dispose() => _bench.Dispose();

        private static IEnumerable<string> Layers(PropagationRule rule) => rule.Kind switch
        {
            RuleKind.Norm => ["Sum", "AveragePool", "Affine", "LocalResponse"],
            RuleKind.Proportional => ["MaxPool"],
            RuleKind.Gradient => ["Linear", "Sum", "AveragePool", "Affine", "LocalResponse", "Activation"],
            _ => ["Linear"],
        };
    }
}
