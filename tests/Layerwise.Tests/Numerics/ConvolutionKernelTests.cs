using CsCheck;
using Layerwise.Kernels;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;
using Window = Layerwise.Kernels.Torch.Window;

namespace Layerwise.Tests.Numerics;

/// <summary>Convolutions by kernels of our own, whatever their sizes: what libtorch computes in float64, the weights as they were, nothing written beside the result.</summary>
public sealed class ConvolutionKernelTests : IDisposable
{
    private readonly Weights _owner = Weights.Open(new ModelBuilder(opset: 17).Input("x", [1]).Tensor("w", [1f]).Node("Add", "x w", "y", "add").Output("y", [1]).Save(Path.GetTempFileName()), CPU);

    private static Gen<long[]> Strides => Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], (y, x) => new long[] { y, x });

    public void Dispose()
    {
        _owner.Dispose();
        File.Delete(_owner.File);
    }

    [Fact]
    public void Of_channels_by_themselves()
    {
        var sizes = Gen.Select(Gen.Int[1, 2], Gen.Int[8, 70], Gen.Int[1, 21], Gen.Int[1, 21], Gen.Int[1, 5], Gen.Int[1, 5]);
        Gen.Select(sizes, Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[1, 2], Gen.Bool).Sample((shape, strideY, strideX, padY, padX, dilation, isBounded) =>
        {
            var (samples, channels, height, width, kernelY, kernelX) = shape;
            long Room(int size, int pad, int kernel) => size + (2 * pad) - (dilation * (kernel - 1)) - 1;
            if (Room(height, padY, kernelY) < 0 || Room(width, padX, kernelX) < 0)
            {
                return;
            }

            using var scope = NewDisposeScope();
            var weight = randn(channels, 1, kernelY, kernelX, generator: new Generator(1));
            var window = new Window([kernelY, kernelX], [strideY, strideX], [padY, padX], null, [dilation, dilation]);
            Assert.True(Depthwise.Suits(weight, channels));
            Check(new Depthwise(_owner, weight.clone(), window), weight, window, channels, [samples, channels, height, width], isBounded);
        }, iter: 150, threads: 1);
    }

    [Fact]
    public void Of_single_pixels()
    {
        Assert.SkipUnless(PixelProduct.IsSupported, "This processor has no AVX-512.");
        var sizes = Gen.Select(Gen.Int[1, 2], Gen.Int[1, 140], Gen.Int[1, 140], Gen.Int[1, 12], Gen.Int[1, 12]);
        Gen.Select(sizes, Strides, Gen.Bool).Sample((shape, stride, isBounded) =>
        {
            var (samples, inputs, outputs, height, width) = shape;
            using var scope = NewDisposeScope();
            var weight = randn(outputs, inputs, 1, 1, generator: new Generator(1));
            var window = new Window([1, 1], stride, null, null, null);
            Assert.True(Pointwise.Suits(window, weight, 1));
            Check(new Pointwise(_owner, weight.clone(), stride), weight, window, 1, [samples, inputs, height, width], isBounded);
        }, iter: 200, threads: 1);
    }

    [Fact]
    public void Of_single_pixels_whose_sign_says_which_weights()
    {
        Assert.SkipUnless(PixelProduct.IsSupported, "This processor has no AVX-512.");
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 140], Gen.Int[1, 12], Gen.Int[1, 12], Strides, Gen.Bool).Sample((inputs, outputs, height, width, stride, hasBias) =>
        {
            using var scope = NewDisposeScope();
            var generator = new Generator(1);
            var weight = randn(outputs, 2 * inputs, 1, 1, generator: generator);
            var (x, bias) = (randn(2, inputs, height, width, generator: generator), hasBias ? randn(outputs, generator: generator) : null);
            var halves = cat([x.clamp_min(0), x.clamp_max(0)], 1);
            Close(nn.functional.conv2d(halves.@double(), weight.@double(), bias?.@double(), stride), new Pointwise(_owner, weight.clone(), stride).ForwardHalves(x, bias));
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void Back_to_single_pixels_whose_sign_says_which_weights()
    {
        Assert.SkipUnless(PixelProduct.IsSupported, "This processor has no AVX-512.");
        Gen.Select(Gen.Int[1, 5], Gen.Int[1, 45], Gen.Int[1, 12], Gen.Int[1, 12]).Sample((inputs, outputs, height, width) =>
        {
            (inputs, outputs) = (8 * inputs, 16 * outputs);
            using var scope = NewDisposeScope();
            var generator = new Generator(1);
            var weight = randn(outputs, 2 * inputs, 1, 1, generator: generator);
            var (x, s) = (randn(2, inputs, height, width, generator: generator), randn(2, outputs, height, width, generator: generator));
            var halves = nn.functional.conv_transpose2d(s.@double(), weight.@double()).chunk(2, 1);
            var r = new Pointwise(_owner, weight.clone(), [1, 1]).BackHalves(s, x);
            Assert.NotNull(r);
            Close(where(x.lt(0), halves[1], halves[0]).mul(x), r);
        }, iter: 60, threads: 1);
    }

    [Fact]
    public void In_bfloat16()
    {
        Assert.SkipUnless(BFloat16Tensors.WhyNot is null, "This processor does not multiply bfloat16.");
        var sizes = Gen.Select(Gen.Int[1, 2], Gen.Int[1, 70], Gen.Int[1, 70], Gen.Int[1, 14], Gen.Int[1, 14], Gen.Int[1, 4]);
        Gen.Select(sizes, Gen.Int[1, 3], Gen.Int[0, 2], Gen.Int[1, 2], Gen.Bool).Sample((shape, stride, pad, dilation, hasBias) =>
        {
            var (samples, inputs, outputs, height, width, kernel) = shape;
            var window = new Window([kernel, kernel], [stride, stride], [pad, pad], null, [dilation, dilation]);
            if (Math.Min(height, width) + (2 * pad) < window.Extent(0) || pad >= window.Extent(0))
            {
                return;
            }

            CheckInBFloat16(window, [samples, inputs, height, width], outputs, hasBias);
        }, iter: 120, threads: 1);
    }

    /// <summary>Two pixels behind the last window of a kernel of one element are no place where a second one would be.</summary>
    [Theory]
    [InlineData(15, 18)]
    [InlineData(18, 15)]
    public void In_bfloat16_of_single_pixels_with_a_dilation(int height, int width)
    {
        Assert.SkipUnless(BFloat16Tensors.WhyNot is null, "This processor does not multiply bfloat16.");
        CheckInBFloat16(new Window([1, 1], [3, 3], null, null, [2, 2]), [1, 283, height, width], outputs: 171, hasBias: false);
    }

    [Fact]
    public void A_window_that_sees_padding_alone_is_left_to_float32()
        => Assert.False(BFloat16Tensors.Suits(new Window([1, 1], [3, 3], [2, 2], null, null), ones(256, 256, 1, 1), 1));

    [Fact]
    public void Numbers_are_rounded_to_bfloat16_as_libtorch_rounds_them()
    {
        Assert.SkipUnless(BFloat16Tensors.WhyNot is null, "This processor does not multiply bfloat16.");
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 5], Gen.Int[1, 67]).SelectMany((samples, rows, channels) => Gen.Float.Array[samples * rows * channels].Select(values => (samples, rows, channels, values))).Sample(all =>
        {
            using var scope = NewDisposeScope();
            float[] values = [.. all.values.Select((value, i) => (i % 11) switch
            {
                0 => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xffff8000), // halfway
                1 => float.PositiveInfinity,
                2 => BitConverter.UInt32BitsToSingle(0x7fffffff), // NaN, all bits set
                _ => value,
            })];
            var x = tensor(values, [all.samples, all.channels, all.rows, 1]);
            var expected = x.to(ScalarType.BFloat16);
            var rounded = BFloat16Tensors.Of(x);
            Assert.Equal(ScalarType.BFloat16, rounded.dtype);
            Assert.Equal(expected.@float().data<float>().ToArray(), rounded.@float().contiguous().data<float>().ToArray());
            Assert.Equal(expected.@float().data<float>().ToArray(), BFloat16Tensors.Widen(rounded.alias()).contiguous().data<float>().ToArray());
        }, iter: 60, threads: 1);
    }

    [Fact]
    public void Of_a_row_that_a_matrix_gives_back()
    {
        Assert.SkipUnless(OneDnn.IsAvailable, "This machine has the portable path alone.");
        Gen.Select(Gen.Int[2, 70], Gen.Int[1, 2100], Gen.Double[0.5, 1]).Sample((rows, columns, zeros) =>
        {
            using var scope = NewDisposeScope();
            var generator = new Generator(1);
            var s = where(rand([1, rows], generator: generator).lt(zeros), tensor(0f), randn([1, rows], generator: generator));
            var matrix = randn(rows, columns, generator: generator);
            if (RowSums.Of(s, matrix) is not { } sums)
            {
                Assert.True(s.count_nonzero().item<long>() > rows / 2);
                return;
            }

            var expected = s.to(ScalarType.Float64).matmul(matrix.to(ScalarType.Float64));
            Assert.True(sums.to(ScalarType.Float64).sub(expected).abs().max().item<double>() <= 1e-5 * Math.Sqrt(rows) * 10);
        }, iter: 100, threads: 1);

        using var nothing = tensor([float.NaN, 0f], [1, 2]);
        using var two = ones(2, 3);
        using var undefined = RowSums.Of(nothing, two)!;
        Assert.All(undefined.data<float>(), value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void Not_a_number_stays_one()
    {
        using var scope = NewDisposeScope();
        var x = zeros(1, 16, 5, 5);
        x[0, 3, 2, 2] = float.NaN;
        var window = new Window([1, 1], null, null, null, null);
        Assert.True(new Depthwise(_owner, ones(16, 1, 1, 1), window).Forward(x, null, 6)[0, 3, 2, 2].isnan().item<bool>());
        if (PixelProduct.IsSupported)
        {
            Assert.True(new Pointwise(_owner, ones(16, 16, 1, 1), [1, 1]).Forward(x, null, 6)[0, .., 2, 2].isnan().all().item<bool>());
        }
    }

    [Fact]
    public void An_input_smaller_than_the_kernel_is_refused()
    {
        using var scope = NewDisposeScope();
        var kernel = new Depthwise(_owner, ones(16, 1, 3, 3), new Window([3, 3], [2, 2], null, null, null));
        var refused = Assert.Throws<ShapeException>(() => kernel.Forward(ones(1, 16, 2, 5), null, null));
        Assert.Contains("2×5", refused.Message, StringComparison.Ordinal);
    }

    private static void Check(IPackedConv kernel, Tensor weight, Window window, long groups, long[] shape, bool isBounded)
    {
        var generator = new Generator(2);
        var x = randn(shape, generator: generator);
        var bias = isBounded ? randn(weight.shape[0], generator: generator) : null;
        var expected = nn.functional.conv2d(x.@double(), weight.@double(), bias?.@double(), window.Stride, window.PadBegin, window.Dilation, groups);
        Close(isBounded ? expected.clamp(0, 1.5) : expected, kernel.Forward(x, bias, isBounded ? 1.5f : null));

        var s = randn(expected.shape, generator: generator);
        Close(nn.functional.conv_transpose2d(s.@double(), weight.@double(), null, window.Stride, window.PadBegin, Rest(window, shape, expected), window.Dilation, groups), kernel.Backward(s, shape[2..]));
        Assert.Equal(weight.data<float>().ToArray(), kernel.Plain().data<float>().ToArray());
    }

    private void CheckInBFloat16(Window window, long[] shape, long outputs, bool hasBias)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(1);
        Tensor Narrow(params long[] size) => randn(size, generator: generator).to(ScalarType.BFloat16);
        var (weight, x, bias) = (Narrow([outputs, shape[1], .. window.Kernel]), Narrow(shape), hasBias ? Narrow(outputs) : null);
        var packed = new PackedConv(_owner, weight.clone(), (window.Stride, window.PadBegin, window.Dilation), 1);
        var expected = nn.functional.conv2d(x.@double(), weight.@double(), bias?.@double(), window.Stride, window.PadBegin, window.Dilation);
        Near(expected, packed.Forward(x.@float(), bias?.@float(), null));

        var s = randn(expected.shape, generator: generator).to(ScalarType.BFloat16);
        Near(nn.functional.conv_transpose2d(s.@double(), weight.@double(), null, window.Stride, window.PadBegin, Rest(window, shape, expected), window.Dilation), packed.Backward(s.@float(), shape[2..]));
        Assert.Equal(weight.@float().data<float>().ToArray(), packed.Plain().data<float>().ToArray());

        // Sums are float32's; what comes out has 8 bits.
        static void Near(Tensor expected, Tensor actual)
        {
            Assert.Equal(ScalarType.Float32, actual.dtype);
            Assert.Equal(expected.shape, actual.shape);
            Assert.True(actual.@double().sub(expected).abs().le(expected.abs().div(255).add(1e-3)).all().item<bool>());
        }
    }

    // What of an input of a shape lies behind the last window.
    private static long[] Rest(Window window, long[] shape, Tensor output)
        => [.. Enumerable.Range(0, 2).Select(axis => shape[axis + 2] - (((output.shape[axis + 2] - 1) * window.Stride[axis]) - (2 * window.PadBegin[axis]) + window.Extent(axis)))];

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange(expected.sub(actual.@double()).abs().max().item<double>(), 0, 1e-4);
    }
}
