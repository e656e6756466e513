using Layerwise.Testing;

namespace Layerwise.Tool.Tests;

/// <summary>Small models with weights that a reader can follow.</summary>
internal static class Models
{
    /// <summary>[N, 4] → [N, 3]: logit k is (k + 1) · x[k] − x[3].</summary>
    public static string Dense(Folder folder, object? batch = null) => new ModelBuilder()
        .Input("x", batch ?? "N", 4)
        .Output("y", batch ?? "N", 3)
        .Tensor("w", [1f, 0, 0, -1, 0, 2, 0, -1, 0, 0, 3, -1], 3, 4)
        .Tensor("b", [0f, 0, 0], 3)
        .Node("Gemm", "x w b", "y", "fc", ("transB", 1))
        .Save(folder["dense.onnx"]);

    /// <summary>A picture of 4×4, or of any size, → three logits: by how much red, green, blue outweigh a half.</summary>
    public static string Colors(Folder folder, bool channelsLast = false, bool anySize = false)
    {
        object height = anySize ? "H" : 4, width = anySize ? "W" : 4;
        var model = new ModelBuilder().Output("y", "N", 3)
            .Tensor("w", [1f, 0, 0, 0, 1, 0, 0, 0, 1], 3, 3, 1, 1)
            .Tensor("fc.w", [2f, 0, 0, 0, 2, 0, 0, 0, 2], 3, 3)
            .Tensor("fc.b", [-1f, -1, -1], 3);
        _ = channelsLast
            ? model.Input("x", "N", height, width, 3).Node("Transpose", "x", "x.planes", "to_planes", ("perm", new[] { 0, 3, 1, 2 }))
            : model.Input("x.planes", "N", 3, height, width);
        return model
            .Node("Conv", "x.planes w", "h", "conv", ("kernel_shape", new[] { 1, 1 }))
            .Node("Relu", "h", "h.relu", "relu")
            .Node("GlobalAveragePool", "h.relu", "mean", "mean")
            .Node("Flatten", "mean", "features", "flatten")
            .Node("Gemm", "features fc.w fc.b", "y", "fc", ("transB", 1))
            .Save(folder[channelsLast ? "nhwc.onnx" : "nchw.onnx"]);
    }

    /// <summary>Ids [N, 4] → the sum of their numbers in a table, and the negative of it: word 1 speaks for class 0, word 2 for class 1, word 0 is padding.</summary>
    public static string Words(Folder folder) => new ModelBuilder()
        .IntInput("ids", "N", 4)
        .Output("y", "N", 2)
        .Tensor("table", [0f, 0, 2, 0, 0, 3], 3, 2)
        .Tensor("w", [1f, -1, -1, 1], 2, 2)
        .Tensor("b", [0.5f, 0], 2)
        .Node("Cast", "ids", "wide", "cast", ("to", 7))
        .Node("Gather", "table wide", "vectors", "embedding")
        .Node("ReduceSum", ["vectors", "axis"], ["sum"], "sum", ("keepdims", 0))
        .Tensor("axis", [1L], 1)
        .Node("Gemm", "sum w b", "y", "fc", ("transB", 1))
        .Save(folder["words.onnx"]);

    /// <summary>Two inputs [N, 2], their sum → [N, 2], twice the sum.</summary>
    public static string TwoInputs(Folder folder) => new ModelBuilder()
        .Input("left", "N", 2)
        .Input("right", "N", 2)
        .Output("y", "N", 2)
        .Tensor("w", [2f, 0, 0, 2], 2, 2)
        .Tensor("b", [0f, 0], 2)
        .Node("Add", "left right", "sum", "add")
        .Node("Gemm", "sum w b", "y", "fc", ("transB", 1))
        .Save(folder["two-inputs.onnx"]);

    /// <summary>One input, two outputs: <c>first</c> [N, 2] and <c>second</c> [N, 3].</summary>
    public static string TwoOutputs(Folder folder) => new ModelBuilder()
        .Input("x", "N", 2)
        .Output("first", "N", 2)
        .Output("second", "N", 3)
        .Tensor("w1", [1f, 0, 0, 1], 2, 2)
        .Tensor("b1", [0f, 0], 2)
        .Tensor("w2", [1f, 0, 0, 1, 5, 5], 3, 2)
        .Tensor("b2", [0f, 0, 0], 3)
        .Node("Gemm", "x w1 b1", "first", "fc1", ("transB", 1))
        .Node("Gemm", "x w2 b2", "second", "fc2", ("transB", 1))
        .Save(folder["two-outputs.onnx"]);

    /// <summary>Operators that nobody explains, two of them.</summary>
    public static string Unsupported(Folder folder) => new ModelBuilder()
        .Input("x", "N", 4)
        .Output("y", "N", 4)
        .Node("Det", "x", "h", "determinant")
        .Node("NonZero", "h", "y", "where")
        .Save(folder["unsupported.onnx"]);
}
