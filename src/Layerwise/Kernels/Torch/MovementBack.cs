using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>r = s where the values of x went, summed where one went to several places, 0 where it went nowhere.</summary>
    /// <param name="s">What comes back to the values in their new places.</param>
    /// <param name="r">What comes back to x.</param>
    /// <param name="forward">What moved the values of x to y: here it moves their places.</param>
    /// <param name="like">x, whose shape r has.</param>
    public static void MoveBack(Buffer s, Buffer r, Action<Buffer, Buffer> forward, Buffer like)
    {
        using var scope = NewDisposeScope();
        var shape = like.Shape;
        var count = shape.Aggregate(1L, (a, b) => a * b);

        // Places are counted from 1, and once more from further on: what does not move along, such as a pad's value, comes from elsewhere, place 0.
        var (places, moved, movedFurther) = (new Buffer([.. like.Dims]), new Buffer([.. s.Dims]), new Buffer([.. s.Dims]));
        places.Set(arange(1, count + 1, dtype: ScalarType.Int64, device: s.Value.device).reshape(shape));
        forward(places, moved);
        places.Set(places.Value.add(count));
        forward(places, movedFurther);
        var from = moved.Value.masked_fill(movedFurther.Value.sub(moved.Value).ne(count), 0);
        var sum = zeros([count + 1], s.Value.dtype, s.Value.device);
        sum.index_add_(0, from.flatten(), s.Value.flatten(), 1);
        r.Set(sum.narrow(0, 1, count).reshape(shape).clone());
        places.Free();
        moved.Free();
        movedFurther.Free();
    }
}
