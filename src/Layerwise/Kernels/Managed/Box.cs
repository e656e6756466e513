namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>A linear layer of inputs between known bounds: the ZBox rule's contributions xw − low·w⁺ − high·w⁻.</summary>
    public sealed unsafe class Box
    {
        private readonly LinearLayer _layer, _plus, _minus;
        private readonly float[] _low, _high;
        private Bounds? _bounds;

        /// <param name="layer">The layer.</param>
        /// <param name="low">The smallest input: one number, one a channel, or one for each element of a sample.</param>
        /// <param name="high">The largest input, likewise.</param>
        public Box(LinearLayer layer, float[] low, float[] high)
        {
            _layer = layer;
            _plus = layer.Positive();
            _minus = layer.Negative();
            _low = low;
            _high = high;
        }

        /// <summary>z = Wx + b − (W⁺low + b⁺) − (W⁻high + b⁻).</summary>
        public void Linear(Buffer x, Buffer z)
        {
            if (z.Stands)
            {
                return;
            }

            var bounds = BoundsOf(x, z);
            var y = z.Beside(0);
            _layer.Apply(x, y, Addend.Bias);
            Elements.Run<Elements.Difference>(y, bounds.Output, z);
        }

        /// <summary>r = x ⊙ Wᵀs − low ⊙ W⁺ᵀs − high ⊙ W⁻ᵀs.</summary>
        public void Back(Buffer s, Buffer x, Buffer r)
        {
            var bounds = BoundsOf(x, s);
            Buffer own = r.Beside(0), plus = r.Beside(1), minus = r.Beside(2), shares = r.Beside(3);
            _layer.ApplyTransposed(s, own);
            _plus.ApplyTransposed(s, plus);
            _minus.ApplyTransposed(s, minus);
            Elements.Run<Elements.TwoProducts>(plus, bounds.Low, minus, bounds.High, shares);
            Elements.Run<Elements.Product>(own, x, plus);
            Elements.Run<Elements.Difference>(plus, shares, r);
        }

        // They depend on the sizes alone.
        private Bounds BoundsOf(Buffer x, Buffer z)
        {
            if (_bounds is { } known)
            {
                return known;
            }

            var (low, high) = (Expand(_low, x), Expand(_high, x));
            Buffer ofLow = new([.. z.Dims]), ofHigh = new([.. z.Dims]), output = new([.. z.Dims]);
            _plus.Apply(low, ofLow, Addend.Bias);
            _minus.Apply(high, ofHigh, Addend.Bias);
            Elements.Run<Elements.Total>(ofLow, ofHigh, output);
            foreach (var buffer in new[] { low, high, output })
            {
                LayOut(buffer);
            }

            return _bounds = new Bounds(low, high, output);
        }

        private static Buffer Expand(float[] values, Buffer like)
        {
            var buffer = new Buffer([.. like.Dims]);
            var to = buffer.WriteRows();
            var perImage = buffer.Length / buffer.Images;
            for (var i = 0; i < buffer.Length; i++)
            {
                to[i] = values[values.Length == 1 ? 0 : values.Length == perImage ? i % perImage : i / buffer.Area % buffer.Channels];
            }

            return buffer;
        }

        private sealed record Bounds(Buffer Low, Buffer High, Buffer Output);
    }
}
