using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>A·B, with numpy's broadcasting of the axes before the matrices; becomes <see cref="Dense"/> where B is a constant matrix.</summary>
public sealed record MatMul : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        node.RequireFloats(0, 1);
        return new MatMul();
    }

    public override string Name => "MatMul";

    public override OperatorClass Class => OperatorClass.Product;

    public override string InputRole(int input) => "Matrix";

    public override WayBack WayBack => WayBack.Own;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var (a, b) = (node.Shape(0), node.Shape(1));
        if (a.Rank == 0 || b.Rank == 0 || a[a.Rank - 1] != b[Math.Max(0, b.Rank - 2)])
        {
            throw node.ShapeError($"its inputs {a} and {b} have no product");
        }

        var outer = Broadcast.Of(node, new Shape(a.Dims.Take(a.Rank - 2)), new Shape(b.Dims.Take(b.Rank - 2)));
        return [new Shape([.. outer.Dims, .. a.Dims.Skip(a.Rank - 2).Take(Math.Min(1, a.Rank - 1)), .. b.Dims.Skip(Math.Max(1, b.Rank - 1))])];
    }

    /// <summary>Whether it is a dense layer: a constant matrix on the right, of an input that counts samples.</summary>
    public static bool IsDense(Node node, Graph graph)
        => graph.Constants.TryGetValue(node.Inputs[1], out var weight) && weight.Shape.Count == 2 && weight.Type == ElementType.Float32 && !graph.Constants.ContainsKey(node.Inputs[0]) && graph.Shapes[node.Inputs[0]].Rank >= 2;
}
