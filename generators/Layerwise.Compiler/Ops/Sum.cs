using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Add (two inputs) and Sum (any number), with numpy's broadcasting; constants among the inputs are allowed.</summary>
public sealed record Sum(string Source) : Operator
{
    public static Operator Read(NodeReader node) => new Sum(node.Op);

    public override string Name => Source;

    public override OperatorClass Class => OperatorClass.Sum;

    public override bool TakesRelu => true;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var shapes = Enumerable.Range(0, node.InputCount)
            .Select(i => node.Constant(i) is { } constant ? new Shape(constant.Shape.Select(d => (Dim)d)) : node.Shape(i))
            .ToList();
        var rank = shapes.Max(s => s.Rank);
        var dims = new Dim[rank];
        for (var axis = 0; axis < rank; axis++)
        {
            dims[axis] = 1;
            foreach (var shape in shapes)
            {
                var own = axis - rank + shape.Rank;
                var dim = own < 0 ? 1 : shape[own];
                if (dims[axis] == 1)
                {
                    dims[axis] = dim;
                }
                else if (dim != 1 && dim != dims[axis])
                {
                    throw node.ShapeError($"its inputs {string.Join(" and ", shapes)} do not broadcast to one shape");
                }
            }
        }

        return [new Shape(dims)];
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs.All(i => i);
}
