using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Silhouettes;

/// <summary>
/// Four blocks of convolution, batch normalization, Relu and max pooling, then two dense layers:
/// [N, 3, 64, 64] → [N, classes].
/// </summary>
internal sealed class Network : Module<Tensor, Tensor>
{
    private static readonly int[] Channels = [3, 12, 20, 32, 40];
    private const int Hidden = 48;

    public Network(int classes) : base(nameof(Network))
    {
        var side = Picture.Side;
        for (var i = 1; i < Channels.Length; i++)
        {
            Convolutions.Add(Conv2d(Channels[i - 1], Channels[i], kernel_size: 3, padding: 1, bias: false));
            Normalizations.Add(BatchNorm2d(Channels[i]));
            side /= 2;
        }

        First = Linear(Channels[^1] * side * side, Hidden);
        Last = Linear(Hidden, classes);
        RegisterComponents();
    }

    public ModuleList<Conv2d> Convolutions { get; } = [];

    public ModuleList<BatchNorm2d> Normalizations { get; } = [];

    public Linear First { get; }

    public Linear Last { get; }

    public override Tensor forward(Tensor picture)
    {
        var x = picture;
        foreach (var (convolution, normalization) in Convolutions.Zip(Normalizations))
        {
            x = functional.max_pool2d(functional.relu(normalization.forward(convolution.forward(x))), 2);
        }

        return Last.forward(functional.relu(First.forward(x.flatten(1))));
    }
}
