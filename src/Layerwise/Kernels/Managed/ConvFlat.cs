using System.Runtime.CompilerServices;

namespace Layerwise.Kernels;

public static partial class Managed
{
    public sealed unsafe partial class Conv
    {
        private Memory? _counts;

        /// <inheritdoc/>
        public override void BackFlat(Buffer relevance, Buffer r, Stabilizer epsilon)
        {
            var (image, windows) = (PixelWindow.Image(r), PixelWindow.Image(relevance));
            var reached = _window.Reached(image, windows);
            var counts = _counts ??= Counts(image, windows);
            var pixels = windows.Height * windows.Width;
            var area = reached.Height * reached.Width;
            float* from = relevance.Last(), to = r.WriteLast();
            var share = r.Scratch(pixels + (windows.Height * reached.Width) + area + (4 * Lanes.Most));
            var rows = share + Lanes.Fill(pixels, Lanes.Most) + Lanes.Most;
            var spread = rows + (windows.Height * reached.Width) + Lanes.Most;
            var fixedEpsilon = Elements.Fixed(epsilon, counts.Start, pixels);
            for (var i = 0; i < r.Images; i++)
            {
                for (var group = 0; group < _groups; group++)
                {
                    Shares(from + (i * pixels * _out) + (group * OutGroup), counts.Start, pixels, fixedEpsilon, share);
                    Spread(share, windows, rows, spread, reached);
                    Repeat(spread, reached, to + (i * image.Height * image.Width * _in) + (group * InGroup), image);
                }
            }
        }

        // All channels of a group share alike: one stands for them.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Shares(float* relevance, float* counts, int pixels, Stabilizer epsilon, float* share)
        {
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                var total = 0f;
                for (var o = 0; o < OutGroup; o++)
                {
                    total += relevance[(pixel * _out) + o];
                }

                share[pixel] = total / epsilon.Of(counts[pixel]);
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

        private void Repeat(float* spread, (int Height, int Width) reached, float* image, (int Height, int Width) size)
        {
            for (var y = 0; y < size.Height; y++)
            {
                for (var x = 0; x < size.Width; x++)
                {
                    new Span<float>(image + (((y * size.Width) + x) * _in), InGroup).Fill(spread[((y + _window.Top) * reached.Width) + x + _window.Left]);
                }
            }
        }

        // How many inputs each window sees.
        private Memory Counts((int Height, int Width) image, (int Height, int Width) windows)
        {
            var counts = new Memory(windows.Height * windows.Width);
            for (var y = 0; y < windows.Height; y++)
            {
                var (firstRow, endRow) = _window.Rows(y, image.Height);
                for (var x = 0; x < windows.Width; x++)
                {
                    var (firstColumn, endColumn) = _window.Columns(x, image.Width);
                    counts.Start[(y * windows.Width) + x] = (endRow - firstRow) * (endColumn - firstColumn) * InGroup;
                }
            }

            return counts;
        }
    }
}
