using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Rules;

/// <summary>Finds the local response normalization that a layer is: one node, or the many that exporters write.</summary>
internal static class LocalResponses
{
    public static LocalResponse? Of(Layer layer) => layer.Tape.Steps.Select(s => s.Step).ToList() is [LocalResponse response] ? response : null;
}
