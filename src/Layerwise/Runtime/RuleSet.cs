namespace Layerwise.Runtime;

/// <summary>What an emitted network says of the rules that it explains by.</summary>
/// <param name="Generator">The version of the compiler that emitted it.</param>
/// <param name="Method">The method: <c>lrp</c>, <c>gradient</c>, <c>saliency</c> or <c>gradientTimesInput</c>.</param>
/// <param name="Composite">The composite's name; that of the method where it has none.</param>
/// <param name="Sha256">
/// SHA-256 of the plan, in lower-case hexadecimal: every layer as it runs, merged ones included, with its rule and all parameters. The same graph with
/// the same rules has the same one, whoever compiled it, for whichever backend.
/// </param>
/// <param name="Specification">The rules as they were asked for: the JSON of a composite file of <c>layerwise</c>.</param>
/// <param name="Output">The output that was chosen; <c>null</c> where the model has one.</param>
public sealed record RuleSet(string Generator, string Method, string Composite, string Sha256, string Specification, string? Output = null);
