using System.Text.RegularExpressions;
using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Relevance;

/// <summary>Which of the layers that a <see cref="LayerRule"/> names it is for.</summary>
public enum LayerPosition
{
    Every,
    First,
    Last,
}

/// <summary>A rule for some layers: one line of a composite, or one that the user puts before the composite's.</summary>
/// <param name="Layers">
/// A type of layer (an <see cref="OperatorClass"/>, or <c>Linear</c> for convolutions and dense layers), an ONNX operator (<c>Add</c>),
/// or a glob over node names with <c>*</c> and <c>?</c>.
/// </param>
/// <param name="Rule">The rule.</param>
/// <param name="Position">Which of them.</param>
public sealed record LayerRule(string Layers, Rule Rule, LayerPosition Position = LayerPosition.Every)
{
    public const string Linear = "Linear";

    private static readonly HashSet<string> Types = [Linear, .. Enum.GetNames(typeof(OperatorClass))];

    /// <summary>Whether it names a type of layer, which a network need not have.</summary>
    public bool IsByType => Types.Contains(Layers);

    /// <summary>What the rule is for in the order in which it runs: all that match, the first or the last of them.</summary>
    public IEnumerable<Node> Choose(IEnumerable<Node> nodes)
    {
        var matching = nodes.Where(Matches).ToList();
        return matching.Count == 0 ? [] : Position switch
        {
            LayerPosition.First => [matching[0]],
            LayerPosition.Last => [matching[matching.Count - 1]],
            _ => matching,
        };
    }

    private bool Matches(Node node) => Layers == Linear ? node.Operator.Class is OperatorClass.Convolution or OperatorClass.Dense
        : IsByType ? node.Operator.Class.ToString() == Layers
        : node.Operator.Name == Layers
            || Regex.IsMatch(node.Name, "^" + Regex.Escape(Layers).Replace(@"\*", ".*").Replace(@"\?", ".") + "$", RegexOptions.Singleline);
}
