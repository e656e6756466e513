namespace Layerwise.Compiler.Ir;

/// <summary>An operator that runs as a kernel of its own name over its inputs and outputs.</summary>
public abstract record KernelOperator : Operator
{
    /// <summary>The kernel's named arguments that differ from their usual values: numbers, truth values, text, lists of numbers, types.</summary>
    public virtual IEnumerable<(string Name, object Value)> Options => [];

    /// <summary>Options without those that have their usual value, and those that have none.</summary>
    protected static IEnumerable<(string Name, object Value)> Unusual(params (string Name, object? Value, object? Usual)[] options)
        => options.Where(o => o.Value is not null && !o.Value.Equals(o.Usual)).Select(o => (o.Name, o.Value!));

    /// <summary>How derivatives come back through it.</summary>
    public virtual WayBack WayBack => WayBack.None;

    public sealed override bool IsDifferentiable => WayBack != WayBack.None;

    /// <summary>How the kernel takes an input: <c>null</c> in its place, a name as an optional argument, <c>""</c> not at all, since it is among the options.</summary>
    public virtual string? InputName(int input) => null;

    /// <summary>Whether the inputs are one argument, a list.</summary>
    public virtual bool TakesList => false;

    /// <summary>Whether the batch stands in the output, but not in the first input: the kernel is shown an input of the network.</summary>
    public bool NeedsBatch { get; init; }

    /// <summary>How the kernel gives an output beside the first: <c>null</c> in its place, a name where it is optional.</summary>
    public virtual string? OutputName(int output) => null;
}

/// <summary>How derivatives come back through an operator that is a kernel of its own name.</summary>
public enum WayBack
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>They are 0: steps and signs.</summary>
    Zero,

    /// <summary>By a kernel <c>NameBack</c> of the first input.</summary>
    OfInput,

    /// <summary>By a kernel <c>NameBack</c> of the output.</summary>
    OfOutput,

    /// <summary>To where the values of the first input went: the kernel itself tells, run on places.</summary>
    Moves,

    /// <summary>As an emitter of its own writes.</summary>
    Own,
}
