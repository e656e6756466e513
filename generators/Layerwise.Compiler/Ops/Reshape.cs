using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The same values in another shape. Inputs: x, from opset 5 on the shape.</summary>
/// <param name="AllowZero">Whether 0 is a size rather than the input's own.</param>
/// <param name="Sizes">The shape, before opset 5.</param>
public sealed record Reshape(bool AllowZero, EquatableList<long>? Sizes = null) : Operator
{
    public static Operator Read(NodeReader node) => node.Opset < 5
        ? new Reshape(false, node.Ints("shape") is { } sizes ? new(sizes) : throw node.Unsupported("it has no shape", "Export the model again; the attribute is required."))
        : new Reshape(node.Int("allowzero", 0) != 0);

    public override string Name => "Reshape";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return [Target(node, x, Wanted(node))];
    }

    public override Known? Evaluate(NodeContext node)
        => node.Known(0) is { } values ? values.As([.. Target(node, new Shape(values.Shape.Select(d => (Dim)d)), Wanted(node)).Dims.Select(d => d.Count)]) : null;

    public override Constant? Fold(NodeContext node)
        => node.Constant(0) is { } constant
            ? new Constant.Reshaped(constant, new(Target(node, new Shape(constant.Shape.Select(d => (Dim)d)), Wanted(node)).Dims.Select(d => d.Count)))
            : null;

    public override bool HandsOn(NodeContext node, Shape output) => output.Equals(node.Shape(0));

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];

    private IReadOnlyList<Dim> Wanted(NodeContext node) => Sizes?.Select(size => (Dim)size).ToList() ?? node.Dims(1, "its shape") ?? throw node.ShapeError("it names no shape");

    private Shape Target(NodeContext node, Shape x, IReadOnlyList<Dim> wanted)
    {
        var dims = wanted.Select((dim, axis) => dim == 0 && !AllowZero
            ? axis < x.Rank ? x[axis] : throw node.ShapeError($"its shape takes dimension {axis} of its input {x}, which has none")
            : dim).ToArray();

        // First axes of open sizes that stay as they are.
        var open = x.IsOpen ? dims.Zip(x.Dims, (a, b) => a == b).TakeWhile(same => same).Count() : 0;
        return open > 0
            ? new Shape([.. dims.Take(open), .. Target(node, new Shape(x.Dims.Skip(open)), [.. dims.Skip(open)]).Dims])
            : Target(node, x, dims);
    }

    private static Shape Target(NodeContext node, Shape x, Dim[] dims)
    {
        var wanted = dims.ToList();
        var elements = x.Elements ?? throw node.ShapeError($"the size of its input {x} is not known");
        CompilationException Misfit() => node.ShapeError($"its input {x} does not reshape to [{string.Join(", ", wanted)}]");

        // Exporters bake the batch size of the example into the first dimension: it stands for N. Where they name the batch, a 1 beside a -1 is a 1.
        var batch = node.DeclaredBatch ?? 1;
        if (elements.IsBatch && !dims.Any(d => d.IsBatch) && dims.Length > 0 && dims[0].Count > 0
            && ((node.DeclaredBatch is not null && dims.Count(d => d == -1) == 1) || dims.Aggregate(1L, (p, d) => p * d.Count) == elements.Count * batch))
        {
            if (dims[0].Count % batch != 0)
            {
                throw Misfit();
            }

            dims[0] = new Dim(dims[0].Count / batch, IsBatch: true);
        }

        Dim known = 1;
        foreach (var dim in dims.Where(d => d != -1))
        {
            known = dim.Count >= 0 && Dim.Multiply(known, dim) is { } product ? product : throw Misfit();
        }

        for (var axis = 0; axis < dims.Length; axis++)
        {
            if (dims[axis] == -1)
            {
                if (known.Count == 0 || elements.Count % known.Count != 0 || (known.IsBatch && !elements.IsBatch))
                {
                    throw Misfit();
                }

                dims[axis] = new Dim(elements.Count / known.Count, elements.IsBatch && !known.IsBatch);
            }
        }

        var shape = new Shape(dims);
        return shape.Elements == elements ? shape : throw Misfit();
    }
}
