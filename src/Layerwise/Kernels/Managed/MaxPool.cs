using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>The maximum of each window; on ties the first.</summary>
    public sealed unsafe class MaxPool
    {
        private readonly PixelWindow _window;

        /// <param name="kernel">One number a spatial axis.</param>
        /// <param name="stride">1 unless given.</param>
        /// <param name="pad">Padding before the input, which never is the maximum.</param>
        /// <param name="padEnd">Padding behind the input; as <paramref name="pad"/> unless given.</param>
        /// <param name="dilation">Distance between a window's elements; 1 unless given.</param>
        /// <param name="ceil">Whether a last window may reach beyond the padding.</param>
        public MaxPool(long[] kernel, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, bool ceil = false)
            => _window = new PixelWindow(kernel, stride, pad, padEnd, dilation);

        /// <summary>y = the maxima; at = where in the image each stands.</summary>
        public void Forward(Buffer x, Buffer y, Buffer at)
        {
            switch (Lanes.For(x.Channels))
            {
                case 16:
                    Forward<Lanes16, Vector512<float>>(x, y, at);
                    break;
                case 8:
                    Forward<Lanes8, Vector256<float>>(x, y, at);
                    break;
                default:
                    Forward<Lanes4, Vector128<float>>(x, y, at);
                    break;
            }
        }

        /// <summary>x = s where each maximum stood; what several windows share adds up.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Back(Buffer s, Buffer at, Buffer x)
        {
            float* from = s.Last(), to = x.WriteLast();
            var places = (int*)at.Last();
            new Span<float>(to, x.Length).Clear();
            var (channels, windows) = (x.Channels, s.Area);
            for (var image = 0; image < x.Images; image++)
            {
                for (var window = 0; window < windows; window++)
                {
                    for (var channel = 0; channel < channels; channel++)
                    {
                        to[(places[channel] * channels) + channel] += from[channel];
                    }

                    from += channels;
                    places += channels;
                }

                to += x.Area * channels;
            }
        }

        // A pixel's last vector reaches into the next one, which is written after it.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Forward<TLanes, TVector>(Buffer x, Buffer y, Buffer at)
            where TLanes : struct, ILanes<TVector>
            where TVector : unmanaged
        {
            var ((height, width), windows, channels) = (PixelWindow.Image(x), PixelWindow.Image(y), x.Channels);
            var (down, right) = (_window.DilationY * width, _window.DilationX);
            float* from = x.Last(), to = y.WriteLast(), places = at.WriteLast();
            for (var image = 0; image < x.Images; image++, from += height * width * channels)
            {
                for (var row = 0; row < windows.Height; row++)
                {
                    var (firstRow, endRow) = _window.Rows(row, height);
                    for (var column = 0; column < windows.Width; column++, to += channels, places += channels)
                    {
                        var (firstColumn, endColumn) = _window.Columns(column, width);
                        var corner = (((row * _window.StrideY) - _window.Top) * width) + (column * _window.StrideX) - _window.Left;
                        for (var channel = 0; channel < channels; channel += TLanes.Count)
                        {
                            var begin = corner + (firstRow * down) + (firstColumn * right);
                            var (largest, place) = (TLanes.Load(from + (begin * channels) + channel), TLanes.All(BitConverter.Int32BitsToSingle(begin)));
                            for (var i = firstRow; i < endRow; i++)
                            {
                                var pixel = corner + (i * down) + (firstColumn * right);
                                for (var j = firstColumn; j < endColumn; j++, pixel += right)
                                {
                                    TLanes.Larger(ref largest, ref place, TLanes.Load(from + (pixel * channels) + channel), TLanes.All(BitConverter.Int32BitsToSingle(pixel)));
                                }
                            }

                            TLanes.Store(largest, to + channel);
                            TLanes.Store(place, places + channel);
                        }
                    }
                }
            }
        }
    }
}
