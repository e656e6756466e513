using static TorchSharp.torch;

namespace Layerwise.Kernels;

// Transposed derivatives of what takes numbers along axes together.
public static partial class Torch
{
    /// <summary>r = s along the axes.</summary>
    public static void ReduceSumBack(Buffer s, Buffer r, long[] axes, Buffer like, bool keepAxes = true) => Spread(s, r, axes, keepAxes, like.Shape, s => s);

    /// <summary>r = s/n along the axes, of n numbers.</summary>
    public static void ReduceMeanBack(Buffer s, Buffer r, long[] axes, Buffer like, bool keepAxes = true)
        => Spread(s, r, axes, keepAxes, like.Shape, s => s.div(axes.Aggregate(1L, (count, axis) => count * like.Shape[axis])));

    /// <summary>r = s·sign(x).</summary>
    public static void ReduceL1Back(Buffer s, Buffer x, Buffer r, long[] axes, bool keepAxes = true) => Spread(s, r, axes, keepAxes, x.Value.shape, s => s.mul(x.Value.sign()));

    /// <summary>r = s·x/y; 0 where y is 0.</summary>
    public static void ReduceL2Back(Buffer s, Buffer x, Buffer y, Buffer r, long[] axes, bool keepAxes = true)
        => Spread(s, r, axes, keepAxes, x.Value.shape, s => s.mul(x.Value).div(Kept(y.Value, axes, keepAxes)).nan_to_num(0));

    /// <summary>r = s·2x.</summary>
    public static void ReduceSumSquareBack(Buffer s, Buffer x, Buffer r, long[] axes, bool keepAxes = true)
        => Spread(s, r, axes, keepAxes, x.Value.shape, s => s.mul(x.Value).mul(2));

    /// <summary>r = s/Σx = s·e^(−y).</summary>
    public static void ReduceLogSumBack(Buffer s, Buffer x, Buffer y, Buffer r, long[] axes, bool keepAxes = true)
        => Spread(s, r, axes, keepAxes, x.Value.shape, s => s.div(Kept(y.Value, axes, keepAxes).exp()));

    /// <summary>r = s·e^(x−y).</summary>
    public static void ReduceLogSumExpBack(Buffer s, Buffer x, Buffer y, Buffer r, long[] axes, bool keepAxes = true)
        => Spread(s, r, axes, keepAxes, x.Value.shape, s => s.mul(x.Value.sub(Kept(y.Value, axes, keepAxes)).exp()));

    /// <summary>r = s·Π of the others.</summary>
    public static void ReduceProdBack(Buffer s, Buffer x, Buffer y, Buffer r, long[] axes, bool keepAxes = true) => Spread(s, r, axes, keepAxes, x.Value.shape, s =>
    {
        // Where one factor is 0, only it has others whose product is none.
        var isZero = x.Value.eq(0);
        var withoutZeros = where(isZero, ones_like(x.Value), x.Value);
        var product = withoutZeros;
        foreach (var axis in axes)
        {
            product = product.prod(axis, keepdim: true);
        }

        var zeros = axes.Length == 0 ? isZero.to(ScalarType.Int64) : isZero.to(ScalarType.Int64).sum(axes, keepdim: true);
        var others = zeros.sub(isZero.to(ScalarType.Int64)).eq(0);
        return s.mul(product).div(withoutZeros).mul(others);
    });

    /// <summary>r = s at the largest; of equal ones the first.</summary>
    public static void ReduceMaxBack(Buffer s, Buffer x, Buffer y, Buffer r, long[] axes, bool keepAxes = true) => ExtremeAlongBack(s, x, y, r, axes, keepAxes);

    /// <summary>r = s at the smallest; of equal ones the first.</summary>
    public static void ReduceMinBack(Buffer s, Buffer x, Buffer y, Buffer r, long[] axes, bool keepAxes = true) => ExtremeAlongBack(s, x, y, r, axes, keepAxes);

    /// <summary>r = s at the largest of each channel; of equal ones the first.</summary>
    public static void GlobalMaxPoolBack(Buffer s, Buffer x, Buffer r)
    {
        using var scope = NewDisposeScope();
        var flat = x.Value.flatten(2);
        r.Set(zeros_like(flat).scatter(2, flat.argmax(2, keepdim: true), s.Value.flatten(2)).reshape(x.Value.shape));
    }

    private static void ExtremeAlongBack(Buffer s, Buffer x, Buffer y, Buffer r, long[] axes, bool keepAxes) => Spread(s, r, axes, keepAxes, x.Value.shape, s =>
    {
        // The reduced axes last, as one, so that the first place is the smallest.
        long[] order = [.. Enumerable.Range(0, x.Value.shape.Length).Select(a => (long)a).Where(a => !axes.Contains(a)), .. axes];
        var kept = order.Length - axes.Length;
        var turned = x.Value.eq(Kept(y.Value, axes, keepAxes)).permute(order);
        var rows = turned.reshape([.. turned.shape[..kept], -1]).to(ScalarType.Int64);
        var first = rows.cumsum(-1).eq(1).logical_and(rows.eq(1));
        return s.mul(first.reshape(turned.shape).permute([.. Enumerable.Range(0, order.Length).Select(a => (long)Array.IndexOf(order, (long)a))]));
    });

    // s on its way back, with the axes that it lost, spread over the shape.
    private static void Spread(Buffer s, Buffer r, long[] axes, bool keepAxes, long[] shape, Func<Tensor, Tensor> share)
    {
        using var scope = NewDisposeScope();
        r.Set(share(Kept(s.Value, axes, keepAxes)).expand(shape).clone());
    }

    private static Tensor Kept(Tensor y, long[] axes, bool keepAxes)
        => keepAxes ? y.alias() : axes.Order().Aggregate(y.alias(), (tensor, axis) => tensor.unsqueeze(axis));
}
