using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Layerwise.Compiler.Ops;
using Layerwise.Oracle.Onnx;
using AttributeType = Layerwise.Oracle.Onnx.AttributeProto.Types.AttributeType;

namespace Layerwise.Fuzz;

/// <summary>Edits of a model's fields: still a model, but one that no exporter writes.</summary>
internal static class GraphMutations
{
    private static readonly string[] Operators = [.. OperatorTable.Entries.Keys, "Constant", "Loop", "Scan", "NoSuchOperator", ""];

    private static readonly Action<Random, ModelProto, GraphProto>[] All =
    [
        Attribute, Attribute, Attribute, AttributeOfAnother, NodeInputs, NodeInputs, NodeOutputs, Operator, Operator, RemoveNode, CopyNode, MoveNode, Chain,
        TensorDims, TensorDims, TensorType, TensorNumbers, TensorNumbers, TensorNumbers, TensorData, External,
        PortDims, PortDims, PortType, Output, RenameNode, RenameValue, RenameValue, Opset, Versions, Constant,
    ];

    public static void Apply(Random random, ModelProto model)
    {
        model.Graph ??= new GraphProto();
        var graphs = Graphs(model.Graph).ToList();
        Nasty.Of(random, All)(random, model, random.Next(3) == 0 ? Nasty.Of(random, graphs) : model.Graph);
    }

    private static IEnumerable<GraphProto> Graphs(GraphProto graph)
        => graph.Node.SelectMany(n => n.Attribute).Where(a => a.G is not null).SelectMany(a => Graphs(a.G)).Prepend(graph);

    private static NodeProto Node(Random random, GraphProto graph)
    {
        if (graph.Node.Count == 0)
        {
            graph.Node.Add(new NodeProto { OpType = "Relu", Input = { "x" }, Output = { "y" } });
        }

        return Nasty.Of(random, graph.Node);
    }

    private static string Value(Random random, GraphProto graph)
    {
        string[] values = [.. graph.Input.Select(i => i.Name), .. graph.Initializer.Select(i => i.Name), .. graph.Node.SelectMany(n => n.Output), "", Nasty.Name(random)];
        return Nasty.Of(random, values);
    }

    private static TensorProto Tensor(Random random, GraphProto graph)
    {
        TensorProto[] tensors = [.. graph.Initializer, .. graph.Node.SelectMany(n => n.Attribute).Where(a => a.T is not null).Select(a => a.T)];

        // Shapes, axes and indices are small; they lead further than weights.
        TensorProto[] structural = [.. tensors.Where(t => t.DataType is 6 or 7 or 9)];
        if (structural.Length > 0 && random.Next(2) == 0)
        {
            return Nasty.Of(random, structural);
        }

        if (tensors.Length == 0)
        {
            graph.Initializer.Add(new TensorProto { Name = "t", DataType = 1, Dims = { 1 }, FloatData = { 1 } });
            return graph.Initializer[0];
        }

        return Nasty.Of(random, tensors);
    }

    private static void Attribute(Random random, ModelProto model, GraphProto graph)
    {
        var node = Node(random, graph);
        if (node.Attribute.Count == 0 || random.Next(8) == 0)
        {
            string[] names = ["axis", "axes", "perm", "pads", "strides", "dilations", "kernel_shape", "group", "keepdims", "auto_pad", "ceil_mode", "mode", "epsilon", "alpha", "beta", "to", "split", "num_outputs", "blocksize", "value", "transA", "transB", "start", "end", "allowzero", "exclusive", "largest", "sorted", "k", "batch_dims", "count_include_pad", "output_shape", "output_padding", "storage_order", "hidden_size", "direction", "layout"];
            node.Attribute.Add(new AttributeProto { Name = random.Next(6) == 0 ? Nasty.Name(random) : Nasty.Of(random, names), Type = Nasty.Of(random, Enum.GetValues<AttributeType>()), I = Nasty.Integer(random), F = Nasty.Float(random) });
        }

        var attribute = Nasty.Of(random, node.Attribute);
        switch (random.Next(10))
        {
            case 0:
                node.Attribute.Remove(attribute);
                break;
            case 1:
                attribute.Name = random.Next(3) == 0 ? Nasty.Name(random) : attribute.Name + "x";
                break;
            case 2:
                attribute.Type = random.Next(6) == 0 ? (AttributeType)random.Next(-3, 40) : Nasty.Of(random, Enum.GetValues<AttributeType>());
                break;
            case 3:
                node.Attribute.Add(attribute.Clone());
                break;
            default:
                attribute.I = Nasty.Integer(random);
                attribute.F = Nasty.Float(random);
                attribute.S = ByteString.CopyFromUtf8(Nasty.Name(random));
                Edit(random, attribute.Ints, Nasty.Integer);
                Edit(random, attribute.Floats, Nasty.Float);
                Edit(random, attribute.Strings, r => random.Next(5) == 0 ? ByteString.CopyFrom(0xC3, 0x28) : ByteString.CopyFromUtf8(Nasty.Name(r)));
                break;
        }
    }

    private static void Edit<T>(Random random, RepeatedField<T> list, Func<Random, T> value)
    {
        switch (random.Next(list.Count == 0 ? 12 : 6))
        {
            case 0:
                list.Add(value(random));
                break;
            case 1 when list.Count > 0:
                list.RemoveAt(random.Next(list.Count));
                break;
            case 2 when list.Count > 0:
                list.Add([.. Enumerable.Repeat(list[0], random.Next(200))]);
                break;
            case 3:
                list.Clear();
                break;
            case not 3 when list.Count > 0:
                list[random.Next(list.Count)] = value(random);
                break;
        }
    }

    private static void AttributeOfAnother(Random random, ModelProto model, GraphProto graph)
    {
        var from = Node(random, graph).Attribute;
        if (from.Count > 0)
        {
            Node(random, graph).Attribute.Add(Nasty.Of(random, from).Clone());
        }
    }

    private static void NodeInputs(Random random, ModelProto model, GraphProto graph) => Edit(random, Node(random, graph).Input, r => Value(r, graph));

    private static void NodeOutputs(Random random, ModelProto model, GraphProto graph)
        => Edit(random, Node(random, graph).Output, r => random.Next(3) == 0 ? Value(r, graph) : Nasty.Name(r));

    private static void Operator(Random random, ModelProto model, GraphProto graph) => Node(random, graph).OpType = Nasty.Of(random, Operators);

    private static void RemoveNode(Random random, ModelProto model, GraphProto graph) => graph.Node.Remove(Node(random, graph));

    private static void CopyNode(Random random, ModelProto model, GraphProto graph)
    {
        var copy = Node(random, graph).Clone();
        for (var i = 0; i < copy.Output.Count; i++)
        {
            copy.Output[i] += "'";
        }

        graph.Node.Insert(random.Next(graph.Node.Count + 1), copy);
        if (copy.Output.Count > 0 && random.Next(2) == 0)
        {
            NodeProto reader = Node(random, graph);
            if (reader.Input.Count > 0)
            {
                reader.Input[random.Next(reader.Input.Count)] = copy.Output[0];
            }
        }
    }

    private static void MoveNode(Random random, ModelProto model, GraphProto graph)
    {
        var node = Node(random, graph);
        graph.Node.Remove(node);
        graph.Node.Insert(random.Next(graph.Node.Count + 1), node);
    }

    /// <summary>Puts a row of nodes of one input between a value and its reader.</summary>
    private static void Chain(Random random, ModelProto model, GraphProto graph)
    {
        var node = Node(random, graph);
        if (node.Input.Count == 0)
        {
            return;
        }

        var (op, at, count) = (Nasty.Of(random, Operators), random.Next(node.Input.Count), random.Next(1, 1 << random.Next(1, 8)));
        var value = node.Input[at];
        for (var i = 0; i < count; i++)
        {
            var next = $"{value}~{i}";
            var link = new NodeProto { OpType = op, Output = { next }, Input = { value } };
            if (random.Next(2) == 0)
            {
                link.Input.Add(random.Next(2) == 0 ? value : Value(random, graph));
            }

            graph.Node.Insert(graph.Node.IndexOf(node), link);
            value = next;
        }

        node.Input[at] = value;
    }

    private static void TensorDims(Random random, ModelProto model, GraphProto graph) => Edit(random, Tensor(random, graph).Dims, Nasty.Integer);

    private static void TensorType(Random random, ModelProto model, GraphProto graph)
        => Tensor(random, graph).DataType = random.Next(4) == 0 ? unchecked((int)Nasty.Integer(random)) : random.Next(0, 25);

    /// <summary>Other numbers in a tensor, mostly of integers: a shape, axes, indices.</summary>
    private static void TensorNumbers(Random random, ModelProto model, GraphProto graph)
    {
        var tensor = Tensor(random, graph);
        if (tensor.DataType == 7)
        {
            long[] numbers = tensor.RawData.Length > 0 ? [.. MemoryMarshal.Cast<byte, long>(tensor.RawData.Span[..(tensor.RawData.Length / 8 * 8)])] : [.. tensor.Int64Data];
            var edited = new RepeatedField<long>();
            edited.AddRange(numbers);
            Edit(random, edited, Nasty.Integer);
            tensor.Int64Data.Clear();
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<long>(edited.ToArray()));
            if (tensor.Dims.Count == 1 && random.Next(8) > 0)
            {
                tensor.Dims[0] = edited.Count;
            }
        }
        else if (tensor.RawData.Length >= 4)
        {
            var raw = tensor.RawData.ToByteArray();
            BitConverter.TryWriteBytes(raw.AsSpan(random.Next(raw.Length / 4) * 4), random.Next(2) == 0 ? BitConverter.SingleToInt32Bits(Nasty.Float(random)) : unchecked((int)Nasty.Integer(random)));
            tensor.RawData = ByteString.CopyFrom(raw);
        }
        else
        {
            Edit(random, tensor.FloatData, Nasty.Float);
            Edit(random, tensor.Int32Data, r => unchecked((int)Nasty.Integer(r)));
        }
    }

    private static void TensorData(Random random, ModelProto model, GraphProto graph)
    {
        var tensor = Tensor(random, graph);
        switch (random.Next(5))
        {
            case 0:
                tensor.RawData = ByteString.CopyFrom(new byte[random.Next(64)]);
                break;
            case 1:
                tensor.RawData = ByteString.Empty;
                break;
            case 2:
                Edit(random, tensor.Int64Data, Nasty.Integer);
                break;
            case 3:
                Edit(random, tensor.DoubleData, r => Nasty.Float(r));
                break;
            default:
                tensor.Name = random.Next(2) == 0 ? Nasty.Name(random) : Value(random, graph);
                break;
        }
    }

    private static void External(Random random, ModelProto model, GraphProto graph)
    {
        var tensor = Tensor(random, graph);
        string[] locations = ["../x", "/etc/hostname", "C:\\x", "..\\x", "mutant.onnx", ".", "", "a//b", "\0", "./mutant.onnx", "~", "mutant.onnx/x", "//server/x"];
        tensor.DataLocation = (TensorProto.Types.DataLocation)random.Next(0, 3);
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = Nasty.Of(random, locations) });
        tensor.ExternalData.Add(new StringStringEntryProto { Key = Nasty.Of(random, ["offset", "length", "checksum"]), Value = random.Next(3) == 0 ? Nasty.Name(random) : Nasty.Integer(random).ToString(System.Globalization.CultureInfo.InvariantCulture) });
    }

    private static ValueInfoProto Port(Random random, GraphProto graph)
    {
        ValueInfoProto[] ports = [.. graph.Input, .. graph.Input, .. graph.Output];
        if (ports.Length == 0)
        {
            graph.Input.Add(new ValueInfoProto { Name = "x" });
            ports = [graph.Input[0]];
        }

        var port = Nasty.Of(random, ports);
        port.Type ??= new TypeProto();
        port.Type.TensorType ??= new TypeProto.Types.Tensor { ElemType = 1 };
        return port;
    }

    private static void PortDims(Random random, ModelProto model, GraphProto graph)
    {
        var type = Port(random, graph).Type.TensorType;
        if (random.Next(10) == 0)
        {
            type.Shape = null;
            return;
        }

        type.Shape ??= new TensorShapeProto();
        Edit(random, type.Shape.Dim, r => r.Next(3) switch
        {
            0 => new TensorShapeProto.Types.Dimension { DimParam = Nasty.Name(r) },
            1 => new TensorShapeProto.Types.Dimension(),
            _ => new TensorShapeProto.Types.Dimension { DimValue = Nasty.Integer(r) },
        });
    }

    private static void PortType(Random random, ModelProto model, GraphProto graph)
        => Port(random, graph).Type.TensorType.ElemType = random.Next(4) == 0 ? unchecked((int)Nasty.Integer(random)) : random.Next(0, 25);

    private static void Output(Random random, ModelProto model, GraphProto graph)
    {
        if (graph.Output.Count == 0 || random.Next(2) == 0)
        {
            graph.Output.Add(new ValueInfoProto { Name = Value(random, graph) });
        }
        else
        {
            Nasty.Of(random, graph.Output).Name = Value(random, graph);
        }
    }

    private static void RenameNode(Random random, ModelProto model, GraphProto graph) => Node(random, graph).Name = Nasty.Name(random);

    private static void RenameValue(Random random, ModelProto model, GraphProto graph)
    {
        var (from, to) = (Value(random, graph), Nasty.Name(random));
        foreach (var inner in Graphs(model.Graph))
        {
            foreach (var list in inner.Node.SelectMany(n => new[] { n.Input, n.Output }))
            {
                for (var i = 0; i < list.Count; i++)
                {
                    list[i] = list[i] == from ? to : list[i];
                }
            }

            foreach (var port in inner.Input.Concat(inner.Output).Where(p => p.Name == from))
            {
                port.Name = to;
            }

            foreach (var tensor in inner.Initializer.Where(t => t.Name == from))
            {
                tensor.Name = to;
            }
        }
    }

    private static void Opset(Random random, ModelProto model, GraphProto graph)
    {
        if (model.OpsetImport.Count == 0 || random.Next(8) == 0)
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = Nasty.Of(random, ["", "ai.onnx", "ai.onnx.ml", Nasty.Name(random)]) });
        }

        Nasty.Of(random, model.OpsetImport).Version = random.Next(4) == 0 ? Nasty.Integer(random) : random.Next(1, 25);
    }

    private static void Versions(Random random, ModelProto model, GraphProto graph)
    {
        model.IrVersion = random.Next(2) == 0 ? Nasty.Integer(random) : random.Next(2, 14);
        Node(random, graph).Domain = Nasty.Of(random, ["", "ai.onnx", "com.microsoft", Nasty.Name(random)]);
    }

    /// <summary>An initializer as a Constant node.</summary>
    private static void Constant(Random random, ModelProto model, GraphProto graph)
    {
        if (graph.Initializer.Count > 0)
        {
            var tensor = Nasty.Of(random, graph.Initializer);
            graph.Initializer.Remove(tensor);
            graph.Node.Insert(0, new NodeProto { OpType = "Constant", Output = { tensor.Name }, Attribute = { new AttributeProto { Name = "value", Type = AttributeType.Tensor, T = tensor } } });
        }
    }
}
