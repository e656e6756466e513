using System.Text.RegularExpressions;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

/// <summary>Whose kernels a network runs on, and what the head of its file says about it.</summary>
public class BackendTests
{
    [Fact]
    public void A_small_network_of_known_operators_runs_on_managed_kernels() => Uses("Managed", Dense(64), "no more than 8,000,000 multiply-adds, 2,000,000 of them of dense layers, and");

    [Fact]
    public void A_large_network_runs_on_libtorch() => Uses("Torch", Dense(3000), "more than 8,000,000 multiply-adds");

    [Fact]
    public void Many_weights_of_dense_layers_run_on_libtorch() => Uses("Torch", Dense(2000), "more than 2,000,000 multiply-adds of dense layers");

    [Fact]
    public void A_network_with_another_operator_runs_on_libtorch_and_its_file_names_it()
        => Uses("Torch", Dense(64).Node("TopK", ["y", "k"], ["best", "places"], "top").Tensor("k", new long[] { 2 }, 1).Output("best", "N", 2), "TopK 'top'", output: "best");

    [Fact]
    public void An_open_size_is_for_libtorch() => Uses("Torch", new ModelBuilder().Input("x", "N", 3, "L").Output("y", "N", 3, "L").Node("Relu", "x", "y", "relu"), "of an open size");

    [Theory]
    [InlineData("torch", "Torch")]
    [InlineData("Managed", "Managed")]
    public void The_backend_that_is_asked_for_is_taken(string asked, string kernels) => Uses(kernels, Dense(kernels == "Torch" ? 64 : 2000), "asked for", asked);

    [Fact]
    public void Both_make_the_same_calls_in_the_same_order_and_libtorch_frees_memory_between_them()
    {
        var (torch, managed) = (Calls("torch"), Calls("managed"));
        Assert.Contains(torch, call => call.StartsWith("K.Free(", StringComparison.Ordinal));
        Assert.Contains(torch, call => call.StartsWith("K.Recover(", StringComparison.Ordinal));
        Assert.Contains(torch, call => call.Contains(", over: f.", StringComparison.Ordinal));
        Assert.Equal(managed, torch.Where(call => !call.StartsWith("K.Free(", StringComparison.Ordinal) && !call.StartsWith("K.Recover(", StringComparison.Ordinal))
            .Select(call => Regex.Replace(call, @", over: f\.\w+", "")));

        // What runs, from the constructor to the buffers, without the room before the comments behind the calls.
        static string[] Calls(string backend)
        {
            var source = Source(LivenessTests.Residual(), backend);
            var (from, to) = (source.IndexOf("private readonly K.", StringComparison.Ordinal), source.IndexOf("// The buffers of one call", StringComparison.Ordinal));
            return [.. source[from..to].Split('\n').Select(line => Regex.Replace(line.Trim(), " +//", " //"))];
        }
    }

    [Fact]
    public void Managed_kernels_that_are_missing_are_a_problem_that_names_every_node()
    {
        var model = new ModelBuilder().Input("x", "N", 4, 6).Output("y", "N", 4, 6).Tensor("scale", Compile.Numbers(6), 6).Node("CumSum", "x axis", "s", "sums").Tensor("axis", [2L])
            .Node("LpNormalization", "s", "n", "norm").Node("Relu", "n", "y", "relu");
        var problem = Compile.OnlyProblem(model, new ExplainerSpec { ClassName = "Net", Method = "predict", Backend = "managed" });
        Assert.Equal("LW0207", problem.Id);
        Assert.Contains("CumSum 'sums'; LpNormalization 'norm'", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("relu", problem.Message, StringComparison.Ordinal);
    }

    private static void Uses(string kernels, ModelBuilder model, string why, string asked = "auto", string? output = null)
    {
        var source = Source(model, asked, output);
        Assert.Contains($"using K = global::Layerwise.Kernels.{kernels};", source, StringComparison.Ordinal);
        var line = Assert.Single(source.Split('\n'), l => l.StartsWith($"//   {kernels} kernels: ", StringComparison.Ordinal));
        Assert.Contains(why, line, StringComparison.Ordinal);
    }

    private static string Source(ModelBuilder model, string backend, string? output = null)
    {
        var network = Compile.Network(model, new ExplainerSpec { ClassName = "Net", Method = output is null ? "lrp" : "predict", Backend = backend });
        Assert.Empty(network.Problems);
        return network.NetworkSource!;
    }

    private static ModelBuilder Dense(int width) => new ModelBuilder().Input("x", "N", width).Output("y", "N", width).Weight("w", width, width).Node("MatMul", "x w", "y", "fc");
}
