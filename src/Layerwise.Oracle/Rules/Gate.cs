using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Rules;

/// <summary>A product of a signal with a gate, a value from 0 to 1.</summary>
internal static class Gate
{
    /// <summary>Which factor of the product that a layer ends with is its signal, and the product; <c>null</c> where that is not clear.</summary>
    public static (Step Product, int Signal)? SignalOf(OracleLayer layer)
    {
        var steps = layer.Tape.Steps.ToList();
        if (steps is not [.., { Step: ElementFunction { Name: "Mul", Arguments: [var one, var other] } product }])
        {
            return null;
        }

        bool IsGateAt(Reading factor) => factor.Map.OnlyMoves && factor.Map.Single(0).Input is var at
            && (at < layer.Inputs.Sum(i => i.Values.Length) ? IsGate(layer.Model, layer.Names[layer.Place(at).Input]) : steps.Last(s => s.First <= at).Step.Name is "Sigmoid" or "HardSigmoid");
        return (IsGateAt(one), IsGateAt(other)) switch
        {
            (true, false) => (product, 1),
            (false, true) => (product, 0),
            _ => null,
        };
    }

    private static bool IsGate(OracleModel model, string value) => model.Producer(value) switch
    {
        { OpType: "Sigmoid" or "HardSigmoid" or "Softmax" } => true,
        { OpType: "Clip" } clip => Bound(model, clip, 1, "min") == 0 && Bound(model, clip, 2, "max") == 1,
        { OpType: "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Transpose" or "Expand" or "Identity" } moved => IsGate(model, moved.Input[0]),

        // x·σ-like gates that exporters write out: Clip(x + 3, 0, 6) / 6.
        { OpType: "Div" or "Mul" } scaled when scaled.Input.Select(model.Producer).OfType<Onnx.NodeProto>().ToList() is [{ OpType: "Clip" } clip] => IsUnit(model, scaled, clip),
        _ => false,
    };

    private static bool IsUnit(OracleModel model, Onnx.NodeProto scaled, Onnx.NodeProto clip)
        => Bound(model, clip, 1, "min") == 0
            && scaled.Input.Select(i => model.Weight(i)?.Values.Values).OfType<double[]>().ToList() is [[var factor]]
            && Math.Abs((Bound(model, clip, 2, "max") * (scaled.OpType == "Div" ? 1 / factor : factor)) - 1 ?? 1) < 1e-6;

    private static double? Bound(OracleModel model, Onnx.NodeProto clip, int input, string attribute)
        => clip.Input.Count > input && clip.Input[input].Length > 0 ? Number(model, clip.Input[input]) : clip.Attribute(attribute)?.F;

    private static double? Number(OracleModel model, string value) => model.Weight(value)?.Values.Values is [var number] ? number
        : model.Producer(value) is { OpType: "Constant" } constant && constant.Attribute("value") is { T: { } tensor } && model.Read(tensor).Values.Values is [var stored] ? stored
        : null;
}
