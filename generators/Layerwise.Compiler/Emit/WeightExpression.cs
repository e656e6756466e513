using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit;

/// <summary>Weights as C# expressions over the model file: <c>weights.Read("fc1.weight", [10, 84]).Transpose([1, 0])</c>.</summary>
public static class WeightExpression
{
    /// <param name="constant">The weight.</param>
    /// <param name="local">Makes a local of a value: its name's stem and its text.</param>
    /// <param name="prepared">The field of what is made of weights at load.</param>
    public static string Of(Constant constant, Func<string, Making, string> local, Func<string, string> prepared) => constant switch
    {
        Constant.Prepared made => $"K.Weight(weights, {prepared(made.Value)})",
        Constant.Stored { Type: not ElementType.Float32 } stored => $"weights.Values({Literal.Of(stored.Name)}, [{Literal.Arguments(stored.Shape)}])",
        Constant.Stored stored => $"weights.Read({Literal.Of(stored.Name)}, [{Literal.Arguments(stored.Shape)}])",
        Constant.Reshaped reshaped => $"{Of(reshaped.Of, local, prepared)}.Reshape([{Literal.Arguments(reshaped.Shape)}])",
        Constant.Expanded expanded => $"{Of(expanded.Of, local, prepared)}.Expand([{Literal.Arguments(expanded.Shape)}])",
        Constant.Transposed transposed => $"{Of(transposed.Of, local, prepared)}.Transpose([{Literal.Arguments(transposed.Permutation)}])",
        Constant.Scaled scaled => $"{Of(scaled.Of, local, prepared)}.Scale({Literal.Of(scaled.Factor)})",
        Constant.Sum sum => $"{Of(sum.Left, local, prepared)}.Plus({Of(sum.Right, local, prepared)})",
        Constant.Product product => $"{Of(product.Left, local, prepared)}.Times({Of(product.Right, local, prepared)})",
        Constant.MergedWeight merged => $"{BatchNorm(merged.Norm, local, prepared)}.MergeWeight({Of(merged.Of, local, prepared)}, outputAxis: {merged.OutputAxis}{(merged.Groups > 1 ? $", groups: {merged.Groups}" : "")})",
        Constant.MergedBias { Of: { } bias } merged => $"{BatchNorm(merged.Norm, local, prepared)}.MergeBias({Of(bias, local, prepared)})",
        Constant.MergedBias merged => $"{BatchNorm(merged.Norm, local, prepared)}.Shift",
        _ => throw new InvalidOperationException($"no expression for a weight of type {constant.GetType().Name}"),
    };

    public static string BatchNorm(BatchNormTensors norm, Func<string, Making, string> local, Func<string, string> prepared) => local(norm.Node, new Making(
        "weights.BatchNorm",
        [
            .. norm.Parts.All(p => p is Constant.Stored) ? norm.Parts.Select(p => Literal.Of(((Constant.Stored)p).Name)) : norm.Parts.Select(p => Of(p, local, prepared)),
            $"epsilon: {Literal.Number(norm.Epsilon.ToString("R", System.Globalization.CultureInfo.InvariantCulture))}",
        ]));

    /// <summary>The tensor of the file that a layer's weight is made of; <c>null</c> where it has none.</summary>
    public static string? StoredName(Node node, Graph graph)
        => node.Inputs.Skip(1).Take(1).Concat(node.Inputs.Take(1)).Where(i => graph.Constants.TryGetValue(i, out var constant) && constant.Type.IsFloat()).Select(i => StoredName(graph.Constants[i])).FirstOrDefault();

    /// <summary>The tensor of the file that a weight is made of.</summary>
    public static string? StoredName(Constant constant) => constant switch
    {
        Constant.Stored stored => stored.Name,
        Constant.Reshaped reshaped => StoredName(reshaped.Of),
        Constant.Expanded expanded => StoredName(expanded.Of),
        Constant.Transposed transposed => StoredName(transposed.Of),
        Constant.Scaled scaled => StoredName(scaled.Of),
        Constant.Product product => StoredName(product.Left),
        Constant.MergedWeight merged => StoredName(merged.Of),
        _ => null,
    };
}
