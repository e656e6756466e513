using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>A function of each element of its inputs, with numpy's broadcasting. One line a function.</summary>
/// <param name="Function">The function.</param>
/// <param name="Floats">Its attributes.</param>
public sealed record Elementwise(ElementFunction Function, EquatableList<(string Name, float Value)> Floats) : KernelOperator
{
    public static readonly IReadOnlyList<ElementFunction> Functions =
    [
        new("Abs") { WayBack = WayBack.OfInput, IsNonNegative = _ => true },
        new("Acos") { WayBack = WayBack.OfInput, Since = 7, IsNonNegative = _ => true },
        new("Acosh") { WayBack = WayBack.OfInput, Since = 9, IsNonNegative = _ => true },
        new("And", 2) { GivesTruth = true, OnIntegers = Dim.OfNumbers((a, b) => a & b) },
        new("Asin") { WayBack = WayBack.OfInput, Since = 7, IsNonNegative = inputs => inputs[0] },
        new("Asinh") { WayBack = WayBack.OfInput, Since = 9, IsNonNegative = inputs => inputs[0] },
        new("Atan") { WayBack = WayBack.OfInput, Since = 7, IsNonNegative = inputs => inputs[0], IsActivation = true },
        new("Atanh") { WayBack = WayBack.OfInput, Since = 9, IsNonNegative = inputs => inputs[0] },
        new("BitwiseAnd", 2) { Since = 18 },
        new("BitwiseOr", 2) { Since = 18 },
        new("BitwiseXor", 2) { Since = 18 },
        new("Ceil") { WayBack = WayBack.Zero, OnFloat = x => (float)Math.Ceiling(x) },
        new("Celu") { WayBack = WayBack.OfInput, Since = 12, Floats = [("alpha", 1)], IsActivation = true, IsNonNegative = inputs => inputs[0] },
        new("Cos") { WayBack = WayBack.OfInput, Since = 7 },
        new("Cosh") { WayBack = WayBack.OfInput, Since = 9, IsNonNegative = _ => true },
        new("Div", 2) { WayBack = WayBack.Own, IsNonNegative = inputs => inputs[0] && inputs[1], OnIntegers = Divide, OnFloats = (a, b) => a / b },
        new("Elu") { WayBack = WayBack.OfInput, Floats = [("alpha", 1)], IsActivation = true, IsNonNegative = inputs => inputs[0] },
        new("Equal", 2) { GivesTruth = true, OnIntegers = Same },
        new("Erf") { WayBack = WayBack.OfInput, Since = 9, IsNonNegative = inputs => inputs[0] },
        new("Exp") { WayBack = WayBack.OfOutput, IsNonNegative = _ => true },
        new("Floor") { WayBack = WayBack.Zero, OnFloat = x => (float)Math.Floor(x) },
        new("Greater", 2) { GivesTruth = true, OnIntegers = Dim.OfNumbers((a, b) => a > b ? 1 : 0) },
        new("GreaterOrEqual", 2) { Since = 12, GivesTruth = true, OnIntegers = Dim.OfNumbers((a, b) => a >= b ? 1 : 0) },
        new("HardSigmoid") { WayBack = WayBack.OfInput, Floats = [("alpha", 0.2f), ("beta", 0.5f)], IsActivation = true, IsNonNegative = _ => true },
        new("HardSwish") { WayBack = WayBack.OfInput, Since = 14, IsActivation = true },
        new("IsNaN") { Since = 9, GivesTruth = true },
        new("LeakyRelu") { WayBack = WayBack.OfInput, Floats = [("alpha", 0.01f)], IsActivation = true, IsNonNegative = inputs => inputs[0] },
        new("Less", 2) { GivesTruth = true, OnIntegers = Dim.OfNumbers((a, b) => a < b ? 1 : 0) },
        new("LessOrEqual", 2) { Since = 12, GivesTruth = true, OnIntegers = Dim.OfNumbers((a, b) => a <= b ? 1 : 0) },
        new("Log") { WayBack = WayBack.OfInput },
        new("Max") { WayBack = WayBack.Own, TakesMany = true, IsNonNegative = inputs => inputs.Any(i => i), OnIntegers = Dim.OfNumbers((a, b) => Math.Max(a, b)) },
        new("Mean") { WayBack = WayBack.Own, TakesMany = true, IsNonNegative = inputs => inputs.All(i => i) },
        new("Min") { WayBack = WayBack.Own, TakesMany = true, IsNonNegative = inputs => inputs.All(i => i), OnIntegers = Dim.OfNumbers((a, b) => Math.Min(a, b)) },
        new("Mish") { WayBack = WayBack.OfInput, Since = 18, IsActivation = true },
        new("Mul", 2) { WayBack = WayBack.Own, IsNonNegative = inputs => inputs[0] && inputs[1], OnIntegers = Dim.Multiply, OnFloats = (a, b) => a * b },
        new("Neg") { WayBack = WayBack.OfInput, OnInteger = x => -x, OnFloat = x => -x },
        new("Not") { GivesTruth = true, OnInteger = x => 1 - x },
        new("Or", 2) { GivesTruth = true, OnIntegers = Dim.OfNumbers((a, b) => a | b) },
        new("PRelu", 2) { WayBack = WayBack.Own, IsActivation = true },
        new("Pow", 2) { WayBack = WayBack.Own, OnFloats = (a, b) => (float)Math.Pow(a, b) },
        new("Reciprocal") { WayBack = WayBack.OfOutput, IsNonNegative = inputs => inputs[0], OnFloat = x => 1 / x },
        new("Round") { WayBack = WayBack.Zero, Since = 11 },
        new("Selu") { WayBack = WayBack.OfInput, Floats = [("alpha", 1.67326319217681884765625f), ("gamma", 1.05070102214813232421875f)], IsActivation = true, IsNonNegative = inputs => inputs[0] },
        new("Shrink") { WayBack = WayBack.OfInput, Since = 9, Floats = [("lambd", 0.5f), ("bias", 0)], IsActivation = true },
        new("Sigmoid") { WayBack = WayBack.OfOutput, IsActivation = true, IsNonNegative = _ => true },
        new("Sign") { WayBack = WayBack.Zero, Since = 9 },
        new("Sin") { WayBack = WayBack.OfInput, Since = 7 },
        new("Sinh") { WayBack = WayBack.OfInput, Since = 9, IsNonNegative = inputs => inputs[0] },
        new("Softplus") { WayBack = WayBack.OfInput, IsActivation = true, IsNonNegative = _ => true },
        new("Softsign") { WayBack = WayBack.OfInput, IsActivation = true, IsNonNegative = inputs => inputs[0] },
        new("Sqrt") { WayBack = WayBack.OfOutput, IsNonNegative = _ => true, OnFloat = x => (float)Math.Sqrt(x) },
        new("Sub", 2) { WayBack = WayBack.Own, OnFloats = (a, b) => a - b, OnIntegers = (a, b) => b.IsOpen ? null : Dim.Add(a, b with { Count = -b.Count }) },
        new("Tan") { WayBack = WayBack.OfOutput, Since = 7 },
        new("Tanh") { WayBack = WayBack.OfOutput, IsActivation = true, IsNonNegative = inputs => inputs[0] },
        new("ThresholdedRelu") { WayBack = WayBack.OfInput, Since = 10, Floats = [("alpha", 1)], IsActivation = true },
        new("Where", 3) { WayBack = WayBack.Own, Since = 9, TypedLike = 1 },
        new("Xor", 2) { GivesTruth = true },
    ];

    public static Operator Read(NodeReader node, ElementFunction function)
    {
        node.IgnoreBroadcast();
        return new Elementwise(function, new(function.Floats.Select(f => (f.Name, node.Float(f.Name, f.Otherwise)))));
    }

    public override string Name => Function.Name;

    /// <summary>Whether it is linear in what is computed: a factor, a divisor or all but one of the terms is a weight.</summary>
    public bool IsAffine { get; init; }

    /// <summary>Of a product or a quotient, the input that says how much of the other one passes: one between 0 and 1, or one made of masks.</summary>
    public int? GateInput { get; init; }

    public override OperatorClass Class => Function.IsActivation ? OperatorClass.Activation
        : IsAffine ? OperatorClass.Affine
        : GateInput is not null ? OperatorClass.Gate
        : OperatorClass.Elementwise;

    public override IEnumerable<(string Name, object Value)> Options => Floats.Select(f => (f.Name, (object)f.Value));

    public override string InputRole(int input) => Name switch
    {
        "Mul" => "Factor",
        "Div" => input == 0 ? "Dividend" : "Divisor",
        "Sub" => input == 0 ? "Minuend" : "Subtrahend",
        "Pow" => input == 0 ? "Base" : "Exponent",
        "PRelu" => "Slope",
        "Max" or "Min" => "Bound",
        _ => base.InputRole(input),
    };

    public override bool TakesList => Function.TakesMany;

    public override WayBack WayBack => Function.WayBack;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => [Broadcast.OfInputs(node)];

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [Function.GivesTruth ? ElementType.Bool
        : Function.TypedLike == 0 || node.Type(0) == ElementType.Bool ? node.Type(Function.TypedLike)
        : throw node.Unsupported($"its condition is of type {node.Type(0)}", "The file does not follow the ONNX standard; export it again.")];

    public override Known? Evaluate(NodeContext node) => (node.InputCount, Function) switch
    {
        (2, { OnIntegers: { } function }) when node.Integers(0) is { } a && node.Integers(1) is { } b
            => KnownIntegers.Combine(a, b, Function.GivesTruth ? ElementType.Bool : a.Type, function),
        (2, { OnFloats: { } function }) when node.Floats(0) is { } a && node.Floats(1) is { } b => KnownFloats.Combine(a, b, function),
        (1, { OnFloat: { } function }) when node.Floats(0) is { } x => x with { Values = new(x.Values.Select(function)) },
        (1, { OnInteger: { } function }) when node.Integers(0) is { } x && !x.Values.Any(v => v.IsBatch || v.IsOpen)
            => x with { Values = new(x.Values.Select(v => (Dim)function(v.Count))) },
        (3, { Name: "Where" }) when node.Integers(0) is { } condition => Choose(node, condition),
        _ => null,
    };

    // One side, where the condition is the same everywhere; or integers of both.
    private static Known? Choose(NodeContext node, KnownIntegers condition)
    {
        var shape = Broadcast.OfInputs(node);
        if (shape.Elements is not { IsBatch: false, IsOpen: false, Count: <= Known.Most } elements)
        {
            return null;
        }

        long[] dims = [.. shape.Dims.Select(d => d.Count)];
        Known? Whole(Known? part) => part is null ? null
            : part.Count == 1 ? part.Pick(Enumerable.Repeat(0, (int)elements.Count), dims)
            : part.Shape.SequenceEqual(dims) ? part : null;
        return condition.Values.Select(c => c != 0).Distinct().ToList() is [var isTrue] ? Whole(node.Known(isTrue ? 1 : 2))
            : Whole(condition) is KnownIntegers choices && Whole(node.Integers(1)) is KnownIntegers a && Whole(node.Integers(2)) is KnownIntegers b
            ? a with { Values = new(choices.Values.Select((c, i) => c == 0 ? b.Values[i] : a.Values[i])) }
            : null;
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => Function.IsNonNegative(inputs);

    // A size is no negative number, whatever the batch.
    private static Dim? Same(Dim a, Dim b) => (a.IsBatch && !b.IsBatch && b.Count < 0) || (b.IsBatch && !a.IsBatch && a.Count < 0) ? 0 : Dim.OfNumbers((x, y) => x == y ? 1 : 0)(a, b);

    // Towards zero, as C# and ONNX have it.
    private static Dim? Divide(Dim a, Dim b)
        => a.IsOpen || b.IsOpen || b.Count == 0 || (b.IsBatch && !a.IsBatch) || (a.IsBatch && a.Count % b.Count != 0) ? null
            : new Dim(a.Count / b.Count, a.IsBatch && !b.IsBatch);
}

/// <summary>A function of elements.</summary>
/// <param name="Name">The ONNX operator, and the kernel.</param>
/// <param name="Inputs">How many inputs it has, or at least has.</param>
public sealed record ElementFunction(string Name, int Inputs = 1)
{
    /// <summary>The first opset that has it.</summary>
    public int Since { get; init; } = 1;

    /// <summary>Its attributes with their usual values.</summary>
    public IReadOnlyList<(string Name, float Otherwise)> Floats { get; init; } = [];

    /// <summary>Whether it has any number of inputs.</summary>
    public bool TakesMany { get; init; }

    /// <summary>Whether the result is true or false.</summary>
    public bool GivesTruth { get; init; }

    /// <summary>The input whose type the result has.</summary>
    public int TypedLike { get; init; }

    /// <summary>How derivatives come back.</summary>
    public WayBack WayBack { get; init; }

    /// <summary>Whether relevance passes it as it passes a Relu.</summary>
    public bool IsActivation { get; init; }

    /// <summary>Whether the result is never negative, given which inputs are not.</summary>
    public Func<IReadOnlyList<bool>, bool> IsNonNegative { get; init; } = _ => false;

    /// <summary>The function of two integers that are known when compiling.</summary>
    public Func<Dim, Dim, Dim?>? OnIntegers { get; init; }

    /// <summary>The function of an integer that is known when compiling.</summary>
    public Func<long, long>? OnInteger { get; init; }

    /// <summary>The function of two numbers that are known when compiling.</summary>
    public Func<float, float, float>? OnFloats { get; init; }

    /// <summary>The function of a number that is known when compiling.</summary>
    public Func<float, float>? OnFloat { get; init; }
}
