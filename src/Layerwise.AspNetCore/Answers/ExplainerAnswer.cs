namespace Layerwise.AspNetCore;

/// <summary>What an explainer explains, and how: the JSON of its description.</summary>
public sealed record ExplainerAnswer
{
    /// <summary>The explainer's class.</summary>
    public required string Name { get; init; }

    /// <summary>What it takes, in a word: <c>picture</c>, <c>table</c>, <c>text</c> or <c>numbers</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The content types of a request that it takes.</summary>
    public required IReadOnlyList<string> Accepts { get; init; }

    /// <summary>The labels of its classes, by index; empty where the model has none.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>The features of its table, in their order; left out for other inputs.</summary>
    public IReadOnlyList<string>? Features { get; init; }

    /// <summary>The inputs of the network.</summary>
    public required IReadOnlyList<InputAnswer> Inputs { get; init; }

    /// <summary>The layers in the order in which they run, with the rule of each and why.</summary>
    public required IReadOnlyList<LayerAnswer> Layers { get; init; }
}

/// <summary>An input of a network.</summary>
/// <param name="Name">The ONNX name.</param>
/// <param name="Shape">The shape, such as <c>[N, 3, 64, 64]</c>; <c>N</c> is the batch, <c>?</c> any size.</param>
/// <param name="Type">The type of its elements.</param>
public sealed record InputAnswer(string Name, string Shape, string Type);

/// <summary>A layer of a network.</summary>
/// <param name="Name">The ONNX name of the node.</param>
/// <param name="Operator">The operator with its particulars.</param>
/// <param name="Output">The output's shape.</param>
/// <param name="Rule">The rule; <c>null</c> where the layer only moves relevance.</param>
/// <param name="Why">Why it has that rule.</param>
public sealed record LayerAnswer(string Name, string Operator, string Output, string? Rule, string Why);
