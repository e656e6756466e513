using Layerwise.Compiler.Inputs;

namespace Layerwise.Compiler.Emit.Inputs;

/// <summary>What a declared input adds to the user's class: an interface of the runtime's, and members.</summary>
public abstract class InputWriter
{
    public static InputWriter? Of(InputSpec? input) => input switch
    {
        ImageSpec image => new ImageWriter(image),
        TableSpec table => new TableWriter(table),
        TextSpec text => new TextWriter(text),
        _ => null,
    };

    /// <summary>The runtime's interface of such an explainer; with labels it has their type for an argument.</summary>
    public abstract string Interface { get; }

    /// <summary>Writes the members into the class.</summary>
    /// <param name="writer">Inside the class.</param>
    /// <param name="hasLabels">Whether the class has a <c>Label</c>.</param>
    /// <param name="layers">The layers, members of its <c>Layer</c>.</param>
    /// <param name="stub">What a member does instead where there is no network; <c>null</c> where there is one.</param>
    public abstract void Write(SourceWriter writer, bool hasLabels, IReadOnlyList<LayerRow> layers, string? stub);
}
