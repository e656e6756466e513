namespace Layerwise.Compiler.Manifest;

/// <summary>A model's graph as the manifest text tells it (docs/manifest.md); names and attributes as in the file.</summary>
public sealed record GraphManifest(
    string File,
    IReadOnlyDictionary<string, long> Opsets,
    IReadOnlyList<ManifestValue> Inputs,
    IReadOnlyList<ManifestValue> Outputs,
    IReadOnlyList<ManifestTensor> Tensors,
    IReadOnlyList<ManifestNode> Nodes,
    IReadOnlyDictionary<string, ManifestBranch> Branches,
    IReadOnlyList<string> Labels,
    IReadOnlyList<string> Features);

/// <summary>A branch of an <c>If</c>.</summary>
public sealed record ManifestBranch(IReadOnlyList<string> Outputs, IReadOnlyList<ManifestNode> Nodes);

/// <summary>An input or output. <c>Shape</c> is <c>null</c> where the rank is unknown.</summary>
public sealed record ManifestValue(string Name, string Type, IReadOnlyList<ManifestDim>? Shape);

/// <summary>A dimension: a number, a symbol, or neither.</summary>
public readonly record struct ManifestDim(long? Value, string? Symbol)
{
    public override string ToString() => Value?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? Symbol ?? "?";
}

/// <summary>A constant of the file. Small integer tensors carry their <c>Values</c>, factors and bounds of the graph their <c>Floats</c>.</summary>
public sealed record ManifestTensor(string Name, string Type, IReadOnlyList<long> Shape, IReadOnlyList<long>? Values)
{
    /// <summary>The numbers of a small floating-point tensor that is part of the graph rather than a weight.</summary>
    public IReadOnlyList<float>? Floats { get; init; }
}

/// <summary>A node. Attribute values: <see cref="long"/>, <see cref="float"/>, <see cref="string"/>, lists of these, <see cref="ManifestTensor"/>, <see cref="ManifestSubgraph"/>.</summary>
public sealed record ManifestNode(
    string Domain,
    string Op,
    string Name,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    IReadOnlyDictionary<string, object> Attributes)
{
    /// <summary>The node's name, or that of its first output where it has none.</summary>
    public string DisplayName => Name.Length > 0 ? Name : Outputs.FirstOrDefault(o => o.Length > 0) ?? Op;
}

/// <summary>Stands for the body of <c>Loop</c> or <c>Scan</c>, or names a branch of an <c>If</c>.</summary>
public sealed record ManifestSubgraph(string Branch);
