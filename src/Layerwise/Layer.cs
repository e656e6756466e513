namespace Layerwise;

/// <summary>One layer of an explained network, as the head of the emitted file lists it.</summary>
/// <param name="Name">The ONNX name of the node, or of its first output where the node has none.</param>
/// <param name="Op">The operator with its particulars, such as <c>Conv 5×5 + Relu</c>.</param>
/// <param name="Shape">The output's shape; <c>N</c> is the batch.</param>
/// <param name="Rule">The rule; <c>null</c> where the layer only moves relevance, or stands behind what is explained.</param>
/// <param name="Why">Why it has that rule.</param>
/// <param name="Leak">Whether it hands on all relevance that comes to it; <c>null</c> where none comes, or a derivative.</param>
/// <param name="Keeps">What it keeps, in words; empty where nothing.</param>
/// <param name="Inputs">The ONNX names of the values that it reads, weights among them.</param>
/// <param name="Output">The ONNX name of its (first) output; behind the Relu, where one runs with it.</param>
public sealed record Layer(string Name, string Op, string Shape, Rule? Rule, string Why, Leak? Leak, string Keeps, IReadOnlyList<string> Inputs, string Output);

/// <summary>An input or the output of a network.</summary>
/// <param name="Name">The ONNX name.</param>
/// <param name="Shape">The shape; <see cref="N"/> stands for the batch, -k for k times the batch, <see cref="Any"/> for any size.</param>
/// <param name="Type">What it is computed in.</param>
public sealed record Port(string Name, IReadOnlyList<long> Shape, TorchSharp.torch.ScalarType Type = TorchSharp.torch.ScalarType.Float32)
{
    /// <summary>In a shape: the number of samples of a call.</summary>
    public const long N = -1;

    /// <summary>In a shape: a size that only the call knows.</summary>
    public const long Any = long.MinValue;

    /// <summary>Whether the first dimension is the batch; otherwise the model takes the number of samples that it was exported with.</summary>
    public bool IsBatched => Shape is [N, ..];

    /// <summary>The shape of one sample: without the batch, where there is one.</summary>
    public IReadOnlyList<long> Sample => IsBatched ? [.. Shape.Skip(1)] : Shape;

    /// <summary>Whether its elements are floating-point numbers.</summary>
    public bool IsFloat => Type is TorchSharp.torch.ScalarType.Float32 or TorchSharp.torch.ScalarType.Float64;

    /// <summary>Whether a dimension may have any size.</summary>
    public bool IsOpen => Shape.Contains(Any);

    /// <summary>Elements of one sample of a shape that is not open.</summary>
    public long Size
    {
        get
        {
            var size = 1L;
            for (var axis = IsBatched ? 1 : 0; axis < Shape.Count; axis++)
            {
                size *= Math.Abs(Shape[axis]);
            }

            return size;
        }
    }

    /// <summary>The shape as one writes it, such as <c>[N, 3, ?, ?]</c>.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape.Select(dim => dim switch { N => "N", Any => "?", < 0 => $"{-dim}·N", _ => $"{dim}" }))}]";

    /// <summary>Whether a tensor's shape is one of these.</summary>
    /// <param name="shape">The tensor's.</param>
    /// <param name="batch">The number of samples.</param>
    public bool Fits(ReadOnlySpan<long> shape, long batch)
    {
        if (shape.Length != Shape.Count)
        {
            return false;
        }

        for (var axis = 0; axis < shape.Length; axis++)
        {
            var wanted = Shape[axis];
            if (wanted == Any ? shape[axis] < 1 : shape[axis] != (wanted < 0 ? -wanted * batch : wanted))
            {
                return false;
            }
        }

        return true;
    }
}
