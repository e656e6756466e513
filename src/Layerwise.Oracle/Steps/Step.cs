namespace Layerwise.Oracle.Steps;

/// <summary>A function that is not linear, of values of the tape.</summary>
/// <param name="name">The operator.</param>
/// <param name="arguments">What it reads.</param>
internal abstract class Step(string name, params IReadOnlyList<Reading> arguments)
{
    public string Name => name;

    public IReadOnlyList<Reading> Arguments => arguments;

    /// <summary>How many values it gives.</summary>
    public abstract int Count { get; }

    /// <summary>How many multiplications it takes, about.</summary>
    public virtual long Entries => arguments.Sum(a => a.Map.Entries);

    /// <summary>One of its values.</summary>
    public abstract double Evaluate(int output);

    /// <summary>The transposed derivative: what an element of an argument gets, of what its values have.</summary>
    /// <param name="argument">Which argument.</param>
    /// <param name="element">The element.</param>
    /// <param name="relevance">What each value has.</param>
    public abstract double Back(int argument, int element, Func<int, double> relevance);
}
