using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Numbers as integers on a scale, and back.
public static partial class Torch
{
    /// <summary>y = x/scale rounded to the nearest number of the type, the even one of two as near, plus the zero point, within the type.</summary>
    /// <param name="x">x.</param>
    /// <param name="scale">One, one a slice along the axis, or one a block.</param>
    /// <param name="y">y.</param>
    /// <param name="type">What y is computed in.</param>
    /// <param name="axis">The axis; -1 where one scale is for all.</param>
    /// <param name="block">Elements that share a scale; 0 where there are no blocks.</param>
    /// <param name="zeroPoint">As the scale; 0 unless given.</param>
    /// <param name="through">The type of 4 or 8 bits, by ONNX's name, where it is narrower than what y is computed in.</param>
    /// <param name="saturate">Whether what is beyond the numbers of a float of 8 bits becomes the largest of them, rather than infinite or NaN.</param>
    public static void QuantizeLinear(Buffer x, Buffer scale, Buffer y, ScalarType type, int axis = -1, long block = 0, string? through = null, bool saturate = true, Buffer? zeroPoint = null)
    {
        using var scope = NewDisposeScope();
        var steps = x.Value.div(Spread(scale.Value, x.Value, axis, block));
        if (type != ScalarType.Float32)
        {
            steps = steps.round();
        }

        var shifted = zeroPoint is null ? steps : steps.add(Spread(zeroPoint.Value, x.Value, axis, block));
        if (through is { } format)
        {
            y.Set(Rounded(shifted, format, saturate).to(type));
            return;
        }

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

    // The nearest values that a narrower type has.
    private static Tensor Rounded(Tensor x, string format, bool saturate)
    {
        switch (format)
        {
            case "float16":
                return x.to(ScalarType.Float16);
            case "bfloat16":
                return x.to(ScalarType.BFloat16);
            case "int4":
                return x.round().clamp_(-8, 7);
            case "uint4":
                return x.round().clamp_(0, 15);
            default:
                var narrow = NarrowFloat.Named(format) ?? throw new ArgumentException($"'{format}' is no narrower type that values are rounded to.", nameof(format));
                var values = x.to(ScalarType.Float32, CPU, copy: true).contiguous();
                foreach (ref var value in Runtime.TensorMemory.Span(values))
                {
                    value = narrow.Round(value, saturate);
                }

                return values.to(x.device);
        }
    }

    // A parameter so that it broadcasts over x.
    private static Tensor Spread(Tensor parameter, Tensor x, int axis, long block)
        => axis < 0 ? parameter.reshape([])
            : block == 0 ? parameter.reshape([-1, .. Enumerable.Repeat(1L, (int)x.dim() - axis - 1)])
            : parameter.repeat_interleave(block, axis).narrow(axis, 0, x.shape[axis]);
}
