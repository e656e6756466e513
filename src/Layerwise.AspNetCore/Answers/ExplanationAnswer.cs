using System.Text.Json;

namespace Layerwise.AspNetCore;

/// <summary>Why a network says what it says about one input: the JSON of an answer.</summary>
public sealed record ExplanationAnswer
{
    /// <summary>The likeliest classes, the most likely first.</summary>
    public required IReadOnlyList<ClassAnswer> Prediction { get; init; }

    /// <summary>The explained class.</summary>
    public required ClassAnswer Target { get; init; }

    /// <summary>The class that it is compared with; left out where there is none.</summary>
    public ClassAnswer? Against { get; init; }

    /// <summary>The strongest reasons for and against the explained class, the strongest first; left out without <see cref="AnswerParts.Reasons"/>.</summary>
    public IReadOnlyList<ReasonAnswer>? Reasons { get; init; }

    /// <summary>Where the relevance went; left out without <see cref="AnswerParts.Conservation"/>, and for gradients, which share nothing out.</summary>
    public ConservationAnswer? Conservation { get; init; }

    /// <summary>The relevance of every element of each input, of a text that of its tokens; left out without <see cref="AnswerParts.Relevance"/>.</summary>
    public IReadOnlyList<RelevanceAnswer>? Relevance { get; init; }

    /// <summary>The explanation as evidence, by <c>docs/audit-record.schema.json</c>; left out without <see cref="AnswerParts.Record"/>.</summary>
    public JsonElement? Record { get; init; }
}

/// <summary>What the network says of one class.</summary>
/// <param name="Index">The class, 0-based.</param>
/// <param name="Label">Its label, or <c>null</c> where the model has none.</param>
/// <param name="Logit">The network's number for it, before a final Softmax or Sigmoid.</param>
/// <param name="Probability">0 to 1, by Sigmoid where the model ends with one, otherwise by Softmax; <c>null</c> where there is one class alone.</param>
public sealed record ClassAnswer(int Index, string? Label, double Logit, double? Probability);

/// <summary>A part of the input, and how much it speaks for the explained class.</summary>
/// <param name="Name">What it is: the feature, the token, the part of the picture, or the place of the number.</param>
/// <param name="Relevance">Above 0 where it speaks for the class, below 0 where against it; in units of the logit, where relevance starts with it.</param>
/// <param name="Share">0 to 1: |relevance| as a part of the sum over all parts of the input.</param>
public sealed record ReasonAnswer(string Name, double Relevance, double Share)
{
    /// <summary>A feature's value, as the request gave it; left out for other inputs.</summary>
    public double? Value { get; init; }

    /// <summary>Where in the picture; left out for other inputs.</summary>
    public RegionAnswer? Region { get; init; }

    /// <summary>Where in the text; left out for other inputs.</summary>
    public SpanAnswer? Span { get; init; }
}

/// <summary>A part of a picture, in parts of its width and height as the network saw it: 0 is left or top, 1 right or bottom.</summary>
/// <param name="X">Its left side.</param>
/// <param name="Y">Its top.</param>
/// <param name="Width">Its width.</param>
/// <param name="Height">Its height.</param>
public sealed record RegionAnswer(double X, double Y, double Width, double Height);

/// <summary>A part of a text, in UTF-16 units, as .NET, Java and JavaScript count them.</summary>
/// <param name="Start">Where it starts, 0-based.</param>
/// <param name="Length">How long it is; 0 for tokens that are not in the text, such as <c>[CLS]</c>.</param>
public sealed record SpanAnswer(int Start, int Length);

/// <summary>Where the relevance went: target = input + biases + stabilizers + gap.</summary>
/// <param name="Target">What the explained class started with.</param>
/// <param name="Input">The sum of the relevance of the inputs.</param>
/// <param name="Biases">What biases and other constants keep.</param>
/// <param name="Stabilizers">What the ε of the denominators keeps.</param>
/// <param name="Gap">The rest: rounding, and what layers keep that do not conserve relevance.</param>
public sealed record ConservationAnswer(double Target, double Input, double Biases, double Stabilizers, double Gap);

/// <summary>The relevance of one input.</summary>
/// <param name="Input">The input's ONNX name.</param>
/// <param name="Shape">The shape of one sample.</param>
/// <param name="Values">In row-major order.</param>
public sealed record RelevanceAnswer(string Input, IReadOnlyList<long> Shape, IReadOnlyList<float> Values);
