using Layerwise.Testing;

namespace Layerwise.Benchmarks;

/// <summary>The networks that are measured, as ONNX with seeded weights; BatchNormalization is merged, as exporters leave it in evaluation mode.</summary>
/// <param name="Name">As the reports write it.</param>
/// <param name="Sample">The shape of one sample of the input.</param>
/// <param name="Write">Writes the model.</param>
internal sealed record Zoo(string Name, long[] Sample, Func<ModelBuilder> Write)
{
    public static readonly IReadOnlyList<Zoo> All =
    [
        new("vgg16", [3, 224, 224], Vgg16),
        new("resnet18", [3, 224, 224], () => ResNet(bottleneck: false, [2, 2, 2, 2])),
        new("resnet50", [3, 224, 224], () => ResNet(bottleneck: true, [3, 4, 6, 3])),
        new("mobilenetv2", [3, 224, 224], MobileNetV2),
        new("lenet", [1, 28, 28], LeNet),
        new("mlp", [784], () => Mlp(784, 512, 512, 10)),
        new("tabular", [20], () => Mlp(20, 64, 32, 2)),
    ];

    /// <summary>How many explanations show whether memory grows.</summary>
    public int Soak => Name switch
    {
        "lenet" => 40_000, // the first 10,000 fill the garbage collector's own budget
        "resnet18" => 300,
        _ => 0,
    };

    /// <summary>Whether it has so few multiply-adds that a call's own cost counts.</summary>
    public bool IsSmall => Sample.Length == 1 || Sample[^1] < 100;

    private static ModelBuilder Vgg16()
    {
        var net = new Writer([3, 224, 224]);
        foreach (var width in (int[])[64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0])
        {
            net = width == 0 ? net.MaxPool(2, 2) : net.Conv(width, 3, pad: 1).Relu();
        }

        return net.Flatten().Dense(4096).Relu().Dense(4096).Relu().Dense(1000).Finish();
    }

    private static ModelBuilder ResNet(bool bottleneck, int[] blocks)
    {
        var net = new Writer([3, 224, 224]).Conv(64, 7, stride: 2, pad: 3).Relu().MaxPool(3, 2, pad: 1);
        for (var stage = 0; stage < blocks.Length; stage++)
        {
            var width = 64 << stage;
            for (var block = 0; block < blocks[stage]; block++)
            {
                var stride = stage > 0 && block == 0 ? 2 : 1;
                var wide = bottleneck ? 4 * width : width;
                var (start, channels) = (net.Value, net.Channels);
                var skip = stride > 1 || channels != wide ? net.Conv(wide, 1, stride).Value : start;
                net.From(start, channels);
                net = bottleneck
                    ? net.Conv(width, 1).Relu().Conv(width, 3, stride, pad: 1).Relu().Conv(wide, 1)
                    : net.Conv(width, 3, stride, pad: 1).Relu().Conv(wide, 3, pad: 1);
                net.Add(skip).Relu();
            }
        }

        return net.GlobalAveragePool().Flatten().Dense(1000).Finish();
    }

    private static ModelBuilder MobileNetV2()
    {
        var net = new Writer([3, 224, 224]).Conv(32, 3, stride: 2, pad: 1).Relu6();
        foreach (var (expand, width, count, first) in ((int, int, int, int)[])[(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)])
        {
            for (var block = 0; block < count; block++)
            {
                var stride = block == 0 ? first : 1;
                var (start, channels) = (net.Value, net.Channels);
                if (expand > 1)
                {
                    net.Conv(channels * expand, 1).Relu6();
                }

                net.Conv(net.Channels, 3, stride, pad: 1, groups: net.Channels).Relu6().Conv(width, 1);
                if (stride == 1 && channels == width)
                {
                    net.Add(start);
                }
            }
        }

        return net.Conv(1280, 1).Relu6().GlobalAveragePool().Flatten().Dense(1000).Finish();
    }

    private static ModelBuilder LeNet() => new Writer([1, 28, 28]).Conv(6, 5, pad: 2).Relu().MaxPool(2, 2).Conv(16, 5).Relu().MaxPool(2, 2).Flatten().Dense(120).Relu().Dense(84).Relu().Dense(10).Finish();

    private static ModelBuilder Mlp(int inputs, params int[] widths)
    {
        var net = new Writer([inputs]);
        foreach (var width in widths[..^1])
        {
            net.Dense(width).Relu();
        }

        return net.Dense(widths[^1]).Finish();
    }

    /// <summary>Writes a network layer by layer. Weights are drawn so that activations keep their size.</summary>
    private sealed class Writer
    {
        private readonly ModelBuilder _model = new(opset: 17, producer: "layerwise-benchmarks");
        private readonly Random _random = new(17);
        private readonly Dictionary<string, long[]> _shapes = [];
        private int _count;

        public Writer(long[] sample)
        {
            _model.Input("x", ["N", .. sample.Cast<object>()]);
            _shapes["x"] = sample;
        }

        public string Value { get; private set; } = "x";

        public int Channels => (int)_shapes[Value][0];

        public Writer From(string value, int channels)
        {
            Value = value;
            return Channels == channels ? this : throw new InvalidOperationException($"'{value}' has {Channels} channels.");
        }

        public Writer Conv(int width, int kernel, int stride = 1, int pad = 0, int groups = 1)
        {
            var (name, input) = ($"conv{++_count}", _shapes[Value]);
            long Size(long size) => ((size + (2 * pad) - kernel) / stride) + 1;
            var inside = Channels / groups;
            _model.Tensor($"{name}.weight", Numbers(width * inside * kernel * kernel, inside * kernel * kernel), width, inside, kernel, kernel).Tensor($"{name}.bias", Numbers(width, 100), width);
            return Node("Conv", $"{Value} {name}.weight {name}.bias", name, [width, Size(input[1]), Size(input[2])],
                ("kernel_shape", new[] { kernel, kernel }), ("strides", new[] { stride, stride }), ("pads", new[] { pad, pad, pad, pad }), ("group", groups));
        }

        public Writer Dense(int width)
        {
            var (name, inputs) = ($"fc{++_count}", (int)_shapes[Value].Single());
            _model.Tensor($"{name}.weight", Numbers(width * inputs, inputs), width, inputs).Tensor($"{name}.bias", Numbers(width, 100), width);
            return Node("Gemm", $"{Value} {name}.weight {name}.bias", name, [width], ("transB", 1));
        }

        public Writer Relu() => Node("Relu", Value, $"relu{++_count}", _shapes[Value]);

        public Writer Relu6()
        {
            if (_count < 3)
            {
                _model.Tensor("zero", [0f]).Tensor("six", [6f]);
            }

            return Node("Clip", $"{Value} zero six", $"relu{++_count}", _shapes[Value]);
        }

        public Writer MaxPool(int kernel, int stride, int pad = 0)
        {
            long Size(long size) => ((size + (2 * pad) - kernel) / stride) + 1;
            var input = _shapes[Value];
            return Node("MaxPool", Value, $"pool{++_count}", [input[0], Size(input[1]), Size(input[2])],
                ("kernel_shape", new[] { kernel, kernel }), ("strides", new[] { stride, stride }), ("pads", new[] { pad, pad, pad, pad }));
        }

        public Writer GlobalAveragePool() => Node("GlobalAveragePool", Value, $"pool{++_count}", [_shapes[Value][0], 1, 1]);

        public Writer Flatten() => Node("Flatten", Value, $"flatten{++_count}", [_shapes[Value].Aggregate(1L, (a, b) => a * b)]);

        public Writer Add(string other) => Node("Add", $"{Value} {other}", $"add{++_count}", _shapes[Value]);

        public ModelBuilder Finish() => _model.Output(Value, ["N", .. _shapes[Value].Cast<object>()]);

        private Writer Node(string op, string inputs, string name, long[] shape, params (string, object)[] attributes)
        {
            _model.Node(op, inputs, name, name, attributes);
            _shapes[name] = shape;
            Value = name;
            return this;
        }

        private float[] Numbers(int count, int inputs)
        {
            var (numbers, scale) = (new float[count], MathF.Sqrt(6f / inputs));
            for (var i = 0; i < count; i++)
            {
                numbers[i] = ((2 * _random.NextSingle()) - 1) * scale;
            }

            return numbers;
        }
    }
}
