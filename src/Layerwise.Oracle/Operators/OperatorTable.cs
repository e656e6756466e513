using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Onnx;

namespace Layerwise.Oracle.Operators;

/// <summary>The operators that the oracle has a reference for, by name.</summary>
internal static class OperatorTable
{
    public static readonly IReadOnlyDictionary<string, Func<NodeCall, Value>> Operators =
        new[] { Arithmetic.Operators, Choices.Operators, Functions.Operators, Movements.Operators, Normalizations.Operators, Pools.Operators, Products.Operators, Resizes.Operators }
            .SelectMany(table => table).ToDictionary(o => o.Key, o => o.Value);

    public static string Key(NodeProto node) => node.Domain is "" or "ai.onnx" ? node.OpType : $"{node.Domain}::{node.OpType}";
}
