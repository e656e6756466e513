using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Layerwise.Kernels;

/// <summary>
/// y = xW + b for many rows x, with AVX-512: tiles of eight rows by three vectors of outputs, whose sums stay in registers. Weights lie panel by panel
/// of outputs, in each input by input, so that they are read in order.
/// </summary>
internal static unsafe class PixelProduct
{
    private const int Lanes = 16, Panel = 3 * Lanes, TileRows = 8;

    // Numbers of rows that stay in the second cache while the panels pass over them, at most; so many rows at least.
    private const int ChunkNumbers = 1 << 16, ChunkUnit = 56;

    // Inputs of a sum that is rounded by itself: a long sum rounds off more than a sum of sums.
    private const int SumInputs = 128;

    public static bool IsSupported => Avx512F.IsSupported;

    /// <summary>How many numbers the weights take.</summary>
    public static long PackedLength(long inputs, long outputs) => Fill(outputs) * inputs;

    /// <summary>Lays weights out; where they lie in an order of their own, <paramref name="inStep"/> and <paramref name="outStep"/> say how far apart.</summary>
    public static void Pack(float* weights, long inputs, long outputs, long inStep, long outStep, float* packed)
    {
        new Span<float>(packed, checked((int)PackedLength(inputs, outputs))).Clear();
        for (var panel = 0; panel < Panels(outputs); panel++)
        {
            var (first, end) = (First(panel, outputs), First(panel + 1, outputs));
            for (var o = first; o < Math.Min(end, outputs); o++)
            {
                float* from = weights + (o * outStep), to = packed + (first * inputs) + (o - first);
                for (var i = 0L; i < inputs; i++)
                {
                    to[i * (end - first)] = from[i * inStep];
                }
            }
        }
    }

    /// <summary>The way back from <see cref="Pack"/>: [outputs, inputs].</summary>
    public static void Unpack(float* packed, long inputs, long outputs, float* weights)
    {
        for (var panel = 0; panel < Panels(outputs); panel++)
        {
            var (first, end) = (First(panel, outputs), First(panel + 1, outputs));
            for (var o = first; o < Math.Min(end, outputs); o++)
            {
                for (var i = 0L; i < inputs; i++)
                {
                    weights[(o * inputs) + i] = packed[(first * inputs) + (i * (end - first)) + (o - first)];
                }
            }
        }
    }

    /// <summary>y = xW + b, between two bounds; NaN stays.</summary>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="inputs">How many inputs a row has.</param>
    /// <param name="weights">From <see cref="Pack"/>; aligned to vectors.</param>
    /// <param name="bias">[outputs], or none.</param>
    /// <param name="y">[rows, outputs].</param>
    /// <param name="outputs">How many outputs a row has.</param>
    /// <param name="low">The least that an output is.</param>
    /// <param name="high">The most.</param>
    public static void Run(float* x, long rows, int inputs, float* weights, float* bias, float* y, int outputs, float low, float high)
        => Run<Whole>(x, rows, inputs, weights, bias, y, outputs, low, high);

    /// <summary>y = max(0, x)W⁺ + min(0, x)W⁻ + b: as the other, with the weights [W⁺; W⁻] of twice the inputs. The sign of an input says whose row it takes.</summary>
    public static void RunHalves(float* x, long rows, int inputs, float* weights, float* bias, float* y, int outputs)
        => Run<Halved>(x, rows, inputs, weights, bias, y, outputs, float.NegativeInfinity, float.PositiveInfinity);

    private static void Run<TInputs>(float* x, long rows, int inputs, float* weights, float* bias, float* y, int outputs, float low, float high)
        where TInputs : struct, IInputs
    {
        var weightRows = TInputs.AreHalved ? 2L * inputs : inputs;
        var most = Math.Max(ChunkNumbers / inputs / ChunkUnit, 1) * (long)ChunkUnit;
        var panels = Panels(outputs);
        var chunks = (rows + most - 1) / most;
        Fused.Spread(chunks * panels, rows * outputs / (chunks * panels) * Math.Max(1, inputs / 32), part =>
        {
            var (chunk, panel) = (part / panels, part % panels);
            var (first, end) = (rows * chunk / chunks, rows * (chunk + 1) / chunks);
            var (output, next) = (First(panel, outputs), First(panel + 1, outputs));
            Do<TInputs>(x + (first * inputs), end - first, inputs, weights + (output * weightRows), weights + (next < outputs ? next * weightRows : 0), bias == null ? null : bias + output, y + (first * outputs) + output, outputs, (int)(Math.Min(next, outputs) - output), low, high);
        });
    }

    /// <summary>y = xW on this thread alone, for few rows; behind the weights stand those that are needed next.</summary>
    /// <param name="x">[rows, inputs].</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="inputs">How many inputs a row has.</param>
    /// <param name="weights">From <see cref="Pack"/>; aligned to vectors.</param>
    /// <param name="y">[rows, outputs].</param>
    /// <param name="outputs">How many outputs a row has.</param>
    public static void RunHere(float* x, long rows, int inputs, float* weights, float* y, int outputs)
    {
        for (var panel = 0; panel < Panels(outputs); panel++)
        {
            var (first, next) = (First(panel, outputs), First(panel + 1, outputs));
            Do<Whole>(x, rows, inputs, weights + (first * inputs), weights + (next * inputs), null, y + first, outputs, (int)(Math.Min(next, outputs) - first), float.NegativeInfinity, float.PositiveInfinity);
        }
    }

    // A panel of outputs of some rows.
    private static void Do<TInputs>(float* x, long rows, int inputs, float* weights, float* nextWeights, float* bias, float* y, int outputs, int width, float low, float high)
        where TInputs : struct, IInputs
    {
        var shift = stackalloc float[Panel];
        new Span<float>(shift, Panel).Clear();
        if (bias != null)
        {
            new Span<float>(bias, width).CopyTo(new(shift, width));
        }

        for (var first = 0; first < inputs; first += SumInputs)
        {
            var (count, isFirst, isLast) = (Math.Min(SumInputs, inputs - first), first == 0, first + SumInputs >= inputs);
            var start = isFirst ? shift : y;
            var (least, most) = isLast ? (low, high) : (float.NegativeInfinity, float.PositiveInfinity);
            switch ((width + Lanes - 1) / Lanes)
            {
                case 1:
                    Do<TInputs, One>(Task(Lanes), rows);
                    break;
                case 2:
                    Do<TInputs, Two>(Task(2 * Lanes), rows);
                    break;
                default:
                    Do<TInputs, Three>(Task(Panel), rows);
                    break;
            }

            Task Task(int panel) => new((nint)(x + first), inputs, count, (nint)(weights + (first * panel)), (nint)(nextWeights + (first * Lanes)), (nint)start, isFirst ? 0 : outputs, (nint)y, outputs, width, least, most);
        }
    }

    private static long Fill(long outputs) => (outputs + Lanes - 1) / Lanes * Lanes;

    private static int Panels(long outputs) => (int)((outputs + Panel - 1) / Panel);

    // Panels of as many vectors as another, or of one less: one of a single vector would wait for what it reads.
    private static long First(long panel, long outputs) => Fill(outputs) / Lanes * panel / Panels(outputs) * Lanes;

    /// <summary>Whether inputs below 0 have weights of their own.</summary>
    private interface IInputs
    {
        static abstract bool AreHalved { get; }
    }

    private readonly struct Whole : IInputs
    {
        public static bool AreHalved => false;
    }

    private readonly struct Halved : IInputs
    {
        public static bool AreHalved => true;
    }

    /// <summary>A number that the compiler knows: what it says is not there is left out.</summary>
    private interface ICount
    {
        static abstract int Count { get; }
    }

    private readonly struct One : ICount
    {
        public static int Count => 1;
    }

    private readonly struct Two : ICount
    {
        public static int Count => 2;
    }

    private readonly struct Three : ICount
    {
        public static int Count => 3;
    }

    private readonly struct Seven : ICount
    {
        public static int Count => TileRows - 1;
    }

    private readonly struct Eight : ICount
    {
        public static int Count => TileRows;
    }

    /// <summary>A panel of outputs of rows below each other: what some of the inputs add to what they start from, which is the bias or the sum so far.</summary>
    private readonly record struct Task(nint X, long Inputs, long Count, nint Weights, nint NextWeights, nint Start, long StartStep, nint Y, long Outputs, int Width, float Low, float High);

    // Tiles of eight rows, and of seven so that none is left over; only few rows leave some, which are done one by one.
    private static void Do<TInputs, TVectors>(in Task task, long rows)
        where TInputs : struct, IInputs
        where TVectors : struct, ICount
    {
        var sevens = (TileRows - (rows % TileRows)) % TileRows;
        sevens = sevens * (TileRows - 1) <= rows ? sevens : 0;
        var row = 0L;
        for (; row <= rows - (sevens * (TileRows - 1)) - TileRows; row += TileRows)
        {
            Do<TInputs, Eight, TVectors>(in task, row);
        }

        for (; sevens > 0; sevens--)
        {
            Do<TInputs, Seven, TVectors>(in task, row);
            row += TileRows - 1;
        }

        for (; row < rows; row++)
        {
            Do<TInputs, One, TVectors>(in task, row);
        }
    }

    private static void Do<TInputs, TRows, TVectors>(in Task task, long row)
        where TInputs : struct, IInputs
        where TRows : struct, ICount
        where TVectors : struct, ICount
    {
        float* x = (float*)task.X + (row * task.Inputs), start = (float*)task.Start + (row * task.StartStep), y = (float*)task.Y + (row * task.Outputs), weights = (float*)task.Weights;

        // The first tiles ask for the panel that follows, a vector of each input's a tile: it comes from memory while these are done.
        var tile = row / TileRows;
        var asks = tile < Panel / Lanes && TRows.Count > 1;
        var ahead = asks ? (float*)task.NextWeights + (tile * task.Inputs * Lanes) : weights;
        var aheadStep = asks ? Lanes : 0;
        if (task.Width == TVectors.Count * Lanes)
        {
            Tile<TInputs, TRows, TVectors>(x, task.Inputs, task.Count, weights, ahead, aheadStep, start, task.StartStep, y, task.Outputs, task.Low, task.High);
            return;
        }

        Part<TInputs, TRows, TVectors>(in task, x, ahead, aheadStep, start, y);
    }

    // Behind the last outputs that fill no vector stands another row's.
    [SkipLocalsInit]
    private static void Part<TInputs, TRows, TVectors>(in Task task, float* x, float* ahead, long aheadStep, float* start, float* y)
        where TInputs : struct, IInputs
        where TRows : struct, ICount
        where TVectors : struct, ICount
    {
        var whole = stackalloc float[TileRows * Panel];
        for (var i = 0; i < TRows.Count; i++)
        {
            new Span<float>(start + (i * task.StartStep), task.Width).CopyTo(new(whole + (i * Panel), task.Width));
        }

        Tile<TInputs, TRows, TVectors>(x, task.Inputs, task.Count, (float*)task.Weights, ahead, aheadStep, whole, Panel, whole, Panel, task.Low, task.High);
        for (var i = 0; i < TRows.Count; i++)
        {
            new Span<float>(whole + (i * Panel), task.Width).CopyTo(new(y + (i * task.Outputs), task.Width));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TInputs, TRows, TVectors>(float* x, long inputs, long count, float* weights, float* ahead, long aheadStep, float* start, long startStep, float* y, long outputs, float low, float high)
        where TInputs : struct, IInputs
        where TRows : struct, ICount
        where TVectors : struct, ICount
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, b0 = default, b1 = default, b2 = default, c0 = default, c1 = default, c2 = default, d0 = default, d1 = default, d2 = default;
        Vector512<float> e0 = default, e1 = default, e2 = default, f0 = default, f1 = default, f2 = default, g0 = default, g1 = default, g2 = default, h0 = default, h1 = default, h2 = default;
        var x3 = x + (3 * inputs);
        var x6 = x + (6 * inputs);
        var negative = inputs * TVectors.Count * Lanes;
        var end = weights + (count * TVectors.Count * Lanes);

        // What the next rows read is asked for while these are done: it was written long ago.
        var next = x + (TRows.Count * inputs);
        for (var w = weights; w < end; w += TVectors.Count * Lanes)
        {
            Sse.Prefetch0(next);
            next += TRows.Count;
            Sse.Prefetch1(ahead);
            ahead += aheadStep;
            var w0 = TInputs.AreHalved ? default : Vector512.Load(w);
            var w1 = !TInputs.AreHalved && TVectors.Count > 1 ? Vector512.Load(w + Lanes) : default;
            var w2 = !TInputs.AreHalved && TVectors.Count > 2 ? Vector512.Load(w + (2 * Lanes)) : default;
            Add<TInputs, TVectors>(x, w, negative, w0, w1, w2, ref a0, ref a1, ref a2);
            if (TRows.Count > 1)
            {
                Add<TInputs, TVectors>(x + inputs, w, negative, w0, w1, w2, ref b0, ref b1, ref b2);
                Add<TInputs, TVectors>(x + (2 * inputs), w, negative, w0, w1, w2, ref c0, ref c1, ref c2);
                Add<TInputs, TVectors>(x3, w, negative, w0, w1, w2, ref d0, ref d1, ref d2);
                Add<TInputs, TVectors>(x3 + inputs, w, negative, w0, w1, w2, ref e0, ref e1, ref e2);
                Add<TInputs, TVectors>(x3 + (2 * inputs), w, negative, w0, w1, w2, ref f0, ref f1, ref f2);
                Add<TInputs, TVectors>(x6, w, negative, w0, w1, w2, ref g0, ref g1, ref g2);
                if (TRows.Count > TileRows - 1)
                {
                    Add<TInputs, TVectors>(x6 + inputs, w, negative, w0, w1, w2, ref h0, ref h1, ref h2);
                }
            }

            x++;
            x3++;
            x6++;
        }

        Put<TVectors>(a0, a1, a2, start, y, low, high);
        if (TRows.Count > 1)
        {
            Put<TVectors>(b0, b1, b2, start + startStep, y + outputs, low, high);
            Put<TVectors>(c0, c1, c2, start + (2 * startStep), y + (2 * outputs), low, high);
            Put<TVectors>(d0, d1, d2, start + (3 * startStep), y + (3 * outputs), low, high);
            Put<TVectors>(e0, e1, e2, start + (4 * startStep), y + (4 * outputs), low, high);
            Put<TVectors>(f0, f1, f2, start + (5 * startStep), y + (5 * outputs), low, high);
            Put<TVectors>(g0, g1, g2, start + (6 * startStep), y + (6 * outputs), low, high);
            if (TRows.Count > TileRows - 1)
            {
                Put<TVectors>(h0, h1, h2, start + (7 * startStep), y + (7 * outputs), low, high);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TInputs, TVectors>(float* x, float* w, long negative, Vector512<float> w0, Vector512<float> w1, Vector512<float> w2, ref Vector512<float> s0, ref Vector512<float> s1, ref Vector512<float> s2)
        where TInputs : struct, IInputs
        where TVectors : struct, ICount
    {
        var value = Vector512.Create(*x);
        if (TInputs.AreHalved)
        {
            var row = w + ((*(int*)x >> 31) & negative);
            w0 = Vector512.Load(row);
            w1 = TVectors.Count > 1 ? Vector512.Load(row + Lanes) : default;
            w2 = TVectors.Count > 2 ? Vector512.Load(row + (2 * Lanes)) : default;
        }

        s0 = Avx512F.FusedMultiplyAdd(value, w0, s0);
        if (TVectors.Count > 1)
        {
            s1 = Avx512F.FusedMultiplyAdd(value, w1, s1);
        }

        if (TVectors.Count > 2)
        {
            s2 = Avx512F.FusedMultiplyAdd(value, w2, s2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TVectors>(Vector512<float> s0, Vector512<float> s1, Vector512<float> s2, float* start, float* y, float low, float high)
        where TVectors : struct, ICount
    {
        Put(s0, start, y, low, high);
        if (TVectors.Count > 1)
        {
            Put(s1, start + Lanes, y + Lanes, low, high);
        }

        if (TVectors.Count > 2)
        {
            Put(s2, start + (2 * Lanes), y + (2 * Lanes), low, high);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vector512<float> sum, float* start, float* y, float low, float high)
        => Lanes16.Between(sum + Vector512.Load(start), Vector512.Create(low), Vector512.Create(high)).Store(y);
}
