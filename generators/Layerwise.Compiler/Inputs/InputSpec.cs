using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Inputs;

/// <summary>What the network's input is besides a tensor: a picture, a row of a table or a text, as the user declared it.</summary>
public abstract record InputSpec
{
    /// <summary>What follows for the rules, where the user says nothing else.</summary>
    public abstract ExplainerSpec Complete(ExplainerSpec spec);

    /// <summary>The same with what the graph says of it.</summary>
    /// <exception cref="CompilationException">LW0006: an argument is out of range; LW0007: it does not fit the graph.</exception>
    public abstract InputSpec For(Graph graph);
}
