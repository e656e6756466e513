using Layerwise.Compiler;
using Layerwise.Compiler.Inputs;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Layerwise.Generator;

/// <summary>Reads a <c>[TableInput]</c>, and what can be read of its record.</summary>
internal static class RowReader
{
    public static TableSpec ReadTable(AttributeData attribute, INamedTypeSymbol explainer)
    {
        var spec = new TableSpec();
        if (attribute.ConstructorArguments is [{ Kind: TypedConstantKind.Array, IsNull: false } features])
        {
            spec = spec with { Features = new(features.Values.Select(v => v.Value as string ?? "")) };
        }

        foreach (var pair in attribute.NamedArguments)
        {
            spec = (pair.Key, pair.Value) switch
            {
                ("Mean", { Kind: TypedConstantKind.Array, IsNull: false } mean) => spec with { Mean = ExplainerRequest.Numbers(mean) },
                ("Std", { Kind: TypedConstantKind.Array, IsNull: false } std) => spec with { Std = ExplainerRequest.Numbers(std) },
                ("Record", { Value: INamedTypeSymbol { TypeKind: not TypeKind.Error } record }) => spec with { Row = Read(record, explainer) },
                _ => spec,
            };
        }

        return spec;
    }

    private static RowType Read(INamedTypeSymbol record, INamedTypeSymbol explainer)
    {
        List<RowProperty> properties = [];
        for (INamedTypeSymbol? type = record; type is { SpecialType: not SpecialType.System_Object }; type = type.BaseType)
        {
            properties.AddRange(
                from property in type.GetMembers().OfType<IPropertySymbol>()
                where !property.IsStatic && !property.IsIndexer && IsReadable(property, explainer) && properties.All(p => p.Name != Name(property))
                select new RowProperty(Name(property), property.Type.ToDisplayString(), KindOf(property.Type)));
        }

        return new RowType(record.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat), IsSeenWith(record, explainer), record.IsReferenceType, new(properties));
    }

    private static bool IsReadable(IPropertySymbol property, INamedTypeSymbol explainer)
        => property.GetMethod is { } get
            && (get.DeclaredAccessibility == Accessibility.Public
                || (get.DeclaredAccessibility is Accessibility.Internal or Accessibility.ProtectedOrInternal && SymbolEqualityComparer.Default.Equals(property.ContainingAssembly, explainer.ContainingAssembly)));

    // A method of the explainer that takes it must not be seen by more code than the type itself.
    private static bool IsSeenWith(INamedTypeSymbol record, INamedTypeSymbol explainer)
    {
        var isPublic = true;
        for (INamedTypeSymbol? type = record; type is not null; type = type.ContainingType)
        {
            isPublic &= type.DeclaredAccessibility == Accessibility.Public;
        }

        return isPublic || explainer.DeclaredAccessibility != Accessibility.Public;
    }

    private static RowKind KindOf(ITypeSymbol type) => type switch
    {
        { TypeKind: TypeKind.Enum } => RowKind.Cast,
        { SpecialType: SpecialType.System_Boolean } => RowKind.Flag,
        { SpecialType: SpecialType.System_Double or SpecialType.System_Decimal } => RowKind.Cast,
        {
            SpecialType: SpecialType.System_SByte or SpecialType.System_Byte or SpecialType.System_Int16 or SpecialType.System_UInt16 or SpecialType.System_Int32
                or SpecialType.System_UInt32 or SpecialType.System_Int64 or SpecialType.System_UInt64 or SpecialType.System_Single
        } => RowKind.Number,
        _ => RowKind.Other,
    };

    private static string Name(IPropertySymbol property) => SyntaxFacts.GetKeywordKind(property.Name) == SyntaxKind.None ? property.Name : "@" + property.Name;
}
