using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>An operator that is one call: <c>K.Name(inputs, outputs, options)</c>. Those with a way back of their own derive from it.</summary>
public class KernelEmitter : OperatorEmitter
{
    public sealed override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var outputs = Present(node.Outputs, ((KernelOperator)node.Operator).OutputName);
        lowering.Call($"K.{node.Operator.Name}", [.. Arguments(lowering, node, lowering.Value, outputs.Where(o => o.Name is null).Select(o => (object)new Write(lowering.Value(o.Value))), outputs.Where(o => o.Name is not null))]);
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        var operation = (KernelOperator)node.Operator;
        var x = node.Inputs[0];
        if (operation.WayBack == WayBack.Zero || !lowering.Takes(x))
        {
            return;
        }

        var result = lowering.NewRelevance(x, asFactor);
        if (operation.WayBack == WayBack.Moves)
        {
            // Where each value came from the kernel itself tells, run on the values' own places.
            var forward = new Call($"K.{operation.Name}", [.. Arguments(lowering, node, value => value == x ? "x" : lowering.Value(value), ["y"], [])]);
            lowering.Call("K.MoveBack", s, new Write(result), new Lambda("(x, y)", forward), lowering.Size(x));
        }
        else
        {
            var known = lowering.Value(operation.WayBack == WayBack.OfOutput ? node.Output : x);
            lowering.Call($"K.{operation.Name}Back", [s, known, new Write(result), .. Options(operation), .. Present(node.Inputs, operation.InputName).Where(i => i.Name is not null).Select(i => (object)new Named(i.Name!, lowering.Value(i.Value)))]);
        }

        lowering.Give(x, result, asFactor ? x : null);
    }

    /// <summary>Jᵀs for one of several inputs, written by one call; nothing where the input takes no relevance.</summary>
    protected static void PullBackTo(Lowering lowering, Node node, int input, bool asFactor, string callee, IReadOnlyList<object> read, params IEnumerable<object> options)
    {
        var value = node.Inputs[input];
        if (lowering.Takes(value))
        {
            var result = lowering.NewRelevance(value, asFactor);
            lowering.Call(callee, [.. read, new Write(result), .. options]);
            lowering.Give(value, result, asFactor ? value : null);
        }
    }

    /// <summary>The operator's options as named arguments.</summary>
    protected static IEnumerable<object> Options(KernelOperator operation) => operation.Options.Select(o => (object)Lowering.Option(o.Name, Literal.OfAny(o.Value)));

    private static IEnumerable<object> Arguments(Lowering lowering, Node node, Func<string, object> value, IEnumerable<object> results, IEnumerable<(string? Name, string Value)> namedResults)
    {
        var operation = (KernelOperator)node.Operator;
        var inputs = Present(node.Inputs, operation.InputName);
        var inPlace = inputs.Where(i => i.Name is null).Select(i => value(i.Value)).ToList();
        return
        [
            .. operation.TakesList ? [inPlace.Cast<Slot>().ToList()] : inPlace,
            .. results,
            .. Options(operation),
            .. inputs.Where(i => i.Name is not null).Select(p => (object)new Named(p.Name!, lowering.Value(p.Value))),
            .. namedResults.Select(p => (object)new Write(lowering.Value(p.Value), p.Name!)),
            .. operation.NeedsBatch ? [Lowering.Option("batch", lowering.Batch)] : Array.Empty<object>(),
        ];
    }

    private static List<(string? Name, string Value)> Present(IReadOnlyList<string> values, Func<int, string?> name)
        => [.. values.Select((value, i) => (Name: name(i), Value: value)).Where(p => p.Value.Length > 0 && p.Name?.Length != 0)];
}
