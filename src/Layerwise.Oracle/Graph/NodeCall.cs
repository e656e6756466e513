using Layerwise.Oracle.Linear;
using Layerwise.Oracle.Onnx;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Graph;

/// <summary>A node with its inputs, as its operator reads it.</summary>
/// <param name="trace">The reading that it is part of.</param>
/// <param name="node">The node.</param>
/// <param name="output">Which of its outputs is asked for.</param>
internal sealed class NodeCall(Trace trace, NodeProto node, int output)
{
    public NodeProto Node => node;

    public int Output => output;

    public Trace Trace => trace;

    public long Opset => trace.Model.Opset;

    public int Count => node.Input.Count;

    public IEnumerable<Value> Inputs => Enumerable.Range(0, Count).Where(Has).Select(i => this[i]);

    public Value this[int input] => trace.Resolve(node.Input[input]);

    public bool Has(int input) => input < node.Input.Count && node.Input[input].Length > 0;

    /// <summary>An input that must not be computed.</summary>
    /// <exception cref="NoReferenceException">It is.</exception>
    public Grid Constant(int input) => (this[input] as Constant)?.Grid ?? throw NoReference($"its input '{node.Input[input]}' is computed");

    /// <summary>The integers of an attribute, or of an input in its place; <c>null</c> where both are left out.</summary>
    public long[]? Integers(string attribute, int input) => node.Ints(attribute) is { } own ? [.. own.Select(i => (long)i)] : Has(input) ? Constant(input).Integers : null;

    /// <summary>A linear function of the first input.</summary>
    public Value Linear(LinearMap map, int[] shape) => new Computed(Chain.Of(map, this[0].Map), shape);

    /// <summary>A function of each element of inputs that broadcast to one shape.</summary>
    /// <param name="value">The function of the element's place and of the inputs there.</param>
    /// <param name="slope">Its derivative by one of the inputs.</param>
    /// <param name="inputs">The inputs.</param>
    public Value Function(Func<int, double[], double> value, Func<int, double[], int, double> slope, params IReadOnlyList<Value> inputs)
    {
        var shape = Shapes.Broadcast([.. inputs.Select(i => i.Shape)]);
        var readings = inputs.Select(i => new Reading(trace.Tape, i.Shape.SequenceEqual(shape) ? i.Map : Chain.Of(new Thin(Shapes.From(i.Shape, shape)), i.Map))).ToList();
        if (inputs.All(i => i is Constant))
        {
            return new Constant(Grid.Of(shape, at => value(at, [.. readings.Select(r => r[at])])), inputs[0] is Constant { IsInteger: true });
        }

        return new Computed(trace.Tape.Add(new ElementFunction(node.OpType, readings, value, slope)), shape);
    }

    public NoReferenceException NoReference(string why) => new($"{node.Description()}: {why}");
}
