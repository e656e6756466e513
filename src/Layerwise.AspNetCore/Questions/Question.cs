using Layerwise.Rendering;

namespace Layerwise.AspNetCore.Questions;

/// <summary>One input that is to be explained: what kind it is, and how its relevance is shown.</summary>
internal abstract class Question
{
    /// <summary>What the input is, in a word: for metrics.</summary>
    public abstract string Kind { get; }

    /// <summary>The input in words, for the report.</summary>
    public virtual string Input => $"the {Kind} of a request";

    /// <summary>Runs the network forward and propagates relevance back.</summary>
    public abstract Explanation Explain(Target target, ExplainOptions options);

    /// <summary>The relevance of each part that can be a reason: a feature, a token, a part of a picture.</summary>
    public abstract float[] PartsOf(Explanation why);

    /// <summary>The relevance of every element of the inputs.</summary>
    public virtual IReadOnlyList<RelevanceAnswer> RelevanceOf(Explanation why, Runtime.Network network)
        => [.. network.Inputs.Select((port, input) => new RelevanceAnswer(port.Name, [.. why.Relevances[input].shape.Skip(port.IsBatched ? 1 : 0)], why.RelevanceValuesOf(input).ToArray()))];

    /// <summary>A reason in words.</summary>
    /// <param name="why">The explanation.</param>
    /// <param name="part">Index into <see cref="PartsOf"/>.</param>
    /// <param name="relevance">Its relevance.</param>
    /// <param name="share">Of all relevance.</param>
    public abstract ReasonAnswer Describe(Explanation why, int part, double relevance, double share);

    /// <summary>The relevance as a picture.</summary>
    public abstract byte[] ToPng(Explanation why);

    /// <summary>The relevance as a part of a report.</summary>
    public abstract ReportPart ToPart(Explanation why, ClassScore explained);
}
