using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;

namespace Layerwise.Compiler.Ops;

/// <summary>Manifest to IR: typed operators, inputs with a symbolic batch and open dimensions, the chosen output.</summary>
public static class GraphReader
{
    /// <param name="manifest">The model.</param>
    /// <param name="output">The output to explain; may be <c>null</c> where the model has one.</param>
    /// <param name="symbolicBatch">Whether the inputs' first dimension is N, whatever number the file gives it.</param>
    /// <exception cref="CompilationException">LW0201 lists every operator that is missing; LW0202, LW0203, LW0204 as they come.</exception>
    /// <param name="everyOutput">Whether all outputs are computed where none is chosen.</param>
    public static Graph Read(GraphManifest manifest, string? output, bool symbolicBatch, bool everyOutput = false)
    {
        if (output is null && manifest.Outputs.Count == 0)
        {
            throw new CompilationException("LW0204", $"'{manifest.File}' has no outputs. Name a value inside it with Output = \"…\", or export the model again.");
        }

        var chosen = output is null && everyOutput ? manifest.Outputs.Select(o => o.Name).ToList() : [ChooseOutput(manifest, output)];
        var tensors = manifest.Tensors.ToDictionary(t => t.Name);
        var opset = manifest.Opsets.TryGetValue("", out var version) ? version : 1;
        var names = new ValueNames(manifest.Nodes.Concat(manifest.Branches.Values.SelectMany(b => b.Nodes)).SelectMany(n => n.Outputs)
            .Concat(manifest.Inputs.Select(i => i.Name)).Concat(tensors.Keys));
        List<Node> Nodes(IReadOnlyList<ManifestNode> nodes)
        {
            RefuseUnsupported(manifest.File, nodes);
            return ReadNodes(nodes, opset, tensors, names);
        }

        var main = Nodes(manifest.Nodes);
        if (symbolicBatch)
        {
            CheckSamples(manifest);
        }

        return new Graph
        {
            Inputs = [.. manifest.Inputs.Select(i => i.Name)],
            Outputs = chosen,
            Logits = chosen[0],
            Nodes = main,
            Branches = manifest.Branches.ToDictionary(b => b.Key, b => new Lazy<Branch>(() => new Branch(Nodes(b.Value.Nodes), b.Value.Outputs))),
            Constants = tensors.Values.Where(t => ElementTypes.Parse(t.Type) is not null)
                .ToDictionary(t => t.Name, t => (Constant)new Constant.Stored(t.Name, new(t.Shape), ElementTypes.Parse(t.Type)!.Value)),
            Known = tensors.Values.Where(t => t.Floats is not null ? ElementTypes.Parse(t.Type) == ElementType.Float32 : t.Values is not null && ElementTypes.Parse(t.Type) is not null)
                .ToDictionary(t => t.Name, t => Known(t, ElementTypes.Parse(t.Type)!.Value)),
            Types = manifest.Inputs.ToDictionary(i => i.Name, i => ElementTypes.Parse(i.Type) ?? ElementType.Float32),
            Formats = manifest.Inputs.Select(i => (i.Name, i.Type)).Concat(tensors.Values.Select(t => (t.Name, t.Type))).Where(v => ElementTypes.Format(v.Type) is not null).ToDictionary(v => v.Name, v => v.Type),
            Shapes = manifest.Inputs.ToDictionary(i => i.Name, i => InputShape(i, symbolicBatch)),
            DeclaredBatch = manifest.Inputs.Select(i => i.Shape is [{ Value: > 0 and var batch }, ..] ? batch : (long?)null).FirstOrDefault(),
        };
    }

    /// <summary>Whether values of the type are computed with (in float32).</summary>
    internal static bool IsFloat(string type) => ElementTypes.Parse(type)?.IsFloat() == true;

    private static Known Known(ManifestTensor tensor, ElementType type)
        => tensor.Floats is { } floats ? new KnownFloats(new(floats), new(tensor.Shape)) : new KnownIntegers(new(tensor.Values!.Select(v => (Dim)v)), new(tensor.Shape), type);

    /// <summary>Whether the compiler has the operator at all.</summary>
    public static bool IsSupported(ManifestNode node) => OperatorTable.Entries.ContainsKey(OperatorTable.Key(node.Domain, node.Op));

    private static List<Node> ReadNodes(IReadOnlyList<ManifestNode> from, long opset, IReadOnlyDictionary<string, ManifestTensor> tensors, ValueNames names)
    {
        var nodes = new List<Node>(from.Count);
        foreach (var node in from)
        {
            var reader = new NodeReader(node, opset, tensors);
            var inputs = node.Inputs;
            if (Align.Before(node, opset, names) is { } align)
            {
                nodes.Add(align);
                inputs = [node.Inputs[0], align.Output];
            }

            nodes.Add(new Node(node.DisplayName, ReadOperator(node, reader), new(inputs), new(NameFirst(node, names))));
        }

        return nodes;
    }

    private static Operator ReadOperator(ManifestNode node, NodeReader reader)
    {
        if (node.Inputs is not [{ Length: > 0 }, ..] || node.Outputs.All(o => o.Length == 0))
        {
            throw reader.Unsupported("it has no first input or no output", "The file does not follow the ONNX standard; export it again.");
        }

        var entry = OperatorTable.Entries[OperatorTable.Key(node.Domain, node.Op)];
        if (node.Inputs.Count > entry.Inputs.Most || node.Inputs.Count < entry.Inputs.Least || node.Inputs.Take(entry.Inputs.Least).Any(i => i.Length == 0))
        {
            throw reader.Unsupported($"it has {node.Inputs.Count(i => i.Length > 0)} inputs, not {entry.Inputs.Least}{(entry.Inputs.Most == entry.Inputs.Least ? "" : " or more")}", "The file does not follow the ONNX standard; export it again.");
        }

        try
        {
            var operation = entry.Read(reader);
            reader.Finish();
            return operation;
        }
        catch (OverflowException)
        {
            throw reader.Unsupported("an attribute has a value beyond every axis", "The file does not follow the ONNX standard; export it again.");
        }
    }

    // A node is known by its first output; where the file leaves that out (the sequence of an LSTM), it gets a name that no value has.
    private static IReadOnlyList<string> NameFirst(ManifestNode node, ValueNames names)
    {
        if (node.Outputs[0].Length > 0)
        {
            return node.Outputs;
        }

        return [names.Fresh(node.DisplayName + ".0"), .. node.Outputs.Skip(1)];
    }

    private static void RefuseUnsupported(string file, IReadOnlyList<ManifestNode> nodes)
    {
        var missing = nodes.Where(n => !IsSupported(n))
            .GroupBy(n => OperatorTable.Key(n.Domain, n.Op))
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{g.Key} ({Wording.List(g.Select(n => $"'{n.DisplayName}'"))})")
            .ToList();
        if (missing.Count > 0)
        {
            throw new CompilationException(
                "LW0201",
                $"'{file}' has operators that are not supported: {string.Join("; ", missing)}. Export the model without them; docs/operators.md lists what is supported.");
        }
    }

    private static string ChooseOutput(GraphManifest manifest, string? output)
    {
        var names = manifest.Outputs.Select(o => o.Name).ToList();
        var list = Wording.List(names.Select(n => $"'{n}'"));
        if (output is not null)
        {
            // Any value inside the network can be explained, too.
            return names.Contains(output) || manifest.Nodes.Any(n => n.Outputs.Contains(output))
                ? output
                : throw new CompilationException("LW0204", $"'{manifest.File}' has no output '{output}'. Its outputs are {list}; any value inside it can be named, too.");
        }

        return names is [var only]
            ? only
            : throw new CompilationException("LW0204", $"'{manifest.File}' has {names.Count} outputs: {list}. Choose the one to explain with Output = \"…\".");
    }

    /// <summary>Only where the inputs agree on the number of samples can it be any number.</summary>
    private static void CheckSamples(GraphManifest manifest)
    {
        var counts = manifest.Inputs.Where(i => i.Shape is [{ Value: not null }, ..]).GroupBy(i => i.Shape![0].Value).Select(g => $"'{g.First().Name}' {g.Key}").ToList();
        if (counts.Count > 1)
        {
            throw new CompilationException("LW0203", $"The inputs have first dimensions of different sizes: {Wording.List(counts)}. Export the model with one number of samples.");
        }
    }

    private static Shape InputShape(ManifestValue input, bool symbolicBatch)
    {
        CompilationException Refuse(string id, string what, string remedy) => new(id, $"The input '{input.Name}' {what}. {remedy}");
        if (ElementTypes.Parse(input.Type) is null)
        {
            throw Refuse("LW0202", $"is of type {input.Type}", "Inputs are numbers or truth values; do what makes them of others before the model.");
        }

        if (input.Shape is not { } dims)
        {
            throw Refuse("LW0203", "has no shape", "Export the model with the shape of its inputs.");
        }

        var shape = new Shape(dims.Select((dim, axis) => dim switch
        {
            _ when axis == 0 && symbolicBatch => Dim.N,
            { Value: { } value } => value,
            _ => Dim.Open(Symbol(dim.Symbol, axis)),
        }));
        return shape.Flaw is { } flaw ? throw Refuse("LW0203", flaw, "Export the model with the shape that its input has.") : shape;
    }

    // The symbol reaches the emitted file: a short word of the file's own, or a plain one.
    private static string Symbol(string? name, int axis)
        => name is { Length: > 0 and <= 16 } && name.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_') && !char.IsDigit(name[0]) && name != "N"
            ? name
            : "d" + axis.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
