using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Silhouettes;

internal static class OnnxExport
{
    /// <summary>
    /// Writes the network as it is evaluated, its batch normalizations as nodes of their own: input <c>picture</c> [N, 3, 64, 64],
    /// output <c>logits</c> [N, classes].
    /// </summary>
    public static void Save(Network network, string path)
    {
        var model = new ModelBuilder(opset: 13, producer: "silhouettes")
            .Input("picture", "N", 3, Picture.Side, Picture.Side)
            .Output("logits", "N", Figure.Classes.Count);
        var x = "picture";
        foreach (var (i, (convolution, normalization)) in network.Convolutions.Zip(network.Normalizations).Index())
        {
            var (conv, bn, relu, pool) = ($"conv{i + 1}", $"bn{i + 1}", $"relu{i + 1}", $"pool{i + 1}");
            Add(model, $"{conv}.weight", convolution.weight!);
            Add(model, $"{bn}.scale", normalization.weight!);
            Add(model, $"{bn}.bias", normalization.bias!);
            Add(model, $"{bn}.mean", normalization.running_mean!);
            Add(model, $"{bn}.var", normalization.running_var!);
            model
                .Node("Conv", $"{x} {conv}.weight", conv, conv, ("kernel_shape", new[] { 3, 3 }), ("pads", new[] { 1, 1, 1, 1 }))
                .Node("BatchNormalization", $"{conv} {bn}.scale {bn}.bias {bn}.mean {bn}.var", bn, bn, ("epsilon", (float)normalization.eps))
                .Node("Relu", bn, relu, relu)
                .Node("MaxPool", relu, pool, pool, ("kernel_shape", new[] { 2, 2 }), ("strides", new[] { 2, 2 }));
            x = pool;
        }

        Add(model, "fc1.weight", network.First.weight!);
        Add(model, "fc1.bias", network.First.bias!);
        Add(model, "fc2.weight", network.Last.weight!);
        Add(model, "fc2.bias", network.Last.bias!);
        model
            .Node("Flatten", x, "flatten", "flatten")
            .Node("Gemm", "flatten fc1.weight fc1.bias", "fc1", "fc1", ("transB", 1))
            .Node("Relu", "fc1", "relu5", "relu5")
            .Node("Gemm", "relu5 fc2.weight fc2.bias", "logits", "fc2", ("transB", 1));

        var unfinished = path + ".tmp";
        model.Save(unfinished);
        File.Move(unfinished, path, overwrite: true);
    }

    private static void Add(ModelBuilder model, string name, Tensor tensor)
        => model.Tensor(name, tensor.data<float>().ToArray(), tensor.shape);
}
