using System.Text.Json;
using Layerwise.Runtime;

namespace Layerwise.Evidence;

/// <summary>What an explanation remembers of the call that made it, until it is asked for a record.</summary>
internal sealed record AuditTrail(
    DateTimeOffset Time,
    string? Reference,
    IReadOnlyList<AuditedFile> Files,
    RuleSet Rules,
    AuditedExecution Execution,
    IReadOnlyList<AuditedInput> Inputs,
    ExplainOptions Options,
    Port Logits)
{
    private const int MostLogits = 4096;

    /// <summary>What was asked for.</summary>
    public Target Target { get; init; }

    /// <summary>SHA-256 of the relevance to start with, where that was given.</summary>
    public string? Given { get; init; }

    /// <summary>The record of an explanation.</summary>
    /// <param name="why">The explanation.</param>
    /// <param name="logits">Its logits.</param>
    /// <param name="relevances">Its relevance, one an input.</param>
    /// <param name="explainer">Who made it, and knows labels, pictures and tables; <c>null</c> where that is not said.</param>
    public AuditRecord Of(Explanation why, Result logits, IReadOnlyList<Result> relevances, IExplainer? explainer) => new AuditRecord
    {
        Schema = AuditRecord.CurrentSchema,
        Time = Time,
        Reference = Reference,
        Layerwise = typeof(AuditTrail).Assembly.GetName().Version!.ToString(3),
        Model = new(Files),
        Rules = new(Rules.Generator, Rules.Method, Rules.Composite, Rules.Output, JsonDocument.Parse(Rules.Specification).RootElement, Rules.Sha256),
        Execution = Execution,
        Image = explainer is IImageExplainer { Image: { } image } ? AuditedImage.Of(image) : null,
        Table = explainer is ITableExplainer { Table: { } table } ? new(table.Features, table.Mean, table.Std) : null,
        Text = why is TextExplanation text ? AuditedText.Of(text.Input, text.Texts) : null,
        Inputs = Inputs,
        Target = new(Given is null ? Target.Asked : "relevance", [.. why.Target], why.Against, explainer?.Labels is { Count: > 0 } labels ? [.. why.Target.Select(index => index < labels.Count ? labels[index] : "")] : null, Options.Initial, Given, Options.From?.Name),
        Conditions = [.. Options.Conditions.Select(condition => new AuditedCondition(condition.Layer.Name, condition.Axis, [.. condition.Channels]))],
        Logits = new(Logits.Name, logits.Shape, Digest.Of(logits.Values, logits.Shape), logits.Values.Length <= MostLogits ? [.. logits.Values] : null),
        Conservation = why.HasConservation ? [.. why.Conservations.Select(b => new AuditedBalance(b.Target, b.InputSum, b.BiasShare, b.StabilizerShare, b.Withheld, b.Gap))] : null,
        Relevance = [.. Inputs.Select((input, i) => Of(input, ValuesOf(why, relevances, i), relevances[i].Shape, why.Target.Count))],
        Seal = "",
    }.WithSeal();

    // An id has no relevance; its token has.
    private static float[] ValuesOf(Explanation why, IReadOnlyList<Result> relevances, int input)
        => why is TextExplanation text && text.Input.Inputs[input] == TokenRole.Ids ? text.TokenRelevance : relevances[input].Values;

    private static AuditedRelevance Of(AuditedInput input, float[] relevance, IReadOnlyList<long> shape, int samples)
    {
        var count = shape is [var first, ..] && first == samples ? samples : 1;
        var size = relevance.Length / count;
        return new AuditedRelevance(input.Name, shape, Digest.Of(relevance, shape), [.. Enumerable.Range(0, count).Select(i => Digest.Summary(relevance.AsSpan(i * size, size)))]);
    }
}
