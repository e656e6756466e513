using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler;

/// <summary>A problem that the user must solve; LW02xx the graph, LW03xx the relevance plan, LW0900 our own fault.</summary>
public sealed record Problem(string Id, string Message)
{
    /// <summary>One line.</summary>
    public string Message { get; } = Wording.OneLine(Message);

    /// <summary>The value that would have to be known when compiling, where that is the problem.</summary>
    public string? Constant { get; init; }

    /// <summary>The network's inputs that it is computed from.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];
}

/// <summary>A line of the layer table: as the runtime's <c>Layer</c>. The rule is a rule's name, or a word in <see cref="NoRule"/>.</summary>
public sealed record LayerRow(string Name, string Op, string Shape, string Rule, string Why)
{
    /// <summary>Stands for the rule of a layer that only moves relevance.</summary>
    public const string NoRule = "–";

    /// <summary>The rule with its parameters; <c>null</c> where no relevance passes.</summary>
    public PlannedRule? Planned { get; init; }

    /// <summary>What it keeps of the relevance that comes to it; <c>null</c> where none comes.</summary>
    public Leak? Leak { get; init; }

    /// <summary>The same in words: <c>nothing</c>, <c>bias, ε</c>, or that relevance is not conserved.</summary>
    public string Keeps => Leak switch
    {
        null => "",
        { Kind: LeakKind.None } => "nothing",
        { Kind: LeakKind.Bounded } => Leak.What,
        _ => "not conserved",
    };

    /// <summary>The ONNX names of the values that it reads, weights among them.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>The ONNX name of its (first) output.</summary>
    public string Output { get; init; } = "";

    /// <summary>Its name as a member of a class: <c>Layer3_0_Conv2</c>.</summary>
    public string Identifier { get; init; } = "";
}

/// <summary>A named value with its shape in words, such as <c>[N, 3, 224, 224]</c>.</summary>
public sealed record PortRow(string Name, string Type, string Shape);

/// <summary>What the compiler made of a model.</summary>
public sealed record CompiledNetwork
{
    public required IReadOnlyList<PortRow> Inputs { get; init; }

    public required IReadOnlyList<PortRow> Outputs { get; init; }

    /// <summary>The composite by its name, or the method where it has none; where there are problems, what was asked for.</summary>
    public string Composite { get; init; } = "";

    /// <summary>Every node of the graph in the order in which it runs, with its rule and why; also where there are problems.</summary>
    public required IReadOnlyList<LayerRow> Layers { get; init; }

    /// <summary>The explained classes' labels; empty without a labels file.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    public required IReadOnlyList<Problem> Problems { get; init; }

    /// <summary>What was rewritten and why, for <c>inspect</c>: merged BatchNormalization, a stripped Softmax or Sigmoid.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>What the emitted network says of its rules; <c>null</c> where there are problems.</summary>
    public RuleSet? Rules { get; init; }

    /// <summary>The emitted network; <c>null</c> where there are problems.</summary>
    public required string? NetworkSource { get; init; }

    /// <summary>The user's half of the partial class; a throwing stub where there are problems.</summary>
    public required string ExplainerSource { get; init; }

    /// <summary>Full name of the emitted network class, such as <c>Layerwise.Generated.Shop_Digits.Network</c>.</summary>
    public required string NetworkTypeName { get; init; }
}
