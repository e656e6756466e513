using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>Functions of several elements: a derivative for each input, summed over what the input was broadcast to.</summary>
public sealed class ElementwiseEmitter : KernelEmitter
{
    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        if (((Elementwise)node.Operator).WayBack != WayBack.Own)
        {
            base.PullBack(lowering, node, s, asFactor);
            return;
        }

        foreach (var i in Enumerable.Range(0, node.Inputs.Count).Where(i => lowering.Takes(node.Inputs[i])))
        {
            var (callee, read, options) = Derivative(lowering, node, i);
            PullBackTo(lowering, node, i, asFactor, callee, [s, .. read], [.. options, .. lowering.Like(node.Inputs[i])]);
        }
    }

    private static (string Callee, object[] Read, object[] Options) Derivative(Lowering lowering, Node node, int input)
    {
        Slot Value(int i) => lowering.Value(node.Inputs[i]);
        var y = new Lazy<Slot>(() => lowering.Value(node.Output));
        return (node.Operator.Name, input) switch
        {
            ("Mul", _) => ("K.MulBack", [Value(1 - input)], []),
            ("Div", 0) => ("K.DivBack", [Value(1)], []),
            ("Div", _) => ("K.DivisorBack", [Value(1), y.Value], []),
            ("Sub", 0) => ("K.SumTo", [], []),
            ("Sub", _) => ("K.SubtrahendBack", [], []),
            ("Pow", 0) => ("K.PowBack", [Value(0), Value(1)], []),
            ("Pow", _) => ("K.ExponentBack", [Value(0), y.Value], []),
            ("PRelu", 0) => ("K.PReluBack", [Value(0), Value(1)], []),
            ("PRelu", _) => ("K.PReluSlopeBack", [Value(0)], []),
            ("Where", 0) => throw new InvalidOperationException("a condition takes no relevance"),
            ("Where", _) => ("K.WhereBack", [Value(0)], input == 2 ? [Lowering.Option("otherwise", "true")] : []),
            ("Mean", _) => ("K.MeanBack", [], [Lowering.Option("count", node.Inputs.Count.ToString(CultureInfo.InvariantCulture))]),
            _ => ("K.ExtremeBack", [node.Inputs.Select(lowering.Value).ToList(), y.Value], [Lowering.Option("input", input.ToString(CultureInfo.InvariantCulture))]),
        };
    }
}
