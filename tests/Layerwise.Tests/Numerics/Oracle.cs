using System.Runtime.InteropServices;
using Layerwise.Testing;
using Layerwise.Testing.Onnx;

namespace Layerwise.Tests.Numerics;

/// <summary>A dense array of float64 numbers, row-major.</summary>
internal sealed record Grid(double[] Values, int[] Shape)
{
    public static Grid Of(int[] shape, Func<int, double> value)
        => new([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(value)], shape);

    public double Largest => Values.Max(Math.Abs);
}

/// <summary>A rule of a linear layer with its parameters, in the papers' words.</summary>
internal sealed record OracleRule(string Name, double Epsilon = 1e-6, double Gamma = 0.25, double Alpha = 2, double Beta = 1, double Low = 0, double High = 0);

/// <summary>What the oracle is asked for: a rule for each type of layer.</summary>
internal sealed record OracleRules
{
    public OracleRule Convolution { get; init; } = new("zplus");

    public OracleRule Dense { get; init; } = new("epsilon");

    /// <summary>Of the first linear layer, where it has its own.</summary>
    public OracleRule? First { get; init; }

    /// <summary>Of the first convolution, where it has its own.</summary>
    public OracleRule? FirstConvolution { get; init; }

    /// <summary><c>pass</c>, <c>gradient</c>, <c>guided</c>, <c>deconvnet</c> or <c>smooth</c>.</summary>
    public string Relu { get; init; } = "pass";

    /// <summary>Sums and averages in proportion; otherwise by their gradient.</summary>
    public bool Proportional { get; init; } = true;

    /// <summary>BatchNormalizations that stand alone pass; otherwise by their gradient.</summary>
    public bool PassNorm { get; init; } = true;

    /// <summary>Whether a BatchNormalization is one linear layer with its neighbour.</summary>
    public bool MergeBatchNorm { get; init; } = true;

    public static OracleRules Gradient { get; } = new() { Convolution = new("gradient"), Dense = new("gradient"), Relu = "gradient", Proportional = false, PassNorm = false };
}

/// <summary>
/// Runs an ONNX model of one sample in float64 and propagates relevance through it. Every linear layer is flattened to the
/// list of its matrix entries, from which each rule follows in a few lines. Nothing is shared with the compiler.
/// </summary>
internal sealed class Oracle
{
    private const double Stabilizer = 1e-6;

    private readonly GraphProto _graph;
    private readonly OracleRules _rules;
    private readonly Dictionary<string, Grid> _weights = [];
    private readonly Dictionary<string, long[]> _integers = [];
    private readonly Dictionary<string, Grid> _values = [];
    private readonly List<(string[] Inputs, string Output, Func<double[], double[][]> Back)> _tape = [];
    private readonly Dictionary<string, (string Input, double[] Scale, double[] Shift)> _inputNorms = [];
    private bool _linearSeen, _convolutionSeen;

    public Oracle(ModelBuilder model, IReadOnlyDictionary<string, Grid> inputs, OracleRules rules)
    {
        _graph = model.Model.Graph;
        _rules = rules;
        foreach (var tensor in _graph.Initializer)
        {
            int[] shape = [.. tensor.Dims.Select(d => (int)d)];
            var bytes = tensor.RawData.Span;
            if (tensor.DataType == 1)
            {
                _weights[tensor.Name] = new Grid([.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(v => (double)v)], shape);
            }
            else
            {
                _integers[tensor.Name] = MemoryMarshal.Cast<byte, long>(bytes).ToArray();
            }
        }

        foreach (var (name, value) in inputs)
        {
            _values[name] = value;
        }

        Run();
    }

    /// <summary>How far denominators are from cancelling: the smallest |z| / Σ|terms| of a rule that divides by signed sums.</summary>
    public double Conditioning { get; private set; } = 1;

    public Grid Output => _values[_graph.Output[0].Name];

    /// <summary>The relevance of each input of the model.</summary>
    public IReadOnlyList<Grid> Relevance(double[] start)
    {
        var relevance = new Dictionary<string, double[]> { [_graph.Output[0].Name] = start };
        foreach (var (inputs, output, back) in Enumerable.Reverse(_tape))
        {
            if (!relevance.TryGetValue(output, out var r))
            {
                continue;
            }

            var shares = back(r);
            for (var i = 0; i < inputs.Length; i++)
            {
                relevance[inputs[i]] = relevance.TryGetValue(inputs[i], out var before) ? [.. before.Zip(shares[i], (a, b) => a + b)] : shares[i];
            }
        }

        return [.. _graph.Input.Select(i => new Grid(relevance.TryGetValue(i.Name, out var r) ? r : new double[_values[i.Name].Values.Length], _values[i.Name].Shape))];
    }

    private void Run()
    {
        var done = new HashSet<NodeProto>();
        foreach (var node in _graph.Node.Where(n => !done.Contains(n)))
        {
            switch (node.OpType)
            {
                case "Conv" or "ConvTranspose" or "Gemm" or "MatMul":
                    Linear(node, done);
                    break;
                case "AveragePool" or "GlobalAveragePool":
                    Average(node);
                    break;
                case "BatchNormalization":
                    if (_rules.MergeBatchNorm && _graph.Output.All(o => o.Name != node.Output[0])
                        && _graph.Node.Where(n => n.Input.Contains(node.Output[0])).All(n => n.OpType is "Conv" or "ConvTranspose" || (n.OpType is "Gemm" or "MatMul" && _values[node.Input[0]].Shape.Length == 2)))
                    {
                        var (scale, shift) = Normalization(node);
                        _inputNorms[node.Output[0]] = (node.Input[0], scale, shift);
                    }
                    else
                    {
                        Scale(node);
                    }

                    break;
                case "Add" or "Sum":
                    Add(node);
                    break;
                case "Relu":
                    var x = _values[node.Input[0]];
                    Define(node.Output[0], [.. x.Values.Select(v => Math.Max(0, v))], x.Shape, [node.Input[0]], r => [[.. r.Select((v, i) => Relu(v, x.Values[i]))]]);
                    break;
                case "MaxPool":
                    Maximum(node);
                    break;
                default:
                    Move(node);
                    break;
            }
        }
    }

    // A linear layer: its matrix, with a constant Add and a BatchNormalization after it where nobody else reads between.
    private void Linear(NodeProto node, HashSet<NodeProto> done)
    {
        var input = _inputNorms.TryGetValue(node.Input[0], out var before) ? before.Input : node.Input[0];
        var x = _values[input];
        var layer = node.OpType switch { "Conv" => Convolution(node, x), "ConvTranspose" => TransposedConvolution(node, x), _ => Product(node, x) };
        if (before.Input is not null)
        {
            var area = x.Shape[2..].Aggregate(1, (a, b) => a * b);
            var bias = layer.Bias.ToArray();
            foreach (var (o, i, w) in layer.Entries)
            {
                bias[o] += w * before.Shift[i / area % x.Shape[1]];
            }

            layer = layer with { Entries = [.. layer.Entries.Select(e => e with { Weight = e.Weight * before.Scale[e.In / area % x.Shape[1]] })], Bias = bias };
        }

        var channelAxis = node.OpType is "Conv" or "ConvTranspose" ? 1 : layer.Shape.Length - 1;
        int Channel(int at) => at / layer.Shape[(channelAxis + 1)..].Aggregate(1, (a, b) => a * b) % layer.Shape[channelAxis];
        var output = node.Output[0];
        while (_graph.Output.All(o => o.Name != output) && _graph.Node.Where(n => n.Input.Contains(output)).ToList() is [var next])
        {
            if (next.OpType is "Add" or "Sum" && next.Input.Count == 2 && next.Input.FirstOrDefault(_weights.ContainsKey) is { } name
                && _weights[name].Values is var addend && (addend.Length == 1 || addend.Length == layer.Shape[channelAxis]))
            {
                layer = layer with { Bias = [.. layer.Bias.Select((b, o) => b + addend[addend.Length == 1 ? 0 : Channel(o)])] };
            }
            else if (next.OpType == "BatchNormalization" && _rules.MergeBatchNorm)
            {
                var (scale, shift) = Normalization(next);
                layer = layer with
                {
                    Entries = [.. layer.Entries.Select(e => e with { Weight = e.Weight * scale[Channel(e.Out)] })],
                    Bias = [.. layer.Bias.Select((b, o) => (b * scale[Channel(o)]) + shift[Channel(o)])],
                };
            }
            else
            {
                break;
            }

            done.Add(next);
            output = next.Output[0];
        }

        var convolution = node.OpType is "Conv" or "ConvTranspose";
        var rule = !_linearSeen && _rules.First is { } first ? first
            : convolution && !_convolutionSeen && _rules.FirstConvolution is { } firstConvolution ? firstConvolution
            : convolution ? _rules.Convolution : _rules.Dense;
        (_linearSeen, _convolutionSeen) = (true, _convolutionSeen || convolution);
        Define(output, layer.Apply(x.Values), layer.Shape, [input], r => [Share(layer, x.Values, r, rule)]);
    }

    // What each input adds to each output in a rule's eyes: relevance goes in proportion to it.
    private double[] Share(Layer layer, double[] x, double[] r, OracleRule rule)
    {
        var (z, g) = (layer.Apply(x), rule.Gamma);
        double[] Divided(Func<int, double, double, double> term, Func<int, double> bias) => Proportionally(layer, r, rule.Epsilon, e => term(e.Out, x[e.In], e.Weight), bias);
        double[] ByLayer(Func<double, double, double> term, Func<double, double> bias) => Divided((_, xi, w) => term(xi, w), o => bias(layer.Bias[o]));
        return rule.Name switch
        {
            "gradient" => layer.Transposed(r, x.Length),
            "epsilon" => ByLayer((xi, w) => xi * w, b => b),
            "zplus" => ByLayer((xi, w) => Plus(xi * w), Plus),
            "alphabeta" => [.. ByLayer((xi, w) => Plus(xi * w), Plus).Zip(ByLayer((xi, w) => Minus(xi * w), Minus), (p, n) => (rule.Alpha * p) - (rule.Beta * n))],
            "gamma" => Divided(
                (o, xi, w) => z[o] == 0 ? 0 : (xi * w) + (g * (z[o] > 0 ? Plus(xi * w) : Minus(xi * w))),
                o => layer.Bias[o] + (g * (z[o] > 0 ? Plus(layer.Bias[o]) : Minus(layer.Bias[o])))),
            "zbox" => ByLayer((xi, w) => (xi * w) - (rule.Low * Plus(w)) - (rule.High * Minus(w)), _ => 0),
            "wsquare" => ByLayer((_, w) => w * w, b => b * b),
            "flat" => ByLayer((_, _) => 1, _ => 0),
            "captum gamma" => ByLayer((xi, w) => xi * (w + (g * Plus(w))), b => b),
            "captum a1b0" => ByLayer((xi, w) => xi * Plus(w), b => b),
            _ => throw new NotSupportedException(rule.Name),
        };
    }

    private double[] Proportionally(Layer layer, double[] r, double epsilon, Func<Entry, double> term, Func<int, double> bias)
    {
        double[] z = [.. layer.Bias.Select((_, o) => bias(o))];
        double[] size = [.. z.Select(Math.Abs)];
        var terms = layer.Entries.Select(term).ToArray();
        for (var e = 0; e < terms.Length; e++)
        {
            z[layer.Entries[e].Out] += terms[e];
            size[layer.Entries[e].Out] += Math.Abs(terms[e]);
        }

        for (var o = 0; o < z.Length; o++)
        {
            Watch(z[o], size[o], epsilon);
        }

        var share = new double[layer.Inputs];
        for (var e = 0; e < terms.Length; e++)
        {
            var (o, i, _) = layer.Entries[e];
            share[i] += terms[e] == 0 ? 0 : terms[e] * r[o] / Stabilized(z[o], epsilon);
        }

        return share;
    }

    private double Relu(double r, double x) => _rules.Relu switch
    {
        "pass" => r,
        "gradient" => x > 0 ? r : 0,
        "guided" => x > 0 ? Plus(r) : 0,
        "deconvnet" => Plus(r),
        _ => r / (1 + Math.Exp(-10 * x)),
    };

    private static double Plus(double v) => Math.Max(0, v);

    private static double Minus(double v) => Math.Min(0, v);

    private void Average(NodeProto node)
    {
        var x = _values[node.Input[0]];
        Layer layer;
        if (node.OpType == "GlobalAveragePool")
        {
            var area = x.Shape[2..].Aggregate(1, (a, b) => a * b);
            layer = new Layer(
                [.. Enumerable.Range(0, x.Values.Length).Select(i => new Entry(i / area, i, 1.0 / area))],
                new double[x.Values.Length / area],
                [1, x.Shape[1], .. x.Shape[2..].Select(_ => 1)],
                x.Values.Length);
        }
        else
        {
            var window = new Windows(node, x.Shape, Ints(node, "kernel_shape")!);
            var countPadding = Int(node, "count_include_pad", 0) != 0;
            var entries = new List<Entry>();
            foreach (var (at, seen, padded) in window.All())
            {
                for (var c = 0; c < x.Shape[1]; c++)
                {
                    entries.AddRange(seen.Select(s => new Entry((c * window.OutputArea) + at, (c * window.InputArea) + s.In, 1.0 / (countPadding ? padded : seen.Count))));
                }
            }

            layer = new Layer([.. entries], new double[x.Shape[1] * window.OutputArea], [1, x.Shape[1], .. window.Output], x.Values.Length);
        }

        Define(node.Output[0], layer.Apply(x.Values), layer.Shape, [node.Input[0]],
            r => [Share(layer, x.Values, r, new OracleRule(_rules.Proportional ? "epsilon" : "gradient"))]);
    }

    private void Maximum(NodeProto node)
    {
        var x = _values[node.Input[0]];
        var window = new Windows(node, x.Shape, Ints(node, "kernel_shape")!);
        var from = new int[x.Shape[1] * window.OutputArea];
        foreach (var (at, seen, _) in window.All())
        {
            for (var c = 0; c < x.Shape[1]; c++)
            {
                // The first one on ties.
                from[(c * window.OutputArea) + at] = seen.Select(s => (c * window.InputArea) + s.In).Aggregate((a, b) => x.Values[b] > x.Values[a] ? b : a);
            }
        }

        Define(node.Output[0], [.. from.Select(i => x.Values[i])], [1, x.Shape[1], .. window.Output], [node.Input[0]], r => [Scatter(from, r, x.Values.Length)]);
    }

    private void Scale(NodeProto node)
    {
        var x = _values[node.Input[0]];
        var (scale, shift) = Normalization(node);
        var area = x.Shape[2..].Aggregate(1, (a, b) => a * b);
        int Channel(int i) => i / area % x.Shape[1];
        Define(node.Output[0], [.. x.Values.Select((v, i) => (v * scale[Channel(i)]) + shift[Channel(i)])], x.Shape, [node.Input[0]],
            r => [_rules.PassNorm ? r : [.. r.Select((v, i) => v * scale[Channel(i)])]]);
    }

    private (double[] Scale, double[] Shift) Normalization(NodeProto node)
    {
        double[] Parameter(int i) => _weights[node.Input[i]].Values;
        var epsilon = node.Attribute.FirstOrDefault(a => a.Name == "epsilon")?.F ?? 1e-5f;
        double[] scale = [.. Parameter(1).Select((g, c) => g / Math.Sqrt(Parameter(4)[c] + epsilon))];
        return (scale, [.. scale.Select((s, c) => Parameter(2)[c] - (Parameter(3)[c] * s))]);
    }

    private void Add(NodeProto node)
    {
        var terms = node.Input.Select(i => _weights.TryGetValue(i, out var weight) ? weight : _values[i]).ToList();
        var rank = terms.Max(t => t.Shape.Length);
        int[] shape = [.. Enumerable.Range(0, rank).Select(axis => terms.Max(t => axis - rank + t.Shape.Length is var own && own < 0 ? 1 : t.Shape[own]))];
        var from = terms.Select(t => Broadcast(t.Shape, shape)).ToList();
        double[] sum = [.. from[0].Select((_, o) => terms.Select((t, k) => t.Values[from[k][o]]).Sum())];
        var read = Enumerable.Range(0, terms.Count).Where(k => !_weights.ContainsKey(node.Input[k])).ToList();
        Define(node.Output[0], sum, shape, [.. read.Select(k => node.Input[k])], r =>
        {
            for (var o = 0; o < sum.Length && _rules.Proportional; o++)
            {
                Watch(sum[o], terms.Select((t, k) => Math.Abs(t.Values[from[k][o]])).Sum(), Stabilizer);
            }

            double[] s = !_rules.Proportional ? r : [.. r.Select((v, o) => v / Stabilized(sum[o], Stabilizer))];
            return [.. read.Select(k => Scatter(from[k], !_rules.Proportional ? s : [.. s.Select((v, o) => v * terms[k].Values[from[k][o]])], terms[k].Values.Length))];
        });
    }

    // What only moves values: run on the values' own places, it says where each came from.
    private void Move(NodeProto node)
    {
        var inputs = node.Input.Where(_values.ContainsKey).Select(i => _values[i]).ToList();
        var x = inputs[0];
        var (from, shape) = node.OpType switch
        {
            "Concat" => Joined([.. inputs.Select(i => i.Shape)], (int)Int(node, "axis", 1)),
            "Transpose" => Transposed(x.Shape, [.. Ints(node, "perm")!]),
            "Flatten" => (Places(x), [1, x.Values.Length]),
            "Reshape" => (Places(x), Reshaped(x, _integers[node.Input[1]])),
            "Identity" or "Dropout" => (Places(x), x.Shape),
            _ => throw new NotSupportedException(node.OpType),
        };
        double[] all = [.. inputs.SelectMany(i => i.Values)];
        Define(node.Output[0], [.. from.Select(i => all[i])], shape, [.. node.Input.Where(_values.ContainsKey)], r =>
        {
            var whole = Scatter(from, r, all.Length);
            var start = 0;
            return [.. inputs.Select(i => whole[start..(start += i.Values.Length)])];
        });
    }

    private static int[] Places(Grid x) => [.. Enumerable.Range(0, x.Values.Length)];

    private static int[] Reshaped(Grid x, long[] wanted)
    {
        int[] shape = [.. wanted.Select((d, axis) => d == 0 ? x.Shape[axis] : (int)d)];
        var known = shape.Where(d => d != -1).Aggregate(1, (a, b) => a * b);
        return [.. shape.Select(d => d == -1 ? x.Values.Length / known : d)];
    }

    private static (int[] From, int[] Shape) Joined(List<int[]> shapes, int axis)
    {
        var outer = shapes[0][..axis].Aggregate(1, (a, b) => a * b);
        int[] rows = [.. shapes.Select(s => s[axis..].Aggregate(1, (a, b) => a * b))];
        int[] starts = [.. rows.Select((_, k) => rows[..k].Sum() * outer)];
        int[] from = [.. Enumerable.Range(0, outer).SelectMany(o => rows.SelectMany((row, k) => Enumerable.Range(starts[k] + (o * row), row)))];
        return (from, [.. shapes[0].Select((d, i) => i == axis ? shapes.Sum(s => s[axis]) : d)]);
    }

    private static (int[] From, int[] Shape) Transposed(int[] shape, int[] perm)
    {
        var strides = Strides(shape);
        int[] to = [.. perm.Select(p => shape[p])];
        var toStrides = Strides(to);
        int[] from = [.. Enumerable.Range(0, to.Aggregate(1, (a, b) => a * b)).Select(o => to.Select((d, i) => o / toStrides[i] % d * strides[perm[i]]).Sum())];
        return (from, to);
    }

    private static int[] Broadcast(int[] shape, int[] to)
    {
        var (strides, toStrides, lead) = (Strides(shape), Strides(to), to.Length - shape.Length);
        return [.. Enumerable.Range(0, to.Aggregate(1, (a, b) => a * b)).Select(o => shape.Select((d, i) => d == 1 ? 0 : o / toStrides[i + lead] % d * strides[i]).Sum())];
    }

    private static int[] Strides(int[] shape) => [.. shape.Select((_, i) => shape[(i + 1)..].Aggregate(1, (a, b) => a * b))];

    private static double[] Scatter(int[] to, double[] values, int length)
    {
        var sum = new double[length];
        for (var i = 0; i < to.Length; i++)
        {
            sum[to[i]] += values[i];
        }

        return sum;
    }

    private Layer Convolution(NodeProto node, Grid x)
    {
        var weight = _weights[node.Input[1]];
        var groups = (int)Int(node, "group", 1);
        var window = new Windows(node, x.Shape, [.. weight.Shape[2..]]);
        var (outputs, perGroup, kernel) = (weight.Shape[0], weight.Shape[1], weight.Shape[2..].Aggregate(1, (a, b) => a * b));
        var entries = new List<Entry>();
        foreach (var (at, seen, _) in window.All())
        {
            for (var o = 0; o < outputs; o++)
            {
                for (var c = 0; c < perGroup; c++)
                {
                    var channel = (o / (outputs / groups) * perGroup) + c;
                    entries.AddRange(seen.Select(s => new Entry(
                        (o * window.OutputArea) + at, (channel * window.InputArea) + s.In, weight.Values[(((o * perGroup) + c) * kernel) + s.Kernel])));
                }
            }
        }

        var bias = node.Input.Count > 2 && node.Input[2].Length > 0 ? _weights[node.Input[2]].Values : new double[outputs];
        return new Layer([.. entries], [.. Enumerable.Range(0, outputs * window.OutputArea).Select(i => bias[i / window.OutputArea])], [1, outputs, .. window.Output], x.Values.Length);
    }

    // The convolution from the output to the input, read the other way round.
    private Layer TransposedConvolution(NodeProto node, Grid x)
    {
        var weight = _weights[node.Input[1]];
        var groups = (int)Int(node, "group", 1);
        var rank = weight.Shape.Length - 2;
        int[] Each(string name, int otherwise) => Ints(node, name) ?? [.. Enumerable.Repeat(otherwise, rank)];
        var (strides, dilations, pads, extra) = (Each("strides", 1), Each("dilations", 1), Ints(node, "pads") ?? new int[2 * rank], Each("output_padding", 0));
        int[] kernel = weight.Shape[2..], input = x.Shape[2..];
        int[] output = [.. input.Select((n, i) => (strides[i] * (n - 1)) + extra[i] + ((kernel[i] - 1) * dilations[i]) + 1 - pads[i] - pads[i + rank])];
        int Area(int[] shape) => shape.Aggregate(1, (a, b) => a * b);
        int[] At(int flat, int[] shape) => [.. shape.Select((d, i) => flat / Strides(shape)[i] % d)];
        var (inPerGroup, outPerGroup) = (x.Shape[1] / groups, weight.Shape[1]);
        var entries = new List<Entry>();
        for (var at = 0; at < Area(input); at++)
        {
            for (var tap = 0; tap < Area(kernel); tap++)
            {
                var (p, k) = (At(at, input), At(tap, kernel));
                int[] o = [.. p.Select((v, i) => (v * strides[i]) + (k[i] * dilations[i]) - pads[i])];
                if (!o.Select((v, i) => v >= 0 && v < output[i]).All(inside => inside))
                {
                    continue;
                }

                var place = o.Select((v, i) => v * Strides(output)[i]).Sum();
                for (var c = 0; c < x.Shape[1]; c++)
                {
                    for (var q = 0; q < outPerGroup; q++)
                    {
                        entries.Add(new Entry(
                            ((((c / inPerGroup) * outPerGroup) + q) * Area(output)) + place, (c * Area(input)) + at, weight.Values[(((c * outPerGroup) + q) * Area(kernel)) + tap]));
                    }
                }
            }
        }

        var bias = node.Input.Count > 2 && node.Input[2].Length > 0 ? _weights[node.Input[2]].Values : new double[outPerGroup * groups];
        return new Layer([.. entries], [.. Enumerable.Range(0, outPerGroup * groups * Area(output)).Select(i => bias[i / Area(output)])], [1, outPerGroup * groups, .. output], x.Values.Length);
    }

    private Layer Product(NodeProto node, Grid x)
    {
        var weight = _weights[node.Input[1]];
        var gemm = node.OpType == "Gemm";
        var transposed = gemm && Int(node, "transB", 0) != 0;
        var alpha = gemm ? Float(node, "alpha", 1) : 1;
        var beta = gemm ? Float(node, "beta", 1) : 1;
        var (inputs, outputs) = transposed ? (weight.Shape[1], weight.Shape[0]) : (weight.Shape[0], weight.Shape[1]);
        var rows = x.Values.Length / inputs;
        var entries = from row in Enumerable.Range(0, rows)
                      from o in Enumerable.Range(0, outputs)
                      from i in Enumerable.Range(0, inputs)
                      select new Entry((row * outputs) + o, (row * inputs) + i, alpha * weight.Values[transposed ? (o * inputs) + i : (i * outputs) + o]);
        double[] bias = node.Input.Count > 2 ? _weights[node.Input[2]].Values : [0];
        return new Layer([.. entries], [.. Enumerable.Range(0, rows * outputs).Select(o => beta * bias[o % outputs % bias.Length])], [.. x.Shape[..^1], outputs], x.Values.Length);
    }

    private void Define(string name, double[] values, int[] shape, string[] inputs, Func<double[], double[][]> back)
    {
        _values[name] = new Grid(values, shape);
        _tape.Add((inputs, name, back));
    }

    private void Watch(double z, double terms, double epsilon)
    {
        if (terms > 0)
        {
            Conditioning = Math.Min(Conditioning, (Math.Abs(z) + epsilon) / terms);
        }
    }

    // sign(0) = +1
    private static double Stabilized(double z, double epsilon) => z < 0 ? z - epsilon : z + epsilon;

    private static long Int(NodeProto node, string name, long otherwise) => node.Attribute.FirstOrDefault(a => a.Name == name)?.I ?? otherwise;

    private static float Float(NodeProto node, string name, float otherwise) => node.Attribute.FirstOrDefault(a => a.Name == name)?.F ?? otherwise;

    private static int[]? Ints(NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name) is { } found ? [.. found.Ints.Select(i => (int)i)] : null;

    /// <summary>One entry of a layer's matrix.</summary>
    private readonly record struct Entry(int Out, int In, double Weight);

    /// <summary>A linear layer as a matrix and a bias.</summary>
    private sealed record Layer(Entry[] Entries, double[] Bias, int[] Shape, int Inputs)
    {
        public double[] Apply(double[] x)
        {
            double[] z = [.. Bias];
            foreach (var (o, i, w) in Entries)
            {
                z[o] += x[i] * w;
            }

            return z;
        }

        public double[] Transposed(double[] s, int inputs)
        {
            var x = new double[inputs];
            foreach (var (o, i, w) in Entries)
            {
                x[i] += s[o] * w;
            }

            return x;
        }
    }

    /// <summary>The windows of a convolution or a pool over one channel, as the ONNX standard defines them.</summary>
    private sealed class Windows
    {
        private readonly int[] _kernel, _stride, _dilation, _begin, _end, _input;

        public Windows(NodeProto node, int[] shape, int[] kernel)
        {
            var rank = kernel.Length;
            int[] Each(string name) => Ints(node, name) ?? [.. Enumerable.Repeat(1, rank)];
            _input = shape[2..];
            _kernel = kernel;
            _stride = Each("strides");
            _dilation = Each("dilations");
            var pads = Ints(node, "pads") ?? new int[2 * rank];
            (_begin, _end) = (pads[..rank], pads[rank..]);
            int[] extent = [.. kernel.Select((k, i) => ((k - 1) * _dilation[i]) + 1)];
            var auto = node.Attribute.FirstOrDefault(a => a.Name == "auto_pad")?.S.ToStringUtf8() ?? "NOTSET";
            Output = new int[rank];
            for (var i = 0; i < rank; i++)
            {
                if (auto.StartsWith("SAME", StringComparison.Ordinal))
                {
                    Output[i] = (int)Math.Ceiling(_input[i] / (double)_stride[i]);
                    var total = Math.Max(0, ((Output[i] - 1) * _stride[i]) + extent[i] - _input[i]);
                    (_begin[i], _end[i]) = auto == "SAME_UPPER" ? (total / 2, total - (total / 2)) : (total - (total / 2), total / 2);
                }
                else
                {
                    var steps = (_input[i] + _begin[i] + _end[i] - extent[i]) / (double)_stride[i];
                    Output[i] = (int)(Int(node, "ceil_mode", 0) != 0 ? Math.Ceiling(steps) : Math.Floor(steps)) + 1;

                    // A last window must start inside the input or the padding before it.
                    while (Int(node, "ceil_mode", 0) != 0 && (Output[i] - 1) * _stride[i] >= _input[i] + _begin[i])
                    {
                        Output[i]--;
                    }
                }
            }
        }

        public int[] Output { get; }

        public int OutputArea => Output.Aggregate(1, (a, b) => a * b);

        public int InputArea => _input.Aggregate(1, (a, b) => a * b);

        /// <summary>Each window: its place, the elements of the input that it sees, and how many it sees with the padding.</summary>
        public IEnumerable<(int At, List<(int In, int Kernel)> Seen, int Padded)> All()
        {
            foreach (var (at, o) in Positions(Output))
            {
                var seen = new List<(int, int)>();
                var padded = 0;
                foreach (var (tap, k) in Positions(_kernel))
                {
                    int[] x = [.. o.Select((p, i) => (p * _stride[i]) + (k[i] * _dilation[i]) - _begin[i])];
                    if (x.Select((p, i) => p >= 0 && p < _input[i]).All(inside => inside))
                    {
                        seen.Add((x.Select((p, i) => p * Strides(_input)[i]).Sum(), tap));
                    }

                    padded += x.Select((p, i) => p < _input[i] + _end[i]).All(inside => inside) ? 1 : 0;
                }

                yield return (at, seen, padded);
            }
        }

        private static IEnumerable<(int Flat, int[] At)> Positions(int[] shape)
        {
            var strides = Strides(shape);
            return Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(flat => (flat, (int[])[.. shape.Select((d, i) => flat / strides[i] % d)]));
        }
    }
}
