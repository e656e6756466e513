using System.Diagnostics;
using System.Runtime.InteropServices;
using Layerwise.Kernels;
using Layerwise.Testing;
using Layerwise.Tool;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>The kernels of a CUDA device: what the kernels in C# compute.</summary>
public sealed unsafe class CudaKernelTests
{
    // What a kernel of CUDA needs to be a function of C: one thread of one block.
    private const string OneThread = """
        #define __global__
        #define __device__
        static struct { unsigned x; } blockIdx = { 0 }, threadIdx = { 0 }, blockDim = { 1 }, gridDim = { 1 };

        """;

    // Where signs, zeros and what is no number stand against each other.
    private static readonly float[] Edges = [0, -0f, 1, -1, 1e-30f, -1e-30f, 1e-6f, -1e-6f, 3.25f, -7.5f, 1e20f, -1e20f, float.PositiveInfinity, float.NegativeInfinity, float.NaN];

    [Fact]
    public void Each_is_bit_for_bit_the_kernel_in_CSharp()
    {
        Assert.SkipUnless(OneDnn.IsAvailable && File.Exists("/usr/bin/c++"), "There are no kernels in C# here, or no compiler of C++ that runs the others on the host.");
        var folder = Directory.CreateTempSubdirectory("layerwise-cuda-");
        try
        {
            var library = Compile(folder.FullName);
            using var scope = NewDisposeScope();
            float[] numbers = [.. from a in Edges from b in Edges from c in Edges from value in new[] { a, b, c } select value];
            var (one, two, three) = (Column(numbers, 0), Column(numbers, 1), Column(numbers, 2));
            Same<Fused.Sum>(library, one, two, three);
            Same<Fused.SumOfThree>(library, one, two, three);
            Same<Fused.Difference>(library, one, two, three);
            Same<Fused.Product>(library, one, two, three);
            Same<Fused.SumRelu>(library, one, two, three);
            Same<Fused.Quotient>(library, one, two, three);
            Same<Fused.ProductQuotient>(library, one, two, three);
            foreach (var factor in new[] { null, three })
            {
                SamePair<Fused.Gamma>(library, one, factor, two, three, (0.25f, 0));
                SamePair<Fused.AlphaBeta>(library, one, factor, two, three, (2, 1));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_device_that_is_none_of_CUDA_runs_without_them()
        => Assert.Equal("the network is on mps", CudaKernels.WhyNot(new Device(DeviceType.MPS)));

    [Fact]
    public void Without_a_device_they_say_so()
    {
        Assert.SkipWhen(cuda.is_available() || !OneDnn.IsAvailable, "This machine has a CUDA device.");
        Assert.Equal("the network is on cuda:0, and this libtorch finds no CUDA device", CudaKernels.WhyNot(new Device(DeviceType.CUDA, 0)));
    }

    [Theory]
    [InlineData("EpsilonPlusFlat")]
    [InlineData("EpsilonGammaBox")]
    [InlineData("EpsilonAlpha2Beta1Flat")]
    public void Relevance_is_that_of_the_CPU(string composite)
    {
        Assert.SkipUnless(cuda.is_available(), "This machine has no CUDA device.");
        var spec = Emitted.Lrp(composite) with { Backend = "torch", Low = new([-3]), High = new([3]) };
        Assert.All(Directory.EnumerateFiles(Path.Combine(SharedFolder.RepositoryRoot, "models"), "silhouettes-*.onnx"), model =>
        {
            using var scope = NewDisposeScope();
            using var here = ModelHost.Load(model, labels: null, spec);
            var compiled = ModelHost.Compile(model, labels: null, spec);
            using var assembly = NetworkAssembly.Build(compiled);
            using var weights = Weights.Open(model, CUDA);
            using var there = assembly.Create(compiled, weights);
            Assert.StartsWith("libtorch's own operators and kernels in CUDA, on cuda", there.Kernels, StringComparison.Ordinal);
            var x = rand([2, .. here.Network.Inputs[0].Sample], generator: new Generator(3)).mul(2).sub(0.7);
            var expected = here.Network.Explain([x], Layerwise.Target.Class(1), InitialRelevance.Logit);
            var actual = there.Explain([x], Layerwise.Target.Class(1), InitialRelevance.Logit);
            var apart = actual.Relevance.cpu().sub(expected.Relevance).norm().div(expected.Relevance.norm()).item<float>();
            Assert.True(apart <= 1e-4f, $"{Path.GetFileName(model)}: {apart}");
        });
    }

    private static nint Compile(string folder)
    {
        var (source, library) = (Path.Combine(folder, "kernels.cpp"), Path.Combine(folder, "kernels.so"));
        File.WriteAllText(source, OneThread + CudaKernels.Source(Fused.OnCuda.Values));
        using var compiler = Process.Start(new ProcessStartInfo("/usr/bin/c++", ["-shared", "-fPIC", "-O1", "-ffp-contract=off", "-Wall", "-Wno-unused-variable", "-Werror", "-o", library, source]) { RedirectStandardError = true })!;
        var errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, errors);
        return NativeLibrary.Load(library);
    }

    private static Kernels.Torch.Buffer Column(float[] numbers, int column)
    {
        var buffer = new Kernels.Torch.Buffer(numbers.Length / 3);
        buffer.Set(tensor(numbers.Where((_, i) => i % 3 == column).ToArray()));
        return buffer;
    }

    private static void Same<TFunction>(nint library, Kernels.Torch.Buffer a, Kernels.Torch.Buffer b, Kernels.Torch.Buffer c)
        where TFunction : struct, Fused.IFunction
    {
        var (result, actual) = (new Kernels.Torch.Buffer(a.Shape), empty_like(a.Value));
        Assert.True(Fused.Set<TFunction>(result, a, b, c, 0.125f, 3));
        var kernel = (delegate* unmanaged<nint, nint, nint, nint, float, float, long, void>)NativeLibrary.GetExport(library, typeof(TFunction).Name);
        kernel(OneDnn.Data(a.Value), OneDnn.Data(b.Value), OneDnn.Data(c.Value), OneDnn.Data(actual), 0.125f, 3, a.Value.numel());
        Equal(result.Value, actual, typeof(TFunction).Name);
    }

    private static void SamePair<TFunction>(nint library, Kernels.Torch.Buffer r, Kernels.Torch.Buffer? factor, Kernels.Torch.Buffer z, Kernels.Torch.Buffer p, (float First, float Second) parameters)
        where TFunction : struct, Fused.IPairFunction
    {
        var (first, second, x, y) = (new Kernels.Torch.Buffer(r.Shape), new Kernels.Torch.Buffer(r.Shape), empty_like(r.Value), empty_like(r.Value));
        Assert.True(Fused.SetPair<TFunction>(first, second, r, factor, z, p, parameters, 0.125f));
        var kernel = (delegate* unmanaged<nint, nint, nint, nint, nint, nint, float, float, float, long, void>)NativeLibrary.GetExport(library, typeof(TFunction).Name);
        kernel(OneDnn.Data(r.Value), factor is null ? 0 : OneDnn.Data(factor.Value), OneDnn.Data(z.Value), OneDnn.Data(p.Value), OneDnn.Data(x), OneDnn.Data(y), parameters.First, parameters.Second, 0.125f, r.Value.numel());
        Equal(first.Value, x, typeof(TFunction).Name);
        Equal(second.Value, y, typeof(TFunction).Name);
    }

    // One NaN is as good as another.
    private static void Equal(Tensor expected, Tensor actual, string name)
    {
        var (wanted, got) = (expected.data<float>().ToArray(), actual.data<float>().ToArray());
        for (var i = 0; i < wanted.Length; i++)
        {
            Assert.True(
                (float.IsNaN(wanted[i]) && float.IsNaN(got[i])) || BitConverter.SingleToInt32Bits(wanted[i]) == BitConverter.SingleToInt32Bits(got[i]),
                $"{name}, element {i} ({Edges[i / Edges.Length / Edges.Length]}, {Edges[i / Edges.Length % Edges.Length]}, {Edges[i % Edges.Length]}): {wanted[i]:R}, but {got[i]:R}");
        }
    }
}
