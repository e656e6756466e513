using Layerwise.Compiler;
using Microsoft.CodeAnalysis;

namespace Layerwise.Generator;

/// <summary>Every diagnostic of the generator, and the analyzer's one. The LW01xx are the build task's and stand in docs/diagnostics.md alone.</summary>
internal static class Diagnostics
{
    private const string Help = "docs/diagnostics.md#";
    private const string Category = "Layerwise";

    // The message comes whole from whoever found the problem; the table gives id, title and help.
    public static readonly DiagnosticDescriptor UnfitClass = new("LW0001", "A class cannot be an explainer", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0001");
    public static readonly DiagnosticDescriptor UnknownModel = new("LW0002", "No model has that name", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0002");
    public static readonly DiagnosticDescriptor AmbiguousModel = new("LW0003", "Several models have that name", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0003");
    public static readonly DiagnosticDescriptor BadArgument = new("LW0004", "An argument of the attribute is out of range", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0004");
    public static readonly DiagnosticDescriptor UnreadableManifest = new("LW0005", "A graph manifest cannot be read", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0005");
    public static readonly DiagnosticDescriptor BadInput = new("LW0006", "A declared input is out of range", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0006");
    public static readonly DiagnosticDescriptor UnfitInput = new("LW0007", "A declared input does not fit the model", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0007");
    public static readonly DiagnosticDescriptor UnfitRecord = new("LW0008", "A record does not fit the features", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0008");
    public static readonly DiagnosticDescriptor Fixable = new(Generator.Fixable.Id, "The editor can put an error of an explainer right", "{0}", Category, DiagnosticSeverity.Hidden, true, helpLinkUri: Help + "lw0009");
    public static readonly DiagnosticDescriptor UnsupportedOperators = new("LW0201", "Operators are not supported", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0201");
    public static readonly DiagnosticDescriptor UnsupportedForm = new("LW0202", "A form of an operator is not supported", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0202");
    public static readonly DiagnosticDescriptor UnfitShapes = new("LW0203", "Shapes do not fit", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0203");
    public static readonly DiagnosticDescriptor UnclearOutput = new("LW0204", "The output to explain is not clear", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0204");
    public static readonly DiagnosticDescriptor UnfitLabels = new("LW0205", "Labels do not match the output", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0205");
    public static readonly DiagnosticDescriptor NotConstant = new("LW0206", "A value must be known when compiling", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0206");
    public static readonly DiagnosticDescriptor NoKernel = new("LW0207", "The managed backend lacks kernels", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0207");
    public static readonly DiagnosticDescriptor NoRule = new("LW0301", "Operators have no rule under the composite", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0301");
    public static readonly DiagnosticDescriptor UnknownMethod = new("LW0302", "Unknown composite or method", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0302");
    public static readonly DiagnosticDescriptor UnfitRule = new("LW0303", "A rule does not fit the model", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0303");
    public static readonly DiagnosticDescriptor UnfitNetwork = new("LW0304", "A network does not fit the composite", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0304");
    public static readonly DiagnosticDescriptor UnfitBounds = new("LW0305", "Bounds are not those of the layer", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0305");
    public static readonly DiagnosticDescriptor Fault = new("LW0900", "A fault in Layerwise", "{0}", Category, DiagnosticSeverity.Error, true, helpLinkUri: Help + "lw0900");

    private static readonly Dictionary<string, DiagnosticDescriptor> ById = new[]
    {
        UnfitClass, UnknownModel, AmbiguousModel, BadArgument, UnreadableManifest, BadInput, UnfitInput, UnfitRecord, Fixable,
        UnsupportedOperators, UnsupportedForm, UnfitShapes, UnclearOutput, UnfitLabels, NotConstant, NoKernel,
        NoRule, UnknownMethod, UnfitRule, UnfitNetwork, UnfitBounds,
        Fault,
    }.ToDictionary(descriptor => descriptor.Id);

    public static IReadOnlyCollection<DiagnosticDescriptor> Table => ById.Values;

    public static Diagnostic Create(Problem problem, Location location) => ById.TryGetValue(problem.Id, out var descriptor)
        ? Diagnostic.Create(descriptor, location, problem.Message)
        : Diagnostic.Create(Fault, location, $"The compiler reported the unknown id {problem.Id}: {problem.Message}");
}
