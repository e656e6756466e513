using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// A two-dimensional convolution of each channel by itself and its backward towards the input, with the channels last in memory: a vector of
/// channels of eight pixels at a time. The backward of a stride of n is n·n convolutions of stride 1, each of every n-th pixel along an axis.
/// </summary>
internal sealed unsafe class Depthwise : IPackedConv
{
    private const int Strip = 8, MostElements = 1024; // pixels side by side; elements of a kernel

    private readonly Torch.Window _window;
    private readonly Tensor _taps; // [kernel…, channels]
    private readonly int _channels;
    private readonly Phase[][] _forward, _backward; // an axis each: rows, columns

    /// <param name="owner">Frees the weights.</param>
    /// <param name="weight">[channels, 1, h, w]; this one's from now on.</param>
    /// <param name="window">Stride, padding, dilation.</param>
    public Depthwise(Weights owner, Tensor weight, Torch.Window window)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        _window = window;
        _channels = (int)weight.shape[0];
        _taps = Torch.Own(owner, weight.squeeze(1).permute(1, 2, 0).contiguous());
        weight.Dispose();
        _forward = [ForwardPhases(0), ForwardPhases(1)];
        _backward = [BackwardPhases(0), BackwardPhases(1)];
    }

    /// <summary>Whether a convolution's channels do not see each other, and fill vectors.</summary>
    public static bool Suits(Tensor weight, long groups)
        => Vector256.IsHardwareAccelerated && weight.shape[1] == 1 && weight.shape[0] == groups && groups >= Vector256<float>.Count && weight.shape[2] * weight.shape[3] <= MostElements;

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, Tensor? bias, float? ceiling)
    {
        var shape = OneDnn.Shape(x);
        if (shape[2] + (2 * _window.PadBegin[0]) < _window.Extent(0) || shape[3] + (2 * _window.PadBegin[1]) < _window.Extent(1))
        {
            throw new ShapeException($"An input of {shape[2]}×{shape[3]} is smaller than the kernel of a convolution, {_window.Extent(0)}×{_window.Extent(1)} with padding of {_window.PadBegin[0]} and {_window.PadBegin[1]}.")
            {
                Name = "input",
                Expected = $"at least {_window.Extent(0)}×{_window.Extent(1)} with its padding",
                Actual = $"{shape[2]}×{shape[3]}",
            };
        }

        var size = _window.OutputSize(shape[2..]);
        return Run(x, bias, size, _forward[0], _forward[1], ceiling is null ? float.NegativeInfinity : 0, ceiling ?? float.PositiveInfinity);
    }

    /// <inheritdoc/>
    public Tensor Backward(Tensor s, long[] size)
        => Run(s, null, size, _backward[0], _backward[1], float.NegativeInfinity, float.PositiveInfinity);

    /// <inheritdoc/>
    public Tensor Plain()
    {
        using var first = _taps.permute(2, 0, 1);
        using var plain = first.unsqueeze(1);
        return plain.contiguous();
    }

    private Phase[] ForwardPhases(int axis)
        => [new Phase(0, 1, (int)_window.Stride[axis], [.. Enumerable.Range(0, (int)_window.Kernel[axis]).Select(k => (k, (int)((k * _window.Dilation[axis]) - _window.PadBegin[axis])))])];

    // An input at p + stride·j went, through element k, into the output at (p + pad − dilation·k)/stride + j, where that is a whole number.
    private Phase[] BackwardPhases(int axis)
    {
        var (stride, pad, dilation) = ((int)_window.Stride[axis], (int)_window.PadBegin[axis], (int)_window.Dilation[axis]);
        return [.. Enumerable.Range(0, stride).Select(p => new Phase(p, stride, 1, [.. Enumerable.Range(0, (int)_window.Kernel[axis])
            .Where(k => (p + pad - (dilation * k)) % stride == 0).Select(k => (k, (p + pad - (dilation * k)) / stride))]))];
    }

    private Tensor Run(Tensor x, Tensor? bias, long[] size, Phase[] rows, Phase[] columns, float low, float high)
    {
        using var input = ChannelsLast.Of(x);
        var shape = OneDnn.Shape(x);
        var (samples, inRows, inColumns) = (shape[0], (int)shape[2], (int)shape[3]);
        var (outRows, outColumns, channels) = ((int)size[0], (int)size[1], (long)_channels);
        var result = ChannelsLast.Empty(samples, channels, outRows, outColumns);
        float* from = (float*)OneDnn.Data(input), to = (float*)OneDnn.Data(result), weights = (float*)OneDnn.Data(_taps), shift = bias is null ? null : (float*)OneDnn.Data(bias);
        Fused.Spread(samples * outRows, outColumns * channels, part =>
        {
            var (sample, row) = Math.DivRem(part, outRows);
            var down = rows[row % rows.Length];
            var image = from + (sample * inRows * inColumns * channels);
            var line = to + (part * outColumns * channels);
            var taps = stackalloc Tap[(int)(_window.Kernel[0] * _window.Kernel[1])];
            foreach (var across in columns)
            {
                var count = across.CountOf(outColumns);
                var (first, end) = across.Whole(inColumns, count);
                for (var j = 0; j < first; j++)
                {
                    Do(j, j + 1);
                }

                Do(first, end);
                for (var j = end; j < count; j++)
                {
                    Do(j, j + 1);
                }

                // Pixels that all see the same elements of the kernel.
                void Do(int begin, int behind)
                {
                    if (begin >= behind)
                    {
                        return;
                    }

                    var seen = 0;
                    foreach (var (i, y) in down.Taps)
                    {
                        var inRow = y + (row / rows.Length * down.Stride);
                        foreach (var (k, x) in across.Taps)
                        {
                            var inColumn = x + ((long)begin * across.Stride);
                            if (inRow >= 0 && inRow < inRows && inColumn >= 0 && inColumn < inColumns)
                            {
                                taps[seen++] = new((((long)inRow * inColumns) + inColumn) * channels, ((i * _window.Kernel[1]) + k) * channels);
                            }
                        }
                    }

                    var below = down.Taps.Length == 0 ? inRows : down.Taps[^1].From + (row / rows.Length * down.Stride) + 1;
                    var next = new Ahead((((long)below * inColumns) + ((long)begin * across.Stride)) * channels, (int)Math.Clamp(inRows - below, 0, down.Stride), (int)inColumns * channels, Strip * across.Stride);
                    var pixels = new Pixels { Taps = taps, Seen = seen, Next = next, Weights = weights, Bias = shift, InStep = across.Stride * channels, OutStep = across.Step * channels, Channels = _channels, Low = low, High = high };
                    var target = line + ((across.First + (begin * across.Step)) * channels);
                    if (Vector512.IsHardwareAccelerated && _channels >= Vector512<float>.Count)
                    {
                        Fill<Lanes16, Vector512<float>>(pixels, image, target, behind - begin);
                    }
                    else
                    {
                        Fill<Lanes8, Vector256<float>>(pixels, image, target, behind - begin);
                    }
                }
            }
        });
        return result;
    }

    /// <summary>
    /// The outputs First + Step·j along an axis, which see the same elements of the kernel: element Index the input at From + Stride·j.
    /// </summary>
    private sealed record Phase(int First, int Step, int Stride, (int Index, int From)[] Taps)
    {
        public int CountOf(int outputs) => Math.Max(0, (outputs - First + Step - 1) / Step);

        /// <summary>Those that no element of the kernel of sees padding.</summary>
        public (int First, int End) Whole(int inputs, int count)
        {
            var (first, end) = (0, count);
            foreach (var (_, from) in Taps)
            {
                first = Math.Max(first, (-from + Stride - 1) / Stride);
                end = Math.Min(end, from >= inputs ? 0 : ((inputs - 1 - from) / Stride) + 1);
            }

            return (Math.Min(first, count), Math.Max(end, Math.Min(first, count)));
        }
    }

    /// <summary>An element of the kernel: where the first pixel's input lies, and where its weights.</summary>
    private readonly record struct Tap(long Input, long Weight);

    /// <summary>The rows of inputs that the row of outputs below is the first to see, where a strip's begin: asked for ahead, since they were written long ago.</summary>
    private readonly record struct Ahead(long First, int Rows, long Step, int Pixels)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void AskFor(float* x, int channels)
        {
            var line = x + First;
            for (var row = 0; row < Rows; row++)
            {
                for (var pixel = 0; pixel < Pixels; pixel++)
                {
                    Sse.Prefetch1(line + (pixel * channels));
                }

                line += Step;
            }
        }
    }

    // Fewer pixels than a strip one by one.
    private static void Fill<TLanes, TVector>(in Pixels pixels, float* x, float* y, int count)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        for (var pixel = 0; count < Strip && pixel < count; pixel++)
        {
            One<TLanes, TVector>(pixels, x + (pixel * pixels.InStep), y + (pixel * pixels.OutStep));
        }

        if (count >= Strip)
        {
            Strips<TLanes, TVector>(pixels, x, y, count);
        }
    }

    // The last pixels and channels are computed twice where they fill no strip or vector.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strips<TLanes, TVector>(in Pixels pixels, float* input, float* output, int count)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var taps = pixels.Taps;
        var behind = taps + pixels.Seen;
        var weights = pixels.Weights;
        var bias = pixels.Bias;
        var (step, outStep, channels) = (pixels.InStep, pixels.OutStep, pixels.Channels);
        var (low, high) = (TLanes.All(pixels.Low), TLanes.All(pixels.High));
        for (var pixel = 0; pixel < count; pixel += Strip)
        {
            var at = Math.Min(pixel, count - Strip);
            var x = input + (at * step);
            var y = output + (at * outStep);
            for (var next = 0; next < channels; next += TLanes.Count)
            {
                var channel = Math.Min(next, channels - TLanes.Count);
                var a = bias == null ? TLanes.Zero : TLanes.Load(bias + channel);
                var (b, c, d, e, f, g, h) = (a, a, a, a, a, a, a);
                pixels.Next.AskFor(x + channel, channels);
                for (var tap = taps; tap < behind; tap++)
                {
                    var weight = TLanes.Load(weights + tap->Weight + channel);
                    var from = x + tap->Input + channel;
                    a = TLanes.MultiplyAdd(TLanes.Load(from), weight, a);
                    b = TLanes.MultiplyAdd(TLanes.Load(from + step), weight, b);
                    c = TLanes.MultiplyAdd(TLanes.Load(from + (2 * step)), weight, c);
                    from += 3 * step;
                    d = TLanes.MultiplyAdd(TLanes.Load(from), weight, d);
                    e = TLanes.MultiplyAdd(TLanes.Load(from + step), weight, e);
                    f = TLanes.MultiplyAdd(TLanes.Load(from + (2 * step)), weight, f);
                    from += 3 * step;
                    g = TLanes.MultiplyAdd(TLanes.Load(from), weight, g);
                    h = TLanes.MultiplyAdd(TLanes.Load(from + step), weight, h);
                }

                var to = y + channel;
                TLanes.Store(TLanes.Between(a, low, high), to);
                TLanes.Store(TLanes.Between(b, low, high), to + outStep);
                TLanes.Store(TLanes.Between(c, low, high), to + (2 * outStep));
                to += 3 * outStep;
                TLanes.Store(TLanes.Between(d, low, high), to);
                TLanes.Store(TLanes.Between(e, low, high), to + outStep);
                TLanes.Store(TLanes.Between(f, low, high), to + (2 * outStep));
                to += 3 * outStep;
                TLanes.Store(TLanes.Between(g, low, high), to);
                TLanes.Store(TLanes.Between(h, low, high), to + outStep);
            }
        }
    }

    // Four vectors of channels at a time, so that no sum waits for itself.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One<TLanes, TVector>(in Pixels pixels, float* x, float* y)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        var taps = pixels.Taps;
        var behind = taps + pixels.Seen;
        var (channels, lanes) = (pixels.Channels, TLanes.Count);
        var (low, high) = (TLanes.All(pixels.Low), TLanes.All(pixels.High));
        var channel = 0;
        for (; channel <= channels - (4 * lanes); channel += 4 * lanes)
        {
            var (a, b, c, d) = (TLanes.Zero, TLanes.Zero, TLanes.Zero, TLanes.Zero);
            if (pixels.Bias != null)
            {
                var start = pixels.Bias + channel;
                (a, b, c, d) = (TLanes.Load(start), TLanes.Load(start + lanes), TLanes.Load(start + (2 * lanes)), TLanes.Load(start + (3 * lanes)));
            }

            for (var tap = taps; tap < behind; tap++)
            {
                var from = x + tap->Input + channel;
                var weight = pixels.Weights + tap->Weight + channel;
                a = TLanes.MultiplyAdd(TLanes.Load(from), TLanes.Load(weight), a);
                b = TLanes.MultiplyAdd(TLanes.Load(from + lanes), TLanes.Load(weight + lanes), b);
                c = TLanes.MultiplyAdd(TLanes.Load(from + (2 * lanes)), TLanes.Load(weight + (2 * lanes)), c);
                d = TLanes.MultiplyAdd(TLanes.Load(from + (3 * lanes)), TLanes.Load(weight + (3 * lanes)), d);
            }

            TLanes.Store(TLanes.Between(a, low, high), y + channel);
            TLanes.Store(TLanes.Between(b, low, high), y + channel + lanes);
            TLanes.Store(TLanes.Between(c, low, high), y + channel + (2 * lanes));
            TLanes.Store(TLanes.Between(d, low, high), y + channel + (3 * lanes));
        }

        for (; channel < channels; channel += lanes)
        {
            channel = Math.Min(channel, channels - lanes);
            var sum = pixels.Bias == null ? TLanes.Zero : TLanes.Load(pixels.Bias + channel);
            for (var tap = taps; tap < behind; tap++)
            {
                sum = TLanes.MultiplyAdd(TLanes.Load(x + tap->Input + channel), TLanes.Load(pixels.Weights + tap->Weight + channel), sum);
            }

            TLanes.Store(TLanes.Between(sum, low, high), y + channel);
        }
    }

    /// <summary>What pixels side by side have in common: they see the same elements of the kernel.</summary>
    private readonly struct Pixels
    {
        public required Tap* Taps { get; init; }

        public required int Seen { get; init; }

        public required Ahead Next { get; init; }

        public required float* Weights { get; init; }

        public required float* Bias { get; init; }

        public required long InStep { get; init; }

        public required long OutStep { get; init; }

        public required int Channels { get; init; }

        public required float Low { get; init; }

        public required float High { get; init; }
    }
}
