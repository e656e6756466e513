using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class AveragePoolEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var pool = (AveragePool)node.Operator;
        var kernel = lowering.Constructor.Kernel(node, "AveragePool", "", () =>
        {
            var arguments = new List<string> { Literal.Of(pool.Window.Kernel) };
            arguments.AddRange(WindowArguments.Of(pool.Window));
            if (pool.CountPadding)
            {
                arguments.Add(Lowering.Option("countPadding", "true"));
            }

            return new Making("new", arguments);
        });
        lowering.Call($"{kernel}.Forward", lowering.Input(node), new Write(output));
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, $"{lowering.Constructor.Kernel(node)}.Back", [s], lowering.Like(node.Inputs[0]));
}
