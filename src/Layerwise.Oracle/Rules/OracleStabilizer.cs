namespace Layerwise.Oracle.Rules;

/// <summary>What keeps a denominator from 0: z + ε·sign(z), with sign(0) = +1, unless it says otherwise.</summary>
/// <param name="Epsilon">ε.</param>
/// <param name="Clip">Whether it is sign(z)·max(|z|, ε).</param>
/// <param name="NormScale">Whether ε is a multiple of the root of the mean square of a sample's denominators.</param>
/// <param name="Unsigned">Whether ε is added, or z clipped, whatever the sign of z.</param>
public sealed record OracleStabilizer(double Epsilon = OracleStabilizer.Usual, bool Clip = false, bool NormScale = false, bool Unsigned = false)
{
    /// <summary>ε unless given.</summary>
    public const double Usual = 1e-6;

    /// <summary>The stabilized denominator, where ε is already scaled.</summary>
    internal double Of(double z, double epsilon)
    {
        var sign = z < 0 && !Unsigned ? -1 : 1;
        return Clip ? sign * Math.Max(sign * z, epsilon) : z + (sign * epsilon);
    }
}
