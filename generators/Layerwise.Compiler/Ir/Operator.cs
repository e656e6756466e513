namespace Layerwise.Compiler.Ir;

/// <summary>What an operator is to a composite: the field's layer types.</summary>
public enum OperatorClass
{
    Convolution,
    Dense,
    Activation,
    Elementwise,
    Sum,
    Affine,
    Gate,
    AveragePool,
    MaxPool,
    BatchNormalization,
    Movement,
    Product,
    Reduction,
    Normalization,
    LocalResponse,
    Attention,
    Recurrent,
    Softmax,
}

/// <summary>One operator of ONNX with its attributes: shapes, signs, and what is known when compiling.</summary>
public abstract record Operator
{
    /// <summary>The ONNX operator that it came from.</summary>
    public abstract string Name { get; }

    public abstract OperatorClass Class { get; }

    /// <summary>Whether the BatchNormalization after it is merged into its weights.</summary>
    public bool WithBatchNorm { get; init; }

    /// <summary>The BatchNormalization before it that is merged into its weights.</summary>
    public BatchNormTensors? InputNorm { get; init; }

    /// <summary>Whether the Relu after it runs with it.</summary>
    public bool WithRelu { get; init; }

    /// <summary>What that Relu lets through at most; <c>null</c> where it has no bound.</summary>
    public float? Ceiling { get; init; }

    /// <summary>Whether a Relu after it can run with it.</summary>
    public virtual bool TakesRelu => false;

    /// <summary>Whether its transposed derivative can be written.</summary>
    public virtual bool IsDifferentiable => true;

    /// <summary>Name, particulars and what is merged in, such as <c>Conv 5×5 + Relu</c>.</summary>
    public string Description => (InputNorm is null ? "" : "BatchNormalization + ") + Form + (WithBatchNorm ? " + BatchNormalization" : "") + (!WithRelu ? "" : Ceiling is { } high ? FormattableString.Invariant($" + Clip 0…{high}") : " + Relu");

    /// <summary>What an input is to the operator, in a word that names a constant: <c>Scale</c>.</summary>
    public virtual string InputRole(int input) => "Constant";

    /// <summary>What an output beside the first is, in a word that names its buffer: <c>Last</c>.</summary>
    public virtual string OutputRole(int output) => "Part" + (output + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Name and particulars, such as <c>Conv 5×5</c>.</summary>
    protected virtual string Form => Name;

    /// <summary>The operator with its attributes completed from its inputs: auto_pad as pads, a negative axis as a positive one.</summary>
    public virtual Operator Resolve(NodeContext node) => this;

    /// <summary>The shapes of the outputs of a resolved operator.</summary>
    /// <exception cref="CompilationException">The inputs' shapes do not fit (LW0202, LW0203).</exception>
    public abstract IReadOnlyList<Shape> InferShapes(NodeContext node);

    /// <summary>What the outputs are computed in: as the first input unless the operator says otherwise.</summary>
    public virtual IReadOnlyList<ElementType> InferTypes(NodeContext node) => [.. node.Node.Outputs.Select(_ => node.Type(0))];

    /// <summary>The narrower type that the first output's values are rounded to, in which they are not computed; <c>null</c> for most.</summary>
    public virtual string? InferFormat(NodeContext node) => null;

    /// <summary>The output, where it follows from shapes or values that are known.</summary>
    public virtual Known? Evaluate(NodeContext node) => null;

    /// <summary>Whether a resolved operator gives its first input as it is, so that nothing runs.</summary>
    /// <param name="node">The node.</param>
    /// <param name="output">The shape of its first output.</param>
    public virtual bool HandsOn(NodeContext node, Shape output) => false;

    /// <summary>The output, where every input is a weight.</summary>
    public virtual Constant? Fold(NodeContext node) => null;

    /// <summary>Whether the output is never negative, given which inputs are not.</summary>
    public bool IsNonNegative(IReadOnlyList<bool> inputs) => WithRelu || KeepsNonNegative(inputs);

    /// <summary>As <see cref="IsNonNegative"/>, of the operator alone.</summary>
    protected virtual bool KeepsNonNegative(IReadOnlyList<bool> inputs) => false;
}

/// <summary>A node with what is known about its inputs.</summary>
public sealed class NodeContext(
    Node node,
    long? declaredBatch,
    IReadOnlyDictionary<string, Shape> shapes,
    IReadOnlyDictionary<string, ElementType> types,
    IReadOnlyDictionary<string, string> formats,
    IReadOnlyDictionary<string, Known> known,
    IReadOnlyDictionary<string, Constant> constants,
    ISet<string> read)
{
    public Node Node => node;

    public long? DeclaredBatch => declaredBatch;

    public int InputCount => node.Inputs.Count;

    public bool Has(int input) => input < node.Inputs.Count && node.Inputs[input].Length > 0;

    /// <summary>The shape of an input, a weight's too.</summary>
    public Shape Shape(int input) => Has(input) && shapes.TryGetValue(node.Inputs[input], out var shape)
        ? shape
        : Constant(input) is { } constant ? new Shape(constant.Shape.Select(d => (Dim)d))
        : Known(input) is { } values ? new Shape(values.Shape.Select(d => (Dim)d))
        : throw ShapeError(Has(input) ? $"the shape of its input '{node.Inputs[input]}' is not known" : $"its input {input} is missing");

    public ElementType Type(int input) => Has(input) && types.TryGetValue(node.Inputs[input], out var type) ? type : Constant(input)?.Type ?? Known(input)?.Type ?? ElementType.Float32;

    /// <summary>The narrower type that an input's values have been rounded to, such as <c>float16</c>; <c>null</c> where there is none.</summary>
    public string? Format(int input) => Has(input) && formats.TryGetValue(node.Inputs[input], out var format) ? format : null;

    public KnownIntegers? Integers(int input) => Known(input) as KnownIntegers;

    /// <summary>The numbers of an input that is a factor, a bound or a scale.</summary>
    public KnownFloats? Floats(int input) => Known(input) as KnownFloats;

    /// <summary>The one number of an input, where it is a number of the graph.</summary>
    public float? Number(int input) => Floats(input)?.Values is [var number] ? number : null;

    /// <summary>An input that is known when compiling. Numbers of the file that are asked for are noted: whoever uses them builds them in.</summary>
    public Known? Known(int input)
    {
        if (!Has(input) || !known.TryGetValue(node.Inputs[input], out var values))
        {
            return null;
        }

        if (values is KnownFloats && Constant(input) is Constant.Stored stored)
        {
            read.Add(stored.Name);
        }

        return values;
    }

    public Constant? Constant(int input) => Has(input) && constants.TryGetValue(node.Inputs[input], out var constant) ? constant : null;

    /// <summary>An input that is a parameter of the operator.</summary>
    /// <param name="input">Which one.</param>
    /// <param name="what">What it is to the operator: <c>its weight</c>.</param>
    /// <exception cref="CompilationException">LW0206: the input is computed.</exception>
    public Constant Weight(int input, string what) => Constant(input) is not { } weight ? throw NotConstant(input, what)
        : weight.Type == ElementType.Float32 ? weight
        : throw Unsupported($"{what} '{node.Inputs[input]}' is of type {weight.Type}", "Weights are float32, float16 or bfloat16; export the model with one of these.");

    /// <summary>The integers of an input that the operator must know when compiling; <c>null</c> where the input is left out.</summary>
    /// <param name="input">Which one.</param>
    /// <param name="what">What it is to the operator: <c>its axes</c>.</param>
    /// <exception cref="CompilationException">LW0206: the input is computed.</exception>
    public IReadOnlyList<Dim>? Dims(int input, string what) => !Has(input) ? null : Integers(input)?.Values ?? throw NotConstant(input, what);

    /// <summary>As <see cref="Dims"/>, of numbers alone.</summary>
    public IReadOnlyList<long>? Numbers(int input, string what) => Dims(input, what) is not { } values ? null
        : values.Any(v => v.IsBatch || v.IsOpen) ? throw ShapeError($"{what} [{string.Join(", ", values)}] depends on the size of the network's input")
        : [.. values.Select(v => v.Count)];

    /// <summary>The axes of an attribute or of an input, in range and in order; <c>null</c> where neither is there.</summary>
    public IReadOnlyList<int>? Axes(Shape shape, IReadOnlyList<long>? attribute, int input)
        => (attribute ?? Numbers(input, "its axes")) is not { } axes ? null
            : axes.Select(axis => Axis(shape, axis)).OrderBy(axis => axis).ToList() is var sorted && sorted.Distinct().Count() == sorted.Count ? sorted
            : throw ShapeError($"its axes [{string.Join(", ", axes)}] name one of {shape} twice");

    /// <summary>An axis in range, or LW0203.</summary>
    public int Axis(Shape shape, long axis) => shape.Axis(axis) ?? throw ShapeError($"axis {axis} lies outside its input's shape {shape}");

    /// <summary>As <see cref="Axis"/>, of an axis along which samples would be joined or picked if it were the batch: LW0203.</summary>
    public int AxisOfSample(Shape shape, long axis)
        => Axis(shape, axis) is var resolved && shape[resolved].IsBatch ? throw ShapeError($"it runs along axis {resolved} of {shape}, which counts the samples") : resolved;

    public CompilationException ShapeError(string what) => CompilationException.Shape(node.Name, node.Operator.Name, what);

    /// <summary>An input that must be known when compiling: LW0206.</summary>
    /// <param name="input">Which one.</param>
    /// <param name="what">What it is to the operator: <c>its weight</c>.</param>
    public CompilationException NotConstant(int input, string what)
        => Has(input) ? CompilationException.NotConstant(node.Name, node.Operator.Name, what, node.Inputs[input]) : ShapeError($"its input {input}, {what}, is missing");

    public CompilationException Unsupported(string what, string remedy) => CompilationException.Unsupported(node.Name, node.Operator.Name, what, remedy);
}
