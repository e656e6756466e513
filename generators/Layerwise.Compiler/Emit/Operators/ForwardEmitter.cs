using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>An operator of one input and one output that runs forward alone, by a kernel of its own name.</summary>
public abstract class ForwardEmitter : OperatorEmitter
{
    public sealed override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
        => lowering.Call($"K.{node.Operator.Name}", [lowering.Input(node), new Write(output), .. Options(node)]);

    public sealed override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => throw new InvalidOperationException($"{node.Operator.Name} is not differentiable");

    /// <summary>The kernel's named arguments.</summary>
    protected abstract IEnumerable<string> Options(Node node);
}
