using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class RecurrentEmitter : OperatorEmitter
{
    private static readonly (int Input, string Name)[] Optional = [(4, "lengths"), (5, "first"), (6, "firstCell")];
    private static readonly (int Input, string Name)[] Results = [(0, ""), (5, "toFirst"), (6, "toFirstCell")];

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

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor) => PullBack(lowering, node, [s], asFactor);

    public override void PullBack(Lowering lowering, Node node, IReadOnlyList<Slot?> s, bool asFactor)
    {
        if (Has(node, 7))
        {
            throw CompilationException.Unsupported(node.Name, node.Operator.Name, "it has peepholes, through which nothing comes back", "Explain an output before it.");
        }

        var backs = new[] { "states", "last", "lastCell" }.Take(s.Count).Select((name, i) => (Name: name, Slot: s[i])).Where(b => b.Slot is not null).Select(b => (object)new Named(b.Name, b.Slot!));
        var given = Optional.Where(o => Has(node, o.Input)).Select(o => (object)new Named(o.Name, lowering.Input(node, o.Input)));
        var results = Results.Where(r => Has(node, r.Input) && (r.Input == 0 || lowering.Takes(node.Inputs[r.Input])))
            .Select(r => (r.Name, Value: node.Inputs[r.Input], Slot: lowering.NewRelevance(node.Inputs[r.Input], asFactor))).ToList();
        lowering.Call($"{lowering.Kernel(node)}.Back", [lowering.Input(node), new Write(results[0].Slot), .. backs, .. given, .. results.Skip(1).Select(r => (object)new Named(r.Name, r.Slot))]);
        foreach (var (_, value, slot) in results)
        {
            lowering.Give(value, slot, asFactor ? value : null);
        }
    }

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
