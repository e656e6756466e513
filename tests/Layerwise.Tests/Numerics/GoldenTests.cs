using Layerwise.Conformance;
using Layerwise.Testing;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>Relevance equals what the field's reference tools computed in float64.</summary>
public class GoldenTests
{
    public static TheoryData<string> Cases => SharedFolder.Exists
        ? [.. Directory.EnumerateDirectories(SharedFolder.At("goldens")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)]
        : [SharedFolder.Absent];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Explanations_equal_the_reference(string name) => AssertEqual(name, Compiler.Emit.Backend.Torch);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Explanations_by_managed_kernels_equal_the_reference(string name) => AssertEqual(name, Compiler.Emit.Backend.Managed);

    // What has no kernel is no failure.
    private static void AssertEqual(string name, string backend)
    {
        Assert.SkipUnless(SharedFolder.Exists, "The shared folder with the golden explanations is not here.");
        var outcomes = GoldenRunner.Run([.. Golden.Of(SharedFolder.At("goldens"), name, method: null)], backend, CPU, TextWriter.Null);
        Assert.DoesNotContain(outcomes, o => o.Status == "failed");
    }
}
