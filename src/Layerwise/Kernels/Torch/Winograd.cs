using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// A convolution of 3×3 with a stride of 1, with the channels last in memory, in 16 multiplications for 36: tiles of 4×4 inputs, and the kernel, are taken to
/// 16 points, multiplied there, which is a matrix product a point, and 2×2 outputs are had of these. Its backward is one with the kernel turned around, which
/// exchanges the first point of an axis for the last. Winograd's F(2×2, 3×3): Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016.
/// </summary>
internal sealed unsafe class Winograd : IPackedConv
{
    private const int Kernel = 3, Side = 4, Points = Side * Side, Lanes = 16;

    // From so many tiles of a sample on it is worth that 16 weights are kept and read for 9. The samples of a batch do not count, so that each comes out as it does alone.
    private const int FewestTiles = 32;

    // Numbers of a block of tiles: what its inputs and outputs are at all points stays in the second cache. So many tiles at least, since each block reads all weights.
    private const int BlockNumbers = 1 << 18, FewestInBlock = 56, TileUnit = 8;

    private readonly int _in, _out;
    private readonly long[] _pad;
    private readonly PackedWeight _weight;

    /// <param name="owner">Frees the weights.</param>
    /// <param name="weight">[out, in, 3, 3]; this one's from now on.</param>
    /// <param name="pad">Zeros around the rows and the columns.</param>
    public Winograd(Weights owner, Tensor weight, long[] pad)
    {
        (_in, _out, _pad) = ((int)weight.shape[1], (int)weight.shape[0], pad);
        using (weight)
        {
            _weight = new(owner, Torch.Own(owner, AtPoints(weight)), Unpack);
        }
    }

    /// <summary>Whether a convolution is of this kind, and worth it for inputs of a size.</summary>
    public static bool Suits(Torch.Window window, Tensor weight, long groups, ReadOnlySpan<long> shape)
        => PixelProduct.IsSupported && groups == 1 && window.Kernel.All(k => k == Kernel) && window.Stride.All(s => s == 1) && window.Dilation.All(d => d == 1) && window.PadBegin.All(p => p < Kernel)
            && weight.shape[0] % Lanes == 0 && weight.shape[1] % Lanes == 0
            && Tiles(shape[2] + (2 * window.PadBegin[0]) - (Kernel - 1)) * Tiles(shape[3] + (2 * window.PadBegin[1]) - (Kernel - 1)) >= FewestTiles;

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, Tensor? bias, float? ceiling)
        => Run(x, _weight.Forward(Pack), bias, _in, _out, _pad, ceiling is null ? float.NegativeInfinity : 0, ceiling ?? float.PositiveInfinity);

    /// <inheritdoc/>
    public Tensor Backward(Tensor s, long[] size)
        => Run(s, _weight.Backward(PackTurned), null, _out, _in, [.. _pad.Select(pad => Kernel - 1 - pad)], float.NegativeInfinity, float.PositiveInfinity);

    /// <inheritdoc/>
    public Tensor Plain()
    {
        using var points = _weight.Plain();
        var plain = empty([_out, _in, Kernel, Kernel]);
        float* from = (float*)OneDnn.Data(points), to = (float*)OneDnn.Data(plain);
        var step = (long)_out * _in;
        Fused.Parts(step, (first, count) =>
        {
            // The outer elements stand at the outer points; the middle one is the difference of the inner ones.
            var rows = stackalloc double[Kernel * Side];
            for (var i = first; i < first + count; i++)
            {
                for (var column = 0; column < Side; column++)
                {
                    var point = from + (column * step) + i;
                    (rows[column], rows[Side + column], rows[(2 * Side) + column]) = (point[0], (double)point[Side * step] - point[2 * Side * step], point[3 * Side * step]);
                }

                for (var row = 0; row < Kernel; row++)
                {
                    var at = row * Side;
                    var g = to + (((i * Kernel) + row) * Kernel);
                    (g[0], g[1], g[2]) = ((float)rows[at], (float)(rows[at + 1] - rows[at + 2]), (float)rows[at + 3]);
                }
            }
        });
        return plain;
    }

    private static long Tiles(long outputs) => (outputs + 1) / 2;

    // [points, out, in]: each kernel G g Gᵀ.
    private static Tensor AtPoints(Tensor weight)
    {
        using var plain = weight.contiguous();
        var shape = plain.shape;
        var points = empty([Points, shape[0], shape[1]]);
        float* from = (float*)OneDnn.Data(plain), to = (float*)OneDnn.Data(points);
        var step = shape[0] * shape[1];
        Fused.Parts(step, (first, count) =>
        {
            var rows = stackalloc double[Side * Kernel];
            for (var i = first; i < first + count; i++)
            {
                var g = from + (i * Kernel * Kernel);
                for (var column = 0; column < Kernel; column++)
                {
                    var (a, b, c) = ((double)g[column], (double)g[Kernel + column], (double)g[(2 * Kernel) + column]);
                    (rows[column], rows[Kernel + column], rows[(2 * Kernel) + column], rows[(3 * Kernel) + column]) = (a, (a + b + c) / 2, (a - b + c) / 2, c);
                }

                for (var row = 0; row < Side; row++)
                {
                    var (a, b, c) = (rows[row * Kernel], rows[(row * Kernel) + 1], rows[(row * Kernel) + 2]);
                    var point = to + (row * Side * step) + i;
                    (point[0], point[step], point[2 * step], point[3 * step]) = ((float)a, (float)((a + b + c) / 2), (float)((a - b + c) / 2), (float)c);
                }
            }
        });
        return points;
    }

    private Tensor Pack(Tensor points) => Pack(points, _in, _out, 1, _in, point => point);

    private Tensor PackTurned(Tensor points) => Pack(points, _out, _in, _in, 1, point => (Turned(point / Side) * Side) + Turned(point % Side));

    private static int Turned(int point) => point is 0 or Side - 1 ? Side - 1 - point : point;

    private static Tensor Pack(Tensor points, int inputs, int outputs, long inputStep, long outputStep, Func<int, int> from)
    {
        var length = PixelProduct.PackedLength(inputs, outputs);
        var packed = empty([Points, length]);
        float* source = (float*)OneDnn.Data(points), to = (float*)OneDnn.Data(packed);
        Fused.Spread(Points, length, point => PixelProduct.Pack(source + (from((int)point) * (long)inputs * outputs), inputs, outputs, inputStep, outputStep, to + (point * length)));
        return packed;
    }

    private Tensor Unpack(Tensor packed)
    {
        var points = empty([Points, _out, _in]);
        float* from = (float*)OneDnn.Data(packed), to = (float*)OneDnn.Data(points);
        for (var point = 0; point < Points; point++)
        {
            PixelProduct.Unpack(from + (point * PixelProduct.PackedLength(_in, _out)), _in, _out, to + (point * (long)_in * _out));
        }

        return points;
    }

    private static Tensor Run(Tensor x, Tensor weights, Tensor? bias, int inputs, int outputs, long[] pad, float low, float high)
    {
        using var input = ChannelsLast.Of(x);
        var shape = OneDnn.Shape(x);
        var (rows, columns) = (shape[2] + (2 * pad[0]) - (Kernel - 1), shape[3] + (2 * pad[1]) - (Kernel - 1));
        var y = ChannelsLast.Empty(shape[0], outputs, rows, columns);
        var from = new Image((nint)OneDnn.Data(input), inputs, (int)shape[2], (int)shape[3], (int)pad[0], (int)pad[1]);
        var to = new Image((nint)OneDnn.Data(y), outputs, (int)rows, (int)columns, 0, 0);
        float* matrices = (float*)OneDnn.Data(weights), shift = bias is null ? null : (float*)OneDnn.Data(bias);
        var (ofImage, across) = ((int)(Tiles(rows) * Tiles(columns)), (int)Tiles(columns));
        var tiles = shape[0] * ofImage;

        // As many blocks for each thread.
        var most = Math.Max(BlockNumbers / Points / (inputs + outputs) / TileUnit * TileUnit, FewestInBlock);
        var threads = get_num_threads();
        var blocks = (tiles + most - 1) / most;
        blocks = Math.Min((blocks + threads - 1) / threads * threads, (tiles + TileUnit - 1) / TileUnit);
        Fused.Spread(blocks, tiles / blocks * outputs * inputs, block =>
        {
            var (first, end) = (tiles * block / blocks, tiles * (block + 1) / blocks);
            var count = (int)(end - first);

            // A line more a point: that all points of a number stand a power of two apart would have them share a place of the cache.
            long inStep = ((long)count * inputs) + Lanes, outStep = ((long)count * outputs) + Lanes;
            using var room = new Arena.Room(((Points * (inStep + outStep)) + inputs) * sizeof(float));
            float* taken = (float*)room.Start, products = taken + (Points * inStep), zeros = products + (Points * outStep);
            new Span<float>(zeros, inputs).Clear();
            for (var tile = 0; tile < count; tile++)
            {
                var (sample, place) = Math.DivRem(first + tile, ofImage);
                Take(from, sample, (int)(place / across), (int)(place % across), zeros, taken + (tile * (long)inputs), inStep);
            }

            var length = PixelProduct.PackedLength(inputs, outputs);
            for (var point = 0; point < Points; point++)
            {
                PixelProduct.RunHere(taken + (point * inStep), count, inputs, matrices + (point * length), products + (point * outStep), outputs);
            }

            for (var tile = 0; tile < count; tile++)
            {
                var (sample, place) = Math.DivRem(first + tile, ofImage);
                Give(products + (tile * (long)outputs), outStep, shift, to, sample, (int)(place / across), (int)(place % across), low, high);
            }
        });
        return y;
    }

    /// <summary>Images one after the other, their channels last.</summary>
    private readonly record struct Image(nint Start, int Channels, int Rows, int Columns, int Top, int Left)
    {
        public float* At(long sample, int row, int column) => (float*)Start + ((((sample * Rows) + row) * Columns) + column) * Channels;
    }

    // Bᵀ d B of a tile d.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Take(in Image image, long sample, int tileRow, int tileColumn, float* zeros, float* to, long step)
    {
        var pixels = stackalloc float*[Points];
        var (top, left) = ((tileRow * 2) - image.Top, (tileColumn * 2) - image.Left);
        if (top >= 0 && left >= 0 && top + Side <= image.Rows && left + Side <= image.Columns)
        {
            var pixel = image.At(sample, top, left);
            for (var row = 0; row < Points; row += Side, pixel += (long)image.Columns * image.Channels)
            {
                for (var column = 0; column < Side; column++)
                {
                    pixels[row + column] = pixel + (column * image.Channels);
                }
            }
        }
        else
        {
            for (var point = 0; point < Points; point++)
            {
                var (row, column) = (top + (point / Side), left + (point % Side));
                pixels[point] = row >= 0 && row < image.Rows && column >= 0 && column < image.Columns ? image.At(sample, row, column) : zeros;
            }
        }

        // What the tile after the next reads is asked for: it was written long ago.
        var ahead = 3 * image.Channels;
        for (var c = 0; c < image.Channels; c += Lanes, to += Lanes)
        {
            for (var last = Side - 1; last < Points; last += Side)
            {
                Sse.Prefetch0(pixels[last] + ahead + c);
                Sse.Prefetch0(pixels[last] + ahead + image.Channels + c);
            }

            Column(pixels, c, out var a0, out var b0, out var c0, out var d0);
            Column(pixels + 1, c, out var a1, out var b1, out var c1, out var d1);
            Column(pixels + 2, c, out var a2, out var b2, out var c2, out var d2);
            Column(pixels + 3, c, out var a3, out var b3, out var c3, out var d3);
            Row(a0, a1, a2, a3, to, step);
            Row(b0, b1, b2, b3, to + (4 * step), step);
            Row(c0, c1, c2, c3, to + (8 * step), step);
            Row(d0, d1, d2, d3, to + (12 * step), step);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Column(float** pixels, int c, out Vector512<float> a, out Vector512<float> b, out Vector512<float> d, out Vector512<float> e)
        {
            var (x0, x1, x2, x3) = (Vector512.Load(pixels[0] + c), Vector512.Load(pixels[Side] + c), Vector512.Load(pixels[2 * Side] + c), Vector512.Load(pixels[3 * Side] + c));
            (a, b, d, e) = (x0 - x2, x1 + x2, x2 - x1, x1 - x3);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Row(Vector512<float> x0, Vector512<float> x1, Vector512<float> x2, Vector512<float> x3, float* to, long step)
        {
            (x0 - x2).Store(to);
            (x1 + x2).Store(to + step);
            (x2 - x1).Store(to + (2 * step));
            (x1 - x3).Store(to + (3 * step));
        }
    }

    // Aᵀ m A of the products m of a tile, and the bias, between two bounds.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Give(float* from, long step, float* bias, in Image image, long sample, int tileRow, int tileColumn, float low, float high)
    {
        var (row, column) = (tileRow * 2, tileColumn * 2);
        var (isLow, isRight) = (row + 1 < image.Rows, column + 1 < image.Columns);
        var first = image.At(sample, row, column);
        var below = first + ((long)image.Columns * image.Channels);
        var (least, most) = (Vector512.Create(low), Vector512.Create(high));
        for (var c = 0; c < image.Channels; c += Lanes, from += Lanes)
        {
            Column(from, step, out var a0, out var b0);
            Column(from + step, step, out var a1, out var b1);
            Column(from + (2 * step), step, out var a2, out var b2);
            Column(from + (3 * step), step, out var a3, out var b3);
            var shift = bias == null ? Vector512<float>.Zero : Vector512.Load(bias + c);
            Put(a0 + a1 + a2 + shift, first + c);
            if (isRight)
            {
                Put(a1 - a2 - a3 + shift, first + image.Channels + c);
            }

            if (isLow)
            {
                Put(b0 + b1 + b2 + shift, below + c);
            }

            if (isLow && isRight)
            {
                Put(b1 - b2 - b3 + shift, below + image.Channels + c);
            }
        }

        void Put(Vector512<float> value, float* to) => Lanes16.Between(value, least, most).Store(to);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Column(float* from, long step, out Vector512<float> a, out Vector512<float> b)
        {
            var (m0, m1, m2, m3) = (Vector512.Load(from), Vector512.Load(from + (4 * step)), Vector512.Load(from + (8 * step)), Vector512.Load(from + (12 * step)));
            (a, b) = (m0 + m1 + m2, m1 - m2 - m3);
        }
    }
}
