namespace Layerwise.Kernels;

// Functions of several values with numpy's broadcasting, and their derivatives, summed over what an input was broadcast to.
public static unsafe partial class Managed
{
    /// <summary>y = Σ terms.</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="y">y.</param>
    public static void Sum(ReadOnlySpan<Buffer> terms, Buffer y)
    {
        var sum = terms[0];
        for (var i = 1; i < terms.Length; i++)
        {
            var next = i == terms.Length - 1 ? y : y.Beside(i);
            Combine<Elements.Total>(sum, terms[i], next);
            sum = next;
        }

        if (terms.Length == 1)
        {
            y.Share(sum);
        }

        if (y.Arriving is { } arrived)
        {
            y.Arriving = null;
            arrived();
        }
    }

    /// <summary>y = max(0, Σ terms).</summary>
    /// <param name="terms">The terms.</param>
    /// <param name="y">y.</param>
    public static void SumRelu(ReadOnlySpan<Buffer> terms, Buffer y)
    {
        if (terms is [var a, var b])
        {
            Combine<Elements.PositiveTotal>(a, b, y);
            return;
        }

        Sum(terms, y.Beside(0));
        Relu(y.Beside(0), y);
    }

    /// <summary>x = s summed over the axes along which x was broadcast.</summary>
    public static void SumTo(Buffer s, Buffer x)
    {
        float* from = s.Rows(), to = x.WriteRows();
        new Span<float>(to, x.Length).Clear();
        var map = x.Map ??= Aligned(x.Size, s.Size);
        for (var i = 0; i < s.Length; i++)
        {
            to[map[i]] += from[i];
        }
    }

    /// <summary>y = a·b.</summary>
    public static void Mul(Buffer a, Buffer b, Buffer y) => Combine<Elements.Product>(a, b, y);

    /// <summary>y = a - b.</summary>
    public static void Sub(Buffer a, Buffer b, Buffer y) => Combine<Elements.Difference>(a, b, y);

    /// <summary>y = a/b.</summary>
    public static void Div(Buffer a, Buffer b, Buffer y) => Combine<Elements.Ratio>(a, b, y);

    /// <summary>y = aᵇ.</summary>
    public static void Pow(Buffer a, Buffer b, Buffer y) => Combine<Power>(a, b, y);

    /// <summary>y = x where it is above 0, slope·x elsewhere.</summary>
    public static void PRelu(Buffer x, Buffer slope, Buffer y) => Combine<Slanted>(x, slope, y);

    /// <summary>r = s·b, for a factor of a·b.</summary>
    public static void MulBack(Buffer s, Buffer other, Buffer r) => Summed<Elements.Product>(s, other, r);

    /// <summary>r = s/b, for the dividend of a/b.</summary>
    public static void DivBack(Buffer s, Buffer divisor, Buffer r) => Summed<Elements.Ratio>(s, divisor, r);

    /// <summary>r = -s·y/b, for the divisor of y = a/b.</summary>
    public static void DivisorBack(Buffer s, Buffer divisor, Buffer y, Buffer r)
    {
        var product = r.Beside(2, s);
        Elements.Run<NegativeProduct>(s, y, product);
        Summed<Elements.Ratio>(product, divisor, r);
    }

    /// <summary>r = -s, for what is subtracted.</summary>
    public static void SubtrahendBack(Buffer s, Buffer r)
    {
        var opposite = r.Beside(2, s);
        Elements.Run<Elements.Opposite>(s, opposite);
        SumTo(opposite, r);
    }

    /// <summary>r = s·b·a^(b−1), for the base of aᵇ; 0 where b is 0.</summary>
    public static void PowBack(Buffer s, Buffer x, Buffer exponent, Buffer r)
    {
        var slope = r.Beside(2, s);
        Combine<PowerSlope>(x, exponent, slope);
        Summed<Elements.Product>(s, slope, r);
    }

    /// <summary>r = s where x is not below 0, s·slope elsewhere.</summary>
    public static void PReluBack(Buffer s, Buffer x, Buffer slope, Buffer r)
    {
        var factor = r.Beside(2, s);
        Combine<SlantedSlope>(x, slope, factor);
        Elements.Run<Elements.Product>(s, factor, r);
    }

    internal readonly struct Power : Elements.ITwo
    {
        public static System.Numerics.Vector<float> Of(System.Numerics.Vector<float> a, System.Numerics.Vector<float> b) => ByElement(a, b, static (a, b) => MathF.Pow(a, b));
    }

    internal readonly struct PowerSlope : Elements.ITwo
    {
        public static System.Numerics.Vector<float> Of(System.Numerics.Vector<float> a, System.Numerics.Vector<float> b) => ByElement(a, b, static (a, b) => b == 0 ? 0 : b * MathF.Pow(a, b - 1));
    }

    internal readonly struct Slanted : Elements.ITwo
    {
        public static System.Numerics.Vector<float> Of(System.Numerics.Vector<float> a, System.Numerics.Vector<float> b)
            => System.Numerics.Vector.ConditionalSelect(System.Numerics.Vector.LessThan(a, System.Numerics.Vector<float>.Zero), a * b, a);
    }

    internal readonly struct SlantedSlope : Elements.ITwo
    {
        public static System.Numerics.Vector<float> Of(System.Numerics.Vector<float> a, System.Numerics.Vector<float> b)
            => System.Numerics.Vector.ConditionalSelect(System.Numerics.Vector.LessThan(a, System.Numerics.Vector<float>.Zero), b, System.Numerics.Vector<float>.One);
    }

    internal readonly struct NegativeProduct : Elements.ITwo
    {
        public static System.Numerics.Vector<float> Of(System.Numerics.Vector<float> a, System.Numerics.Vector<float> b) => -(a * b);
    }

    private static System.Numerics.Vector<float> ByElement(System.Numerics.Vector<float> a, System.Numerics.Vector<float> b, Func<float, float, float> function)
    {
        Span<float> values = stackalloc float[System.Numerics.Vector<float>.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = function(a[i], b[i]);
        }

        return new(values);
    }

    // A function of two values of any shapes that fit.
    private static void Combine<TFunction>(Buffer a, Buffer b, Buffer y)
        where TFunction : struct, Elements.ITwo
        => Elements.Run<TFunction>(Expanded(a, y, y.Beside(0)), Expanded(b, y, y.Beside(1)), y);

    // What an input gets of a function of s and another value.
    private static void Summed<TFunction>(Buffer s, Buffer other, Buffer r)
        where TFunction : struct, Elements.ITwo
    {
        var repeated = Expanded(other, s, r.Beside(0, s));
        if (s.Size.AsSpan().SequenceEqual(r.Size))
        {
            Elements.Run<TFunction>(s, repeated, r);
            return;
        }

        var share = r.Beside(1, s);
        Elements.Run<TFunction>(s, repeated, share);
        SumTo(share, r);
    }

    // A value repeated to the shape of another.
    private static Buffer Expanded(Buffer x, Buffer like, Buffer repeated)
    {
        if (x.Size.AsSpan().SequenceEqual(like.Size))
        {
            return x;
        }

        var map = repeated.Map ??= Aligned(x.Size, like.Size);
        float* from = x.Rows(), to = repeated.WriteRows();
        for (var i = 0; i < map.Length; i++)
        {
            to[i] = from[map[i]];
        }

        return repeated;
    }

    // For each element of the larger shape, the element of the smaller one that stands there.
    private static int[] Aligned(int[] small, int[] large)
    {
        var map = new int[large.Aggregate(1, (a, b) => a * b)];
        for (var i = 0; i < map.Length; i++)
        {
            var (rest, stride) = (i, 1);
            for (var axis = 1; axis <= large.Length; axis++)
            {
                var place = rest % large[^axis];
                rest /= large[^axis];
                if (axis <= small.Length)
                {
                    map[i] += small[^axis] == 1 ? 0 : place * stride;
                    stride *= small[^axis];
                }
            }
        }

        return map;
    }
}
