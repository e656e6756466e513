using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The mean of each window.</summary>
/// <param name="Window">The window.</param>
/// <param name="CountPadding">Whether padding counts as zeros that are averaged with the rest.</param>
public sealed record AveragePool(Window Window, bool CountPadding) : Pool(Window)
{
    public static Operator Read(NodeReader node) => new AveragePool(
        ReadWindow(node),
        node.Int("count_include_pad", 0) != 0);

    public override string Name => "AveragePool";

    public override OperatorClass Class => OperatorClass.AveragePool;
}
