using CsCheck;
using Layerwise.Kernels;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>Products of one sample, means of pixels and changes of memory by kernels of our own, whatever their sizes: what libtorch computes in float64.</summary>
public sealed class RowKernelTests
{
    private const string NoKernels = "This platform has no kernels of our own beside libtorch.";

    [Fact]
    public void A_matrix_times_a_sample()
    {
        Assert.SkipUnless(OneDnn.IsAvailable, NoKernels);
        Gen.Select(Gen.Int[1, 70], Gen.Int[1, 70], Gen.Bool).Sample((rows, columns, hasBias) =>
        {
            using var scope = NewDisposeScope();
            var generator = new Generator(1);
            var (matrix, x, bias) = (randn(rows, columns, generator: generator), randn(1, columns, generator: generator), hasBias ? randn(rows, generator: generator) : null);
            Close(nn.functional.linear(x.@double(), matrix.@double(), bias?.@double()), RowDots.Of(x, matrix, bias));
        }, iter: 150, threads: 1);
    }

    [Fact]
    public void A_sample_times_a_matrix_of_whose_numbers_half_are_zeros()
    {
        Assert.SkipUnless(OneDnn.IsAvailable, NoKernels);
        Gen.Select(Gen.Int[2, 70], Gen.Int[1, 70]).Sample((rows, columns) =>
        {
            using var scope = NewDisposeScope();
            var generator = new Generator(1);
            var (matrix, s) = (randn(rows, columns, generator: generator), randn(1, rows, generator: generator));
            s[.., ..((rows + 1) / 2)] = 0;
            Close(s.@double().matmul(matrix.@double()), RowSums.Of(s, matrix));
        }, iter: 150, threads: 1);
    }

    [Fact]
    public void Several_samples_are_left_to_libtorch()
    {
        using var scope = NewDisposeScope();
        Assert.Null(RowDots.Of(ones(2, 3), ones(4, 3), null));
        Assert.Null(RowSums.Of(zeros(2, 4), ones(4, 3)));
    }

    [Fact]
    public void The_mean_of_pixels()
    {
        Assert.SkipUnless(OneDnn.IsAvailable, NoKernels);
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 70], Gen.Int[1, 9], Gen.Int[1, 9]).Sample((samples, channels, rows, columns) =>
        {
            using var scope = NewDisposeScope();
            var x = randn(samples, channels, rows, columns, generator: new Generator(1));
            Close(x.@double().mean([2, 3], keepdim: true), PixelMean.Of(x));
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void Channels_are_last_in_memory_however_a_tensor_lay()
    {
        Assert.SkipUnless(OneDnn.IsAvailable, NoKernels);
        Gen.Select(Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Int[1, 3], Gen.Shuffle(new long[] { 0, 1, 2, 3 }), Gen.Int[0, 2]).Sample((samples, channels, rows, columns, order, kind) =>
        {
            using var scope = NewDisposeScope();
            long[] shape = [samples, channels, rows, columns];
            var laid = arange(samples * channels * rows * columns * 2, float32).reshape([.. order.Select(axis => shape[axis]), 2]);
            var x = laid.select(4, 1).contiguous().permute([.. Enumerable.Range(0, 4).Select(axis => (long)Array.IndexOf(order, axis))]);
            x = kind switch
            {
                0 => x,
                1 => x.slice(1, 0, (channels + 1) / 2, 1),
                _ => x.slice(3, 0, 1, 1).expand(samples, channels, rows, columns),
            };
            var last = ChannelsLast.Of(x);
            Assert.True(last.equal(x).all().item<bool>());
            Assert.True(last.permute(0, 2, 3, 1).is_contiguous());
        }, iter: 300, threads: 1);
    }

    private static void Close(Tensor expected, Tensor? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange(expected.sub(actual.@double()).abs().max().item<double>(), 0, 1e-4);
    }
}
