using Layerwise.Oracle.Linear;
using Layerwise.Oracle.Onnx;
using Layerwise.Oracle.Operators;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle.Graph;

/// <summary>Reads the nodes of a layer from its output back to its inputs, as maps and steps over a tape.</summary>
/// <param name="model">The graph.</param>
/// <param name="tape">The tape.</param>
/// <param name="known">The layer's inputs.</param>
/// <param name="shapes">Shapes of other values, which the layer may ask for.</param>
/// <param name="outer">The reading of the graph whose branch this is.</param>
internal sealed class Trace(OracleModel model, Tape tape, IReadOnlyDictionary<string, Value> known, IReadOnlyDictionary<string, int[]> shapes, Trace? outer = null)
{
    private readonly Dictionary<string, Value> _values = new(known);

    public Tape Tape => tape;

    public OracleModel Model => model;

    /// <summary>A value of the graph, or of one around it.</summary>
    public Value Resolve(string name)
    {
        if (_values.TryGetValue(name, out var value))
        {
            return value;
        }

        return _values[name] = model.Weight(name) is { } weight ? new Constant(weight.Values, TensorValues.IsInteger(weight.Type))
            : model.Producer(name) is { } node ? Run(node, node.Output.IndexOf(name))
            : outer?.Resolve(name) ?? throw new NoReferenceException($"the layer reads '{name}', which is none of its inputs");
    }

    /// <summary>The shape of a value, without computing it where that is possible.</summary>
    public int[] ShapeOf(string name) => !_values.ContainsKey(name) && shapes.TryGetValue(name, out var shape) ? shape : Resolve(name).Shape;

    /// <summary>The output of a branch.</summary>
    public Value Branch(GraphProto graph, int output) => new Trace(model.Branch(graph), tape, new Dictionary<string, Value>(), shapes, this).Resolve(graph.Output[output].Name);

    private Value Run(NodeProto node, int output)
    {
        if (!OperatorTable.Operators.TryGetValue(OperatorTable.Key(node), out var read))
        {
            throw new NoReferenceException(node.Description());
        }

        try
        {
            var result = read(new NodeCall(this, node, output));
            return result is Computed { Map: var map } && node.Input.All(i => i.Length == 0 || (_values.TryGetValue(i, out var value) && value is Constant)) && node.OpType is not ("If" or "Shape")
                ? new Constant(Numbers(map, result.Shape), node.Input.Count > 0 && _values[node.Input[0]] is Constant { IsInteger: true })
                : result;
        }
        catch (Exception e) when (e is ArgumentException or IndexOutOfRangeException)
        {
            throw new NoReferenceException($"{node.Description()}: {e.Message}", e);
        }
    }

    private static Grid Numbers(LinearMap map, int[] shape)
    {
        var nothing = new Reading(new Tape([]), map);
        return Grid.Of(shape, i => nothing[i]);
    }
}
