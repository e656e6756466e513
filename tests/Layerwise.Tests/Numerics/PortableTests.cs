using Layerwise.Conformance;
using Layerwise.Kernels;
using Layerwise.Testing;

namespace Layerwise.Tests.Numerics;

/// <summary>Where oneDNN's convolutions are not to be had, libtorch's own operators give the same relevance.</summary>
public class PortableTests
{
    [Theory]
    [InlineData("conv_variants")]
    [InlineData("mobilenet_mini")]
    [InlineData("resnet_mini")]
    [InlineData("vgg_mini")]
    public void Explanations_equal_the_reference(string name)
    {
        Assert.SkipUnless(SharedFolder.Exists, "The shared folder with the golden explanations is not here.");
        OneDnn.IsOff.Value = true;
        var outcomes = GoldenRunner.Run([.. Golden.Of(SharedFolder.At("goldens"), name, method: null)], "torch", TextWriter.Null);
        Assert.False(OneDnn.IsAvailable);
        Assert.DoesNotContain(outcomes, o => o.Status == "failed");
        Assert.Contains(outcomes, o => o.Status == "passed");
    }
}
