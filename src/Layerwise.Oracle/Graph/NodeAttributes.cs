using Layerwise.Oracle.Onnx;

namespace Layerwise.Oracle.Graph;

/// <summary>The attributes of a node.</summary>
internal static class NodeAttributes
{
    public static AttributeProto? Attribute(this NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name);

    public static long Int(this NodeProto node, string name, long otherwise) => node.Attribute(name)?.I ?? otherwise;

    public static double Float(this NodeProto node, string name, float otherwise) => node.Attribute(name)?.F ?? otherwise;

    public static string Text(this NodeProto node, string name, string otherwise) => node.Attribute(name)?.S.ToStringUtf8() ?? otherwise;

    public static int[]? Ints(this NodeProto node, string name) => node.Attribute(name) is { } found ? [.. found.Ints.Select(i => (int)Math.Clamp(i, int.MinValue, int.MaxValue))] : null;

    public static double[]? Floats(this NodeProto node, string name) => node.Attribute(name) is { } found ? [.. found.Floats.Select(f => (double)f)] : null;

    /// <summary>The node in words: <c>Conv 'conv1'</c>.</summary>
    public static string Description(this NodeProto node) => $"{node.OpType} '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault())}'";
}
