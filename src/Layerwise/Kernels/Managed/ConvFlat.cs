using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

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
            var shares = _shares is { } known && known.Epsilon == epsilon ? known.Of : (_shares = new(epsilon, SharesOf(epsilon, image, windows))).Of;

            // Shares stand as far apart as their windows do, zeros between and around them: what reaches an input is the sum of a window of them.
            var (before, above) = ((_window.KernelWidth - 1) * _window.DilationX, (_window.KernelHeight - 1) * _window.DilationY);
            var reached = _window.Reached(image, windows);
            var (height, width) = (reached.Height + above, Lanes.Fill(reached.Width + before, Lanes.Most));
            float* from = relevance.Last(), to = r.WriteLast();
            var apart = r.Scratch((2 * height * width) + (image.Height * width) + (3 * Lanes.Most));
            var rows = apart + (height * width) + Lanes.Most;
            var spread = rows + (height * width) + Lanes.Most;
            new Span<float>(apart, height * width).Clear();
            for (var i = 0; i < r.Images; i++)
            {
                for (var group = 0; group < _groups; group++)
                {
                    Shares(from + (i * windows.Height * windows.Width * _out) + (group * OutGroup), shares.Start, windows, apart + (above * width) + before, width);
                    Sums(apart, height * width, _window.KernelWidth, _window.DilationX, rows);
                    Sums(rows + (_window.Top * width) + _window.Left, image.Height * width, _window.KernelHeight, _window.DilationY * width, spread);
                    Repeat(spread, width, to + (i * image.Height * image.Width * _in) + (group * InGroup), image);
                }
            }
        }

        // All channels of a group share alike: one stands for them.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Shares(float* relevance, float* shares, (int Height, int Width) windows, float* apart, int width)
        {
            var (whole, last) = ((OutGroup - 1) & ~3, ((OutGroup - 1) & 3) + 1);
            var inLast = Vector128.LessThan(Vector128.Create(0, 1, 2, 3), Vector128.Create(last)).AsSingle();
            for (var y = 0; y < windows.Height; y++, apart += _window.StrideY * width)
            {
                var x = 0;
                for (; _window.StrideX == 1 && x + 4 <= windows.Width; x += 4, shares += 4)
                {
                    float* one = relevance, two = one + _out, three = two + _out, four = three + _out;
                    relevance = four + _out;
                    var (a, b, c, d) = (Vector128.Load(one + whole) & inLast, Vector128.Load(two + whole) & inLast, Vector128.Load(three + whole) & inLast, Vector128.Load(four + whole) & inLast);
                    for (var o = 0; o < whole; o += 4)
                    {
                        a += Vector128.Load(one + o);
                        b += Vector128.Load(two + o);
                        c += Vector128.Load(three + o);
                        d += Vector128.Load(four + o);
                    }

                    (SumsOf(a, b, c, d) * Vector128.Load(shares)).Store(apart + x);
                }

                for (; x < windows.Width; x++, relevance += _out, shares++)
                {
                    var total = Vector128.Load(relevance + whole) & inLast;
                    for (var o = 0; o < whole; o += 4)
                    {
                        total += Vector128.Load(relevance + o);
                    }

                    apart[x * _window.StrideX] = Vector128.Sum(total) * *shares;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector128<float> SumsOf(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
            => Sse3.IsSupported ? Sse3.HorizontalAdd(Sse3.HorizontalAdd(a, b), Sse3.HorizontalAdd(c, d))
                : Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));

        // Sums of some numbers each, a step apart. Beyond an image's width they are nobody's.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Sums(float* values, int length, int count, int step, float* sums)
        {
            for (var at = 0; at < length; at += Vector512<float>.Count)
            {
                var sum = Vector512.Load(values + at);
                for (var i = 1; i < count; i++)
                {
                    sum += Vector512.Load(values + at + (i * step));
                }

                sum.Store(sums + at);
            }
        }

        private void Repeat(float* spread, int width, float* image, (int Height, int Width) size)
        {
            for (var y = 0; y < size.Height; y++, spread += width)
            {
                if (_in == 1)
                {
                    new ReadOnlySpan<float>(spread, size.Width).CopyTo(new(image, size.Width));
                    image += size.Width;
                    continue;
                }

                for (var x = 0; x < size.Width; x++, image += _in)
                {
                    for (var channel = 0; channel < InGroup; channel++)
                    {
                        image[channel] = spread[x];
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
