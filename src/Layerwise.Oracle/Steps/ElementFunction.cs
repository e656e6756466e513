namespace Layerwise.Oracle.Steps;

/// <summary>A function of each element of arguments of one shape.</summary>
/// <param name="name">The operator.</param>
/// <param name="arguments">What it reads.</param>
/// <param name="value">The function of the element's place and of the arguments there.</param>
/// <param name="slope">Its derivative by one of the arguments.</param>
internal sealed class ElementFunction(string name, IReadOnlyList<Reading> arguments, Func<int, double[], double> value, Func<int, double[], int, double> slope) : Step(name, arguments)
{
    public override int Count => Arguments[0].Count;

    public override double Evaluate(int output) => value(output, At(output));

    public override double Back(int argument, int element, Func<int, double> relevance)
        => relevance(element) is var r && r == 0 ? 0 : r * slope(element, At(element), argument);

    /// <summary>The arguments at a place.</summary>
    public double[] At(int element) => [.. Arguments.Select(a => a[element])];
}
