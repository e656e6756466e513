using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Numbers as integers on a scale, and back.
public static partial class Torch
{
    /// <summary>y = x/scale rounded to the even number, plus the zero point, within the type.</summary>
    /// <param name="x">x.</param>
    /// <param name="scale">One, one a slice along the axis, or one a block.</param>
    /// <param name="y">y.</param>
    /// <param name="type">The integer type.</param>
    /// <param name="axis">The axis; -1 where one scale is for all.</param>
    /// <param name="block">Elements that share a scale; 0 where there are no blocks.</param>
    /// <param name="zeroPoint">As the scale; 0 unless given.</param>
    public static void QuantizeLinear(Buffer x, Buffer scale, Buffer y, ScalarType type, int axis = -1, long block = 0, Buffer? zeroPoint = null)
    {
        using var scope = NewDisposeScope();
        var steps = x.Value.div(Spread(scale.Value, x.Value, axis, block)).round();
        var shifted = zeroPoint is null ? steps : steps.add(Spread(zeroPoint.Value, x.Value, axis, block));
        var (low, high) = type switch
        {
            ScalarType.Byte => (0, 255),
            ScalarType.Int8 => (-128, 127),
            ScalarType.Int16 => (-32768, 32767),

            // What is computed in 32 bits here are 16 unsigned ones.
            _ => (0, 65535),
        };
        y.Set(shifted.clamp(low, high).to(type));
    }

    /// <summary>y = (x − zero point)·scale.</summary>
    /// <param name="x">x.</param>
    /// <param name="scale">One, one a slice along the axis, or one a block.</param>
    /// <param name="y">y.</param>
    /// <param name="axis">The axis; -1 where one scale is for all.</param>
    /// <param name="block">Elements that share a scale; 0 where there are no blocks.</param>
    /// <param name="zeroPoint">As the scale; 0 unless given.</param>
    public static void DequantizeLinear(Buffer x, Buffer scale, Buffer y, int axis = -1, long block = 0, Buffer? zeroPoint = null)
    {
        using var scope = NewDisposeScope();
        var steps = x.Value.to(scale.Value.dtype);
        var shifted = zeroPoint is null ? steps : steps.sub(Spread(zeroPoint.Value, x.Value, axis, block).to(scale.Value.dtype));
        y.Set(shifted.mul(Spread(scale.Value, x.Value, axis, block)));
    }

    // A parameter so that it broadcasts over x.
    private static Tensor Spread(Tensor parameter, Tensor x, int axis, long block)
        => axis < 0 ? parameter.reshape([])
            : block == 0 ? parameter.reshape([-1, .. Enumerable.Repeat(1L, (int)x.dim() - axis - 1)])
            : parameter.repeat_interleave(block, axis).narrow(axis, 0, x.shape[axis]);
}
