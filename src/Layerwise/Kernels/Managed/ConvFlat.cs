using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Layerwise.Kernels;

public static partial class Managed
{
    public sealed unsafe partial class Conv
    {
        private FlatShares? _shares;

        /// <inheritdoc/>
        public override void BackFlat(Buffer relevance, Buffer r, Stabilizer epsilon)
        {
            var (image, windows) = (PixelWindow.Image(r), PixelWindow.Image(relevance));
            var reached = _window.Reached(image, windows);
            var shares = _shares is { } known && known.Epsilon == epsilon ? known.Of : (_shares = new(epsilon, SharesOf(epsilon, image, windows))).Of;
            var pixels = windows.Height * windows.Width;
            var area = reached.Height * reached.Width;
            float* from = relevance.Last(), to = r.WriteLast();
            var share = r.Scratch(pixels + (windows.Height * reached.Width) + area + (4 * Lanes.Most));
            var rows = share + Lanes.Fill(pixels, Lanes.Most) + Lanes.Most;
            var spread = rows + (windows.Height * reached.Width) + Lanes.Most;
            for (var i = 0; i < r.Images; i++)
            {
                for (var group = 0; group < _groups; group++)
                {
                    Shares(from + (i * pixels * _out) + (group * OutGroup), shares.Start, pixels, share);
                    Spread(share, windows, rows, spread, reached);
                    Repeat(spread, reached, to + (i * image.Height * image.Width * _in) + (group * InGroup), image);
                }
            }
        }

        // All channels of a group share alike: one stands for them.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Shares(float* relevance, float* shares, int pixels, float* share)
        {
            var (channels, rest) = (OutGroup & ~3, OutGroup & 3);
            var inRest = Vector128.LessThan(Vector128.Create(0, 1, 2, 3), Vector128.Create(rest)).AsSingle();
            for (var pixel = 0; pixel < pixels; pixel++, relevance += _out)
            {
                var total = rest == 0 ? Vector128<float>.Zero : Vector128.Load(relevance + channels) & inRest;
                for (var o = 0; o < channels; o += 4)
                {
                    total += Vector128.Load(relevance + o);
                }

                share[pixel] = Vector128.Sum(total) * shares[pixel];
            }
        }

        // A window of ones: first along the rows, then along the columns.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Spread(float* share, (int Height, int Width) windows, float* rows, float* spread, (int Height, int Width) reached)
        {
            new Span<float>(rows, windows.Height * reached.Width).Clear();
            new Span<float>(spread, reached.Height * reached.Width).Clear();
            for (var y = 0; y < windows.Height; y++)
            {
                for (var k = 0; k < _window.KernelWidth; k++)
                {
                    Add(share + (y * windows.Width), windows.Width, rows + (y * reached.Width) + (k * _window.DilationX), _window.StrideX);
                }

                for (var k = 0; k < _window.KernelHeight; k++)
                {
                    Add(rows + (y * reached.Width), reached.Width, spread + (((y * _window.StrideY) + (k * _window.DilationY)) * reached.Width), 1);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(float* values, int count, float* to, int step)
        {
            var i = 0;
            if (step == 1)
            {
                for (; i + System.Numerics.Vector<float>.Count <= count; i += System.Numerics.Vector<float>.Count)
                {
                    System.Numerics.Vector.Store(System.Numerics.Vector.Load(to + i) + System.Numerics.Vector.Load(values + i), to + i);
                }
            }

            for (; i < count; i++)
            {
                to[i * step] += values[i];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Repeat(float* spread, (int Height, int Width) reached, float* image, (int Height, int Width) size)
        {
            for (var y = 0; y < size.Height; y++)
            {
                var from = spread + ((y + _window.Top) * reached.Width) + _window.Left;
                var to = image + (y * size.Width * _in);
                if (_in == 1)
                {
                    new ReadOnlySpan<float>(from, size.Width).CopyTo(new(to, size.Width));
                    continue;
                }

                for (var x = 0; x < size.Width; x++, to += _in)
                {
                    for (var channel = 0; channel < InGroup; channel++)
                    {
                        to[channel] = from[x];
                    }
                }
            }
        }

        internal override float[] CountInputs(Buffer input, Buffer output)
        {
            var seen = Seen(PixelWindow.Image(input), PixelWindow.Image(output));
            return [.. Enumerable.Range(0, output.Length).Select(i => seen[i % seen.Length])];
        }

        // How many inputs each window sees.
        private float[] Seen((int Height, int Width) image, (int Height, int Width) windows)
        {
            var seen = new float[windows.Height * windows.Width];
            for (var y = 0; y < windows.Height; y++)
            {
                var (firstRow, endRow) = _window.Rows(y, image.Height);
                for (var x = 0; x < windows.Width; x++)
                {
                    var (firstColumn, endColumn) = _window.Columns(x, image.Width);
                    seen[(y * windows.Width) + x] = (endRow - firstRow) * (endColumn - firstColumn) * InGroup;
                }
            }

            return seen;
        }

        // One over the stabilized number of inputs that each window sees.
        private Memory SharesOf(Stabilizer epsilon, (int Height, int Width) image, (int Height, int Width) windows)
        {
            var shares = Memory.Of(Seen(image, windows));
            epsilon = Elements.Fixed(epsilon, shares.Start, shares.Capacity);
            foreach (ref var share in new Span<float>(shares.Start, shares.Capacity))
            {
                share = 1 / epsilon.Of(share);
            }

            return shares;
        }

        private sealed record FlatShares(Stabilizer Epsilon, Memory Of);
    }
}
