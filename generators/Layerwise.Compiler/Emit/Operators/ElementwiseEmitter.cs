using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>The kernel has the operator's name.</summary>
public sealed class ElementwiseEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var operation = (Elementwise)node.Operator;
        var inputs = node.Inputs.Select(lowering.Value).ToList();
        IEnumerable<object> arguments = operation.Function.TakesMany ? [inputs] : inputs;
        lowering.Call($"K.{operation.Name}", [.. arguments, new Write(output), .. operation.Options.Select(o => Lowering.Option(o.Name, Literal.Of(o.Value)))]);
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => throw new InvalidOperationException($"{node.Operator.Name} is not differentiable");
}
