namespace Layerwise.Generator;

/// <summary>What the analyzer tells the code fixes: the properties of LW0009.</summary>
internal static class Fixable
{
    public const string Id = "LW0009";

    /// <summary>The property that says which fix it is.</summary>
    public const string Fix = nameof(Fix);

    /// <summary>The property with the model's name that is meant, for <see cref="Model"/>.</summary>
    public const string Name = nameof(Name);

    public const string Partial = nameof(Partial), Model = nameof(Model), Bounds = nameof(Bounds);
}
