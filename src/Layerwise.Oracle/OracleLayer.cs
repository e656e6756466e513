using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Rules;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle;

/// <summary>
/// One layer of a model in float64: all nodes between its inputs and its output, such as a convolution with its BatchNormalization and its
/// Relu. Nothing is computed before it is asked for, and no matrix is ever written out: of a large layer, single elements can be had.
/// Not safe to use from several threads.
/// </summary>
public sealed class OracleLayer
{
    private OracleLayer(OracleModel model, IReadOnlyList<string> names, IReadOnlyList<Grid> inputs, Reading output, int[] shape)
        => (Model, Names, Inputs, Reading, Shape) = (model, names, inputs, output, shape);

    /// <summary>The shape of the output.</summary>
    public int[] Shape { get; }

    /// <summary>How many elements the output has.</summary>
    public int Count => Reading.Count;

    /// <summary>How many entries all matrices of the layer have, about: what one pass costs.</summary>
    public long Entries => Reading.Map.Entries + Reading.Tape.Entries;

    /// <summary>How many entries have been read so far.</summary>
    public long Work => Reading.Tape.Work;

    /// <summary>The values that it was given.</summary>
    public IReadOnlyList<Grid> Inputs { get; }

    internal OracleModel Model { get; }

    internal IReadOnlyList<string> Names { get; }

    internal Reading Reading { get; }

    internal Tape Tape => Reading.Tape;

    /// <summary>Reads a layer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="inputs">The names of the layer's input tensors.</param>
    /// <param name="values">Their values.</param>
    /// <param name="output">The name of its output tensor.</param>
    /// <param name="shapes">Shapes of other tensors, which nodes of the layer may ask for.</param>
    /// <exception cref="NoReferenceException">There is no reference for an operator of the layer; the message names it.</exception>
    public static OracleLayer Of(OracleModel model, IReadOnlyList<string> inputs, IReadOnlyList<Grid> values, string output, IReadOnlyDictionary<string, int[]>? shapes = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(values);
        ArgumentNullException.ThrowIfNull(output);
        if (inputs.Count != values.Count)
        {
            throw new ArgumentException($"The layer has {inputs.Count} inputs, and {values.Count} values were given.", nameof(values));
        }

        var tape = new Tape(values);
        var known = new Dictionary<string, Value>();
        var start = 0;
        for (var i = 0; i < inputs.Count; i++)
        {
            known.TryAdd(inputs[i], new Computed(new Linear.Slot(start, values[i].Values.Length), values[i].Shape));
            start += values[i].Values.Length;
        }

        var value = new Trace(model, tape, known, shapes ?? new Dictionary<string, int[]>()).Resolve(output);
        return new OracleLayer(model, inputs, values, new Reading(tape, value.Map), value.Shape);
    }

    /// <summary>One element of the output.</summary>
    public double this[int element] => Reading[element];

    /// <summary>The whole output.</summary>
    public Grid Output() => Grid.Of(Shape, i => Reading[i]);

    /// <summary>Propagates relevance through the layer.</summary>
    /// <param name="relevance">The relevance of the output: its number of elements, row-major.</param>
    /// <param name="rule">The rule; <c>null</c> where relevance moves with the values.</param>
    /// <param name="activation">The rule of an activation behind a linear operator; it passes unless given.</param>
    /// <exception cref="NoReferenceException">There is no reference for the rule on this layer.</exception>
    public LayerRelevance Propagate(IReadOnlyList<double> relevance, OracleRule? rule, OracleRule? activation = null)
    {
        ArgumentNullException.ThrowIfNull(relevance);
        return relevance.Count == Count
            ? new LayerRelevance(this, relevance, rule ?? new OracleRule(RuleName.Gradient), activation)
            : throw new ArgumentException($"The layer has {Count} outputs, and the relevance of {relevance.Count} was given.", nameof(relevance));
    }

    /// <summary>A bound of the values of the tape: one number, one a channel, or one for each element of a sample.</summary>
    internal Func<int, double> Bound(IReadOnlyList<double> numbers) => at =>
    {
        var (input, element) = Place(at);
        var shape = Inputs[input].Shape;
        return numbers.Count == 1 ? numbers[0]
            : shape.Length > 2 && numbers.Count == shape[1] ? numbers[element / Shapes.Size(shape.AsSpan(2)) % shape[1]]
            : numbers[element % numbers.Count];
    };

    /// <summary>Which input a place on the tape is of, and which of its elements.</summary>
    internal (int Input, int Element) Place(int at)
    {
        var input = 0;
        while (at >= Inputs[input].Values.Length)
        {
            at -= Inputs[input++].Values.Length;
        }

        return (input, at);
    }

    /// <summary>Where an input begins on the tape.</summary>
    internal int Start(int input) => Inputs.Take(input).Sum(i => i.Values.Length);
}
