using Layerwise.Oracle.Graph;
using Layerwise.Oracle.Onnx;
using Layerwise.Oracle.Rules;

namespace Layerwise.Oracle;

/// <summary>
/// A whole model in float64, forward and back: layer after layer, as the oracle itself divides the graph. A BatchNormalization and a
/// constant that is added belong to their linear layer where nobody else reads between.
/// </summary>
public sealed class OracleNetwork
{
    private readonly OracleModel _model;
    private readonly GraphProto _graph;
    private readonly OracleRules _rules;
    private readonly Dictionary<string, Grid> _values;
    private readonly Dictionary<string, string> _mergedNorms = [];
    private readonly List<(OracleLayer Layer, string[] Inputs, string Output, OracleRule? Rule)> _layers = [];
    private bool _linearSeen, _convolutionSeen;

    /// <param name="model">The model.</param>
    /// <param name="inputs">The values of its inputs by name.</param>
    /// <param name="rules">The rules.</param>
    /// <exception cref="NoReferenceException">There is no reference for an operator; the message names it.</exception>
    public OracleNetwork(OracleModel model, IReadOnlyDictionary<string, Grid> inputs, OracleRules rules)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _graph, _rules, _values) = (model, model.Graph, rules, new(inputs));
        var done = new HashSet<NodeProto>();
        foreach (var node in _graph.Node.Where(n => !done.Contains(n)))
        {
            Add(node, done);
        }
    }

    /// <summary>How far denominators are from cancelling: the smallest (|z| + ε) / Σ|terms| of all layers that relevance has passed.</summary>
    public double Conditioning { get; private set; } = 1;

    public Grid Output => _values[_graph.Output[0].Name];

    /// <summary>The relevance of each input of the model.</summary>
    /// <param name="start">The relevance of the output.</param>
    public IReadOnlyList<Grid> Relevance(IReadOnlyList<double> start)
    {
        var relevance = new Dictionary<string, double[]> { [_graph.Output[0].Name] = [.. start] };
        foreach (var (layer, inputs, output, rule) in Enumerable.Reverse(_layers))
        {
            if (!relevance.TryGetValue(output, out var r))
            {
                continue;
            }

            var given = layer.Propagate(r, rule);
            for (var i = 0; i < inputs.Length; i++)
            {
                var share = given.Of(i).Values;
                relevance[inputs[i]] = relevance.TryGetValue(inputs[i], out var before) ? [.. before.Zip(share, (a, b) => a + b)] : share;
            }

            Conditioning = Math.Min(Conditioning, given.Conditioning);
        }

        return [.. _graph.Input.Where(i => _values.ContainsKey(i.Name)).Select(i => new Grid(relevance.TryGetValue(i.Name, out var r) ? r : new double[_values[i.Name].Values.Length], _values[i.Name].Shape))];
    }

    private void Add(NodeProto node, HashSet<NodeProto> done)
    {
        switch (node.OpType)
        {
            case "Conv" or "ConvTranspose" or "Gemm" or "MatMul":
                Define(node, EndOfLinear(node, done), LinearRule(node));
                break;
            case "BatchNormalization" when _rules.MergeBatchNorm && IsReadByLinearAlone(node):
                _mergedNorms[node.Output[0]] = node.Input[0];
                break;
            case "BatchNormalization":
                Define(node, node.Output[0], _rules.BatchNorm);
                break;
            case "Add" or "Sum" or "AveragePool" or "GlobalAveragePool":
                Define(node, node.Output[0], _rules.Sum);
                break;
            case "Relu":
                Define(node, node.Output[0], _rules.Relu);
                break;
            default:
                Define(node, node.Output[0], rule: null);
                break;
        }
    }

    private void Define(NodeProto node, string output, OracleRule? rule)
    {
        string[] inputs = [.. node.Input.Select(i => _mergedNorms.GetValueOrDefault(i, i)).Where(_values.ContainsKey).Distinct()];
        var layer = OracleLayer.Of(_model, inputs, [.. inputs.Select(i => _values[i])], output);
        _values[output] = layer.Output();
        _layers.Add((layer, inputs, output, rule));
    }

    /// <summary>The end of a linear layer: behind what is added to it, and the BatchNormalization, where nobody else reads between.</summary>
    private string EndOfLinear(NodeProto node, HashSet<NodeProto> done)
    {
        var (output, outputs) = (node.Output[0], Outputs(node));
        while (_graph.Output.All(o => o.Name != output) && Readers(output).ToList() is [var next] && (IsBias(next, outputs) || (next.OpType == "BatchNormalization" && _rules.MergeBatchNorm)))
        {
            done.Add(next);
            output = next.Output[0];
        }

        return output;
    }

    // Channels, or outputs of a matrix.
    private int Outputs(NodeProto node)
    {
        var weight = _model.Weight(node.Input[1])!.Value.Values.Shape;
        return node.OpType switch
        {
            "Conv" => weight[0],
            "ConvTranspose" => weight[1] * (int)node.Int("group", 1),
            "Gemm" when node.Int("transB", 0) != 0 => weight[0],
            _ => weight[^1],
        };
    }

    private bool IsBias(NodeProto node, int outputs) => node.OpType is "Add" or "Sum" && node.Input.Count == 2
        && node.Input.Where(_model.IsWeight).Select(i => _model.Weight(i)!.Value.Values.Values.Length).ToList() is [var size] && (size == 1 || size == outputs);

    private bool IsReadByLinearAlone(NodeProto node) => _graph.Output.All(o => o.Name != node.Output[0])
        && Readers(node.Output[0]).All(n => n.OpType is "Conv" or "ConvTranspose" || (n.OpType is "Gemm" or "MatMul" && _values[node.Input[0]].Shape.Length == 2));

    private IEnumerable<NodeProto> Readers(string value) => _graph.Node.Where(n => n.Input.Contains(value));

    private OracleRule LinearRule(NodeProto node)
    {
        var convolution = node.OpType is "Conv" or "ConvTranspose";
        var rule = !_linearSeen && _rules.First is { } first ? first
            : convolution && !_convolutionSeen && _rules.FirstConvolution is { } firstConvolution ? firstConvolution
            : convolution ? _rules.Convolution : _rules.Dense;
        (_linearSeen, _convolutionSeen) = (true, _convolutionSeen || convolution);
        return rule;
    }
}
