using Layerwise.Oracle.Linear;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Rules;

/// <summary>
/// Finds the local response normalization that a layer is: one node, or what exporters write, x / (k + α/size·Σx²)^β with the sum as a mean
/// over an axis of its own. What is found that way must give the layer's own numbers.
/// </summary>
internal static class LocalResponses
{
    private const double Rounding = 1e-9;

    public static LocalResponse? Of(OracleLayer layer) => layer.Tape.Steps.Select(s => s.Step).ToList() switch
    {
        [LocalResponse response] => response,
        [ElementFunction { Name: "Mul" }, ElementFunction { Name: "Pow", Arguments: [var radicand, var exponent] }, ElementFunction { Name: "Div" }]
            when layer.Inputs is [{ Shape: { Length: >= 3 } shape }] && exponent.Map.IsThin && exponent.Map.Single(0).Input < 0 => Written(layer, shape, radicand, exponent[0]),
        _ => null,
    };

    // The power's argument is linear in the squares: its rows are the windows.
    private static LocalResponse? Written(OracleLayer layer, int[] shape, Reading radicand, double beta)
    {
        var (row, size, weight, bias) = (new RowBuffer(), 0, 0.0, 0.0);
        for (var channel = 0; channel < shape[1]; channel++)
        {
            radicand.Map.Row(channel * Shapes.Size(shape.AsSpan(2)), row.Clear());
            (size, weight, bias) = row.Count > size ? (row.Count, row.Weights[0], row.Bias) : (size, weight, bias);
        }

        var response = new LocalResponse("LRN", new Reading(layer.Tape, new Slot(0, layer.Count)), shape, size, weight * size, beta, bias);
        return Enumerable.Range(0, layer.Count).All(o => Math.Abs(response.Evaluate(o) - layer[o]) <= Rounding * Math.Abs(layer[o])) ? response : null;
    }
}
