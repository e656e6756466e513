using Layerwise.Compiler;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Ops;
using Layerwise.Testing;
using Layerwise.Tests.Numerics;
using Layerwise.Tool;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.OnnxRuntime;

/// <summary>Golden networks, and the project's own, compute what ONNX Runtime computes.</summary>
public class NetworkTests
{
    private const double Tolerance = 1e-4;

    private static readonly ExplainerSpec Spec = new() { ClassName = "Model", Method = "predict" };

    public static TheoryData<string> Goldens => [.. SharedFolder.Files("goldens", "model*.onnx").Where(InOperatorSet)];

    public static TheoryData<string> Own => [.. Directory.EnumerateFiles(OwnFolder, "*.onnx").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    private static string OwnFolder => Path.Combine(SharedFolder.RepositoryRoot, "models");

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Golden_networks_give_the_logits_of_ONNX_Runtime(string model)
    {
        Assert.SkipUnless(SharedFolder.Exists, "The shared folder with the golden networks is not here.");
        var path = SharedFolder.At(model);
        Compare(path, input => ReferenceFiles.Load(Path.Combine(Path.GetDirectoryName(path)!, input.IsFloat ? "input.npy" : "ids.npy")));
    }

    [Theory]
    [MemberData(nameof(Own))]
    public void Own_networks_give_the_logits_of_ONNX_Runtime(string model)
        => Compare(Path.Combine(OwnFolder, model), input => rand([4, .. input.Shape.Skip(1)], generator: new Generator(1)));

    private static void Compare(string path, Func<Port, Tensor> given)
    {
        using var scope = NewDisposeScope();
        using var host = ModelHost.Load(path, labels: null, Spec);
        using var runtime = new Runtime(File.ReadAllBytes(path));
        var input = Assert.Single(host.Network.Inputs);
        var x = given(input).to(input.Type);
        var expected = runtime.Run(new Dictionary<string, Tensor> { [input.Name] = x })[0];
        var actual = host.Network.Predict(x);
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange(ReferenceFiles.RelativeDifference(actual, expected), 0, Tolerance);
    }

    /// <summary>Whether all of the model's operators are supported, so that it must work.</summary>
    private static bool InOperatorSet(string model)
        => model == SharedFolder.Absent || ManifestParser.Parse(ModelHost.Manifest(SharedFolder.At(model), labels: null)).Nodes.All(GraphReader.IsSupported);
}
