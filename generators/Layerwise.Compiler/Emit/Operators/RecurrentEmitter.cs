using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class RecurrentEmitter : OperatorEmitter
{
    private static readonly (int Input, string Name)[] Optional = [(4, "lengths"), (5, "first"), (6, "firstCell")];

    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var layer = (Recurrent)node.Operator;
        var kernel = lowering.Kernel(node, layer.Source, "", () => new("new", [.. Arguments(lowering, node, layer)]));
        lowering.Call(
            $"{kernel}.Forward",
            [
                lowering.Input(node),
                new Write(output),
                .. Optional.Where(o => Has(node, o.Input)).Select(o => (object)new Named(o.Name, lowering.Input(node, o.Input))),
                .. new[] { (1, "last"), (2, "lastCell") }.Select(o => (Name: o.Item2, Slot: lowering.Output(node, o.Item1))).Where(o => o.Slot is not null).Select(o => (object)new Named(o.Name, o.Slot!)),
            ]);
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => throw new InvalidOperationException($"{node.Operator.Name} is not differentiable");

    private static IEnumerable<string> Arguments(Lowering lowering, Node node, Recurrent layer)
    {
        yield return lowering.Weight(node.Inputs[1]);
        yield return lowering.Weight(node.Inputs[2]);
        yield return Has(node, 3) ? lowering.Weight(node.Inputs[3]) : "null";
        if (Has(node, 7))
        {
            yield return Lowering.Option("peepholes", lowering.Weight(node.Inputs[7]));
        }

        if (layer.Direction != "forward")
        {
            yield return Lowering.Option("direction", Literal.Of(layer.Direction));
        }

        if (!layer.HasUsualActivations)
        {
            yield return Lowering.Option("activations", $"[{string.Join(", ", layer.Activations.Select(Literal.Of))}]");
            yield return Lowering.Option("alphas", Literal.List(layer.Alphas));
            yield return Lowering.Option("betas", Literal.List(layer.Betas));
        }

        if (layer.Clip != 0)
        {
            yield return Lowering.Option("clip", Literal.Of(layer.Clip));
        }

        if (layer.BatchFirst)
        {
            yield return Lowering.Option("batchFirst", "true");
        }

        if (layer.Variant)
        {
            yield return Lowering.Option(layer.Source == "LSTM" ? "coupled" : "resetAfter", "true");
        }
    }

    private static bool Has(Node node, int input) => input < node.Inputs.Count && node.Inputs[input].Length > 0;
}
