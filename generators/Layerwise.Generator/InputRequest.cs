using Layerwise.Compiler;
using Layerwise.Compiler.Inputs;
using Microsoft.CodeAnalysis;

namespace Layerwise.Generator;

/// <summary>Reads what the input is declared to be: the attribute that stands beside <c>[Explainer]</c>, if any.</summary>
internal static class InputRequest
{
    private const string Image = "Layerwise.ImageInputAttribute", Table = "Layerwise.TableInputAttribute", Text = "Layerwise.TextInputAttribute";

    public static InputSpec? Read(INamedTypeSymbol type, List<Problem> problems)
    {
        var declared = type.GetAttributes().Where(a => a.AttributeClass is { } of && ExplainerRequest.NameOf(of) is Image or Table or Text).ToList();
        if (declared.Count > 1)
        {
            problems.Add(new(Diagnostics.BadInput.Id, $"The input of '{ExplainerRequest.NameOf(type)}' is declared {declared.Count} times; a model's input is one thing: leave one attribute."));
            return null;
        }

        return declared is not [var attribute] ? null : ExplainerRequest.NameOf(attribute.AttributeClass!) switch
        {
            Image => ReadImage(attribute, problems),
            Table => RowReader.ReadTable(attribute, type),
            _ => ReadText(attribute),
        };
    }

    private static TextSpec ReadText(AttributeData attribute) => attribute.NamedArguments.Aggregate(new TextSpec(), (spec, pair) => (pair.Key, pair.Value) switch
    {
        ("Length", { Value: int length }) => spec with { Length = length },
        ("Padding", { Value: long padding }) => spec with { Padding = padding },
        _ => spec,
    });

    private static ImageSpec ReadImage(AttributeData attribute, List<Problem> problems)
    {
        var spec = new ImageSpec();
        foreach (var pair in attribute.NamedArguments)
        {
            spec = (pair.Key, pair.Value) switch
            {
                (_, { Kind: TypedConstantKind.Error }) => spec,
                ("Width", { Value: int width }) => spec with { Width = width },
                ("Height", { Value: int height }) => spec with { Height = height },
                ("Resize", { Value: int resize }) => spec with { Resize = resize },
                ("Scale", { Value: double scale }) => spec with { Scale = scale },
                ("Mean", { Kind: TypedConstantKind.Array, IsNull: false } mean) => spec with { Mean = ExplainerRequest.Numbers(mean) },
                ("Std", { Kind: TypedConstantKind.Array, IsNull: false } std) => spec with { Std = ExplainerRequest.Numbers(std) },
                ("Order", { Kind: TypedConstantKind.Enum } order) => ExplainerRequest.Member("Order", order, problems) is { } member ? spec with { Order = member } : spec,
                ("Fit", { Kind: TypedConstantKind.Enum } fit) => ExplainerRequest.Member("Fit", fit, problems) is { } member ? spec with { Fit = member } : spec,
                _ => spec,
            };
        }

        return spec;
    }
}
