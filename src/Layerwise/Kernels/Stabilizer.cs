namespace Layerwise.Kernels;

/// <summary>What keeps a denominator from 0: z + ε·sign(z) with sign(0) = +1, unless it says otherwise.</summary>
public readonly record struct Stabilizer
{
    /// <param name="epsilon">ε.</param>
    /// <param name="clip">Whether it is sign(z)·max(|z|, ε).</param>
    /// <param name="normScale">Whether ε is a multiple of the root of the mean square of a sample.</param>
    /// <param name="signed">Whether ε has the sign of z; otherwise it is z + ε.</param>
    public Stabilizer(float epsilon, bool clip = false, bool normScale = false, bool signed = true)
        => (Epsilon, Clip, NormScale, Signed) = (epsilon, clip, normScale, signed);

    /// <summary>A number is ε, in its usual form.</summary>
    public static implicit operator Stabilizer(float epsilon) => new(epsilon);

    /// <summary>As the conversion from <see cref="float"/>.</summary>
    public static Stabilizer FromSingle(float epsilon) => new(epsilon);

    internal float Epsilon { get; private init; }

    internal bool Clip { get; }

    internal bool NormScale { get; private init; }

    internal bool Signed { get; private init; }

    /// <summary>ε, where this is z + ε·sign(z); <c>null</c> where it is another form.</summary>
    internal float? Plain => Signed && !Clip && !NormScale ? Epsilon : null;

    /// <summary>The same for a z that is never negative.</summary>
    internal Stabilizer Unsigned => this with { Signed = false };

    /// <summary>The same for one sample's z, whose root of the mean square is known.</summary>
    internal Stabilizer Scaled(float norm) => this with { Epsilon = Epsilon * norm, NormScale = false };

    /// <summary>The stabilized denominator, where ε does not depend on the sample.</summary>
    internal float Of(float z) => (float)Of((double)z);

    /// <summary>The same in float64.</summary>
    internal double Of(double z)
    {
        if (!Signed)
        {
            return Clip ? Math.Max(z, Epsilon) : z + Epsilon;
        }

        return Clip ? (z < 0 ? Math.Min(z, -Epsilon) : Math.Max(z, Epsilon)) : z < 0 ? z - Epsilon : z + Epsilon;
    }
}
