using System.Text;

namespace Layerwise;

/// <summary>
/// Where each tensor of an ONNX file lies. Reads the tags of the protobuf encoding and seeks over the payloads,
/// so that a model of half a gigabyte is indexed in some milliseconds. Compiled into Layerwise.Onnx as well.
/// </summary>
internal sealed class OnnxTensorIndex
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;
    private const int LongestName = 1 << 20, DeepestGraph = 16, LongestScope = 1000;

    // Of a network of 10,000 layers the C# compiler has 3 MB of text, 10 s and 0.4 GB of memory to do; ten bytes of a file can hold a node.
    private const int MostNodes = 50_000, MostParts = 1_000_000;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The most dimensions of a tensor.</summary>
    public const int HighestRank = 64;

    private readonly Stream _stream;
    private readonly string _file;
    private readonly byte[] _buffer = new byte[4096];
    private long _bufferStart;
    private int _buffered;
    private int _nodes;
    private int _parts;

    private OnnxTensorIndex(Stream stream, string file)
    {
        _stream = stream;
        _file = file;
    }

    /// <summary>
    /// The initializers, then the <c>Constant</c> nodes under the name of their output, in the file's order; those of an If's branches, too,
    /// under names of their own (<see cref="Scope"/>).
    /// </summary>
    public List<OnnxTensor> Tensors { get; } = [];

    /// <summary>The tensor attributes of all other nodes, by the graph's scope, the node's place in it and the attribute's name.</summary>
    public Dictionary<(string Scope, int Node, string Attribute), OnnxTensor> Attributes { get; } = [];

    /// <summary>What stands before the names of a branch's values, so that no two of a file are the same: <c>y.then_branch/</c>.</summary>
    /// <param name="outer">The scope of the graph that the If stands in.</param>
    /// <param name="output">The If's first output.</param>
    /// <param name="branch"><c>then_branch</c> or <c>else_branch</c>.</param>
    public static string Scope(string outer, string output, string branch) => $"{outer}{output}.{branch}/";

    /// <summary>Indexes a seekable stream.</summary>
    /// <param name="stream">The model; its position is changed.</param>
    /// <param name="file">The model's path, for messages.</param>
    /// <exception cref="InvalidDataException">This is no ONNX file, or a truncated or damaged one.</exception>
    public static OnnxTensorIndex Read(Stream stream, string file)
    {
        var index = new OnnxTensorIndex(stream, file);
        var (graphs, nodes) = (0, 0);
        foreach (var graph in index.Fields(0, stream.Length).Where(f => f is { Number: 7, Wire: Bytes }))
        {
            graphs++;
            nodes = index.Graph(graph, nodes, "", depth: 0);
        }

        return graphs > 0 ? index : throw index.Corrupt(0, "it holds no graph");
    }

    /// <summary>Indexes a graph.</summary>
    /// <returns>The number of nodes, those before it included.</returns>
    private int Graph(Field graph, int nodes, string scope, int depth)
    {
        if (depth > DeepestGraph)
        {
            throw Corrupt(graph.Start, $"graphs stand more than {DeepestGraph} deep in each other");
        }

        if (scope.Length > LongestScope)
        {
            throw Corrupt(graph.Start, $"the names of the Ifs that a graph stands in have {scope.Length} characters, more than {LongestScope}");
        }

        var constants = new List<OnnxTensor>();
        foreach (var field in Fields(graph.Start, graph.End))
        {
            switch (field.Number, field.Wire)
            {
                case (1, Bytes):
                    _nodes = _nodes < MostNodes ? _nodes + 1 : throw TooLarge($"it has more than {MostNodes} nodes");
                    Node(field, nodes++, constants, scope, depth);
                    break;
                case (11 or 12 or 15, Bytes):
                    Part();
                    break;
                case (5, Bytes):
                    Part();
                    var tensor = Tensor(field);
                    Tensors.Add(tensor with { Name = tensor.Name.Length > 0 ? scope + tensor.Name : "" });
                    break;
            }
        }

        Tensors.AddRange(constants);
        return nodes;
    }

    private void Node(Field node, int number, List<OnnxTensor> constants, string scope, int depth)
    {
        string? output = null;
        var (op, domain) = ("", "");
        var attributes = new List<Field>();
        foreach (var field in Fields(node.Start, node.End))
        {
            switch (field.Number, field.Wire)
            {
                case (2, Bytes):
                    output ??= Text(field);
                    break;
                case (4, Bytes):
                    op = Text(field);
                    break;
                case (5, Bytes):
                    Part();
                    attributes.Add(field);
                    break;
                case (7, Bytes):
                    domain = Text(field);
                    break;
            }
        }

        var isConstant = op == "Constant" && domain is "" or "ai.onnx" && output is { Length: > 0 };
        foreach (var attribute in attributes)
        {
            var name = "";
            var (tensor, branch) = ((Field?)null, (Field?)null);
            foreach (var field in Fields(attribute.Start, attribute.End))
            {
                switch (field.Number, field.Wire)
                {
                    case (1, Bytes):
                        name = Text(field);
                        break;
                    case (5, Bytes):
                        tensor = field;
                        break;
                    case (6, Bytes):
                        branch = field;
                        break;
                }
            }

            if (isConstant && Constant(name, tensor, Fields(attribute.Start, attribute.End)) is { } constant)
            {
                constants.Add(constant with { Name = scope + output });
            }
            else if (!isConstant && tensor is { } value)
            {
                Attributes[(scope, number, name)] = Tensor(value);
            }
            else if (op == "If" && domain is "" or "ai.onnx" && output is { Length: > 0 } && branch is { } inner)
            {
                Graph(inner, 0, Scope(scope, output, name), depth + 1);
            }
        }
    }

    private OnnxTensor? Constant(string attribute, Field? tensor, IEnumerable<Field> fields)
    {
        switch (attribute)
        {
            case "value" when tensor is { } value:
                return Tensor(value);
            case "value_float":
                return Literal(OnnxTensor.Float32, OnnxEncoding.Fixed32, 1, fields.Where(f => f is { Number: 2, Wire: Fixed32 }), isScalar: true);
            case "value_int":
                return Literal(OnnxTensor.Int64, OnnxEncoding.Varint, 1, fields.Where(f => f is { Number: 3, Wire: Varint }), isScalar: true);
            case "value_floats":
                var floats = fields.Where(f => f is { Number: 7, Wire: Fixed32 or Bytes }).ToList();
                return Literal(OnnxTensor.Float32, OnnxEncoding.Fixed32, floats.Sum(f => f.End - f.Start) / 4, floats);
            case "value_ints":
                var ints = fields.Where(f => f is { Number: 8, Wire: Varint or Bytes }).ToList();
                return Literal(OnnxTensor.Int64, OnnxEncoding.Varint, ints.Sum(f => Varints(f).LongCount()), ints);
            case "value_string":
                return new OnnxTensor { DataType = OnnxTensor.String };
            case "value_strings":
                return new OnnxTensor { DataType = OnnxTensor.String, Dims = [fields.LongCount(f => f is { Number: 9, Wire: Bytes })] };
            default:
                return null;
        }
    }

    private static OnnxTensor Literal(int type, OnnxEncoding encoding, long count, IEnumerable<Field> values, bool isScalar = false)
    {
        var chunks = values.Select(f => f.Chunk).ToList();
        return new OnnxTensor
        {
            DataType = type,
            Dims = isScalar ? [] : [count],
            // A scalar of 0 may be left out of the file; of several the last one counts.
            Encoding = isScalar && chunks.Count == 0 ? OnnxEncoding.Zero : encoding,
            Chunks = isScalar ? [.. chunks.Skip(chunks.Count - 1)] : chunks,
        };
    }

    private OnnxTensor Tensor(Field tensor)
    {
        var (name, type, isExternal) = ("", 0, false);
        var dims = new List<long>();
        var data = new Dictionary<int, List<OnnxChunk>>();
        var external = new Dictionary<string, string>();
        foreach (var field in Fields(tensor.Start, tensor.End))
        {
            switch (field.Number, field.Wire)
            {
                case (1, Varint or Bytes):
                    foreach (var dim in Varints(field))
                    {
                        dims.Add(dims.Count < HighestRank ? dim : throw Corrupt(field.Start, $"a tensor has more than {HighestRank} dimensions"));
                    }

                    break;
                case (2, Varint):
                    type = unchecked((int)Varints(field).Single());
                    break;
                case (8, Bytes):
                    name = Text(field);
                    break;
                case (9, Bytes):
                    data[9] = [field.Chunk];
                    break;
                case (4, Fixed32 or Bytes) or (5 or 7 or 11, Varint or Bytes) or (10, Fixed64 or Bytes):
                    if (!data.TryGetValue(field.Number, out var chunks))
                    {
                        data[field.Number] = chunks = [];
                    }

                    chunks.Add(field.Chunk);
                    break;
                case (13, Bytes):
                    var pair = Fields(field.Start, field.End).Where(f => f is { Number: 1 or 2, Wire: Bytes }).ToList();
                    external[pair.Where(f => f.Number == 1).Select(Text).LastOrDefault() ?? ""] = pair.Where(f => f.Number == 2).Select(Text).LastOrDefault() ?? "";
                    break;
                case (14, Varint):
                    isExternal = Varints(field).Single() == 1;
                    break;
            }
        }

        var result = new OnnxTensor { Name = name, DataType = type, Dims = dims };
        if (isExternal)
        {
            return result with { Encoding = OnnxEncoding.External, External = external };
        }

        if (data.TryGetValue(9, out var raw) && raw[0].Length > 0)
        {
            return result with { Encoding = OnnxEncoding.Raw, Chunks = raw };
        }

        var (number, encoding) = type switch
        {
            OnnxTensor.Float32 => (4, OnnxEncoding.Fixed32),
            OnnxTensor.Float64 => (10, OnnxEncoding.Fixed64),
            OnnxTensor.Int64 => (7, OnnxEncoding.Varint),
            12 or 13 => (11, OnnxEncoding.Varint), // uint32 and uint64
            _ => (5, OnnxEncoding.Varint),
        };
        return data.TryGetValue(number, out var values) ? result with { Encoding = encoding, Chunks = values } : result;
    }

    /// <summary>The fields of a message that takes up the given bytes.</summary>
    private IEnumerable<Field> Fields(long start, long end)
    {
        for (var at = start; at < end;)
        {
            var fieldAt = at;
            var tag = ReadVarint(ref at, end);
            var (number, wire) = ((long)(tag >> 3), (int)(tag & 7));
            if (number is 0 or >= 1 << 29)
            {
                throw Corrupt(fieldAt, $"{number} is no field number");
            }

            var payload = at;
            switch (wire)
            {
                case Varint:
                    ReadVarint(ref at, end);
                    break;
                case Fixed64:
                    at += 8;
                    break;
                case Fixed32:
                    at += 4;
                    break;
                case Bytes:
                    var length = ReadVarint(ref at, end);
                    payload = at;
                    if (length > (ulong)(end - at))
                    {
                        throw Corrupt(fieldAt, $"a field of {length} bytes begins where {end - at} are left");
                    }

                    at += (long)length;
                    break;
                default:
                    throw Corrupt(fieldAt, $"{wire} is no kind of field");
            }

            if (at > end)
            {
                throw Corrupt(fieldAt, $"a field of {at - payload} bytes begins where {end - payload} are left");
            }

            yield return new Field((int)number, wire, payload, at);
        }
    }

    private IEnumerable<long> Varints(Field field)
    {
        for (var at = field.Start; at < field.End;)
        {
            yield return unchecked((long)ReadVarint(ref at, field.End));
        }
    }

    private ulong ReadVarint(ref long at, long end)
    {
        var start = at;
        var value = 0ul;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (at >= end)
            {
                throw Corrupt(start, "a number is cut off");
            }

            var part = ByteAt(at++);
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }

        throw Corrupt(start, "a number is longer than 64 bits");
    }

    private string Text(Field field)
    {
        var length = field.End - field.Start;
        if (length > LongestName)
        {
            throw Corrupt(field.Start, $"a name has {length} bytes");
        }

        var bytes = new byte[length];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = ByteAt(field.Start + i);
        }

        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Corrupt(field.Start, "a name is no UTF-8");
        }
    }

    private byte ByteAt(long at)
    {
        if (at < _bufferStart || at >= _bufferStart + _buffered)
        {
            _stream.Position = _bufferStart = at;
            _buffered = _stream.Read(_buffer, 0, _buffer.Length);
            if (_buffered == 0)
            {
                throw Corrupt(at, "the file ends");
            }
        }

        return _buffer[at - _bufferStart];
    }

    // Messages of some bytes each: they take a hundred times the memory where they are read.
    private void Part() => _parts = _parts < MostParts ? _parts + 1 : throw TooLarge($"it has more than {MostParts} attributes, tensors, inputs and outputs");

    private InvalidDataException TooLarge(string what)
        => new($"'{_file}' is too large to compile: {what}. Export the model without unrolled loops, or in parts.");

    private InvalidDataException Corrupt(long at, string what)
        => new($"'{_file}' is not an ONNX model, or it is truncated or damaged: at byte {at}, {what}. Export or download the model again.");

    private readonly record struct Field(int Number, int Wire, long Start, long End)
    {
        public OnnxChunk Chunk => new(Start, End - Start);
    }
}
