using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>
    /// A convolution over 1 or 2 spatial axes, with its backward towards the input. Channels stand last in memory: forward, the output channels
    /// of eight pixels are computed side by side; backward, each pixel adds to the window that it saw, and a 0 adds nothing.
    /// </summary>
    public sealed unsafe partial class Conv : LinearLayer
    {
        private readonly PixelWindow _window;
        private readonly int _in, _out, _groups;
        private Memory? _forward, _backward, _bias;
        private int[]? _seen;

        /// <param name="weight">[out, in/groups, kernel…].</param>
        /// <param name="bias">[out], or <c>null</c>.</param>
        /// <param name="stride">One number a spatial axis; 1 unless given.</param>
        /// <param name="pad">Zeros before the input, one number a spatial axis; none unless given.</param>
        /// <param name="padEnd">Zeros behind the input; as <paramref name="pad"/> unless given.</param>
        /// <param name="dilation">Distance between the kernel's elements; 1 unless given.</param>
        /// <param name="groups">Groups of channels that do not see each other.</param>
        /// <param name="norm">A BatchNormalization of the input that the layer takes in.</param>
        /// <param name="size">The input's spatial sizes, where that is padded and so has a shift for each position.</param>
        public Conv(Weight weight, Weight? bias, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, long groups = 1, Layerwise.BatchNorm? norm = null, long[]? size = null)
            : this(Load(weight), bias is null ? null : Load(bias), new PixelWindow([.. weight.Shape.Skip(2)], stride, pad, padEnd, dilation), checked((int)(weight.Shape[1] * groups)), (int)weight.Shape[0], (int)groups)
        {
            if (norm is not null)
            {
                TakeIn(Load(norm.Scale), i => (i / (InGroup * _window.Kernel) / OutGroup * InGroup) + (i / _window.Kernel % InGroup), OfShift(Load(norm.Shift), size));
            }
        }

        private Conv(float[] weight, float[]? bias, PixelWindow window, int inputs, int outputs, int groups) : base(weight, bias)
            => (_window, _in, _out, _groups) = (window, inputs, outputs, groups);

        private int InGroup => _in / _groups;

        private int OutGroup => _out / _groups;

        // The elements of a kernel's row that stand side by side in memory too.
        private bool RowsAreWhole => _groups == 1 && _window.DilationX == 1;

        internal override void Apply(Buffer x, Buffer y, Addend addend, bool relu = false)
        {
            switch (Lanes.For(OutGroup))
            {
                case 16:
                    Forward<Lanes16, Vector512<float>>(x, y, addend, relu);
                    break;
                case 8:
                    Forward<Lanes8, Vector256<float>>(x, y, addend, relu);
                    break;
                default:
                    Forward<Lanes4, Vector128<float>>(x, y, addend, relu);
                    break;
            }
        }

        internal override void ApplyTransposed(Buffer s, Buffer x)
        {
            switch (Lanes.For(RowsAreWhole ? _window.KernelWidth * _in : InGroup))
            {
                case 16:
                    Backward<Lanes16, Vector512<float>>(s, x);
                    break;
                case 8:
                    Backward<Lanes8, Vector256<float>>(s, x);
                    break;
                default:
                    Backward<Lanes4, Vector128<float>>(s, x);
                    break;
            }
        }

        private protected override LinearLayer With(float[] weight, float[]? bias) => new Conv(weight, bias, _window, _in, _out, _groups);

        private void Forward<TLanes, TVector>(Buffer x, Buffer y, Addend addend, bool relu)
            where TLanes : struct, ILanes<TVector>
            where TVector : unmanaged
        {
            var (image, windows) = (PixelWindow.Image(x), PixelWindow.Image(y));
            var reached = _window.Reached(image, windows);
            var weights = _forward ??= LayOutForward(TLanes.Count);
            var seen = _seen ??= Seen(windows, reached.Width);
            var pixels = windows.Height * windows.Width;
            float* from = x.Last(), sums = addend == Addend.Result ? y.Last() : null, to = y.WriteLast();
            var start = addend == Addend.Bias && Bias is not null ? (_bias ??= LayOutBias(pixels)).Start : sums;
            var startStep = addend == Addend.Result || Bias?.Length > _out ? _out : 0;
            var padded = reached == image ? null : y.Scratch(checked(reached.Height * reached.Width * _in));
            for (var i = 0; i < x.Images; i++)
            {
                var input = from + (i * image.Height * image.Width * _in);
                if (padded != null)
                {
                    Pad(input, image, padded, reached);
                    input = padded;
                }

                for (var group = 0; group < _groups; group++)
                {
                    Windows<TLanes, TVector>(input + (group * InGroup), seen, reached.Width, weights.Start + (group * weights.Capacity / _groups), start == null ? null : start + (group * OutGroup), startStep, to + (group * OutGroup), relu);
                }

                to += pixels * _out;
                start = sums == null ? start : start + (pixels * _out);
            }
        }

        /// <summary>All windows of one group, eight at a time; the last eight may repeat some.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Windows<TLanes, TVector>(float* input, int[] seen, int width, float* weights, float* start, int startStep, float* output, bool relu)
            where TLanes : struct, ILanes<TVector>
            where TVector : unmanaged
        {
            var (channels, pixels) = (OutGroup, seen.Length);
            var segment = RowsAreWhole ? _window.KernelWidth * _in : InGroup;
            var segments = RowsAreWhole ? 1 : _window.KernelWidth;
            var segmentStep = _window.DilationX * _in;
            var rowStep = _window.DilationY * width * _in;
            var vectors = Lanes.Fill(channels, TLanes.Count) / TLanes.Count;
            for (var block = 0; block < pixels; block += 8)
            {
                var first = Math.Max(0, Math.Min(block, pixels - 8));
                var last = pixels - 1;
                float* x0 = input + seen[first], x1 = input + seen[Math.Min(first + 1, last)], x2 = input + seen[Math.Min(first + 2, last)], x3 = input + seen[Math.Min(first + 3, last)];
                float* x4 = input + seen[Math.Min(first + 4, last)], x5 = input + seen[Math.Min(first + 5, last)], x6 = input + seen[Math.Min(first + 6, last)], x7 = input + seen[Math.Min(first + 7, last)];
                var w = weights;
                for (var vector = 0; vector < vectors; vector++)
                {
                    var begin = start == null ? null : start + (first * startStep) + (vector * TLanes.Count);
                    var s0 = begin == null ? TLanes.Zero : TLanes.Load(begin);
                    var (s1, s2, s3, s4, s5, s6, s7) = (s0, s0, s0, s0, s0, s0, s0);
                    if (startStep > 0 && begin != null)
                    {
                        s1 = TLanes.Load(begin + (Math.Min(1, last - first) * startStep));
                        s2 = TLanes.Load(begin + (Math.Min(2, last - first) * startStep));
                        s3 = TLanes.Load(begin + (Math.Min(3, last - first) * startStep));
                        s4 = TLanes.Load(begin + (Math.Min(4, last - first) * startStep));
                        s5 = TLanes.Load(begin + (Math.Min(5, last - first) * startStep));
                        s6 = TLanes.Load(begin + (Math.Min(6, last - first) * startStep));
                        s7 = TLanes.Load(begin + (Math.Min(7, last - first) * startStep));
                    }

                    for (var row = 0; row < _window.KernelHeight; row++)
                    {
                        for (var part = 0; part < segments; part++)
                        {
                            var at = (nint)((row * rowStep) + (part * segmentStep));
                            for (var end = at + segment; at < end; at++)
                            {
                                var weight = TLanes.Load(w);
                                w += TLanes.Count;
                                s0 = TLanes.MultiplyAdd(TLanes.All(x0[at]), weight, s0);
                                s1 = TLanes.MultiplyAdd(TLanes.All(x1[at]), weight, s1);
                                s2 = TLanes.MultiplyAdd(TLanes.All(x2[at]), weight, s2);
                                s3 = TLanes.MultiplyAdd(TLanes.All(x3[at]), weight, s3);
                                s4 = TLanes.MultiplyAdd(TLanes.All(x4[at]), weight, s4);
                                s5 = TLanes.MultiplyAdd(TLanes.All(x5[at]), weight, s5);
                                s6 = TLanes.MultiplyAdd(TLanes.All(x6[at]), weight, s6);
                                s7 = TLanes.MultiplyAdd(TLanes.All(x7[at]), weight, s7);
                            }
                        }
                    }

                    // The sums that a later block starts with must not be written yet.
                    var count = Math.Min(TLanes.Count, channels - (vector * TLanes.Count));
                    var to = output + (first * _out) + (vector * TLanes.Count);
                    var skip = block - first;
                    if (skip <= 0)
                    {
                        Put<TLanes, TVector>(s0, to, count, relu);
                    }

                    if (skip <= 1 && first + 1 <= last)
                    {
                        Put<TLanes, TVector>(s1, to + _out, count, relu);
                    }

                    if (skip <= 2 && first + 2 <= last)
                    {
                        Put<TLanes, TVector>(s2, to + (2 * _out), count, relu);
                    }

                    if (skip <= 3 && first + 3 <= last)
                    {
                        Put<TLanes, TVector>(s3, to + (3 * _out), count, relu);
                    }

                    if (skip <= 4 && first + 4 <= last)
                    {
                        Put<TLanes, TVector>(s4, to + (4 * _out), count, relu);
                    }

                    if (skip <= 5 && first + 5 <= last)
                    {
                        Put<TLanes, TVector>(s5, to + (5 * _out), count, relu);
                    }

                    if (skip <= 6 && first + 6 <= last)
                    {
                        Put<TLanes, TVector>(s6, to + (6 * _out), count, relu);
                    }

                    if (first + 7 <= last)
                    {
                        Put<TLanes, TVector>(s7, to + (7 * _out), count, relu);
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Put<TLanes, TVector>(TVector sum, float* to, int count, bool relu)
            where TLanes : struct, ILanes<TVector>
            where TVector : unmanaged
        {
            var value = relu ? TLanes.Relu(sum) : sum;
            if (count == TLanes.Count)
            {
                TLanes.Store(value, to);
            }
            else
            {
                TLanes.StoreFirst(value, to, count);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Backward<TLanes, TVector>(Buffer s, Buffer x)
            where TLanes : struct, ILanes<TVector>
            where TVector : unmanaged
        {
            var (image, windows) = (PixelWindow.Image(x), PixelWindow.Image(s));
            var reached = _window.Reached(image, windows);
            var segment = RowsAreWhole ? _window.KernelWidth * _in : InGroup;
            var length = Lanes.Fill(segment, TLanes.Count);
            var segments = _window.KernelHeight * (RowsAreWhole ? 1 : _window.KernelWidth);
            var weights = _backward ??= LayOutBackward(length);
            float* from = s.Last(), to = x.WriteLast();
            var area = reached.Height * reached.Width * _in;
            var scratch = x.Scratch(area + (2 * OutGroup) + (segments * length) + (4 * Lanes.Most));
            var factors = scratch + Lanes.Fill(area, Lanes.Most) + Lanes.Most;
            var places = (int*)(factors + OutGroup);
            var patch = (float*)(places + OutGroup);
            var direct = reached == image;
            for (var i = 0; i < x.Images; i++)
            {
                var input = direct ? to + (i * area) : scratch;
                new Span<float>(input, area).Clear();
                for (var y = 0; y < windows.Height; y++)
                {
                    for (var column = 0; column < windows.Width; column++)
                    {
                        for (var group = 0; group < _groups; group++, from += OutGroup)
                        {
                            var count = Rows.Compact(from, OutGroup, 1, factors, places);
                            if (count == 0)
                            {
                                continue;
                            }

                            Rows.Sum<TLanes, TVector>(factors, places, count, weights.Start + (group * weights.Capacity / _groups), segments * length, null, patch, relu: false);
                            var seen = input + (((y * _window.StrideY * reached.Width) + (column * _window.StrideX)) * _in) + (group * InGroup);
                            for (var part = 0; part < segments; part++)
                            {
                                var target = seen + (RowsAreWhole
                                    ? part * _window.DilationY * reached.Width * _in
                                    : ((part / _window.KernelWidth * _window.DilationY * reached.Width) + (part % _window.KernelWidth * _window.DilationX)) * _in);
                                var share = patch + (part * length);
                                var at = 0;
                                for (; at + TLanes.Count <= segment; at += TLanes.Count)
                                {
                                    TLanes.Store(TLanes.Add(TLanes.Load(target + at), TLanes.Load(share + at)), target + at);
                                }

                                if (at < segment)
                                {
                                    TLanes.StoreFirst(TLanes.Add(TLanes.Load(target + at), TLanes.Load(share + at)), target + at, segment - at);
                                }
                            }
                        }
                    }
                }

                if (!direct)
                {
                    Crop(input, reached, to + (i * image.Height * image.Width * _in), image, _in);
                }
            }
        }

        // What the layer makes of an input of one number a channel: an output of one number a channel, or of all pixels where padding tells them apart.
        private float[] OfShift(float[] shift, long[]? size)
        {
            size ??= _window.Extent;
            var x = new Buffer([1, _in, .. size]);
            var y = new Buffer([1, _out, .. _window.Outputs(size)]);
            var values = x.WriteLast();
            for (var i = 0; i < x.Length; i++)
            {
                values[i] = shift[i % _in];
            }

            new Conv(Weight, Bias, _window, _in, _out, _groups).Linear(x, y);
            return y.Values.ToArray();
        }

        // [group][row][column][in][out], the outputs in whole vectors of all groups alike; vector by vector.
        private Memory LayOutForward(int lanes)
        {
            var vectors = Lanes.Fill(OutGroup, lanes) / lanes;
            var memory = new Memory(checked(_groups * vectors * _window.Kernel * InGroup * lanes));
            for (var o = 0; o < _out; o++)
            {
                for (var k = 0; k < _window.Kernel; k++)
                {
                    for (var i = 0; i < InGroup; i++)
                    {
                        var vector = (o / OutGroup * vectors) + (o % OutGroup / lanes);
                        memory.Start[(((((vector * _window.Kernel) + k) * InGroup) + i) * lanes) + (o % OutGroup % lanes)] = Weight[(((o * InGroup) + i) * _window.Kernel) + k];
                    }
                }
            }

            return memory;
        }

        // [out][row][column and in], or [out][row, column][in], the last in whole vectors.
        private Memory LayOutBackward(int length)
        {
            var segments = _window.KernelHeight * (RowsAreWhole ? 1 : _window.KernelWidth);
            var memory = new Memory(checked(_out * segments * length));
            for (var o = 0; o < _out; o++)
            {
                for (var k = 0; k < _window.Kernel; k++)
                {
                    for (var i = 0; i < InGroup; i++)
                    {
                        var at = RowsAreWhole ? (k / _window.KernelWidth * length) + (k % _window.KernelWidth * _in) + i : (k * length) + i;
                        memory.Start[(o * segments * length) + at] = Weight[(((o * InGroup) + i) * _window.Kernel) + k];
                    }
                }
            }

            return memory;
        }

        private Memory LayOutBias(int pixels)
        {
            if (Bias!.Length == _out)
            {
                return Memory.Of(Bias);
            }

            var memory = new Memory(Bias.Length);
            for (var i = 0; i < Bias.Length; i++)
            {
                memory.Start[(i % pixels * _out) + (i / pixels)] = Bias[i];
            }

            return memory;
        }

        // Where each window begins in a padded image.
        private int[] Seen((int Height, int Width) windows, int width)
            => [.. Enumerable.Range(0, windows.Height * windows.Width).Select(at => ((at / windows.Width * _window.StrideY * width) + (at % windows.Width * _window.StrideX)) * _in)];

        private void Pad(float* image, (int Height, int Width) size, float* padded, (int Height, int Width) reached)
        {
            new Span<float>(padded, reached.Height * reached.Width * _in).Clear();
            for (var row = 0; row < size.Height; row++)
            {
                new ReadOnlySpan<float>(image + (row * size.Width * _in), size.Width * _in).CopyTo(new(padded + ((((row + _window.Top) * reached.Width) + _window.Left) * _in), size.Width * _in));
            }
        }

        private void Crop(float* reached, (int Height, int Width) from, float* image, (int Height, int Width) size, int channels)
        {
            for (var row = 0; row < size.Height; row++)
            {
                new ReadOnlySpan<float>(reached + ((((row + _window.Top) * from.Width) + _window.Left) * channels), size.Width * channels).CopyTo(new(image + (row * size.Width * channels), size.Width * channels));
            }
        }
    }
}
