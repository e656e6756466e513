using Layerwise.Oracle.Linear;

namespace Layerwise.Oracle.Graph;

/// <summary>A value of the graph while a layer is read.</summary>
/// <param name="Shape">Its shape.</param>
internal abstract record Value(int[] Shape)
{
    /// <summary>It as a map of the tape's values; a constant's has no entries.</summary>
    public abstract LinearMap Map { get; }
}

/// <summary>A value that does not depend on the layer's inputs.</summary>
/// <param name="Grid">Its numbers.</param>
/// <param name="IsInteger">Whether they are integers, whose quotients are too.</param>
internal sealed record Constant(Grid Grid, bool IsInteger = false) : Value(Grid.Shape)
{
    public override LinearMap Map { get; } = Thin.Constant(Grid);
}

/// <summary>A value that is linear in what the tape holds.</summary>
/// <param name="Map">How.</param>
/// <param name="Shape">Its shape.</param>
internal sealed record Computed(LinearMap Map, int[] Shape) : Value(Shape)
{
    public override LinearMap Map { get; } = Map;
}
