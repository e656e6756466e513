using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Inputs;

/// <summary>What the network's input is besides a tensor: a picture, a row of a table or a text, as the user declared it.</summary>
public abstract record InputSpec
{
    /// <summary>What follows for the rules, where the user says nothing else.</summary>
    public abstract ExplainerSpec Complete(ExplainerSpec spec);

    /// <summary>The same with what the model says of it.</summary>
    /// <exception cref="CompilationException">LW0006: an argument is out of range; LW0007: it does not fit the model; LW0008: a record does not fit the features.</exception>
    public abstract InputSpec For(Graph graph, GraphManifest model);

    /// <summary>What follows for the rules and does not hold for the layers that have them.</summary>
    /// <param name="asked">What the user asked for, before <see cref="Complete"/>.</param>
    /// <param name="graph">The network.</param>
    /// <param name="plan">The rule of each of its nodes.</param>
    public virtual IEnumerable<Problem> Check(ExplainerSpec asked, Graph graph, RelevancePlan plan) => [];
}
