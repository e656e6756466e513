using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The mean of each channel over all spatial axes, which stay with size 1.</summary>
public sealed record GlobalAveragePool : GlobalPool
{
    public static Operator Read(NodeReader node) => new GlobalAveragePool();

    public override string Name => "GlobalAveragePool";

    public override OperatorClass Class => OperatorClass.AveragePool;

    public override WayBack WayBack => WayBack.Own;
}
