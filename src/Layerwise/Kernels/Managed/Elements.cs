using System.Numerics;
using System.Runtime.CompilerServices;

namespace Layerwise.Kernels;

/// <summary>
/// Functions of up to four values, element by element, in one pass. Buffers are filled up to whole vectors, so no pass has a rest; values lie
/// row by row, or all with the channels last.
/// </summary>
internal static unsafe class Elements
{
    internal interface IOne
    {
        static abstract Vector<float> Of(Vector<float> x);
    }

    internal interface ITwo
    {
        static abstract Vector<float> Of(Vector<float> a, Vector<float> b);
    }

    internal interface IFour
    {
        static abstract Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d);
    }

    /// <summary>A function of three values and a denominator in the making.</summary>
    internal interface IQuotient
    {
        static abstract Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> stabilized);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TFunction>(Managed.Buffer x, Managed.Buffer y)
        where TFunction : struct, IOne
    {
        var last = !x.HasRows;
        float* from = x.Read(last), to = y.Write(last);
        for (var i = 0; i < y.Length; i += Vector<float>.Count)
        {
            TFunction.Of(Vector.Load(from + i)).Store(to + i);
        }
    }

    /// <summary>Of two buffers of one shape.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TFunction>(Managed.Buffer a, Managed.Buffer b, Managed.Buffer y)
        where TFunction : struct, ITwo
    {
        var last = a.HasLast && b.HasLast;
        float* x = a.Read(last), z = b.Read(last), to = y.Write(last);
        for (var i = 0; i < y.Length; i += Vector<float>.Count)
        {
            TFunction.Of(Vector.Load(x + i), Vector.Load(z + i)).Store(to + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TFunction>(Managed.Buffer a, Managed.Buffer b, Managed.Buffer c, Managed.Buffer d, Managed.Buffer y)
        where TFunction : struct, IFour
    {
        var last = a.HasLast && b.HasLast && c.HasLast && d.HasLast;
        float* p = a.Read(last), q = b.Read(last), r = c.Read(last), s = d.Read(last), to = y.Write(last);
        for (var i = 0; i < y.Length; i += Vector<float>.Count)
        {
            TFunction.Of(Vector.Load(p + i), Vector.Load(q + i), Vector.Load(r + i), Vector.Load(s + i)).Store(to + i);
        }
    }

    /// <summary>A quotient of a, b and the stabilized z, so many times.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Divide<TFunction>(Managed.Buffer a, Managed.Buffer b, Managed.Buffer z, Managed.Buffer y, Stabilizer epsilon, float times = 1)
        where TFunction : struct, IQuotient
    {
        var last = a.HasLast && b.HasLast && z.HasLast;
        float* p = a.Read(last), q = b.Read(last), d = z.Read(last), to = y.Write(last);
        var perImage = y.Length / y.Images;
        if (epsilon.NormScale && y.Images > 1)
        {
            // Each image has an ε of its own.
            for (var i = 0; i < y.Length; i++)
            {
                var own = i % perImage == 0 ? Fixed(epsilon, d + i, perImage) : default;
                epsilon = i % perImage == 0 ? own : epsilon;
                to[i] = TFunction.Of(new(p[i]), new(q[i]), new(epsilon.Of(d[i])))[0] * times;
            }

            return;
        }

        epsilon = Fixed(epsilon, d, y.Length);
        var (number, factor) = (new Vector<float>(epsilon.Epsilon), new Vector<float>(times));
        for (var i = 0; i < y.Length; i += Vector<float>.Count)
        {
            var denominator = Vector.Load(d + i);
            var negative = Vector.LessThan(denominator, Vector<float>.Zero);
            var stabilized = (epsilon.Signed, epsilon.Clip) switch
            {
                (true, false) => denominator + Vector.ConditionalSelect(negative, -number, number),
                (true, true) => Vector.ConditionalSelect(negative, Vector.Min(denominator, -number), Vector.Max(denominator, number)),
                (false, false) => denominator + number,
                _ => Vector.Max(denominator, number),
            };
            (TFunction.Of(Vector.Load(p + i), Vector.Load(q + i), stabilized) * factor).Store(to + i);
        }
    }

    /// <summary>y = a times a factor + b times another.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weigh(Managed.Buffer a, Managed.Buffer b, Managed.Buffer y, float first, float second)
    {
        var last = a.HasLast && b.HasLast;
        float* p = a.Read(last), q = b.Read(last), to = y.Write(last);
        var (one, other) = (new Vector<float>(first), new Vector<float>(second));
        for (var i = 0; i < y.Length; i += Vector<float>.Count)
        {
            ((Vector.Load(p + i) * one) + (Vector.Load(q + i) * other)).Store(to + i);
        }
    }

    /// <summary>What is above a ceiling becomes it; NaN stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Limit(Managed.Buffer y, float ceiling)
    {
        var last = y.HasLast;
        float* values = y.Read(last), to = y.Write(last);
        var most = new Vector<float>(ceiling);
        for (var i = 0; i < y.Length; i += Vector<float>.Count)
        {
            var value = Vector.Load(values + i);
            Vector.ConditionalSelect(Vector.GreaterThan(value, most), most, value).Store(to + i);
        }
    }

    /// <summary>A stabilizer whose ε does not depend on the sample, given the sample's z.</summary>
    public static Stabilizer Fixed(Stabilizer epsilon, float* z, int count)
    {
        if (!epsilon.NormScale)
        {
            return epsilon;
        }

        var squares = 0.0;
        for (var i = 0; i < count; i++)
        {
            squares += (double)z[i] * z[i];
        }

        return epsilon.Scaled((float)Math.Sqrt(squares / count));
    }

    /// <summary>The same, where z is one number everywhere.</summary>
    public static Stabilizer Fixed(Stabilizer epsilon, float z) => Fixed(epsilon, &z, 1);

    private static Vector<float> Zero => Vector<float>.Zero;

    /// <summary>max(0, x); NaN stays.</summary>
    internal readonly struct Positive : IOne
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> x) => Vector.ConditionalSelect(Vector.LessThan(x, Zero), Zero, x);
    }

    /// <summary>min(0, x); NaN stays.</summary>
    internal readonly struct Negative : IOne
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> x) => Vector.ConditionalSelect(Vector.GreaterThan(x, Zero), Zero, x);
    }

    internal readonly struct Opposite : IOne
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> x) => -x;
    }

    internal readonly struct Magnitude : IOne
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> x) => Vector.Abs(x);
    }

    internal readonly struct Product : ITwo
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) => a * b;
    }

    internal readonly struct Total : ITwo
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) => a + b;
    }

    internal readonly struct Difference : ITwo
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) => a - b;
    }

    /// <summary>What the positive contributions b leave of an output a.</summary>
    internal readonly struct Remainder : ITwo
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) => Vector.Min(a - b, b * -Kernels.Remainder.Rounding);
    }

    internal readonly struct Ratio : ITwo
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) => a / b;
    }

    internal readonly struct PositiveTotal : ITwo
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) => Positive.Of(a + b);
    }

    /// <summary>a where b is above 0, and 0 elsewhere.</summary>
    internal readonly struct WherePositive : ITwo
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) => Vector.ConditionalSelect(Vector.GreaterThan(b, Zero), a, Zero);
    }

    /// <summary>a where both are above 0, and 0 elsewhere.</summary>
    internal readonly struct WhereBothPositive : ITwo
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b) => Vector.ConditionalSelect(Vector.GreaterThan(b, Zero), Positive.Of(a), Zero);
    }

    internal readonly struct TwoProducts : IFour
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d) => (a * b) + (c * d);
    }

    /// <summary>a·c where c is not below 0, b·c elsewhere.</summary>
    internal readonly struct BySign : IFour
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d) => Vector.ConditionalSelect(Vector.LessThan(c, Zero), b, a) * d;
    }

    /// <summary>a over the denominator.</summary>
    internal readonly struct Quotient : IQuotient
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> stabilized) => a / stabilized;
    }

    /// <summary>a·b over the denominator.</summary>
    internal readonly struct ProductQuotient : IQuotient
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> stabilized) => a * b / stabilized;
    }

    /// <summary>a over the denominator where b is above 0, and 0 elsewhere.</summary>
    internal readonly struct QuotientWherePositive : IQuotient
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> stabilized)
            => Vector.ConditionalSelect(Vector.GreaterThan(b, Zero), a / stabilized, Zero);
    }

    /// <summary>a over the denominator where b is below 0, and 0 elsewhere.</summary>
    internal readonly struct QuotientWhereNegative : IQuotient
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<float> Of(Vector<float> a, Vector<float> b, Vector<float> stabilized)
            => Vector.ConditionalSelect(Vector.LessThan(b, Zero), a / stabilized, Zero);
    }
}
