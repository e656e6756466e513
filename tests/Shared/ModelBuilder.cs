using System.Runtime.InteropServices;
using Google.Protobuf;
using Layerwise.Oracle.Onnx;

namespace Layerwise.Testing;

/// <summary>Writes small ONNX models: a test says the graph, this says the bytes.</summary>
public sealed class ModelBuilder
{
    private const int Float32 = 1, Int32 = 6;

    private readonly ModelProto _model;

    public ModelBuilder(int opset = 13, string producer = "layerwise-tests")
    {
        _model = new ModelProto
        {
            IrVersion = 8,
            ProducerName = producer,
            Graph = new GraphProto { Name = "graph" },
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = opset } },
        };
    }

    /// <summary>The message itself, for what the builder has no word for.</summary>
    public ModelProto Model => _model;

    /// <summary>Declares a float32 input. A <c>null</c> or textual dimension is symbolic: <c>Input("x", "N", 3, 8, 8)</c>.</summary>
    public ModelBuilder Input(string name, params object?[] shape)
    {
        _model.Graph.Input.Add(Value(name, shape));
        return this;
    }

    /// <summary>Declares an int32 input.</summary>
    public ModelBuilder IntInput(string name, params object?[] shape)
    {
        _model.Graph.Input.Add(Value(name, shape, Int32));
        return this;
    }

    public ModelBuilder Output(string name, params object?[] shape)
    {
        _model.Graph.Output.Add(Value(name, shape));
        return this;
    }

    public ModelBuilder Tensor(string name, ReadOnlySpan<float> values, params long[] shape)
    {
        _model.Graph.Initializer.Add(FloatTensor(name, values, shape));
        return this;
    }

    public ModelBuilder Tensor(string name, ReadOnlySpan<long> values, params long[] shape)
    {
        _model.Graph.Initializer.Add(IntTensor(name, values, shape));
        return this;
    }

    /// <summary>Adds a node. Attribute values: long, int, float, string, long[], int[], float[], string[], <see cref="TensorProto"/>.</summary>
    public ModelBuilder Node(string op, string[] inputs, string[] outputs, string? name = null, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = op, Name = name ?? "" };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes.Select(a => Attribute(a.Name, a.Value)));
        _model.Graph.Node.Add(node);
        return this;
    }

    public ModelBuilder Node(string op, string inputs, string output, string? name = null, params (string Name, object Value)[] attributes)
        => Node(op, inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries), [output], name, attributes);

    public byte[] ToArray() => _model.ToByteArray();

    public string Save(string path)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        File.WriteAllBytes(path, ToArray());
        return path;
    }

    public static TensorProto FloatTensor(string name, ReadOnlySpan<float> values, params long[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = 1, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        tensor.Dims.AddRange(shape);
        return tensor;
    }

    public static TensorProto IntTensor(string name, ReadOnlySpan<long> values, params long[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = 7, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values)) };
        tensor.Dims.AddRange(shape);
        return tensor;
    }

    private static ValueInfoProto Value(string name, object?[] shape, int type = Float32)
    {
        var dims = new TensorShapeProto();
        foreach (var dim in shape)
        {
            dims.Dim.Add(dim switch
            {
                null => new TensorShapeProto.Types.Dimension(),
                string symbol => new TensorShapeProto.Types.Dimension { DimParam = symbol },
                _ => new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(dim, null) },
            });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = dims } } };
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case int or long:
                attribute.Type = AttributeProto.Types.AttributeType.Int;
                attribute.I = Convert.ToInt64(value, null);
                break;
            case float f:
                attribute.Type = AttributeProto.Types.AttributeType.Float;
                attribute.F = f;
                break;
            case string s:
                attribute.Type = AttributeProto.Types.AttributeType.String;
                attribute.S = ByteString.CopyFromUtf8(s);
                break;
            case int[] ints:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.AddRange(ints.Select(i => (long)i));
                break;
            case long[] longs:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.AddRange(longs);
                break;
            case float[] floats:
                attribute.Type = AttributeProto.Types.AttributeType.Floats;
                attribute.Floats.AddRange(floats);
                break;
            case string[] strings:
                attribute.Type = AttributeProto.Types.AttributeType.Strings;
                attribute.Strings.AddRange(strings.Select(ByteString.CopyFromUtf8));
                break;
            case TensorProto tensor:
                attribute.Type = AttributeProto.Types.AttributeType.Tensor;
                attribute.T = tensor;
                break;
            case GraphProto graph:
                attribute.Type = AttributeProto.Types.AttributeType.Graph;
                attribute.G = graph;
                break;
            default:
                throw new ArgumentException($"attribute '{name}' has a value of type {value.GetType()}", nameof(value));
        }

        return attribute;
    }
}
