using System.Text.RegularExpressions;
using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Relevance;

/// <summary>A rule that the user asks for, before the composite's.</summary>
/// <param name="Target">An ONNX operator (<c>Add</c>), or a glob over node names with <c>*</c> and <c>?</c>.</param>
/// <param name="Rule">The rule.</param>
public sealed record RuleOverride(string Target, Rule Rule)
{
    public bool Matches(Node node)
        => node.Operator.Name == Target
            || Regex.IsMatch(node.Name, "^" + Regex.Escape(Target).Replace(@"\*", ".*").Replace(@"\?", ".") + "$", RegexOptions.Singleline);
}
