using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Layerwise.Tool.Verification;

/// <summary>What came of the verification of one composite.</summary>
/// <param name="Composite">The composite, or the method where it has none.</param>
internal sealed record VerificationReport(string Composite)
{
    /// <summary>How far a layer may be from the oracle, as a share of its largest number, and from adding up, as a share of the target.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Why the composite is none for the model; <c>null</c> where it is one.</summary>
    public string? Refusal { get; init; }

    /// <summary>Of all samples together.</summary>
    public IReadOnlyList<VerifiedLayer> Layers { get; init; } = [];

    /// <summary>Of each sample.</summary>
    public IReadOnlyList<Conservation> Balances { get; init; } = [];

    /// <summary>What does not hold, in words.</summary>
    public IReadOnlyList<string> Failures =>
    [
        .. Layers.Where(l => l.MustAddUp && !(l.RelativeGap <= Tolerance)).Select(l => $"{l.Layer.Name} does not add up: its gap is {Share(l.RelativeGap)} of the target"),
        .. Layers.Where(l => l.ActivationDifference is { } d && !(d <= Tolerance)).Select(l => $"{l.Layer.Name} differs from the oracle in its output: by {Share(l.ActivationDifference)} of the largest"),
        .. Layers.Where(l => l.RelevanceDifference is { } d && !(d <= Tolerance)).Select(l => $"{l.Layer.Name} differs from the oracle in the relevance that it gives: by {Share(l.RelevanceDifference)} of the largest"),
    ];

    public void Print(TextWriter output)
    {
        var console = Terminal.For(output);
        if (Refusal is not null)
        {
            output.WriteLine($"{Composite}: not for this model: {Printable.Line(Refusal)}");
            output.WriteLine();
            return;
        }

        var table = Terminal.Table(Composite, "operator", "rule", "class", "taken", "given", "bias", "stabilizer", "gap", "output Δ", "relevance Δ");
        foreach (var layer in Layers)
        {
            var l = layer.Layer;
            table.Row(
                l.Name, l.Op, l.Rule?.ToString() ?? "–", Class(l), Number(layer.Taken), Number(layer.Given), Number(layer.BiasShare), Number(layer.StabilizerShare), Number(layer.Gap),
                Share(layer.ActivationDifference) + (layer.IsWhole || layer.ActivationDifference is null ? "" : " (sample)"), Share(layer.RelevanceDifference));
        }

        console.Write(table);
        output.WriteLine();
        for (var sample = 0; sample < Balances.Count; sample++)
        {
            var b = Balances[sample];
            output.WriteLine($"sample {sample}: target {Number(b.Target)} = input {Number(b.InputSum)} + bias {Number(b.BiasShare)} + stabilizer {Number(b.StabilizerShare)} + gap {Number(b.Gap)}");
        }

        foreach (var layer in Layers.Where(l => l.NoReference is not null))
        {
            output.WriteLine($"no reference for {Printable.Line(layer.Layer.Name)}: {Printable.Line(layer.NoReference!)}");
        }

        foreach (var failure in Failures)
        {
            output.WriteLine($"FAILED: {Printable.Line(failure)}");
        }

        output.WriteLine($"{Composite}: {(Failures.Count == 0 ? "holds" : "does not hold")}, {Layers.Count(l => l.ActivationDifference is not null)} of {Layers.Count} layers compared with the oracle");
        output.WriteLine();
    }

    /// <summary>One object a composite.</summary>
    public static string ToJson(string model, IReadOnlyList<VerificationReport> reports)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("model", model);
            json.WriteBoolean("holds", reports.All(r => r.Failures.Count == 0));
            json.WriteStartArray("composites");
            foreach (var report in reports)
            {
                report.Write(json);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("composite", Composite);
        json.WriteString("refusal", Refusal);
        json.WriteStartArray("layers");
        foreach (var layer in Layers)
        {
            json.WriteStartObject();
            json.WriteString("name", layer.Layer.Name);
            json.WriteString("operator", layer.Layer.Op);
            json.WriteString("rule", layer.Layer.Rule?.ToString());
            json.WriteString("class", Class(layer.Layer));
            Json.Balance(json, layer.Taken, layer.Given, layer.BiasShare, layer.StabilizerShare, layer.Gap);
            Json.Number(json, "outputDifference", layer.ActivationDifference ?? double.NaN);
            Json.Number(json, "relevanceDifference", layer.RelevanceDifference ?? double.NaN);
            json.WriteBoolean("whole", layer.IsWhole);
            json.WriteString("noReference", layer.NoReference);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("samples");
        foreach (var balance in Balances)
        {
            json.WriteStartObject();
            Json.Balance(json, balance);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("failures");
        foreach (var failure in Failures)
        {
            json.WriteStringValue(failure);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Class(Layer layer) => layer.Leak switch
    {
        null => "–",
        Leak.None => "exact",
        Leak.Bounded => $"bounded leak: {layer.Keeps}",
        _ => $"not conservative{(layer.Keeps.Length > 0 ? $": {layer.Keeps}" : "")}",
    };

    private static string Number(double value) => Printable.Number(value);

    private static string Share(double? difference) => difference?.ToString("0.0e0", CultureInfo.InvariantCulture) ?? "–";
}
