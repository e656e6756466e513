using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>The mean of each window.</summary>
    public sealed unsafe class AveragePool
    {
        private readonly PixelWindow _window;
        private readonly int _bottom, _right;
        private readonly bool _countPadding;

        /// <param name="kernel">One number a spatial axis.</param>
        /// <param name="stride">1 unless given.</param>
        /// <param name="pad">Zeros before the input.</param>
        /// <param name="padEnd">Zeros behind the input; as <paramref name="pad"/> unless given.</param>
        /// <param name="dilation">Distance between a window's elements; 1 unless given.</param>
        /// <param name="ceil">Whether a last window may reach beyond the padding.</param>
        /// <param name="countPadding">Whether padding counts as elements.</param>
        public AveragePool(long[] kernel, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, bool ceil = false, bool countPadding = false)
        {
            _window = new PixelWindow(kernel, stride, pad, padEnd, dilation);
            (_bottom, _right) = (padEnd ?? pad) switch { null => (0, 0), [var end] => (0, (int)end), var ends => ((int)ends[0], (int)ends[1]) };
            _countPadding = countPadding;
        }

        /// <summary>y = the means.</summary>
        public void Forward(Buffer x, Buffer y)
        {
            switch (Lanes.For(x.Channels))
            {
                case 16:
                    Run<Lanes16, Vector512<float>>(x.Last(), x, y.WriteLast(), y, back: false);
                    break;
                case 8:
                    Run<Lanes8, Vector256<float>>(x.Last(), x, y.WriteLast(), y, back: false);
                    break;
                default:
                    Run<Lanes4, Vector128<float>>(x.Last(), x, y.WriteLast(), y, back: false);
                    break;
            }
        }

        /// <summary>x = each window's s, spread over its elements.</summary>
        public void Back(Buffer s, Buffer x)
        {
            var to = x.WriteLast();
            new Span<float>(to, x.Length).Clear();
            switch (Lanes.For(x.Channels))
            {
                case 16:
                    Run<Lanes16, Vector512<float>>(to, x, s.Last(), s, back: true);
                    break;
                case 8:
                    Run<Lanes8, Vector256<float>>(to, x, s.Last(), s, back: true);
                    break;
                default:
                    Run<Lanes4, Vector128<float>>(to, x, s.Last(), s, back: true);
                    break;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Run<TLanes, TVector>(float* pixels, Buffer of, float* means, Buffer windowsOf, bool back)
            where TLanes : struct, ILanes<TVector>
            where TVector : unmanaged
        {
            var ((height, width), windows, channels) = (PixelWindow.Image(of), PixelWindow.Image(windowsOf), of.Channels);
            for (var image = 0; image < of.Images; image++, pixels += height * width * channels)
            {
                for (var row = 0; row < windows.Height; row++)
                {
                    var (firstRow, endRow) = _window.Rows(row, height);
                    for (var column = 0; column < windows.Width; column++, means += channels)
                    {
                        var (firstColumn, endColumn) = _window.Columns(column, width);
                        var corner = (((row * _window.StrideY) - _window.Top) * width) + (column * _window.StrideX) - _window.Left;
                        var share = TLanes.All(1f / Counted(row, column, height, width, (endRow - firstRow) * (endColumn - firstColumn)));
                        for (var channel = 0; channel < channels; channel += TLanes.Count)
                        {
                            var count = Math.Min(TLanes.Count, channels - channel);
                            var sum = back ? TLanes.Multiply(TLanes.Load(means + channel), share) : TLanes.Zero;
                            for (var i = firstRow; i < endRow; i++)
                            {
                                for (var j = firstColumn; j < endColumn; j++)
                                {
                                    var pixel = pixels + ((corner + (i * _window.DilationY * width) + (j * _window.DilationX)) * channels) + channel;
                                    if (back)
                                    {
                                        TLanes.StoreFirst(TLanes.Add(TLanes.Load(pixel), sum), pixel, count);
                                    }
                                    else
                                    {
                                        sum = TLanes.Add(sum, TLanes.Load(pixel));
                                    }
                                }
                            }

                            if (!back)
                            {
                                TLanes.StoreFirst(TLanes.Multiply(sum, share), means + channel, count);
                            }
                        }
                    }
                }
            }
        }

        // The ceil mode's windows reach beyond the padding, where nothing counts.
        private int Counted(int row, int column, int height, int width, int seen)
        {
            if (!_countPadding)
            {
                return seen;
            }

            return Along(row, _window.StrideY, _window.Top, _window.DilationY, _window.KernelHeight, height + _bottom)
                * Along(column, _window.StrideX, _window.Left, _window.DilationX, _window.KernelWidth, width + _right);

            static int Along(int at, int stride, int pad, int dilation, int kernel, int end)
            {
                var start = (at * stride) - pad;
                return Math.Min(kernel, ((end - 1 - start) / dilation) + 1);
            }
        }
    }
}
