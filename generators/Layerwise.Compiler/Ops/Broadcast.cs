using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>numpy's broadcasting, as ONNX has it.</summary>
internal static class Broadcast
{
    /// <summary>The shape that the inputs repeat to, aligned at their last axes.</summary>
    public static Shape Of(NodeContext node, params IReadOnlyList<Shape> shapes)
    {
        var dims = new Dim[shapes.Max(s => s.Rank)];
        for (var axis = 0; axis < dims.Length; axis++)
        {
            dims[axis] = 1;
            foreach (var shape in shapes)
            {
                var own = axis - dims.Length + shape.Rank;
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

        return new Shape(dims);
    }

    /// <summary>That of all inputs of a node.</summary>
    public static Shape OfInputs(NodeContext node) => Of(node, [.. Enumerable.Range(0, node.InputCount).Select(node.Shape)]);
}
