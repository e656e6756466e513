using Layerwise.Tests.Numerics;

namespace Layerwise.Tests.OnnxRuntime;

/// <summary>How each operator joins a random graph: a new operator adds one line.</summary>
internal static class RandomOperators
{
    public static readonly IReadOnlyList<(string Name, Action<RandomGraph, string> Add)> All =
    [
        // Functions of one value; those that are exact give every runtime the same bits.
        .. Each(["Abs", "Neg", "Relu", "Identity", "Dropout"], (g, op) => Unary(g, op, g.Value(), exact: true)),
        .. Each(["Ceil", "Floor", "Round", "Sign", "ThresholdedRelu"], (g, op) => Unary(g, op, g.Exact(), exact: true)),
        .. Each(["Atan", "Asinh", "Celu", "Cos", "Elu", "Erf", "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "Selu", "Sigmoid", "Sin", "Softplus", "Softsign", "Swish", "Tanh"], (g, op) => Unary(g, op, g.Value())),
        .. Each(["com.microsoft::FastGelu", "com.microsoft::Gelu", "com.microsoft::QuickGelu"], (g, op) => Unary(g, op, g.Value())),
        .. Each(["Acos", "Asin", "Atanh", "Tan"], (g, op) => Unary(g, op, g.Within(-0.9f, 0.9f))),
        .. Each(["Cosh", "Exp", "Sinh"], (g, op) => Unary(g, op, g.Within(-2, 2))),
        .. Each(["Log", "Reciprocal", "Sqrt"], (g, op) => Unary(g, op, g.Within(0.2f, 3))),
        ("Acosh", (g, op) => Unary(g, op, g.Within(1.2f, 3))),
        ("Clip", (g, op) => Clip(g, op, g.Value())),
        ("Gelu", (g, op) => Unary(g, op, g.Value(), attributes: ("approximate", g.One("none", "tanh")))),
        ("Shrink", (g, op) => Unary(g, op, g.Exact(), exact: true, ("lambd", 0.25f), ("bias", g.One(0f, 0.1f)))),

        // Functions of several.
        .. Each(["Add", "Sub", "Max", "Mean", "Min", "Sum"], (g, op) => Binary(g, op, g.Value())),
        .. Each(["Mul", "PRelu"], (g, op) => Binary(g, op, g.Value(), -1, 1)),
        ("Div", (g, op) => Binary(g, op, g.Value(), 0.5f, 2)),
        ("Pow", (g, op) => Binary(g, op, g.Within(0.3f, 2), -2, 2)),
        ("Mod", (g, op) => Exactly(g, op, g.Exact(), b => [b], ("fmod", 1))),
        .. Each(["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"], (g, op) => Float(g, Compare(g, op, g.Exact()))),
        .. Each(["And", "Or", "Xor"], (g, op) => Both(g, op, g.Exact())),
        .. Each(["BitwiseAnd", "BitwiseOr", "BitwiseXor"], (g, op) => Bitwise(g, op, g.Exact())),
        ("Not", (g, op) => Float(g, Compare(g, "Less", g.Exact()), name => g.Node(op, [name]))),
        ("IsNaN", (g, op) => Float(g, g.Value() is var x ? (g.Node(op, [x.Name]), x.Sample) : default)),
        ("Where", (g, op) => Where(g, op, g.AtLeast(2, g.Exact()))),
        ("com.microsoft::BiasGelu", (g, op) => Unary(g, op, g.AtLeast(2), x => [g.Numbers([x.Sample[^1]])])),
        ("Einsum", (g, op) => Einsum(g, op)),

        // Types.
        ("Cast", (g, op) => Float(g, g.Exact() is var x ? (g.Node(op, [x.Name], ("to", g.One(6, 7, 9, 3))), x.Sample) : default)),
        ("CastLike", (g, op) => Float(g, g.Exact() is var x ? (g.Node(op, [x.Name, g.Integers(1)]), x.Sample) : default)),

        // Linear layers and products.
        .. Each(["Conv", "ConvTranspose"], (g, op) => Convolution(g, op, g.OfRank(g.Between(3, 5)))),
        ("Gemm", (g, op) => Gemm(g, op, g.OfRank(2))),
        ("MatMul", (g, op) => MatMul(g, op, g.AtLeast(2))),

        // Pools.
        .. Each(["AveragePool", "LpPool", "MaxPool"], (g, op) => Pool(g, op, g.OfRank(g.Between(3, 5)))),
        .. Each(["GlobalAveragePool", "GlobalMaxPool"], (g, op) => GlobalPool(g, op, g.OfRank(g.Between(3, 5)))),

        // Reductions.
        .. Each(["ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "ReduceSumSquare", "ReduceLogSumExp"], (g, op) => Reduce(g, op, g.AtLeast(2))),
        .. Each(["ReduceLogSum", "ReduceProd"], (g, op) => Reduce(g, op, g.Within(0.5f, 1.5f, g.AtLeast(2)))),
        .. Each(["ArgMax", "ArgMin"], (g, op) => Extreme(g, op, g.AtLeast(2, g.Exact()))),
        ("CumSum", (g, op) => g.AtLeast(2).Let(x => g.Add(op, [x.Name, g.Integers([Axis(g, x)], [])], x.Sample, false, ("exclusive", g.Between(0, 1)), ("reverse", g.Between(0, 1))))),
        ("TopK", (g, op) => TopK(g, op, g.AtLeast(2, g.Exact()))),
        .. Each(["Softmax", "LogSoftmax"], (g, op) => g.AtLeast(2).Let(x => g.Add(op, [x.Name], x.Sample, false, ("axis", Axis(g, x))))),

        // Normalizations.
        ("BatchNormalization", (g, op) => g.AtLeast(2).Let(x => g.Add(op, [x.Name, .. Channels(g, x.Sample[0], 0.5, 1.5), .. Channels(g, x.Sample[0], -0.5, 0.5), .. Channels(g, x.Sample[0], -0.5, 0.5), .. Channels(g, x.Sample[0], 0.5, 2)], x.Sample))),
        ("GroupNormalization", (g, op) => g.AtLeast(3).Let(x => g.Add(op, [x.Name, .. Channels(g, x.Sample[0], 0.5, 1.5), .. Channels(g, x.Sample[0], -0.5, 0.5)], x.Sample, false, ("num_groups", Divisor(g, x.Sample[0])), Epsilon))),
        ("InstanceNormalization", (g, op) => g.AtLeast(3).Let(x => g.Add(op, [x.Name, .. Channels(g, x.Sample[0], 0.5, 1.5), .. Channels(g, x.Sample[0], -0.5, 0.5)], x.Sample, false, Epsilon))),
        ("LRN", (g, op) => g.OfRank(4).Let(x => g.Add(op, [x.Name], x.Sample, false, ("size", g.One(1, 3, 5)), ("alpha", 0.1f)))),
        ("LayerNormalization", (g, op) => g.AtLeast(2).Let(x => Axis(g, x).Let(axis => g.Add(op, [x.Name, g.Numbers(x.Sample[(axis - 1)..], 0.5, 1.5), g.Numbers(x.Sample[(axis - 1)..])], x.Sample, false, ("axis", axis), Epsilon)))),
        ("LpNormalization", (g, op) => g.Within(0.1f, 1, g.AtLeast(2)).Let(x => g.Add(op, [x.Name], x.Sample, false, ("axis", Axis(g, x)), ("p", g.Between(1, 2))))),
        ("RMSNormalization", (g, op) => g.AtLeast(2).Let(x => Axis(g, x).Let(axis => g.Add(op, [x.Name, g.Numbers(x.Sample[(axis - 1)..], 0.5, 1.5)], x.Sample, false, ("axis", axis), Epsilon)))),
        ("SimplifiedLayerNormalization", (g, op) => g.AtLeast(2).Let(x => g.Add(op, [x.Name, g.Numbers([x.Sample[^1]], 0.5, 1.5)], x.Sample, false, ("axis", -1), Epsilon))),
        .. Each(["com.microsoft::SkipLayerNormalization", "com.microsoft::SkipSimplifiedLayerNormalization"], (g, op) => Skip(g, op, g.OfRank(3))),

        // What moves values.
        ("Concat", (g, op) => Concat(g, op, g.AtLeast(2))),
        ("DepthToSpace", (g, op) => ToSpace(g, op, g.OfRank(4))),
        ("Expand", (g, op) => Expand(g, op, g.AtLeast(2))),
        ("Flatten", (g, op) => g.Value().Let(x => g.Add(op, [x.Name], [x.Elements], x.IsExact))),
        ("Gather", (g, op) => Gather(g, op, g.AtLeast(2))),
        ("GatherElements", (g, op) => GatherElements(g, op, g.OfRank(3))),
        ("GatherND", (g, op) => GatherND(g, op, g.AtLeast(3))),
        ("OneHot", (g, op) => OneHot(g, op, g.AtLeast(2, g.Exact()))),
        ("Pad", (g, op) => Pad(g, op, g.AtLeast(2))),
        ("Reshape", (g, op) => g.Value().Let(x => Divisor(g, x.Elements).Let(d => g.Reshape(x, d, x.Elements / d)))),
        ("Resize", (g, op) => Resize(g, op, g.OfRank(4))),
        ("RotaryEmbedding", (g, op) => Rotary(g, op, g.OfRank(4))),
        ("ScatterElements", (g, op) => ScatterElements(g, op, g.AtLeast(2))),
        ("ScatterND", (g, op) => ScatterND(g, op, g.AtLeast(2))),
        ("Slice", (g, op) => Slice(g, op, g.AtLeast(2))),
        ("SpaceToDepth", (g, op) => ToDepth(g, op, g.OfRank(4))),
        ("Split", (g, op) => Split(g, op, g.AtLeast(2))),
        ("Squeeze", (g, op) => g.Value().Let(x => g.Add(op, [g.Reshape(x, [1, .. x.Sample]).Name, g.Integers(1)], x.Sample, x.IsExact))),
        ("Tile", (g, op) => Tile(g, op, g.AtLeast(2))),
        ("Transpose", (g, op) => Transpose(g, op, g.AtLeast(3))),
        ("Trilu", (g, op) => g.AtLeast(3).Let(x => g.Add(op, [x.Name, g.Integers([g.Between(0, 2) - 1], [])], x.Sample, x.IsExact, ("upper", g.Between(0, 1))))),
        ("Unsqueeze", (g, op) => g.OfRank(g.Between(2, 4)).Let(x => g.Between(1, x.Rank).Let(at => g.Add(op, [x.Name, g.Integers(at)], [.. x.Sample[..(at - 1)], 1, .. x.Sample[(at - 1)..]], x.IsExact)))),

        // Quantization.
        ("QuantizeLinear", (g, op) => Quantize(g, op, g.Exact())),
        ("DequantizeLinear", (g, op) => Quantize(g, "QuantizeLinear", g.Exact())),

        // Sequences.
        .. Each(["GRU", "LSTM", "RNN"], (g, op) => Recurrent(g, op, g.OfRank(3))),
        ("Attention", (g, op) => Attention(g, op, g.OfRank(4))),

        // Sizes.
        ("Shape", (g, op) => g.Value().Let(x => g.Add("Reshape", [Unary(g, "Neg", x, exact: true).Name, g.Node(op, [x.Name])], x.Sample, x.IsExact))),
        ("Size", (g, op) => g.Value().Let(x => g.Add("Reshape", [x.Name, g.Node("Concat", [g.Node("Slice", [g.Node("Shape", [x.Name]), g.Integers(0), g.Integers(1)]), g.Node("Div", [g.Node("Unsqueeze", [g.Node(op, [x.Name]), g.Integers(0)]), g.Node("Slice", [g.Node("Shape", [x.Name]), g.Integers(0), g.Integers(1)])])], ("axis", 0))], [x.Elements], x.IsExact))),
        ("ConstantOfShape", (g, op) => g.Value().Let(x => g.Add("Add", [x.Name, g.Node(op, [g.Node("Shape", [x.Name])])], x.Sample, x.IsExact))),
        ("Range", (g, op) => g.AtLeast(2).Let(x => g.Add("Add", [x.Name, g.Node("Cast", [g.Node(op, [g.Integers([0], []), g.Integers([x.Sample[^1]], []), g.Integers([1], [])])], ("to", 1))], x.Sample))),
    ];

    /// <summary>Operators of the compiler that no random graph has, and why.</summary>
    public static readonly IReadOnlyDictionary<string, string> Without = new Dictionary<string, string>
    {
        ["GlobalLpPool"] = "ONNX Runtime has none of opset 22",
        ["If"] = "it needs a graph within the graph",
        ["Scatter"] = "opset 24 has it no more",
        ["Upsample"] = "opset 24 has it no more",
        ["com.microsoft::LayerNormalization"] = "ONNX Runtime knows the name in ONNX's domain alone",
        ["com.microsoft::SimplifiedLayerNormalization"] = "ONNX Runtime knows the name in ONNX's domain alone",
    };

    // Far from what would make a small deviation large.
    private static (string, object) Epsilon => ("epsilon", 0.01f);

    private static TResult Let<T, TResult>(this T value, Func<T, TResult> use) => use(value);

    private static IEnumerable<(string, Action<RandomGraph, string>)> Each(string[] names, Action<RandomGraph, string> add) => names.Select(name => (name, add));

    /// <summary>An axis behind the batch.</summary>
    private static int Axis(RandomGraph g, RandomValue x) => g.Between(1, x.Rank - 1);

    private static int[] With(int[] sample, int axis, int size) => [.. sample.Select((d, i) => i == axis - 1 ? size : d)];

    private static int Divisor(RandomGraph g, int number) => g.One<int>([.. Enumerable.Range(1, number).Where(d => number % d == 0)]);

    private static string[] Channels(RandomGraph g, int count, double low, double high) => [g.Numbers([count], low, high)];

    private static RandomValue Unary(RandomGraph g, string op, RandomValue x, bool exact = false, params (string, object)[] attributes)
        => g.Add(op, [x.Name], x.Sample, exact && x.IsExact, attributes);

    private static RandomValue Unary(RandomGraph g, string op, RandomValue x, Func<RandomValue, string[]> more) => g.Add(op, [x.Name, .. more(x)], x.Sample);

    private static RandomValue Clip(RandomGraph g, string op, RandomValue x)
        => g.Add(op, [x.Name, g.Chance() ? "" : g.Numbers([], -0.5, 0), g.Numbers([], 0.2, 0.6)], x.Sample, x.IsExact);

    /// <summary>With another value of the shape, or with a weight that one of the two is repeated for.</summary>
    private static void Binary(RandomGraph g, string op, RandomValue x, float? low = null, float? high = null)
    {
        if (g.Chance() && op != "PRelu")
        {
            var other = g.Like(x);
            other = low is { } l && high is { } h ? g.Within(l, h, other) : other;
            g.Add(op, g.Chance() && op != "Div" && op != "Pow" ? [other.Name, x.Name] : [x.Name, other.Name], x.Sample);
            return;
        }

        // The batch has no axis in a weight, or one of size 1.
        int[] shape = [.. x.Sample.Select(d => g.Chance() ? 1 : d)];
        var weight = g.Numbers(g.Chance() ? [1, .. shape] : shape, low ?? -1, high ?? 1);
        g.Add(op, [x.Name, weight], x.Sample);
    }

    private static void Exactly(RandomGraph g, string op, RandomValue x, Func<string, string[]> more, params (string, object)[] attributes)
        => g.Add(op, [x.Name, .. more(g.Floats(g.One(0.5f, 0.25f, 2)))], x.Sample, true, attributes);

    private static (string Name, int[] Sample) Compare(RandomGraph g, string op, RandomValue x)
        => (g.Node(op, [x.Name, g.Chance() ? x.Name : g.Numbers(x.Sample, -0.5, 0.5)]), x.Sample);

    /// <summary>A truth value or an integer as a number.</summary>
    private static void Float(RandomGraph g, (string Name, int[] Sample) value, Func<string, string>? then = null)
        => g.Add("Cast", [then is null ? value.Name : then(value.Name)], value.Sample, true, ("to", 1));

    private static void Both(RandomGraph g, string op, RandomValue x) => Float(g, (g.Node(op, [Compare(g, "Less", x).Name, Compare(g, "Greater", x).Name]), x.Sample));

    private static void Bitwise(RandomGraph g, string op, RandomValue x)
    {
        var integers = g.Node("Cast", [g.Add("Mul", [x.Name, g.Floats(8)], x.Sample, true).Name], ("to", 7));
        Float(g, (g.Node(op, [integers, g.Integers(g.Between(1, 7))]), x.Sample));
    }

    private static void Where(RandomGraph g, string op, RandomValue x)
    {
        var condition = Compare(g, "Less", x).Name;
        g.Add(op, [condition, g.Like(x).Name, g.Chance() ? g.Like(x).Name : g.Numbers([x.Sample[^1]])], x.Sample);
    }

    private static void Einsum(RandomGraph g, string op)
    {
        var x = g.OfRank(3);
        var size = g.Between(1, 3);
        var (equation, inputs, sample) = g.One<(string, string[], int[])>(
            ("nij,jk->nik", [x.Name, g.Weight(x.Sample[1], x.Sample[1], size)], [x.Sample[0], size]),
            ("nij,nkj->nik", [x.Name, x.Name], [x.Sample[0], x.Sample[0]]),
            ("nij->nji", [x.Name], [x.Sample[1], x.Sample[0]]),
            ("nij->nj", [x.Name], [x.Sample[1]]));
        g.Add(op, inputs, sample, false, ("equation", equation));
    }

    private static void Convolution(RandomGraph g, string op, RandomValue x)
    {
        var window = Window.Of(g, x.Sample[1..], stride: g.Between(1, 2), dilate: true, halfPad: false);
        var groups = Divisor(g, x.Sample[0]);
        var (inputs, outputs) = (x.Sample[0] / groups, g.Between(1, 2));
        var transposed = op == "ConvTranspose";
        int[] shape = transposed ? [x.Sample[0], outputs, .. window.Kernel] : [groups * outputs, inputs, .. window.Kernel];
        var weight = g.Weight(inputs * window.Kernel.Aggregate(1, (a, b) => a * b), shape);
        string[] bias = g.Chance() ? [g.Numbers([groups * outputs])] : [];
        int[] sizes = [.. x.Sample[1..].Select((d, i) => transposed ? window.Transposed(i, d) : window.Forward(i, d))];
        if (sizes.Any(s => s < 1))
        {
            return;
        }

        g.Add(op, [x.Name, weight, .. bias], [groups * outputs, .. sizes], false, [("group", groups), .. window.Attributes]);
    }

    private static void Pool(RandomGraph g, string op, RandomValue x)
    {
        var window = Window.Of(g, x.Sample[1..], stride: g.Between(1, 3), dilate: op == "MaxPool", halfPad: true);
        (string, object)[] own = op switch
        {
            "AveragePool" => [("count_include_pad", g.Between(0, 1))],
            "LpPool" => [("p", g.Between(1, 2))],
            _ => [],
        };
        g.Add(op, [x.Name], [x.Sample[0], .. x.Sample[1..].Select((d, i) => window.Forward(i, d))], op == "MaxPool" && x.IsExact, [.. window.Attributes, .. own]);
    }

    private static void GlobalPool(RandomGraph g, string op, RandomValue x) => g.Add(op, [x.Name], [x.Sample[0], .. x.Sample[1..].Select(_ => 1)], op == "GlobalMaxPool" && x.IsExact);

    private static void Gemm(RandomGraph g, string op, RandomValue x)
    {
        var (size, transposed) = (g.Between(1, 5), g.Between(0, 1));
        var weight = transposed == 1 ? g.Weight(x.Elements, size, x.Elements) : g.Weight(x.Elements, x.Elements, size);
        string[] bias = g.One<string[]>([], [g.Numbers([size])], [g.Numbers([1, size])]);
        g.Add(op, [x.Name, weight, .. bias], [size], false, ("transB", transposed), ("alpha", g.One(1f, 0.5f)), ("beta", g.One(1f, 2f)));
    }

    private static void MatMul(RandomGraph g, string op, RandomValue x)
    {
        if (x.Rank > 2 && g.Chance())
        {
            var squeezed = g.Within(-0.5f, 0.5f, x);
            int[] swapped = [.. Enumerable.Range(0, x.Rank - 2), x.Rank - 1, x.Rank - 2];
            var other = g.Add("Transpose", [x.Name], [.. x.Sample[..^2], x.Sample[^1], x.Sample[^2]], x.IsExact, ("perm", swapped));
            g.Add(op, [squeezed.Name, other.Name], [.. x.Sample[..^1], x.Sample[^2]]);
            return;
        }

        var size = g.Between(1, 5);
        g.Add(op, [x.Name, g.Weight(x.Sample[^1], x.Sample[^1], size)], [.. x.Sample[..^1], size]);
    }

    private static void Reduce(RandomGraph g, string op, RandomValue x)
    {
        int[] axes = [.. Enumerable.Range(1, x.Rank - 1).Where(_ => g.Chance()).DefaultIfEmpty(x.Rank - 1)];
        var keep = g.Between(0, 1);
        int[] sample = [.. x.Sample.Select((d, i) => axes.Contains(i + 1) ? keep : d).Where(d => d > 0)];
        g.Add(op, [x.Name, g.Integers(axes)], sample, op is "ReduceMax" or "ReduceMin" && x.IsExact, ("keepdims", keep));
    }

    private static void Extreme(RandomGraph g, string op, RandomValue x)
    {
        var (axis, keep) = (Axis(g, x), g.Between(0, 1));
        Float(g, (g.Node(op, [x.Name], ("axis", axis), ("keepdims", keep), ("select_last_index", g.Between(0, 1))), [.. x.Sample.Select((d, i) => i == axis - 1 ? keep : d).Where(d => d > 0)]));
    }

    private static void TopK(RandomGraph g, string op, RandomValue x)
    {
        var axis = Axis(g, x);
        var count = g.Between(1, x.Sample[axis - 1]);
        var values = g.Add(op, [x.Name, g.Integers(count)], With(x.Sample, axis, count), true, ("axis", axis), ("largest", g.Between(0, 1)));
        Float(g, (g.More(values.Name), values.Sample));
    }

    private static void Skip(RandomGraph g, string op, RandomValue x)
    {
        string[] shift = op.Contains("Simplified", StringComparison.Ordinal) ? [] : [g.Numbers([x.Sample[^1]])];
        g.Add(op, [x.Name, g.Like(x).Name, g.Numbers([x.Sample[^1]], 0.5, 1.5), .. shift], x.Sample, false, Epsilon);
    }

    private static void Concat(RandomGraph g, string op, RandomValue x)
    {
        var axis = Axis(g, x);
        var all = Enumerable.Range(0, g.Between(1, 3)).Select(_ => g.Like(x)).Prepend(x).ToList();
        g.Add(op, [.. all.Select(v => v.Name)], With(x.Sample, axis, x.Sample[axis - 1] * all.Count), all.All(v => v.IsExact), ("axis", g.Chance() ? axis : axis - x.Rank));
    }

    private static void ToSpace(RandomGraph g, string op, RandomValue x)
    {
        var four = g.Add("Concat", [x.Name, x.Name, x.Name, x.Name], [4 * x.Sample[0], .. x.Sample[1..]], x.IsExact, ("axis", 1));
        g.Add(op, [four.Name], [x.Sample[0], 2 * x.Sample[1], 2 * x.Sample[2]], x.IsExact, ("blocksize", 2), ("mode", g.One("DCR", "CRD")));
    }

    private static void ToDepth(RandomGraph g, string op, RandomValue x)
    {
        var even = g.Add("Tile", [x.Name, g.Integers(1, 1, 2, 2)], [x.Sample[0], 2 * x.Sample[1], 2 * x.Sample[2]], x.IsExact);
        g.Add(op, [even.Name], [4 * x.Sample[0], x.Sample[1], x.Sample[2]], x.IsExact, ("blocksize", 2));
    }

    private static void Expand(RandomGraph g, string op, RandomValue x)
    {
        int[] sample = [g.Between(1, 3), .. x.Sample];
        var wide = g.Reshape(x, [1, .. x.Sample]);
        g.Add(op, [wide.Name, g.Integers([1, .. sample])], sample, x.IsExact);
    }

    private static void Gather(RandomGraph g, string op, RandomValue x)
    {
        var axis = Axis(g, x);
        int[] indices = [.. Enumerable.Range(0, g.Between(1, 3)).Select(_ => g.Between(0, (2 * x.Sample[axis - 1]) - 1) - x.Sample[axis - 1])];
        var scalar = g.Chance();
        g.Add(op, [x.Name, scalar ? g.Integers(indices[..1], []) : g.Integers(indices)], [.. x.Sample[..(axis - 1)], .. scalar ? [] : new[] { indices.Length }, .. x.Sample[axis..]], x.IsExact, ("axis", axis));
    }

    /// <summary>Indices that are computed: where a row is largest.</summary>
    private static void GatherElements(RandomGraph g, string op, RandomValue x)
    {
        var (axis, exact) = (Axis(g, x), g.OfRank(3, g.Exact()));
        var indices = g.Node("ArgMax", [(exact.Sample.SequenceEqual(x.Sample) ? exact : g.Add("Floor", [g.Within(0, 1, x).Name], x.Sample, true)).Name], ("axis", axis));
        g.Add(op, [x.Name, indices], With(x.Sample, axis, 1), x.IsExact, ("axis", axis));
    }

    private static void GatherND(RandomGraph g, string op, RandomValue x)
    {
        var index = g.Between(0, x.Sample[0] - 1);
        g.Add(op, [x.Name, g.Node("Expand", [g.Integers([index], [1, 1]), g.Node("Concat", [g.Node("Shape", [x.Name], ("end", 1)), g.Integers(1)], ("axis", 0))])], x.Sample[1..], x.IsExact, ("batch_dims", 1));
    }

    private static void OneHot(RandomGraph g, string op, RandomValue x)
    {
        var indices = g.Node("ArgMax", [x.Name], ("axis", x.Rank - 1), ("keepdims", 0));
        g.Add(op, [indices, g.Integers(x.Sample[^1]), g.Floats(0, 1)], x.Sample, true);
    }

    private static void Pad(RandomGraph g, string op, RandomValue x)
    {
        var mode = g.One("constant", "edge", "reflect", "wrap");
        int Of(int size) => g.Between(0, Math.Min(2, mode == "reflect" ? size - 1 : size));
        int[] before = [0, .. x.Sample.Select(Of)], after = [0, .. x.Sample.Select(Of)];
        g.Add(op, [x.Name, g.Integers([.. before, .. after]), .. mode == "constant" && g.Chance() ? new[] { g.Numbers([]) } : []], [.. x.Sample.Select((d, i) => d + before[i + 1] + after[i + 1])], x.IsExact, ("mode", mode));
    }

    private static void Resize(RandomGraph g, string op, RandomValue x)
    {
        var (up, right) = (g.One(2f, 1f, 1.5f, 0.5f), g.One(2f, 1f, 3f));
        int[] sizes = [(int)(x.Sample[1] * up), (int)(x.Sample[2] * right)];
        if (sizes.Contains(0))
        {
            return;
        }

        // Of a size that is cut off, ONNX aligns the corners of the fraction, ONNX Runtime those of what is left.
        var aligned = sizes[0] == x.Sample[1] * up ? "align_corners" : "half_pixel";
        var mode = g.One("nearest", "linear", "cubic");
        g.Add(op, [x.Name, "", g.Floats(1, 1, up, right)], [x.Sample[0], .. sizes], mode == "nearest" && x.IsExact, ("mode", mode), ("coordinate_transformation_mode", g.One(aligned, "asymmetric", "half_pixel", "pytorch_half_pixel")));
    }

    private static void Rotary(RandomGraph g, string op, RandomValue x)
    {
        var even = g.Add("Concat", [x.Name, x.Name], [.. x.Sample[..2], 2 * x.Sample[2]], x.IsExact, ("axis", 3));
        string Angles() => g.Numbers([x.Sample[1], x.Sample[2]]);
        var (cos, sin) = (Angles(), Angles());
        string Batched(string angles) => g.Node("Expand", [angles, g.Node("Concat", [g.Node("Shape", [x.Name], ("end", 1)), g.Integers(1, 1)], ("axis", 0))]);
        g.Add(op, [even.Name, Batched(cos), Batched(sin)], even.Sample, false, ("interleaved", g.Between(0, 1)));
    }

    private static void ScatterElements(RandomGraph g, string op, RandomValue x)
    {
        var (axis, reduction) = (Axis(g, x), g.One("none", "add", "mul", "max", "min"));
        var index = g.Between(0, x.Sample[axis - 1] - 1);
        var one = g.Add("Slice", [g.Like(x).Name, g.Integers(0), g.Integers(1), g.Integers(axis)], With(x.Sample, axis, 1));
        var indices = g.Node("Add", [g.Node("ConstantOfShape", [g.Node("Shape", [one.Name])], ("value", Testing.ModelBuilder.IntTensor("value", [0], 1))), g.Integers(index)]);
        g.Add(op, [x.Name, indices, one.Name], x.Sample, false, ("axis", axis), ("reduction", reduction));
    }

    private static void ScatterND(RandomGraph g, string op, RandomValue x)
    {
        // Over the first axis behind the batch, which is moved in front and back.
        int[] perm = [1, 0, .. Enumerable.Range(2, x.Rank - 2)];
        var moved = g.Node("Transpose", [x.Name], ("perm", perm));
        var index = g.Between(0, x.Sample[0] - 1);
        var update = g.Node("Transpose", [g.Add("Slice", [g.Like(x).Name, g.Integers(0), g.Integers(1), g.Integers(1)], [1, .. x.Sample[1..]]).Name], ("perm", perm));
        g.Add("Transpose", [g.Node(op, [moved, g.Integers([index], [1, 1]), update], ("reduction", g.One("none", "add", "mul", "max", "min")))], x.Sample, false, ("perm", perm));
    }

    private static void Slice(RandomGraph g, string op, RandomValue x)
    {
        var axis = Axis(g, x);
        var size = x.Sample[axis - 1];
        var (start, step) = (g.Between(0, size - 1), g.One(1, 2, -1));
        var count = step < 0 ? start + 1 : (size - start + step - 1) / step;
        g.Add(op, [x.Name, g.Integers(start), g.Integers(step < 0 ? -1000 : 1000), g.Integers(axis), g.Integers(step)], With(x.Sample, axis, count), x.IsExact);
    }

    private static void Split(RandomGraph g, string op, RandomValue x)
    {
        var axis = Axis(g, x);
        var size = x.Sample[axis - 1];
        if (size < 2)
        {
            return;
        }

        var first = g.Between(1, size - 1);
        var name = g.Add(op, [x.Name, g.Integers(first, size - first)], With(x.Sample, axis, first), x.IsExact, ("axis", axis)).Name;
        g.Keep(g.More(name), With(x.Sample, axis, size - first), x.IsExact);
    }

    private static void Tile(RandomGraph g, string op, RandomValue x)
    {
        int[] repeats = [.. x.Sample.Select(_ => g.Between(1, 2))];
        g.Add(op, [x.Name, g.Integers([1, .. repeats])], [.. x.Sample.Zip(repeats, (d, r) => d * r)], x.IsExact);
    }

    private static void Transpose(RandomGraph g, string op, RandomValue x)
    {
        var order = Enumerable.Range(1, x.Rank - 1).OrderBy(_ => g.Between(0, 9)).ToArray();
        g.Add(op, [x.Name], [.. order.Select(a => x.Sample[a - 1])], x.IsExact, ("perm", (int[])[0, .. order]));
    }

    private static void Quantize(RandomGraph g, string op, RandomValue x)
    {
        // Steps of a power of two: x divided by them is exact.
        string[] step = [g.Floats(g.One(0.0625f, 0.25f)), .. g.Chance() ? new[] { g.Node("Cast", [g.Integers(g.Between(0, 5))], ("to", g.One(2, 3))) } : []];
        g.Add("DequantizeLinear", [g.Node(op, [x.Name, .. step]), .. step], x.Sample, true);
    }

    /// <summary>Of a sequence with samples in front, which ONNX Runtime wants second.</summary>
    private static void Recurrent(RandomGraph g, string op, RandomValue x)
    {
        var layer = new RecurrentLayer(op, g.One("forward", "reverse", "bidirectional"), g.Between(1, 3), x.Sample[1], BatchFirst: false);
        var gates = op switch { "LSTM" => 4, "GRU" => 3, _ => 1 };
        string[] weights = [g.Numbers([layer.Directions, gates * layer.Hidden, layer.Features]), g.Numbers([layer.Directions, gates * layer.Hidden, layer.Hidden]), g.Numbers([layer.Directions, 2 * gates * layer.Hidden])];
        var sequence = g.Node("Transpose", [x.Name], ("perm", new[] { 1, 0, 2 }));
        var states = g.Node(op, [sequence, .. weights], ("hidden_size", layer.Hidden), ("direction", layer.Direction));
        g.Add("Transpose", [states], [x.Sample[0], layer.Directions, layer.Hidden], false, ("perm", new[] { 2, 0, 1, 3 }));
    }

    private static void Attention(RandomGraph g, string op, RandomValue x)
        => g.Add(op, [g.Like(x).Name, x.Name, g.Like(x).Name], x.Sample, false, ("is_causal", g.Between(0, 1)));

    /// <summary>A window that fits.</summary>
    private sealed record Window(int[] Kernel, int[] Strides, int[] Dilations, int[] Before, int[] After)
    {
        public (string, object)[] Attributes => [("kernel_shape", Kernel), ("strides", Strides), ("dilations", Dilations), ("pads", (int[])[.. Before, .. After])];

        public static Window Of(RandomGraph g, int[] sizes, int stride, bool dilate, bool halfPad)
        {
            int[] kernel = [.. sizes.Select(s => g.Between(1, Math.Min(3, s)))];
            int[] dilations = [.. sizes.Select((s, i) => dilate && 2 * (kernel[i] - 1) < s ? g.Between(1, 2) : 1)];
            int[] Pads() => [.. kernel.Select(k => g.Between(0, halfPad ? k / 2 : k - 1))];
            return new Window(kernel, [.. sizes.Select(_ => stride)], dilations, Pads(), Pads());
        }

        public int Forward(int i, int size) => ((size + Before[i] + After[i] - ((Kernel[i] - 1) * Dilations[i]) - 1) / Strides[i]) + 1;

        public int Transposed(int i, int size) => ((size - 1) * Strides[i]) + ((Kernel[i] - 1) * Dilations[i]) + 1 - Before[i] - After[i];
    }
}
