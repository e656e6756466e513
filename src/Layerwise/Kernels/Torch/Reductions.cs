using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Numbers along axes taken together.
public static partial class Torch
{
    /// <summary>y = Σ|x| along the axes.</summary>
    public static void ReduceL1(Buffer x, Buffer y, long[] axes, bool keepAxes = true)
    {
        using var size = x.Value.abs();
        y.Set(SumAlong(size, axes, keepAxes));
    }

    /// <summary>y = √Σx² along the axes.</summary>
    public static void ReduceL2(Buffer x, Buffer y, long[] axes, bool keepAxes = true)
    {
        using var square = x.Value.square();
        using var sum = SumAlong(square, axes, keepAxes);
        using var root = sum.sqrt();
        y.Set(root.to(x.Value.dtype));
    }

    /// <summary>y = ln Σx along the axes.</summary>
    public static void ReduceLogSum(Buffer x, Buffer y, long[] axes, bool keepAxes = true)
    {
        using var sum = SumAlong(x.Value, axes, keepAxes);
        y.Set(sum.log());
    }

    /// <summary>y = ln Σeˣ along the axes.</summary>
    public static void ReduceLogSumExp(Buffer x, Buffer y, long[] axes, bool keepAxes = true)
    {
        // The largest stands before the sum, so that no eˣ is too large.
        using var largest = Extreme(x.Value, axes, keepAxes: true, largest: true);
        using var shift = largest.nan_to_num(0, 0, 0);
        using var difference = x.Value.sub(shift);
        using var powers = difference.exp();
        using var sum = SumAlong(powers, axes, keepAxes);
        using var log = sum.log();
        using var back = shift.reshape(log.shape);
        y.Set(log.add(back));
    }

    /// <summary>y = the largest along the axes; of none, the smallest number there is.</summary>
    public static void ReduceMax(Buffer x, Buffer y, long[] axes, bool keepAxes = true) => y.Set(Extreme(x.Value, axes, keepAxes, largest: true));

    /// <summary>y = the mean along the axes.</summary>
    public static void ReduceMean(Buffer x, Buffer y, long[] axes, bool keepAxes = true)
        => y.Set(axes.Length == 0 ? x.Value.clone() : x.Value.mean(axes, keepAxes));

    /// <summary>y = the smallest along the axes; of none, the largest number there is.</summary>
    public static void ReduceMin(Buffer x, Buffer y, long[] axes, bool keepAxes = true) => y.Set(Extreme(x.Value, axes, keepAxes, largest: false));

    /// <summary>y = Πx along the axes.</summary>
    public static void ReduceProd(Buffer x, Buffer y, long[] axes, bool keepAxes = true)
    {
        var product = x.Value.alias();
        foreach (var axis in axes.OrderDescending())
        {
            using var before = product;
            product = before.prod(axis, keepAxes, x.Value.dtype);
        }

        y.Set(product);
    }

    /// <summary>y = Σx along the axes.</summary>
    public static void ReduceSum(Buffer x, Buffer y, long[] axes, bool keepAxes = true) => y.Set(SumAlong(x.Value, axes, keepAxes));

    /// <summary>y = Σx² along the axes.</summary>
    public static void ReduceSumSquare(Buffer x, Buffer y, long[] axes, bool keepAxes = true)
    {
        using var square = x.Value.square();
        y.Set(SumAlong(square, axes, keepAxes));
    }

    /// <summary>y = where the largest along the axis stands, the first of equal ones unless the last is asked for.</summary>
    public static void ArgMax(Buffer x, Buffer y, int axis, bool keepAxis = true, bool last = false) => y.Set(Place(x.Value, axis, keepAxis, last));

    /// <summary>y = where the smallest along the axis stands, the first of equal ones unless the last is asked for.</summary>
    public static void ArgMin(Buffer x, Buffer y, int axis, bool keepAxis = true, bool last = false)
    {
        using var wide = x.Value.is_floating_point() ? x.Value.alias() : x.Value.to(ScalarType.Int64);
        using var negative = wide.neg();
        y.Set(Place(negative, axis, keepAxis, last));
    }

    /// <summary>y = the largest of each channel.</summary>
    public static void GlobalMaxPool(Buffer x, Buffer y) => y.Set(x.Value.amax(SpatialAxes(x), keepdim: true));

    private static Tensor SumAlong(Tensor x, long[] axes, bool keepAxes)
        => axes.Length == 0 ? x.clone() : x.sum(axes, keepAxes, x.dtype);

    private static Tensor Extreme(Tensor x, long[] axes, bool keepAxes, bool largest)
    {
        if (axes.Length == 0)
        {
            return x.clone();
        }

        if (x.numel() > 0)
        {
            return largest ? x.amax(axes, keepAxes) : x.amin(axes, keepAxes);
        }

        long[] shape = [.. x.shape.Select((size, axis) => axes.Contains(axis) ? 1 : size).Where((_, axis) => keepAxes || !axes.Contains(axis))];
        return full(shape, largest ? double.NegativeInfinity : double.PositiveInfinity, x.dtype, x.device);
    }

    private static Tensor Place(Tensor x, int axis, bool keepAxis, bool last)
    {
        if (!last)
        {
            return x.argmax(axis, keepAxis);
        }

        using var turned = x.flip(axis);
        using var place = turned.argmax(axis, keepAxis);
        using var length = tensor(x.shape[axis] - 1, device: x.device);
        return length.sub(place);
    }
}
