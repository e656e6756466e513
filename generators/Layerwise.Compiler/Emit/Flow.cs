namespace Layerwise.Compiler.Emit;

/// <summary>
/// The relevance R of a value on its way back: R itself, or, with a <c>Factor</c>, c with R = factor ⊙ c,
/// so that the multiplication fuses with what comes next.
/// </summary>
/// <param name="Slot">R or c.</param>
/// <param name="Factor">A forward value of the same shape, or <c>null</c>.</param>
/// <param name="Vanishes">Whether R is 0 wherever the value is; so it is where that is the factor.</param>
public sealed record Flow(Slot Slot, string? Factor, bool Vanishes);
