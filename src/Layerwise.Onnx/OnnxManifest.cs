using System.Text;
using Google.Protobuf;
using Layerwise.Onnx.Structure;
using static Layerwise.Onnx.ManifestText;
using AttributeType = Layerwise.Onnx.Structure.AttributeProto.Types.AttributeType;

namespace Layerwise.Onnx;

/// <summary>Turns an ONNX file into the graph manifest (<c>docs/manifest.md</c>): its structure, without its weights.</summary>
public static class OnnxManifest
{
    private const int OldestOpset = 1, NewestOpset = 24, OldestIr = 3, NewestIr = 13, MostInputs = 1000;

    /// <summary>Reads a model's structure. Memory does not grow with its weights.</summary>
    /// <param name="modelPath">The .onnx file.</param>
    /// <param name="fileInProgram">The model's path beside the program.</param>
    /// <param name="labelsPath">A text file with one label a class and line, or <c>null</c>.</param>
    /// <param name="featuresPath">A text file with one feature of a table a line, or <c>null</c>.</param>
    /// <returns>The manifest.</returns>
    /// <exception cref="OnnxException">The model, the labels or the features file cannot be used.</exception>
    public static string Read(string modelPath, string fileInProgram, string? labelsPath, string? featuresPath = null)
    {
        var labels = labelsPath is null ? [] : NamesFile.Labels.Read(labelsPath);
        var features = featuresPath is null ? [] : NamesFile.Features.Read(featuresPath);
        if (!File.Exists(modelPath))
        {
            throw new OnnxException(OnnxException.Missing, $"The model '{modelPath}' does not exist. Correct the path, or put the file there.");
        }

        try
        {
            using var stream = new FileStream(modelPath, FileMode.Open, FileAccess.Read, FileShare.Read);
            var index = OnnxTensorIndex.Read(stream, modelPath);
            stream.Position = 0;
            var model = ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(stream);
            return new Writer(modelPath, stream, model, index).Write(fileInProgram, labels, features);
        }
        catch (InvalidDataException e)
        {
            throw new OnnxException(OnnxException.Corrupt, e.Message);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new OnnxException(OnnxException.Corrupt, $"'{modelPath}' is not an ONNX model, or it is truncated or damaged: {e.Message} Export or download the model again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OnnxException(OnnxException.Missing, $"The model '{modelPath}' cannot be read: {e.Message}");
        }
    }

    private sealed class Writer(string modelPath, Stream stream, ModelProto model, OnnxTensorIndex index)
    {
        private readonly StringBuilder _text = new();
        private readonly TensorValues _values = new(modelPath, stream);

        public string Write(string fileInProgram, IReadOnlyList<string> labels, IReadOnlyList<string> features)
        {
            if (model.Graph.SparseInitializer.Count > 0)
            {
                throw Malformed("it has sparse initializers, which are not supported. Export it with dense weights", remedy: "");
            }

            Line("layerwise-graph 1");
            Line($"file {Quote(fileInProgram.Replace('\\', '/'))}");
            Opsets();

            var tensors = Tensors();
            var given = new HashSet<string>(tensors.Keys);
            foreach (var input in model.Graph.Input.Where(i => !tensors.ContainsKey(i.Name)))
            {
                if (input.Name.Length == 0 || !given.Add(input.Name))
                {
                    throw Malformed(input.Name.Length == 0 ? "an input of the graph has no name" : $"the input '{input.Name}' of the graph is there twice");
                }

                Line($"input {Port(input, "input")}");
            }

            if (given.Count - tensors.Count > MostInputs)
            {
                throw Malformed($"it has {given.Count - tensors.Count} inputs; {MostInputs} are the most", "Export it with its weights as initializers.");
            }

            var structural = StructuralFloats();
            var main = OnnxGraph.Read(model.Graph, "", name => name, given.Contains, node => IsConstant(node, tensors), what => Malformed(what));
            var produced = new HashSet<string>(given.Concat(main.Nodes.SelectMany(n => n.Node.Output)));
            foreach (var output in model.Graph.Output)
            {
                if (output.Name.Length == 0 || !produced.Contains(output.Name))
                {
                    throw Malformed($"the output '{output.Name}' of the graph is produced by nothing");
                }

                Line($"output {Port(output, "output")}");
            }

            foreach (var tensor in index.Tensors)
            {
                var values = _values.Text(tensor, withFloats: tensor.Dims.Count == 0 || structural.Contains(tensor.Name), tensor.Name);
                Line($"tensor {Quote(tensor.Name)} {tensor.TypeName} {List(tensor.Dims, Integer)}{(values is null ? "" : $" = {values}".TrimEnd())}");
            }

            foreach (var (node, place) in main.Nodes)
            {
                Node(node, place, main);
            }

            foreach (var branch in main.AllBranches)
            {
                _text.Append($"graph {Quote(branch.Scope)} out");
                Names(branch.Outputs);
                Line("");
                foreach (var (node, place) in branch.Nodes)
                {
                    Node(node, place, branch);
                }
            }

            foreach (var label in labels)
            {
                Line($"label {Quote(label)}");
            }

            foreach (var feature in features)
            {
                Line($"feature {Quote(feature)}");
            }

            return _text.ToString();
        }

        /// <summary>Floating-point tensors that are part of the graph: what Constant nodes hold, and the scales of a Resize.</summary>
        private HashSet<string> StructuralFloats() =>
        [
            .. model.Graph.Node.Where(n => n.OpType == "Constant").SelectMany(n => n.Output),
            .. model.Graph.Node.Where(n => n.OpType is "Resize" or "Upsample").SelectMany(n => n.Input.Skip(1)),
        ];

        private void Opsets()
        {
            if (model.IrVersion is < OldestIr or > NewestIr)
            {
                throw Malformed($"its IR version is {model.IrVersion}; {OldestIr} to {NewestIr} are supported");
            }

            var domains = new HashSet<string>();
            foreach (var opset in model.OpsetImport)
            {
                var domain = Domain(opset.Domain);
                if (!domains.Add(domain))
                {
                    throw Malformed($"it imports the operator set '{domain}' twice");
                }

                if (domain.Length == 0 && opset.Version is < OldestOpset or > NewestOpset)
                {
                    throw Malformed($"its opset is {opset.Version}; {OldestOpset} to {NewestOpset} are supported", "Export it with an opset in that range, or convert it with onnx.version_converter.");
                }

                Line($"opset {Quote(domain)} {Integer(opset.Version)}");
            }

            if (!domains.Contains(""))
            {
                throw Malformed("it does not say which opset it uses");
            }
        }

        private Dictionary<string, OnnxTensor> Tensors()
        {
            var tensors = new Dictionary<string, OnnxTensor>();
            foreach (var tensor in index.Tensors)
            {
                Check(tensor, tensor.Name);
                if (tensor.Name.Length == 0 || tensors.ContainsKey(tensor.Name))
                {
                    throw Malformed(tensor.Name.Length == 0 ? "an initializer has no name" : $"the tensor '{tensor.Name}' is there twice");
                }

                tensors.Add(tensor.Name, tensor);
            }

            return tensors;
        }

        private void Check(OnnxTensor tensor, string name)
        {
            if (tensor.DataType < 0)
            {
                throw Malformed($"the tensor '{name}' has the element type {tensor.DataType}, which is none");
            }

            if (tensor.Flaw() is { } flaw)
            {
                throw Malformed($"the tensor '{name}' {flaw}");
            }

            if (tensor.Encoding == OnnxEncoding.External && tensor.Locate(modelPath).Flaw is { } elsewhere)
            {
                throw new OnnxException(OnnxException.External, $"'{modelPath}': the tensor '{name}' {elsewhere}");
            }
        }

        private bool IsConstant(NodeProto node, Dictionary<string, OnnxTensor> tensors)
        {
            if (node.OpType != "Constant" || Domain(node.Domain).Length > 0)
            {
                return false;
            }

            return node.Output.Count == 1 && tensors.ContainsKey(node.Output[0])
                ? true
                : throw Malformed($"{GraphOrder.Describe(node)} has no dense value for exactly one output");
        }

        private string Port(ValueInfoProto value, string what)
        {
            var type = value.Type ?? new TypeProto();
            if (type.ValueCase is not (TypeProto.ValueOneofCase.TensorType or TypeProto.ValueOneofCase.None))
            {
                throw Malformed($"the {what} '{value.Name}' of the graph is no tensor but a {type.ValueCase.ToString().Replace("Type", "").ToLowerInvariant()}", "Export the model without the nodes that make or take it.");
            }

            var (element, rank) = (type.TensorType?.ElemType ?? 0, type.TensorType?.Shape?.Dim.Count ?? 0);
            if (element < 0 || rank > OnnxTensorIndex.HighestRank)
            {
                throw Malformed($"the {what} '{value.Name}' of the graph has {(element < 0 ? $"the element type {element}, which is none" : $"{rank} dimensions; {OnnxTensorIndex.HighestRank} are the most")}");
            }

            var shape = type.TensorType?.Shape is { } dims ? List(dims.Dim, d => Dimension(d, value.Name)) : "?";
            return $"{Quote(value.Name)} {OnnxTensor.NameOfType(element)} {shape}";
        }

        private string Dimension(TensorShapeProto.Types.Dimension dimension, string value) => dimension.ValueCase switch
        {
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when dimension.DimValue < -1
                => throw Malformed($"'{value}' has the dimension {dimension.DimValue}", "Export the model with a size, or with a name for a size that is open."),
            // Not by the standard, but some exporters write -1 for a size that is open.
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue when dimension.DimValue >= 0 => Integer(dimension.DimValue),
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam when dimension.DimParam.Length > 0 => Quote(dimension.DimParam),
            _ => "?",
        };

        private void Node(NodeProto node, int place, OnnxGraph graph)
        {
            if (node.OpType.Length == 0)
            {
                throw Malformed($"node {place} '{node.Name}' has no operator");
            }

            _text.Append($"node {Quote(Domain(node.Domain))} {Quote(node.OpType)} {Quote(node.Name)} in");
            Names(node.Input);
            _text.Append(" out");
            Names(node.Output);
            var names = new HashSet<string>();
            foreach (var attribute in node.Attribute)
            {
                if (!names.Add(attribute.Name))
                {
                    throw Malformed($"{GraphOrder.Describe(node)} has the attribute '{attribute.Name}' twice");
                }

                _text.Append(names.Count == 1 ? " with " : " ").Append(Quote(attribute.Name)).Append('=').Append(Value(attribute, node, place, graph));
            }

            Line("");
        }

        private void Names(IEnumerable<string> names)
        {
            foreach (var name in names)
            {
                _text.Append(' ').Append(Quote(name));
            }
        }

        private string Value(AttributeProto attribute, NodeProto node, int place, OnnxGraph graph)
        {
            var type = attribute.Type == AttributeType.Undefined ? Guess(attribute) : attribute.Type;
            switch (type)
            {
                case AttributeType.Float:
                    return $"float:{Float(attribute.F)}";
                case AttributeType.Int:
                    return $"int:{Integer(attribute.I)}";
                case AttributeType.String:
                    return $"string:{Quote(attribute.S.ToStringUtf8())}";
                case AttributeType.Floats:
                    return $"floats:{List(attribute.Floats, Float)}";
                case AttributeType.Ints:
                    return $"ints:{List(attribute.Ints, Integer)}";
                case AttributeType.Strings:
                    return $"strings:{List(attribute.Strings, s => Quote(s.ToStringUtf8()))}";
                case AttributeType.Graph or AttributeType.Graphs:
                    return $"graph:{Quote(OnnxGraph.IsIf(node) && attribute.G is not null ? OnnxTensorIndex.Scope("", node.Output[0], attribute.Name) : "")}";
                case AttributeType.Tensor when index.Attributes.TryGetValue((graph.Scope, place, attribute.Name), out var tensor):
                    var name = $"{GraphOrder.Describe(node)}.{attribute.Name}";
                    Check(tensor, name);
                    var values = _values.Text(tensor, withFloats: true, name);
                    return $"tensor:{tensor.TypeName}{List(tensor.Dims, Integer)}{(values is null ? "" : $"={values}")}";
                default:
                    throw Malformed($"the attribute '{attribute.Name}' of {GraphOrder.Describe(node)} is of the kind {type}, which is not supported", "Export the model without that node.");
            }
        }

        /// <summary>The kind of an attribute in a file so old that it does not say.</summary>
        private static AttributeType Guess(AttributeProto attribute)
            => attribute.Floats.Count > 0 ? AttributeType.Floats
            : attribute.Ints.Count > 0 ? AttributeType.Ints
            : attribute.Strings.Count > 0 ? AttributeType.Strings
            : attribute.T is not null ? AttributeType.Tensor
            : attribute.G is not null ? AttributeType.Graph
            : attribute.HasF ? AttributeType.Float
            : attribute.HasS ? AttributeType.String
            : AttributeType.Int;

        private static string Domain(string domain) => domain == "ai.onnx" ? "" : domain;

        private void Line(string line) => _text.Append(line).Append('\n');

        private OnnxException Malformed(string what, string remedy = "Export the model again, or check it with onnx.checker.")
            => new(OnnxException.Malformed, $"'{modelPath}': {what}. {remedy}".TrimEnd());
    }
}
