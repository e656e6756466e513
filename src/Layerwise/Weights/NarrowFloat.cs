namespace Layerwise;

/// <summary>A floating-point format of 4 or 8 bits (Micikevicius et al. 2022, <c>FP8 formats for deep learning</c>; OCP MX), computed in float32.</summary>
/// <param name="Bits">Bits of a number.</param>
/// <param name="Mantissa">Bits after the point.</param>
/// <param name="Bias">What is added to the exponent.</param>
/// <param name="Largest">The largest finite number.</param>
/// <param name="HasInfinity">Whether there are infinities.</param>
/// <param name="IsUnsignedZero">Whether there is one zero alone, and the bits of -0 are NaN.</param>
internal sealed record NarrowFloat(int Bits, int Mantissa, int Bias, float Largest, bool HasInfinity = false, bool IsUnsignedZero = false)
{
    /// <summary>The format of ONNX's name; <c>null</c> where it is none of these.</summary>
    public static NarrowFloat? Named(string name) => name switch
    {
        "float8e4m3fn" => new(8, 3, 7, 448),
        "float8e4m3fnuz" => new(8, 3, 8, 240, IsUnsignedZero: true),
        "float8e5m2" => new(8, 2, 15, 57344, HasInfinity: true),
        "float8e5m2fnuz" => new(8, 2, 16, 57344, IsUnsignedZero: true),
        "float4e2m1" => new(4, 1, 1, 6),
        _ => null,
    };

    /// <summary>The number that bits stand for.</summary>
    public float Decode(int bits)
    {
        var sign = (bits >> (Bits - 1)) == 0 ? 1f : -1f;
        var magnitude = bits & ((1 << (Bits - 1)) - 1);
        var (exponent, fraction) = (magnitude >> Mantissa, magnitude & ((1 << Mantissa) - 1));
        var value = exponent == 0
            ? MathF.ScaleB(fraction, 1 - Bias - Mantissa)
            : MathF.ScaleB((1 << Mantissa) + fraction, exponent - Bias - Mantissa);
        return value > Largest ? (HasInfinity && fraction == 0 ? sign * float.PositiveInfinity : float.NaN)
            : value == 0 && sign < 0 && IsUnsignedZero ? float.NaN
            : sign * value;
    }

    /// <summary>The nearest number of the format, the even one of two as near.</summary>
    /// <param name="value">A number.</param>
    /// <param name="saturate">Whether what is beyond the largest number becomes that, rather than infinite or NaN.</param>
    public float Round(float value, bool saturate)
    {
        var magnitude = MathF.Abs(value);
        if (!float.IsFinite(value))
        {
            return Bits == 4 ? MathF.CopySign(Largest, float.IsNaN(value) ? 1 : value)
                : float.IsNaN(value) ? float.NaN
                : Beyond(value, saturate);
        }

        var exponent = magnitude == 0 ? 1 - Bias : Math.Max(MathF.ILogB(magnitude), 1 - Bias);
        var step = MathF.ScaleB(1, exponent - Mantissa);
        var rounded = MathF.Round(magnitude / step, MidpointRounding.ToEven) * step;
        return rounded > Largest ? Beyond(value, saturate || Bits == 4)
            : rounded == 0 && IsUnsignedZero ? 0
            : MathF.CopySign(rounded, value);
    }

    private float Beyond(float value, bool saturate) => saturate ? MathF.CopySign(Largest, value)
        : HasInfinity ? MathF.CopySign(float.PositiveInfinity, value)
        : float.NaN;
}
