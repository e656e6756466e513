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
        private int[]? _seen, _order, _steps, _taps;

        /// <param name="weight">[out, in/groups, kernel…].</param>
        /// <param name="bias">[out], or <c>null</c>.</param>
        /// <param name="stride">One number a spatial axis; 1 unless given.</param>
        /// <param name="pad">Zeros before the input, one number a spatial axis; none unless given.</param>
        /// <param name="padEnd">Zeros behind the input; as <paramref name="pad"/> unless given.</param>
        /// <param name="dilation">Distance between the kernel's elements; 1 unless given.</param>
        /// <param name="groups">Groups of channels that do not see each other.</param>
        /// <param name="norm">A BatchNormalization of the input that the layer takes in.</param>
        /// <param name="size">The input's spatial sizes, where that is padded and so has a shift for each position.</param>
        public Conv(Weight weight, Weight? bias = null, long[]? stride = null, long[]? pad = null, long[]? padEnd = null, long[]? dilation = null, long groups = 1, Layerwise.BatchNorm? norm = null, long[]? size = null)
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

        internal override float BiasOf(int element, Buffer output) => Bias is null ? 0 : Bias[Bias.Length == _out ? element / output.Area % _out : element % Bias.Length];

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
            var (seen, taps) = (_seen ??= Begins(windows, reached.Width), _taps ??= Taps(reached.Width));
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
                    Windows<TLanes, TVector>(input + (group * InGroup), seen, taps, weights.Start + (group * weights.Capacity / _groups), start == null ? null : start + (group * OutGroup), startStep, to + (group * OutGroup), relu, exact: _groups > 1 || sums != null);
                }

                to += pixels * _out;
                start = sums == null ? start : start + (pixels * _out);
            }
        }

        /// <summary>All windows of one group, eight at a time.</summary>
        /// <param name="input">The first channel of the group.</param>
        /// <param name="seen">Where each window begins.</param>
        /// <param name="taps">Where a window's numbers stand behind that.</param>
        /// <param name="weights">The group's.</param>
        /// <param name="start">What is added, or <c>null</c>.</param>
        /// <param name="startStep">From one window's to the next one's.</param>
        /// <param name="output">The first channel of the group.</param>
        /// <param name="relu">Whether what is below 0 becomes 0.</param>
        /// <param name="exact">Whether nothing may be written behind the group's channels, not even for a while.</param>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Windows<TLanes, TVector>(float* input, int[] seen, int[] taps, float* weights, float* start, int startStep, float* output, bool relu, bool exact)
            where TLanes : struct, ILanes<TVector>
            where TVector : unmanaged
        {
            var begins = stackalloc int[8];
            float* starts = stackalloc float[8 * TLanes.Count], ends = stackalloc float[8 * TLanes.Count];
            fixed (int* first = seen, tap = taps)
            {
                for (var block = 0; block < seen.Length; block += 8)
                {
                    var count = Math.Min(8, seen.Length - block);
                    for (var i = 0; count < 8 && i < 8; i++)
                    {
                        begins[i] = first[block + Math.Min(i, count - 1)];
                    }

                    // The last channels first: a vector that reaches beyond them reaches into what is written after it.
                    for (var channel = (OutGroup - 1) / TLanes.Count * TLanes.Count; channel >= 0; channel -= TLanes.Count)
                    {
                        var begin = start == null ? null : start + (block * startStep) + channel;
                        var to = output + (block * _out) + channel;
                        var lanes = exact ? Math.Min(TLanes.Count, OutGroup - channel) : TLanes.Count;
                        if (count == 8)
                        {
                            Eight<TLanes, TVector>(input, first + block, tap, taps.Length, weights + (channel * taps.Length), begin, startStep, to, _out, lanes, relu);
                            continue;
                        }

                        for (var i = 0; i < 8; i++)
                        {
                            TLanes.Store(begin == null ? TLanes.Zero : TLanes.Load(begin + (Math.Min(i, count - 1) * startStep)), starts + (i * TLanes.Count));
                        }

                        Eight<TLanes, TVector>(input, begins, tap, taps.Length, weights + (channel * taps.Length), starts, TLanes.Count, ends, TLanes.Count, TLanes.Count, relu);
                        for (var i = 0; i < count; i++)
                        {
                            TLanes.StoreFirst(TLanes.Load(ends + (i * TLanes.Count)), to + (i * _out), Math.Min(TLanes.Count, OutGroup - channel));
                        }
                    }
                }
            }
        }

        // Small, so that everything has a register.
        [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
        private static void Eight<TLanes, TVector>(float* input, int* begins, int* taps, int count, float* weights, float* start, int startStep, float* to, int toStep, int lanes, bool relu)
            where TLanes : struct, ILanes<TVector>
            where TVector : unmanaged
        {
            var (s0, s1, s2, s3, s4, s5, s6, s7) = (TLanes.Zero, TLanes.Zero, TLanes.Zero, TLanes.Zero, TLanes.Zero, TLanes.Zero, TLanes.Zero, TLanes.Zero);
            if (start != null)
            {
                s0 = TLanes.Load(start);
                s1 = TLanes.Load(start + startStep);
                s2 = TLanes.Load(start + (2 * startStep));
                s3 = TLanes.Load(start + (3 * startStep));
                s4 = TLanes.Load(start + (4 * startStep));
                s5 = TLanes.Load(start + (5 * startStep));
                s6 = TLanes.Load(start + (6 * startStep));
                s7 = TLanes.Load(start + (7 * startStep));
            }

            float* x0 = input + begins[0], x1 = input + begins[1], x2 = input + begins[2], x3 = input + begins[3];
            float* x4 = input + begins[4], x5 = input + begins[5], x6 = input + begins[6], x7 = input + begins[7];
            for (var end = taps + count; taps < end; taps++)
            {
                var weight = TLanes.Load(weights);
                weights += TLanes.Count;
                nint tap = *taps;
                s0 = TLanes.MultiplyAdd(TLanes.All(x0[tap]), weight, s0);
                s1 = TLanes.MultiplyAdd(TLanes.All(x1[tap]), weight, s1);
                s2 = TLanes.MultiplyAdd(TLanes.All(x2[tap]), weight, s2);
                s3 = TLanes.MultiplyAdd(TLanes.All(x3[tap]), weight, s3);
                s4 = TLanes.MultiplyAdd(TLanes.All(x4[tap]), weight, s4);
                s5 = TLanes.MultiplyAdd(TLanes.All(x5[tap]), weight, s5);
                s6 = TLanes.MultiplyAdd(TLanes.All(x6[tap]), weight, s6);
                s7 = TLanes.MultiplyAdd(TLanes.All(x7[tap]), weight, s7);
            }

            if (relu)
            {
                (s0, s1, s2, s3) = (TLanes.Relu(s0), TLanes.Relu(s1), TLanes.Relu(s2), TLanes.Relu(s3));
                (s4, s5, s6, s7) = (TLanes.Relu(s4), TLanes.Relu(s5), TLanes.Relu(s6), TLanes.Relu(s7));
            }

            if (lanes == TLanes.Count)
            {
                TLanes.Store(s0, to);
                TLanes.Store(s1, to + toStep);
                TLanes.Store(s2, to + (2 * toStep));
                TLanes.Store(s3, to + (3 * toStep));
                TLanes.Store(s4, to + (4 * toStep));
                TLanes.Store(s5, to + (5 * toStep));
                TLanes.Store(s6, to + (6 * toStep));
                TLanes.Store(s7, to + (7 * toStep));
            }
            else
            {
                TLanes.StoreFirst(s0, to, lanes);
                TLanes.StoreFirst(s1, to + toStep, lanes);
                TLanes.StoreFirst(s2, to + (2 * toStep), lanes);
                TLanes.StoreFirst(s3, to + (3 * toStep), lanes);
                TLanes.StoreFirst(s4, to + (4 * toStep), lanes);
                TLanes.StoreFirst(s5, to + (5 * toStep), lanes);
                TLanes.StoreFirst(s6, to + (6 * toStep), lanes);
                TLanes.StoreFirst(s7, to + (7 * toStep), lanes);
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
            var order = _order ??= Order(windows, reached.Width);
            var steps = _steps ??= Steps(segments, length, TLanes.Count, reached.Width);
            float* from = s.Last(), to = x.WriteLast();
            var area = reached.Height * reached.Width * _in;
            var scratch = x.Scratch(area + (2 * OutGroup) + (3 * Lanes.Most));
            var factors = scratch + Lanes.Fill(area, Lanes.Most) + Lanes.Most;
            var places = (int*)(factors + OutGroup);
            var direct = reached == image;
            fixed (int* step = steps)
            {
                for (var i = 0; i < x.Images; i++)
                {
                    var input = direct ? to + (i * area) : scratch;
                    new Span<float>(input, area).Clear();
                    for (var window = 0; window < order.Length; window += 2)
                    {
                        var pixel = from + (order[window] * _out);
                        for (var group = 0; group < _groups; group++, pixel += OutGroup)
                        {
                            var count = Rows.Compact(pixel, OutGroup, factors, places);
                            if (count == 0)
                            {
                                continue;
                            }

                            var seen = input + order[window + 1] + (group * InGroup);
                            Rows.Sum<TLanes, TVector>(factors, places, count, weights.Start + (group * weights.Capacity / _groups), segments * length, step, seen, seen, relu: false);
                        }
                    }

                    from += windows.Height * windows.Width * _out;
                    if (!direct)
                    {
                        Crop(input, reached, to + (i * image.Height * image.Width * _in), image, _in);
                    }
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
        private int[] Begins((int Height, int Width) windows, int width)
            => [.. Enumerable.Range(0, windows.Height * windows.Width).Select(at => ((at / windows.Width * _window.StrideY * width) + (at % windows.Width * _window.StrideX)) * _in)];

        // Windows, each with where it begins: those that follow one another do not overlap, so that none waits for what the one before it has written.
        private int[] Order((int Height, int Width) windows, int width)
        {
            var (stepY, stepX) = ((_window.Extent is [var height, _] ? (int)height : 1) / _window.StrideY + 1, ((int)_window.Extent[^1] / _window.StrideX) + 1);
            return [.. Enumerable.Range(0, windows.Height * windows.Width).Select(at => (Y: at / windows.Width, X: at % windows.Width))
                .OrderBy(w => w.Y % stepY).ThenBy(w => w.X % stepX).ThenBy(w => w.Y).ThenBy(w => w.X)
                .SelectMany(w => new[] { (w.Y * windows.Width) + w.X, ((w.Y * _window.StrideY * width) + (w.X * _window.StrideX)) * _in })];
        }

        // Where each vector of a window begins. What it holds beyond its row are zeros, and they are added.
        private int[] Steps(int segments, int length, int lanes, int width) => [.. Enumerable.Range(0, segments).SelectMany(part => Enumerable.Range(0, length / lanes).Select(vector => (vector * lanes) + (RowsAreWhole
            ? part * _window.DilationY * width * _in
            : ((part / _window.KernelWidth * _window.DilationY * width) + (part % _window.KernelWidth * _window.DilationX)) * _in)))];

        // Where each number that a window sees stands, of one group.
        private int[] Taps(int width) => [.. Enumerable.Range(0, _window.Kernel * InGroup).Select(i => (i / InGroup / _window.KernelWidth * _window.DilationY * width * _in) + (i / InGroup % _window.KernelWidth * _window.DilationX * _in) + (i % InGroup))];

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
