using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>An operator that is one call: <c>K.Name(inputs, outputs, options)</c>. Those with a way back derive from it.</summary>
public class KernelEmitter : OperatorEmitter
{
    public sealed override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var operation = (KernelOperator)node.Operator;
        var inputs = Present(node.Inputs, operation.InputName);
        var outputs = Present(node.Outputs, operation.OutputName);
        var inPlace = inputs.Where(i => i.Name is null).Select(i => lowering.Value(i.Value)).ToList();
        lowering.Call(
            $"K.{operation.Name}",
            [
                .. operation.TakesList ? [inPlace] : inPlace.Cast<object>(),
                .. outputs.Where(o => o.Name is null).Select(o => (object)new Write(lowering.Value(o.Value))),
                .. operation.Options.Select(o => (object)Lowering.Option(o.Name, Literal.OfAny(o.Value))),
                .. inputs.Concat(outputs).Where(p => p.Name is not null).Select(p => (object)new Named(p.Name!, lowering.Value(p.Value))),
                .. operation.NeedsBatch ? [Lowering.Option("batch", lowering.Batch)] : Array.Empty<object>(),
            ]);
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => throw new InvalidOperationException($"{node.Operator.Name} is not differentiable");

    private static List<(string? Name, string Value)> Present(IReadOnlyList<string> values, Func<int, string?> name)
        => [.. values.Select((value, i) => (Name: name(i), Value: value)).Where(p => p.Value.Length > 0 && p.Name?.Length != 0)];
}
