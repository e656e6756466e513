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
        var kernel = lowering.Constructor.Kernel(node, layer.Source, "", () => new("new", [.. lowering.Constructor.Weights(node, 1, 2, 3), .. Arguments(lowering, node, layer)]));
        lowering.Call(
            $"{kernel}.Forward",
            [
                lowering.Input(node),
                new Write(output),
                .. Optional.Where(o => Has(node, o.Input)).Select(o => (object)new Named(o.Name, lowering.Input(node, o.Input))),
                .. new[] { (1, "last"), (2, "lastCell") }.Select(o => (Name: o.Item2, Slot: lowering.Output(node, o.Item1))).Where(o => o.Slot is not null).Select(o => (object)new Write(o.Slot!, o.Name)),
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
        var results = new List<object>();
        foreach (var (input, name) in Results.Where(r => Has(node, r.Input) && (r.Input == 0 || lowering.IsOfInputs(node.Inputs[r.Input]))))
        {
            var value = node.Inputs[input];
            var result = lowering.NewRelevance(value, asFactor);
            results.Add(new Write(result, name));
            lowering.Give(value, result, asFactor ? value : null);
        }

        lowering.Call($"{lowering.Constructor.Kernel(node)}.Back", [lowering.Input(node), results[0], .. backs, .. given, .. results.Skip(1)]);
    }

    private static IEnumerable<string> Arguments(Lowering lowering, Node node, Recurrent layer)
    {
        if (Has(node, 7))
        {
            yield return Lowering.Option("peepholes", lowering.Constructor.Weight(node.Inputs[7]));
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
