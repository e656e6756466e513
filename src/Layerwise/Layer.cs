namespace Layerwise;

/// <summary>One layer of an explained network, as the head of the emitted file lists it.</summary>
/// <param name="Name">The ONNX name of the node, or of its first output where the node has none.</param>
/// <param name="Op">The operator with its particulars, such as <c>Conv 5×5 + Relu</c>.</param>
/// <param name="Shape">The output's shape; <c>N</c> is the batch.</param>
/// <param name="Rule">The rule; <c>null</c> where the layer only moves relevance, or stands behind what is explained.</param>
/// <param name="Why">Why it has that rule.</param>
public sealed record Layer(string Name, string Op, string Shape, Rule? Rule, string Why);

/// <summary>An input or the output of a network.</summary>
/// <param name="Name">The ONNX name.</param>
/// <param name="Shape">The shape of one sample, without the batch; -1 for a dimension of any size.</param>
public sealed record Port(string Name, IReadOnlyList<long> Shape)
{
    /// <summary>Whether a dimension may have any size.</summary>
    public bool IsOpen => Shape.Contains(-1);

    /// <summary>Elements of one sample of a shape that is not open.</summary>
    public long Size => Shape.Aggregate(1L, (product, dim) => product * dim);
}
