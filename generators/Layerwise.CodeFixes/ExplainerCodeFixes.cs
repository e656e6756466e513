using System.Collections.Immutable;
using Layerwise.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Layerwise.CodeFixes;

/// <summary>What an editor offers at an error of an <c>[Explainer]</c>: make the class partial, name the model that is meant, add the bounds of ZBox.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(ExplainerCodeFixes))]
public sealed class ExplainerCodeFixes : CodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(Fixable.Id);

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        var root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (var diagnostic in context.Diagnostics)
        {
            // A partial class may have its LayerRule in another file; the fix of that is offered nowhere.
            if (diagnostic.AdditionalLocations is [var place] && place.SourceTree == root?.SyntaxTree && root?.FindNode(place.SourceSpan) is AttributeSyntax attribute && Fix(diagnostic, attribute) is var (title, node, better))
            {
                var fixedRoot = root.ReplaceNode(node, better);
                context.RegisterCodeFix(CodeAction.Create(title, _ => Task.FromResult(context.Document.WithSyntaxRoot(fixedRoot)), equivalenceKey: diagnostic.Properties[Fixable.Fix]), diagnostic);
            }
        }
    }

    private static (string Title, SyntaxNode Node, SyntaxNode Better)? Fix(Diagnostic diagnostic, AttributeSyntax attribute) => diagnostic.Properties[Fixable.Fix] switch
    {
        Fixable.Partial when attribute.FirstAncestorOrSelf<ClassDeclarationSyntax>() is { } declaration
            => ($"Make '{declaration.Identifier.ValueText}' partial", declaration, Partial(declaration)),
        Fixable.Model when Model(attribute) is { } argument && diagnostic.Properties[Fixable.Name] is { Length: > 0 } name
            => ($"Name the model \"{name}\"", argument.Expression, SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(name)).WithTriviaFrom(argument.Expression)),
        Fixable.Bounds when attribute.ArgumentList is { } arguments
            => ("Add Low and High, the bounds of the values that the layer reads", arguments, Bounded(arguments)),
        _ => null,
    };

    private static ClassDeclarationSyntax Partial(ClassDeclarationSyntax declaration)
    {
        var partial = SyntaxFactory.Token(SyntaxKind.PartialKeyword).WithTrailingTrivia(SyntaxFactory.Space);
        return declaration.Modifiers.Count > 0
            ? declaration.AddModifiers(partial)
            : declaration.WithModifiers(SyntaxFactory.TokenList(partial.WithLeadingTrivia(declaration.Keyword.LeadingTrivia))).WithKeyword(declaration.Keyword.WithLeadingTrivia());
    }

    private static AttributeArgumentSyntax? Model(AttributeSyntax attribute) => attribute.ArgumentList?.Arguments.FirstOrDefault(argument => argument.NameEquals is null);

    // The numbers are those of a picture of 0 to 1: for the user to see, and to correct.
    private static AttributeArgumentListSyntax Bounded(AttributeArgumentListSyntax arguments)
    {
        foreach (var (name, number) in new[] { ("Low", "0.0"), ("High", "1.0") })
        {
            if (arguments.Arguments.All(argument => argument.NameEquals?.Name.Identifier.ValueText != name))
            {
                var added = SyntaxFactory.ParseAttributeArgumentList($"({name} = new[] {{ {number} }})")!.Arguments[0];
                var comma = SyntaxFactory.Token(SyntaxKind.CommaToken).WithTrailingTrivia(SyntaxFactory.Space);
                SyntaxNodeOrToken[] all = [.. arguments.Arguments.GetWithSeparators(), comma, added];
                arguments = arguments.WithArguments(SyntaxFactory.SeparatedList<AttributeArgumentSyntax>(all));
            }
        }

        return arguments;
    }
}
