using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Rules;

/// <summary>A product of a signal with a gate, a value from 0 to 1.</summary>
internal static class Gate
{
    /// <summary>Which factor of a layer that is one product is its signal; <c>null</c> where that is not clear.</summary>
    public static int? SignalOf(Layer layer)
    {
        if (layer.Tape.Steps.ToList() is not [{ Step: ElementFunction { Name: "Mul", Arguments: [var one, var other] } }])
        {
            return null;
        }

        bool[] gates = [.. new[] { one, other }.Select(factor => factor.Map.OnlyMoves && layer.Names[layer.Place(factor.Map.Single(0).Input).Input] is var name && IsGate(layer.Model, name))];
        return gates switch
        {
            [true, false] => 1,
            [false, true] => 0,
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
