namespace Layerwise;

/// <summary>An explainer whose input is a row of a table: what is generated where the class has a <see cref="TableInputAttribute"/>.</summary>
public interface ITableExplainer : IExplainer
{
    /// <summary>How a row becomes the network's input.</summary>
    TableInput Table { get; }
}

/// <summary>An explainer whose input is a row of a table and whose classes have names.</summary>
/// <typeparam name="TLabel">The generated <c>Label</c>: each value is the index of its class.</typeparam>
#pragma warning disable CA1040 // It carries the type of the labels, which extension methods infer.
public interface ITableExplainer<TLabel> : ITableExplainer, IExplainer<TLabel>
    where TLabel : struct, Enum;
#pragma warning restore CA1040
