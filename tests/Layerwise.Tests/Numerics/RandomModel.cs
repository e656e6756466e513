using Layerwise.Testing;

namespace Layerwise.Tests.Numerics;

/// <summary>Small networks by chance, the same for the same seed: every operator and attribute of the numeric core in changing company.</summary>
internal sealed class RandomModel
{
    private readonly Random _random;
    private readonly int _axes;
    private int _count;
    private string _value = "x";
    private int[] _shape;

    public RandomModel(int seed)
    {
        // A known generator: the runtime keeps its numbers for a given seed.
        _random = new Random(seed);
        _axes = 1 + (seed % 3);
        int[] sizes = _axes switch { 1 => [9, 14], 2 => [5, 8], _ => [3, 5] };
        _shape = [Between(1, 3), .. Enumerable.Range(0, _axes).Select(_ => Between(sizes[0], sizes[1]))];
        InputShape = _shape;
        Model = new ModelBuilder(opset: 19).Input("x", ["N", .. _shape.Select(d => (object)d)]);
        Make();
        Model.Output(_value, ["N", .. _shape.Select(d => (object)d)]);
    }

    public ModelBuilder Model { get; }

    /// <summary>The input's shape without the batch.</summary>
    public int[] InputShape { get; }

    /// <summary>Numbers a sample that the network gives.</summary>
    public int Outputs => _shape[^1];

    private void Make()
    {
        if (Chance(0.3))
        {
            Relu();
        }

        for (var blocks = Between(1, 3); blocks > 0; blocks--)
        {
            switch (_random.Next(10))
            {
                case 0:
                    Convolution();
                    Residual();
                    break;
                case 1:
                    Convolution();
                    Branches();
                    break;
                case 2:
                    MaximumPool();
                    Convolution();
                    break;
                case 3:
                    Convolution();
                    AveragePool();
                    break;
                case 4:
                    BatchNorm();
                    Convolution();
                    break;
                case 5:
                    Convolution();
                    Node("Add", $"{_value} {Bias([1, .. _shape])}");
                    Maybe(Relu);
                    break;
                case 6:
                    Convolution();
                    AddMean();
                    break;
                case 7:
                    Convolution();
                    TransposedConvolution();
                    break;
                default:
                    Convolution();
                    break;
            }
        }

        Head();
    }

    private void Convolution()
    {
        var groups = Chance(0.3) ? _shape[0] : 1;
        var outputs = groups * Between(1, 3);
        var window = Window(maximum: 4, padding: true, dilation: true, out var kernel, out var sizes);
        var inputs = $"{_value} {Weights([outputs, _shape[0] / groups, .. kernel])}{(Chance(0.75) ? " " + Bias(outputs) : "")}";
        Node("Conv", inputs, [("group", groups), .. window]);
        _shape = [outputs, .. sizes];
        if (Chance(0.2))
        {
            Node("Add", $"{_value} {Bias([outputs, .. kernel.Select(_ => 1)])}");
        }

        if (Chance(0.4))
        {
            BatchNorm();
        }

        if (Chance(0.85))
        {
            Relu();
        }
    }

    private void TransposedConvolution()
    {
        var groups = Chance(0.3) ? _shape[0] : 1;
        var perGroup = Between(1, 2);
        int[] kernel = [.. Enumerable.Range(0, _axes).Select(_ => Between(1, 3))];
        int[] strides = [.. kernel.Select(k => Between(1, Math.Min(2, k)))];
        int[] extra = [.. strides.Select(s => Between(0, s - 1))];
        int[] sizes = [.. kernel.Select((k, i) => (strides[i] * (_shape[i + 1] - 1)) + extra[i] + k)];
        Node("ConvTranspose", $"{_value} {Weights([_shape[0], perGroup, .. kernel])} {Bias(groups * perGroup)}", ("group", groups), ("kernel_shape", kernel), ("strides", strides), ("output_padding", extra));
        _shape = [groups * perGroup, .. sizes];
        Maybe(BatchNorm);
        Maybe(Relu);
    }

    private void Residual()
    {
        var skip = _value;
        int[] kernel = [.. Enumerable.Repeat(3, _axes)];
        Node("Conv", $"{_value} {Weights([_shape[0], _shape[0], .. kernel])}", [("kernel_shape", kernel), ("auto_pad", Chance(0.5) ? "SAME_UPPER" : "SAME_LOWER")]);
        Maybe(BatchNorm);
        Maybe(Relu);
        Node(Chance(0.5) ? "Add" : "Sum", Chance(0.5) ? $"{skip} {_value}" : $"{_value} {skip}");
        Maybe(Relu);
    }

    /// <summary>Each channel with its mean added, which broadcasts.</summary>
    private void AddMean()
    {
        var value = _value;
        Node("GlobalAveragePool", value);
        Node("Add", Chance(0.5) ? $"{value} {_value}" : $"{_value} {value}");
    }

    private void Branches()
    {
        var (from, channels) = (_value, _shape[0]);
        var branches = new List<string>();
        var total = 0;
        for (var i = Between(2, 3); i > 0; i--)
        {
            _value = from;
            if (Chance(0.7))
            {
                var outputs = Between(1, 2);
                var size = Chance(0.5) ? 1 : 3;
                int[] kernel = [.. Enumerable.Repeat(size, _axes)];
                Node("Conv", $"{_value} {Weights([outputs, channels, .. kernel])} {Bias(outputs)}", [("pads", Enumerable.Repeat(size / 2, 2 * _axes).ToArray())]);
                Maybe(Relu);
                total += outputs;
            }
            else
            {
                int[] kernel = [.. Enumerable.Repeat(3, _axes)];
                Node(Chance(0.5) ? "MaxPool" : "AveragePool", _value, [("kernel_shape", kernel), ("pads", Enumerable.Repeat(1, 2 * _axes).ToArray())]);
                total += channels;
            }

            branches.Add(_value);
        }

        Node("Concat", string.Join(' ', branches), [("axis", 1)]);
        _shape = [total, .. _shape[1..]];
    }

    private void MaximumPool()
    {
        var padding = Chance(0.5);
        Node("MaxPool", _value, [.. Window(maximum: 3, padding, dilation: !padding, out _, out var sizes, pool: true)]);
        _shape = [_shape[0], .. sizes];
    }

    private void AveragePool()
    {
        var padding = Chance(0.6);
        var window = Window(maximum: 3, padding, dilation: !padding, out _, out var sizes, pool: true);
        Node("AveragePool", _value, [.. window, ("count_include_pad", Chance(0.5) ? 1 : 0)]);
        _shape = [_shape[0], .. sizes];
    }

    private void BatchNorm()
    {
        var channels = _shape[0];
        var name = $"bn{++_count}";
        Model.Tensor(name + ".scale", Numbers(channels, 0.5, 1.5), channels)
            .Tensor(name + ".bias", Numbers(channels, -0.3, 0.5), channels)
            .Tensor(name + ".mean", Numbers(channels, -0.3, 0.3), channels)
            .Tensor(name + ".var", Numbers(channels, 0.5, 2), channels);
        Node("BatchNormalization", $"{_value} {name}.scale {name}.bias {name}.mean {name}.var", ("epsilon", 1e-3f));
    }

    private void Relu() => Node("Relu", _value);

    private void Head()
    {
        if (_axes == 2 && Chance(0.25))
        {
            Node("Transpose", _value, ("perm", new[] { 0, 2, 3, 1 }));
            _shape = [_shape[1], _shape[2], _shape[0]];
        }
        else if (Chance(0.3))
        {
            Node("GlobalAveragePool", _value);
            _shape = [_shape[0], .. _shape[1..].Select(_ => 1)];
        }

        var size = _shape.Aggregate(1, (a, b) => a * b);
        if (Chance(0.5))
        {
            Node("Flatten", _value);
        }
        else
        {
            var name = $"shape{++_count}";
            Model.Tensor(name, (long[])(Chance(0.5) ? [0, -1] : [-1, size]), 2);
            Node("Reshape", $"{_value} {name}");
        }

        _shape = [size];
        if (Chance(0.6))
        {
            Dense(Between(3, 6));
            Relu();
        }

        Dense(Between(2, 4));
    }

    private void Dense(int outputs)
    {
        var inputs = _shape[0];
        switch (_random.Next(3))
        {
            case 0:
                Node("Gemm", $"{_value} {Weights([outputs, inputs], low: -0.3)} {Bias(outputs)}", ("transB", 1));
                break;
            case 1:
                Node("Gemm", $"{_value} {Weights([inputs, outputs], low: -0.3)} {Bias(1, outputs)}", ("alpha", 0.5f), ("beta", 2f));
                break;
            default:
                Node("MatMul", $"{_value} {Weights([inputs, outputs], low: -0.3)}");
                Maybe(() => Node("Add", $"{Bias(outputs)} {_value}"));
                break;
        }

        _shape = [outputs];
    }

    /// <summary>A window that fits the value, and the sizes that it leaves.</summary>
    private List<(string, object)> Window(int maximum, bool padding, bool dilation, out int[] kernel, out int[] sizes, bool pool = false)
    {
        kernel = new int[_axes];
        sizes = new int[_axes];
        var (strides, dilations, pads) = (new int[_axes], new int[_axes], new int[2 * _axes]);
        var ceil = pool && Chance(0.4);
        var same = padding && Chance(0.2);
        for (var i = 0; i < _axes; i++)
        {
            var size = _shape[i + 1];
            kernel[i] = Between(1, Math.Min(maximum, size));
            strides[i] = Between(1, 3);
            dilations[i] = dilation && ((kernel[i] - 1) * 2) + 1 <= size && Chance(0.4) ? 2 : 1;
            var extent = ((kernel[i] - 1) * dilations[i]) + 1;
            var most = pool ? kernel[i] / 2 : kernel[i];
            pads[i] = padding ? Between(0, most) : 0;
            pads[i + _axes] = padding ? Between(0, most) : 0;
            var room = size + pads[i] + pads[i + _axes] - extent;
            sizes[i] = same ? (size + strides[i] - 1) / strides[i] : (ceil ? (room + strides[i] - 1) / strides[i] : room / strides[i]) + 1;
            if (ceil && !same && (sizes[i] - 1) * strides[i] >= size + pads[i])
            {
                sizes[i]--;
            }
        }

        List<(string, object)> attributes = [("kernel_shape", kernel), ("strides", strides), ("dilations", dilations)];
        attributes.Add(same ? ("auto_pad", Chance(0.5) ? "SAME_UPPER" : "SAME_LOWER") : ("pads", pads));
        if (ceil && !same)
        {
            attributes.Add(("ceil_mode", 1));
        }

        return attributes;
    }

    private void Node(string op, string inputs, params (string, object)[] attributes)
    {
        var output = $"h{++_count}";
        Model.Node(op, inputs, output, $"{op}_{_count}", attributes);
        _value = output;
    }

    /// <summary>One number a channel, mostly above 0, so that Relus let something through.</summary>
    private string Bias(params int[] shape)
    {
        var name = $"b{++_count}";
        var size = shape.Aggregate(1, (a, b) => a * b);
        Model.Tensor(name, Numbers(size, -0.1, 0.6), [.. shape.Select(d => (long)d)]);
        return name;
    }

    /// <summary>A tensor whose numbers keep values near 1 and most of them above 0.</summary>
    private string Weights(int[] shape, double low = -0.55)
    {
        var name = $"w{++_count}";
        var size = shape.Aggregate(1, (a, b) => a * b);
        var scale = 1.5 / Math.Sqrt(shape[1..].Aggregate(1, (a, b) => a * b));
        Model.Tensor(name, Numbers(size, low * scale, scale), [.. shape.Select(d => (long)d)]);
        return name;
    }

    private float[] Numbers(int count, double low, double high) => [.. Enumerable.Range(0, count).Select(_ => (float)(low + ((high - low) * _random.NextDouble())))];

    private void Maybe(Action action)
    {
        if (Chance(0.5))
        {
            action();
        }
    }

    private bool Chance(double probability) => _random.NextDouble() < probability;

    private int Between(int low, int high) => _random.Next(low, high + 1);
}
