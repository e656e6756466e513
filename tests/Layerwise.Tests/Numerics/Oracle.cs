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

/// <summary>What the oracle is asked for: the composites' rules in the papers' words.</summary>
/// <param name="Gradient">The plain gradient; otherwise Epsilon on dense layers, ZPlus on convolutions.</param>
/// <param name="FlatFirst">Flat on the first linear layer.</param>
/// <param name="Epsilon">The dense layers' stabilizer.</param>
/// <param name="MergeBatchNorm">Whether a BatchNormalization is one linear layer with the one before it.</param>
internal sealed record OracleRules(bool Gradient = false, bool FlatFirst = false, double Epsilon = 1e-6, bool MergeBatchNorm = true);

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
    private bool _linearSeen;

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
                case "Conv" or "Gemm" or "MatMul":
                    Linear(node, done);
                    break;
                case "AveragePool" or "GlobalAveragePool":
                    Average(node);
                    break;
                case "BatchNormalization":
                    Scale(node);
                    break;
                case "Add" or "Sum":
                    Add(node);
                    break;
                case "Relu":
                    var x = _values[node.Input[0]];
                    Define(node.Output[0], [.. x.Values.Select(v => Math.Max(0, v))], x.Shape, [node.Input[0]],
                        r => [_rules.Gradient ? [.. r.Select((v, i) => x.Values[i] > 0 ? v : 0)] : r]);
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
        var x = _values[node.Input[0]];
        var layer = node.OpType == "Conv" ? Convolution(node, x) : Product(node, x);
        var channelAxis = node.OpType == "Conv" ? 1 : layer.Shape.Length - 1;
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

        var rule = _rules.Gradient ? "gradient" : _rules.FlatFirst && !_linearSeen ? "flat" : node.OpType == "Conv" ? "zplus" : "epsilon";
        _linearSeen = true;
        var z = layer.Apply(x.Values);
        Define(output, z, layer.Shape, [node.Input[0]], r => [rule switch
        {
            "gradient" => layer.Transposed(r, x.Values.Length),
            "flat" => layer.Ones().Proportional([.. x.Values.Select(_ => 1.0)], r, Stabilizer),
            "zplus" => ZPlus(layer, x.Values, r),
            _ => Divide(layer, x.Values, r, _rules.Epsilon),
        }]);
    }

    private static double[] ZPlus(Layer layer, double[] x, double[] r)
    {
        // The contributions above 0: x⁺w⁺ + x⁻w⁻, and b⁺.
        var z = layer.Bias.Select(b => Math.Max(0, b)).ToArray();
        foreach (var (o, i, w) in layer.Entries)
        {
            z[o] += Math.Max(0, x[i] * w);
        }

        var share = new double[x.Length];
        foreach (var (o, i, w) in layer.Entries)
        {
            share[i] += Math.Max(0, x[i] * w) * r[o] / (z[o] + Stabilizer);
        }

        return share;
    }

    private double[] Divide(Layer layer, double[] x, double[] r, double epsilon)
    {
        var z = layer.Apply(x);
        var size = layer.Bias.Select(Math.Abs).ToArray();
        foreach (var (o, i, w) in layer.Entries)
        {
            size[o] += Math.Abs(x[i] * w);
        }

        for (var o = 0; o < z.Length; o++)
        {
            Watch(z[o], size[o], epsilon);
        }

        return layer.Proportional(x, r, epsilon);
    }

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
                [1, x.Shape[1], .. x.Shape[2..].Select(_ => 1)]);
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

            layer = new Layer([.. entries], new double[x.Shape[1] * window.OutputArea], [1, x.Shape[1], .. window.Output]);
        }

        Define(node.Output[0], layer.Apply(x.Values), layer.Shape, [node.Input[0]],
            r => [_rules.Gradient ? layer.Transposed(r, x.Values.Length) : Divide(layer, x.Values, r, Stabilizer)]);
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
            r => [_rules.Gradient ? [.. r.Select((v, i) => v * scale[Channel(i)])] : r]);
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
            for (var o = 0; o < sum.Length && !_rules.Gradient; o++)
            {
                Watch(sum[o], terms.Select((t, k) => Math.Abs(t.Values[from[k][o]])).Sum(), Stabilizer);
            }

            double[] s = _rules.Gradient ? r : [.. r.Select((v, o) => v / Stabilized(sum[o], Stabilizer))];
            return [.. read.Select(k => Scatter(from[k], _rules.Gradient ? s : [.. s.Select((v, o) => v * terms[k].Values[from[k][o]])], terms[k].Values.Length))];
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
        return new Layer([.. entries], [.. Enumerable.Range(0, outputs * window.OutputArea).Select(i => bias[i / window.OutputArea])], [1, outputs, .. window.Output]);
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
        return new Layer([.. entries], [.. Enumerable.Range(0, rows * outputs).Select(o => beta * bias[o % outputs % bias.Length])], [.. x.Shape[..^1], outputs]);
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
    private sealed record Layer(Entry[] Entries, double[] Bias, int[] Shape)
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

        /// <summary>x ⊙ Wᵀ(R / stab(Wx + b)).</summary>
        public double[] Proportional(double[] x, double[] r, double epsilon)
        {
            var z = Apply(x);
            var share = new double[x.Length];
            foreach (var (o, i, w) in Entries)
            {
                share[i] += x[i] * w * r[o] / Stabilized(z[o], epsilon);
            }

            return share;
        }

        /// <summary>The same connections, each of weight 1, without a bias.</summary>
        public Layer Ones() => this with { Entries = [.. Entries.Select(e => e with { Weight = 1 })], Bias = new double[Bias.Length] };
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
