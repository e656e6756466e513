using Layerwise.Compiler.Emit;
using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Inputs;

/// <summary>What the network's input is besides a tensor: a picture, a row of a table or a text, as the user declared it.</summary>
public abstract record InputSpec
{
    /// <summary>The runtime's interface of such an explainer.</summary>
    /// <param name="labels">The type of its labels; <c>null</c> where the classes have no names.</param>
    public abstract string Interface(string? labels);

    /// <summary>What follows for the rules, where the user says nothing else.</summary>
    public abstract ExplainerSpec Complete(ExplainerSpec spec);

    /// <summary>The same with what the graph says of it.</summary>
    /// <exception cref="CompilationException">LW0006: an argument is out of range; LW0007: it does not fit the graph.</exception>
    public abstract InputSpec For(Graph graph);

    /// <summary>Writes the members that it adds to the user's class.</summary>
    /// <param name="writer">Inside the class.</param>
    /// <param name="stub">What a member does instead where there is no network; <c>null</c> where there is one.</param>
    public abstract void Write(SourceWriter writer, string? stub);
}
