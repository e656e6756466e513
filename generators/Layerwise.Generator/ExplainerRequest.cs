using System.Globalization;
using Layerwise.Compiler;
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
    private static readonly HashSet<string> Members = ["Dispose", "Explain", "FromFile", "Label", "Labels", "Layers", "Predict"];

    public const string AttributeName = "Layerwise.ExplainerAttribute";

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
            case ("Method" or "Composite", { Kind: TypedConstantKind.Enum, Type: INamedTypeSymbol type }):
                var members = type.GetMembers().OfType<IFieldSymbol>().Where(f => f.HasConstantValue).ToList();
                if (members.Find(f => Equals(f.ConstantValue, value.Value)) is { } member)
                {
                    return name == "Method" ? spec with { Method = member.Name } : spec with { Composite = member.Name };
                }

                problems.Add(new(Diagnostics.BadArgument.Id, $"{name} is {value.Value}, which {NameOf(type)} does not define; use one of {string.Join(", ", members.Select(m => m.Name))}."));
                return spec;
            default:
                return spec;
        }
    }

    // A class may carry the attribute once. Where it stands twice C# says so; the generator then must not add everything twice.
    private static bool IsFirst(AttributeData attribute, INamedTypeSymbol type)
    {
        var first = type.GetAttributes().First(a => SymbolEqualityComparer.Default.Equals(a.AttributeClass, attribute.AttributeClass)).ApplicationSyntaxReference;
        var own = attribute.ApplicationSyntaxReference;
        return first?.SyntaxTree == own?.SyntaxTree && first?.Span == own?.Span;
    }

    private static string? WhyUnfit(INamedTypeSymbol type, TypeDeclarationSyntax declaration)
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
            _ when !declaration.Modifiers.Any(SyntaxKind.PartialKeyword) => $"'{name}' is not partial; its second half is generated: write 'partial class {type.Name}'.",
            _ => null,
        };
    }
}
