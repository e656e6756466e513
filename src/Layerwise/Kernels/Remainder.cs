namespace Layerwise.Kernels;

/// <summary>
/// The negative contributions to a linear layer's output z as what the positive ones p leave of it: min(z − p, −p·2⁻²⁰). What is rounded off p cannot be
/// told from them: they are at least that, so that no quotient by them grows for no reason.
/// </summary>
internal static class Remainder
{
    /// <summary>How much of p is rounded off at most, or nearly: 16 units of the last place.</summary>
    public const float Rounding = 1f / (1 << 20);
}
