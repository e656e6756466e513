using CsCheck;
using Layerwise.Kernels;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Layerwise.Tests.Numerics;

/// <summary>Convolutions of 3×3 in fewer multiplications: what a convolution is in float64.</summary>
public sealed class WinogradTests
{
    private static readonly Gen<(int Samples, int In, int Out, int Rows, int Columns, int Top, int Left, int Seed)> Cases
        = Gen.Select(Gen.Int[1, 3], Gen.Int[1, 9], Gen.Int[1, 5], Gen.Int[3, 25], Gen.Int[3, 25], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 1000])
            .Select(c => (c.Item1, 16 * c.Item2, 16 * c.Item3, c.Item4, c.Item5, c.Item6, c.Item7, c.Item8));

    [Fact]
    public void Forward_and_back_are_the_convolution_and_its_adjoint()
    {
        Assert.SkipUnless(OneDnn.IsAvailable && PixelProduct.IsSupported, "The kernels in C# do not run here.");
        Cases.Sample(
            c =>
            {
                using var scope = NewDisposeScope();
                using var owner = Weights.Open(Path.Combine(SharedFolder.RepositoryRoot, "models", "credit.onnx"));
                var random = new Generator((ulong)c.Seed);
                var (x, w, b) = (randn([c.Samples, c.In, c.Rows, c.Columns], generator: random), randn([c.Out, c.In, 3, 3], generator: random), randn([c.Out], generator: random));
                long[] pad = [c.Top, c.Left];
                var layer = new Winograd(owner, w.clone(), pad);

                using var exact = conv2d(x.to(float64), w.to(float64), b.to(float64), padding: pad);
                Near(exact, layer.Forward(x, b, null));
                Near(exact.clamp(0, 6), layer.Forward(x, b, 6));
                Near(exact.clamp_min(0), layer.Forward(x, b, float.PositiveInfinity));

                var s = randn(exact.shape, generator: random);
                Near(conv_transpose2d(s.to(float64), w.to(float64), padding: pad), layer.Backward(s, [c.Rows, c.Columns]));
                Near(w.to(float64), layer.Plain());
            },
            iter: 60);
    }

    [Fact]
    public void A_sample_comes_out_alike_alone_and_in_a_batch_and_on_any_number_of_threads()
    {
        Assert.SkipUnless(OneDnn.IsAvailable && PixelProduct.IsSupported, "The kernels in C# do not run here.");
        using var scope = NewDisposeScope();
        using var owner = Weights.Open(Path.Combine(SharedFolder.RepositoryRoot, "models", "credit.onnx"));
        var layer = new Winograd(owner, randn([64, 32, 3, 3]), [1, 1]);
        var batch = randn([5, 32, 23, 30]);
        using (new Threads(2))
        {
            var all = layer.Forward(batch, null, null);
            using (new Threads(1))
            {
                for (var i = 0; i < 5; i++)
                {
                    Assert.True(all[i..(i + 1)].equal(layer.Forward(batch[i..(i + 1)], null, null)).all().item<bool>());
                }
            }
        }
    }

    // Of few images, of kernels with a stride and of channels that fill no vector there are others.
    [Theory]
    [InlineData(16, 16, 10, 1, 1, true)]
    [InlineData(16, 16, 7, 1, 1, false)]
    [InlineData(16, 16, 30, 2, 1, false)]
    [InlineData(16, 16, 30, 1, 2, false)]
    [InlineData(3, 64, 30, 1, 1, false)]
    public void Suits_larger_images_and_whole_vectors_of_channels(long inputs, long outputs, long size, long stride, long groups, bool suits)
    {
        Assert.SkipUnless(PixelProduct.IsSupported, "The kernels in C# do not run here.");
        using var weight = zeros([outputs, inputs / groups, 3, 3]);
        Assert.Equal(suits, Winograd.Suits(new([3, 3], [stride, stride], [2, 2], null, null), weight, groups, [8, inputs, size, size]));
    }

    private static void Near(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        var apart = actual.to(float64).sub(expected).norm().div(expected.norm()).item<double>();
        Assert.True(apart < 1e-6, $"{apart}");
    }
}
