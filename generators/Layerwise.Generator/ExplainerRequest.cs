using System.Globalization;
using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Layerwise.Generator;

/// <summary>What an <c>[Explainer]</c> says, as values alone: it outlives the compilation that it was read from.</summary>
/// <param name="TypeName">Full name of the user's class.</param>
/// <param name="Model">The model as the attribute names it.</param>
/// <param name="Spec">What to compile; <c>null</c> where the class cannot get a second half, not even a stub.</param>
/// <param name="Problems">What is wrong with the class or the arguments.</param>
internal sealed record ExplainerRequest(string TypeName, string Model, ExplainerSpec? Spec, EquatableList<Problem> Problems)
{
    // A class cannot have a member of its own name.
    private static readonly HashSet<string> Members = ["Dispose", "Explain", "ExplainEach", "FromFile", "Image", "Input", "Kernels", "Label", "Labels", "Layer", "Layers", "Output", "Predict", "Propagate", "Table", "Text"];

    public const string AttributeName = "Layerwise.ExplainerAttribute";

    private const string RuleAttributeName = "Layerwise.LayerRuleAttribute";

    public static bool IsCandidate(SyntaxNode node) => node is ClassDeclarationSyntax or RecordDeclarationSyntax;

    /// <summary>Reads the attribute; <c>null</c> where the C# compiler itself has something to say about it.</summary>
    public static ExplainerRequest? Read(GeneratorAttributeSyntaxContext context)
    {
        var type = (INamedTypeSymbol)context.TargetSymbol;
        var attribute = context.Attributes[0];
        if (attribute.ConstructorArguments is not [{ Kind: not TypedConstantKind.Error } model] || !IsFirst(attribute, type))
        {
            return null;
        }

        if (WhyUnfit(type, (TypeDeclarationSyntax)context.TargetNode) is { } unfit)
        {
            return new(NameOf(type), "", null, new([new Problem(Diagnostics.UnfitClass.Id, unfit)]));
        }

        var problems = new List<Problem>();
        var name = model.Value as string ?? "";
        if (string.IsNullOrWhiteSpace(name))
        {
            problems.Add(new(Diagnostics.BadArgument.Id, "The model's name is empty; give the path of a LayerwiseModel item or its end, such as \"resnet18.onnx\"."));
        }

        var spec = new ExplainerSpec
        {
            Namespace = type.ContainingNamespace.IsGlobalNamespace ? "" : type.ContainingNamespace.ToDisplayString(),
            ClassName = SyntaxFacts.GetKeywordKind(type.Name) == SyntaxKind.None ? type.Name : "@" + type.Name,
            IsPublic = type.DeclaredAccessibility == Accessibility.Public,
        };
        foreach (var pair in attribute.NamedArguments)
        {
            spec = With(spec, pair.Key, pair.Value, problems);
        }

        // The compiler itself says what is wrong with an argument that is no constant.
        var rules = type.GetAttributes().Where(a => a.AttributeClass is { } of && NameOf(of) == RuleAttributeName && a.ConstructorArguments.Length == 2);
        spec = spec with { Rules = new(rules.Select(rule => ReadRule(rule, problems)).OfType<LayerRule>()) };

        spec = spec with { Input = InputRequest.Read(type, problems) };
        return new(NameOf(type), name, spec, new(problems));
    }

    /// <summary>The full name, without the escapes of C#.</summary>
    public static string NameOf(ISymbol type) => type.ToDisplayString(
        SymbolDisplayFormat.CSharpErrorMessageFormat.WithMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.None));

    private static ExplainerSpec With(ExplainerSpec spec, string name, TypedConstant value, List<Problem> problems)
    {
        switch (name, value)
        {
            case (_, { Kind: TypedConstantKind.Error }):
                return spec;
            case ("Output", { Value: string output }):
                return spec with { Output = output };
            case ("Epsilon", { Value: double epsilon }):
                if (epsilon > 0 && !double.IsInfinity(epsilon))
                {
                    return spec with { Epsilon = epsilon };
                }

                problems.Add(new(Diagnostics.BadArgument.Id, $"Epsilon is {epsilon.ToString("R", CultureInfo.InvariantCulture)}; it must be a finite number above 0, such as 1e-6."));
                return spec;
            case ("Method", { Kind: TypedConstantKind.Enum }):
                return Member(name, value, problems) is { } method ? spec with { Method = method } : spec;
            case ("Composite", { Kind: TypedConstantKind.Enum }):
                return Member(name, value, problems) is { } composite ? spec with { Composite = composite } : spec;
            case ("Backend", { Kind: TypedConstantKind.Enum }):
                return Member(name, value, problems) is { } backend ? spec with { Backend = backend } : spec;
            case ("Stabilizer", { Value: double stabilizer }):
                return spec with { Stabilizer = stabilizer };
            case ("Gamma", { Value: double gamma }):
                return spec with { Gamma = gamma };
            case ("Smoothness", { Value: double smoothness }):
                return spec with { Smoothness = smoothness };
            case ("Low", { Kind: TypedConstantKind.Array, IsNull: false }):
                return spec with { Low = Numbers(value) };
            case ("High", { Kind: TypedConstantKind.Array, IsNull: false }):
                return spec with { High = Numbers(value) };
            case ("ZeroBias", { Value: bool zero }):
                return spec with { DropBias = zero };
            case ("NegativeByDifference", { Value: bool difference }):
                return spec with { NegativeByDifference = difference };
            case ("BFloat16", { Value: bool narrow }):
                return spec with { BFloat16 = narrow };
            case ("GradientOtherwise", { Value: bool otherwise }):
                return spec with { GradientOtherwise = otherwise };
            case ("StripHead", { Value: bool strip }):
                return spec with { StripHead = strip };
            default:
                return spec;
        }
    }

    private static LayerRule? ReadRule(AttributeData attribute, List<Problem> problems)
    {
        var layers = attribute.ConstructorArguments[0].Value as string ?? "";
        if (layers.Length == 0)
        {
            problems.Add(new(Diagnostics.BadArgument.Id, "A LayerRule names no layers; give a type of layer such as \"Convolution\", an ONNX operator, or a node's name."));
            return null;
        }

        if (attribute.ConstructorArguments[1] is not { Kind: TypedConstantKind.Enum } rule || Member("Rule", rule, problems) is not { } kind)
        {
            return null;
        }

        var result = new LayerRule(layers, new Rule((RuleKind)Enum.Parse(typeof(RuleKind), kind)));
        foreach (var pair in attribute.NamedArguments.Where(p => p.Value.Kind != TypedConstantKind.Error))
        {
            result = With(result, pair.Key, pair.Value, problems);
        }

        return result;
    }

    private static LayerRule With(LayerRule line, string name, TypedConstant value, List<Problem> problems)
    {
        LayerRule Rule(Rule rule) => line with { Rule = rule };
        LayerRule Flag(Stabilizer flag) => Rule(line.Rule with { Stabilizer = value.Value is true ? line.Rule.Stabilizer | flag : line.Rule.Stabilizer & ~flag });
        return (name, value) switch
        {
            ("Position", { Kind: TypedConstantKind.Enum }) when Member(name, value, problems) is { } position => line with { Position = (LayerPosition)Enum.Parse(typeof(LayerPosition), position) },
            ("Epsilon", { Value: double epsilon }) => Rule(line.Rule with { Epsilon = epsilon }),
            ("Gamma", { Value: double gamma }) => Rule(line.Rule with { Gamma = gamma }),
            ("Alpha", { Value: double alpha }) => Rule(line.Rule with { Alpha = alpha }),
            ("Beta", { Value: double beta }) => Rule(line.Rule with { Beta = beta }),
            ("NegativeByDifference", { Value: bool difference }) => Rule(line.Rule with { NegativeByDifference = difference }),
            ("BFloat16", { Value: bool narrow }) => Rule(line.Rule with { BFloat16 = narrow }),
            ("Smoothness", { Value: double smoothness }) => Rule(line.Rule with { Smoothness = smoothness }),
            ("Low", { Kind: TypedConstantKind.Array, IsNull: false }) => Rule(line.Rule with { Low = Numbers(value) }),
            ("High", { Kind: TypedConstantKind.Array, IsNull: false }) => Rule(line.Rule with { High = Numbers(value) }),
            ("ZeroBias", { Value: bool zero }) => Rule(line.Rule with { DropBias = zero }),
            ("Clip", _) => Flag(Stabilizer.Clip),
            ("NormScale", _) => Flag(Stabilizer.NormScale),
            ("Unsigned", _) => Flag(Stabilizer.Unsigned),
            _ => line,
        };
    }

    internal static EquatableList<double> Numbers(TypedConstant array) => new(array.Values.Select(v => v.Value).OfType<double>());

    /// <summary>The name of an enum's value; a problem where the enum has no such value.</summary>
    internal static string? Member(string name, TypedConstant value, List<Problem> problems)
    {
        var type = (INamedTypeSymbol)value.Type!;
        var members = type.GetMembers().OfType<IFieldSymbol>().Where(f => f.HasConstantValue).ToList();
        if (members.Find(f => Equals(f.ConstantValue, value.Value)) is { } member)
        {
            return member.Name;
        }

        problems.Add(new(Diagnostics.BadArgument.Id, $"{name} is {value.Value}, which {NameOf(type)} does not define; use one of {string.Join(", ", members.Select(m => m.Name))}."));
        return null;
    }

    // A class may carry the attribute once. Where it stands twice C# says so; the generator then must not add everything twice.
    private static bool IsFirst(AttributeData attribute, INamedTypeSymbol type)
    {
        var first = type.GetAttributes().First(a => SymbolEqualityComparer.Default.Equals(a.AttributeClass, attribute.AttributeClass)).ApplicationSyntaxReference;
        var own = attribute.ApplicationSyntaxReference;
        return first?.SyntaxTree == own?.SyntaxTree && first?.Span == own?.Span;
    }

    public static bool IsPartial(TypeDeclarationSyntax declaration) => declaration.Modifiers.Any(SyntaxKind.PartialKeyword);

    private static string? WhyUnfit(INamedTypeSymbol type, TypeDeclarationSyntax declaration)
        => WhyNever(type) ?? (IsPartial(declaration) ? null : $"'{NameOf(type)}' is not partial; its second half is generated: write 'partial class {type.Name}'.");

    /// <summary>Why a class could have no second half even if it were partial.</summary>
    public static string? WhyNever(INamedTypeSymbol type)
    {
        var name = NameOf(type);
        return type switch
        {
            { IsRecord: true } => $"'{name}' is a record; an explainer is a class: write 'partial class {type.Name}'.",
            { IsStatic: true } => $"'{name}' is static; an explainer holds a network's weights: remove 'static'.",
            { IsAbstract: true } => $"'{name}' is abstract; an explainer is created with 'new': remove 'abstract'.",
            { ContainingType: { } outer } => $"'{name}' is nested; move it out of '{NameOf(outer)}' into a namespace.",
            { IsGenericType: true } => $"'{name}' is generic; an explainer has one model and no type parameters: remove them.",
            { IsFileLocal: true } => $"'{name}' is local to its file; its second half is in another file: remove 'file'.",
            _ when Members.Contains(type.Name) => $"'{name}' has the name of one of the members that are generated for it; name the class otherwise.",
            _ => null,
        };
    }
}
