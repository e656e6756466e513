using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The maximum of each window.</summary>
public sealed record MaxPool(Window Window) : Pool(Window)
{
    public static Operator Read(NodeReader node)
    {
        if (node.HasOutput(1))
        {
            throw node.Unsupported("its second output, the indices, is not supported", "Export the model without it.");
        }

        node.Ignore("storage_order");
        return new MaxPool(ReadWindow(node));
    }

    public override string Name => "MaxPool";

    public override OperatorClass Class => OperatorClass.MaxPool;
}
