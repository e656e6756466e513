using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Relevance;

/// <summary>What an emitted network says of its rules, so that a record of an explanation can name them.</summary>
/// <param name="Generator">The compiler's version.</param>
/// <param name="Method">The method, one of <see cref="ExplainerSpec.Methods"/>.</param>
/// <param name="Composite">The composite's name; that of the method where it has none.</param>
/// <param name="Sha256">
/// SHA-256 of the plan, in lower-case hexadecimal: every layer as it runs, merged ones included, with its rule and all parameters. The same graph with
/// the same rules has the same one, whoever compiles it, for whichever backend.
/// </param>
/// <param name="Specification">The rules as they were asked for, as the JSON of a composite file.</param>
/// <param name="Output">The output that the user chose; <c>null</c> where the model has one.</param>
public sealed record RuleSet(string Generator, string Method, string Composite, string Sha256, string Specification, string? Output)
{
    private const string Version = "layerwise-rules 1";

    public static RuleSet Of(ExplainerSpec spec, Graph graph, RelevancePlan plan) => new(
        typeof(RuleSet).Assembly.GetName().Version.ToString(3),
        spec.Method,
        plan.Composite.Name,
        Hash(Text(graph, plan)),
        CompositeText.Of(spec, spec.Method == "lrp" ? plan.Composite.Name : null),
        spec.Output);

    /// <summary>What is hashed: a line for the composite, each input, the logits, and each layer. Numbers stand as the bits that they are.</summary>
    internal static string Text(Graph graph, RelevancePlan plan)
    {
        var text = new StringBuilder();
        void Line(params string[] parts) => text.Append(string.Join(" ", parts)).Append('\n');
        Line(Version);
        Line("composite", plan.Composite.Name, plan.Composite.IsDerivative ? "derivative" : "relevance", plan.Composite.Ending.ToString());
        foreach (var input in graph.Inputs)
        {
            Line("input", Quoted(input), graph.Types[input].ToString(), graph.Shapes[input].ToString());
        }

        Line("logits", Quoted(graph.Logits), graph.Shapes[graph.Logits].ToString());
        foreach (var node in graph.Nodes)
        {
            Line("layer", Quoted(node.Name), Quoted(node.Operator.Description), graph.Shapes[node.Output].ToString(), "in", List(node.Inputs), "out", List(node.Outputs), "by", Text(node, plan));
        }

        return text.ToString();
    }

    private static string Text(Node node, RelevancePlan plan) => !plan.Rules.TryGetValue(node, out var planned) ? "none"
        : Text(planned.Rule) + (planned.OnlyMoves ? " moves" : "") + (planned.Relu is { } relu ? $" relu {Text(relu)}" : "");

    private static string Text(Rule rule)
        => $"{rule.Kind} {Bits(rule.Epsilon)} {(rule.DropBias ? "no-bias" : "bias")} {(int)rule.Stabilizer} {Bits(rule.Gamma)} {Bits(rule.Alpha)} {Bits(rule.Beta)} {Bits(rule.Smoothness)} low {string.Join(",", rule.Low.Select(Bits))} high {string.Join(",", rule.High.Select(Bits))}{(rule.NegativeByDifference ? " negative-by-difference" : "")}{(rule.BFloat16 ? " bfloat16" : "")}";

    // The same digits on every framework that a compiler runs on.
    private static string Bits(double number) => BitConverter.DoubleToInt64Bits(number).ToString("x16", CultureInfo.InvariantCulture);

    private static string Quoted(string name) => CompositeText.Quoted(name);

    private static string List(IEnumerable<string> names) => string.Join(",", names.Select(Quoted));

    private static string Hash(string text)
    {
        using var sha = SHA256.Create();
        return string.Concat(sha.ComputeHash(Encoding.UTF8.GetBytes(text)).Select(b => b.ToString("x2", CultureInfo.InvariantCulture)));
    }
}
