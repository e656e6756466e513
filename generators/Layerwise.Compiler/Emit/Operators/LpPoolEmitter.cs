using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class LpPoolEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var pool = (LpPool)node.Operator;
        var kernel = lowering.Constructor.Kernel(node, "LpPool", "", () => new("new", [Literal.Of(pool.Window.Kernel), pool.P.ToString(CultureInfo.InvariantCulture), .. WindowArguments.Of(pool.Window)]));
        lowering.Call($"{kernel}.Forward", lowering.Input(node), new Write(output));
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => throw new InvalidOperationException("LpPool is not differentiable");
}
