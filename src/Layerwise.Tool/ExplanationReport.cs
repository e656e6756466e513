using System.Text.Json;
using Spectre.Console;
using TorchSharp;

namespace Layerwise.Tool;

/// <summary>The relevance of one input for a whole batch.</summary>
internal sealed record Relevance(string Input, long[] Shape, float[] Values)
{
    public double Sum => Values.Sum(value => (double)value);

    public float Min => Values.Min();

    public float Max => Values.Max();
}

/// <summary>An explanation in numbers and words: for a reader, or as JSON.</summary>
internal sealed class ExplanationReport
{
    private const int MaxRows = 20;

    private readonly string _model;
    private readonly string _method;
    private readonly string? _composite;
    private readonly Classes _classes;
    private readonly float[][] _logits;
    private readonly IReadOnlyList<int> _target;
    private readonly int? _against;
    private readonly bool _independent;
    private readonly IReadOnlyList<Conservation> _conservations;

    public ExplanationReport(string model, string method, string? composite, Classes classes, IReadOnlyList<Port> inputs, Explanation explanation)
    {
        (_model, _method, _composite, _classes, _target, _against) = (model, method, composite, classes, explanation.Target, explanation.Against);
        _independent = explanation.HasIndependentClasses;
        var logits = Values(explanation.Logits);
        _logits = [.. logits.Chunk(logits.Length / _target.Count)];
        _conservations = explanation.HasConservation ? explanation.Conservations : [];
        Relevances = [.. inputs.Zip(explanation.Relevances, (input, relevance) => new Relevance(input.Name, relevance.shape, Values(relevance)))];
    }

    /// <summary>One a model's input, in the model's order.</summary>
    public IReadOnlyList<Relevance> Relevances { get; }

    /// <summary>
    /// One object on one line: <c>model</c>, <c>method</c>, <c>composite</c>, <c>predicted</c> and <c>target</c> (an object for one sample,
    /// an array for several), <c>against</c> likewise where a class is compared with, <c>relevance</c> of the first input, <c>relevances</c> by name
    /// where there are several inputs, and <c>conservation</c>, an object a sample, where it was asked for.
    /// </summary>
    public string ToJson() => Json.Object(Write);

    /// <summary>The members of that object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteString("model", _model);
        json.WriteString("method", _method);
        json.WriteString("composite", _composite);
        WriteClasses(json, "predicted", [.. _logits.Select(Top)]);
        WriteClasses(json, "target", _target);
        if (_against is { } against)
        {
            WriteClasses(json, "against", [.. _target.Select(_ => against)]);
        }

        json.WritePropertyName("relevance");
        WriteRelevance(json, Relevances[0]);
        if (Relevances.Count > 1)
        {
            json.WriteStartObject("relevances");
            foreach (var relevance in Relevances)
            {
                json.WritePropertyName(relevance.Input);
                WriteRelevance(json, relevance);
            }

            json.WriteEndObject();
        }

        if (_conservations.Count > 0)
        {
            WriteConservation(json);
        }
    }

    /// <summary>The same for a reader, and where the files went.</summary>
    public void Print(TextWriter output, params ReadOnlySpan<string?> written)
    {
        var console = Terminal.For(output);
        var facts = Terminal.Facts();
        void Fact(string name, string value) => facts.Row(name, value);

        Fact("model", _model);
        Fact("method", _composite is null ? _method : $"{_method}, {_composite}");
        if (_target.Count == 1)
        {
            Fact("predicted", Predicted(0));
            Fact("target", Target(0));
            if (_against is { } against)
            {
                Fact("against", Class(0, against));
            }
        }

        foreach (var relevance in Relevances)
        {
            Fact(
                Relevances.Count == 1 ? "relevance" : $"relevance of {relevance.Input}",
                $"{Printable.Shape(relevance.Shape)}, sum {Printable.Number(relevance.Sum)}, from {Printable.Number(relevance.Min)} to {Printable.Number(relevance.Max)}");
        }

        foreach (var balance in _conservations.Take(_target.Count == 1 ? 1 : 0))
        {
            Fact("adds up", $"{Printable.Number(balance.Target)} = {Printable.Number(balance.InputSum)} (input) + {Printable.Number(balance.BiasShare)} (biases) + {Printable.Number(balance.StabilizerShare)} (stabilizers){(balance.Withheld == 0 ? "" : $" + {Printable.Number(balance.Withheld)} (conditions)")} + {Printable.Number(balance.Gap)} (gap)");
        }

        foreach (var file in written)
        {
            if (file is not null)
            {
                Fact("wrote", file);
            }
        }

        console.Write(facts);
        if (_target.Count > 1)
        {
            PrintSamples(console);
        }
    }

    private void PrintSamples(IAnsiConsole console)
    {
        console.WriteLine();
        var table = Terminal.Table("sample", "predicted", "target", "relevance");
        var size = Relevances[0].Values.Length / _target.Count;
        for (var sample = 0; sample < Math.Min(_target.Count, MaxRows); sample++)
        {
            var sum = Relevances[0].Values.Skip(sample * size).Take(size).Sum(value => (double)value);
            table.Row($"{sample}", Predicted(sample), Target(sample), Printable.Number(sum));
        }

        console.Write(table);
        if (_target.Count > MaxRows)
        {
            console.WriteLine($"and {_target.Count - MaxRows} samples more: --json lists them all");
        }
    }

    /// <summary>What the model says of a sample, with its logit and its probability.</summary>
    public string Predicted(int sample) => Class(sample, Top(_logits[sample]));

    /// <summary>The class of that alone.</summary>
    public string PredictedClass(int sample) => Top(_logits[sample]) is var index ? _classes.Label(index) ?? $"class {index}" : "";

    /// <summary>The explained class of a sample.</summary>
    public string Target(int sample) => Class(sample, _target[sample]);

    private string Class(int sample, int index)
    {
        var logits = _logits[sample];
        var text = $"{_classes.Label(index) ?? "class"} ({index}), logit {Printable.Number(logits[index])}";
        return Probability(logits, index) is { } probability ? $"{text}, probability {Printable.Number(probability)}" : text;
    }

    private void WriteClasses(Utf8JsonWriter json, string name, IReadOnlyList<int> indices)
    {
        json.WritePropertyName(name);
        if (indices.Count > 1)
        {
            json.WriteStartArray();
        }

        for (var sample = 0; sample < indices.Count; sample++)
        {
            json.WriteStartObject();
            json.WriteNumber("index", indices[sample]);
            json.WriteString("label", _classes.Label(indices[sample]));
            Json.Number(json, "logit", _logits[sample][indices[sample]]);
            Json.Number(json, "probability", Probability(_logits[sample], indices[sample]) ?? double.NaN);
            json.WriteEndObject();
        }

        if (indices.Count > 1)
        {
            json.WriteEndArray();
        }
    }

    /// <summary>One object a sample: the balance, and that of each layer.</summary>
    private void WriteConservation(Utf8JsonWriter json)
    {
        json.WriteStartArray("conservation");
        foreach (var balance in _conservations)
        {
            json.WriteStartObject();
            Json.Balance(json, balance);
            json.WriteStartArray("layers");
            foreach (var layer in balance.Layers)
            {
                json.WriteStartObject();
                json.WriteString("name", layer.Layer.Name);
                json.WriteString("rule", layer.Layer.Rule?.ToString());
                json.WriteString("leak", layer.Layer.Leak?.ToString());
                Json.Balance(json, layer.Taken, layer.Given, layer.BiasShare, layer.StabilizerShare, layer.Gap);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRelevance(Utf8JsonWriter json, Relevance relevance)
    {
        json.WriteStartObject();
        Json.Shape(json, "shape", relevance.Shape);
        Json.Number(json, "sum", relevance.Sum);
        Json.Number(json, "min", relevance.Min);
        Json.Number(json, "max", relevance.Max);
        json.WriteEndObject();
    }

    private static int Top(float[] logits) => Array.IndexOf(logits, logits.Max());

    private double? Probability(float[] logits, int index)
    {
        if (_independent)
        {
            return 1 / (1 + Math.Exp(-logits[index]));
        }

        if (logits.Length == 1)
        {
            return null;
        }

        double max = logits.Max();
        return Math.Exp(logits[index] - max) / logits.Sum(logit => Math.Exp(logit - max));
    }

    private static float[] Values(torch.Tensor tensor)
    {
        using var contiguous = tensor.to(torch.CPU).contiguous();
        return contiguous.data<float>().ToArray();
    }
}
