using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The maximum of each channel.</summary>
public sealed record GlobalMaxPool : GlobalPool
{
    public static Operator Read(NodeReader node) => new GlobalMaxPool();

    public override string Name => "GlobalMaxPool";

    public override OperatorClass Class => OperatorClass.MaxPool;

    public override WayBack WayBack => WayBack.Own;
}
