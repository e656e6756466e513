using Layerwise.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>Memory that one tensor hands on to the next.</summary>
public sealed class ArenaTests
{
    private const int Size = 300;

    [Fact]
    public void Memory_is_another_tensors_once_no_view_of_the_first_is_left()
    {
        Assert.SkipUnless(OneDnn.IsAvailable && Arena.Suits(1 << 20), "This machine has the portable path alone, or TorchSharp is another one.");
        Arena.Enter();
        try
        {
            var first = ChannelsLast.Empty(1, 16, Size, Size);
            var place = OneDnn.Data(first);
            var view = first.slice(1, 0, 3, 1);
            first.Dispose();
            using (var second = ChannelsLast.Empty(1, 16, Size, Size))
            {
                Assert.NotEqual(place, OneDnn.Data(second));
            }

            view.Dispose();
            using var third = ChannelsLast.Empty(1, 16, Size, Size);
            using var fourth = ChannelsLast.Empty(1, 16, Size, Size - 1);
            Assert.Contains(place, new[] { OneDnn.Data(third), OneDnn.Data(fourth) });
            Assert.NotEqual(OneDnn.Data(third), OneDnn.Data(fourth));
            Assert.Equal([1, 16, Size, Size - 1], fourth.shape);
            Assert.Equal([16L * Size * (Size - 1), 1, 16 * (Size - 1), 16], fourth.stride());
        }
        finally
        {
            Arena.Leave();
        }
    }

    [Fact]
    public async Task Tensors_of_many_threads_have_memory_of_their_own()
    {
        Assert.SkipUnless(OneDnn.IsAvailable && Arena.Suits(1 << 20), "This machine has the portable path alone, or TorchSharp is another one.");
        await Task.WhenAll(Enumerable.Range(1, 4).Select(number => Task.Run(() =>
        {
            for (var i = 0; i < 200; i++)
            {
                using var x = ChannelsLast.Empty(1, 16, Size, Size + (i % 7));
                x.fill_(number);
                Thread.Yield();
                Assert.Equal(number, x.min().item<float>());
                Assert.Equal(number, x.max().item<float>());
            }
        })));
    }
}
