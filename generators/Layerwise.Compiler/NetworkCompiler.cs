using Layerwise.Compiler.Emit;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Passes;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler;

/// <summary>Manifest in, C# out. Knows operators and rules; never Roslyn, files or devices.</summary>
public static class NetworkCompiler
{
    /// <summary>Compiles the manifest of a model into the source of its explainer.</summary>
    /// <exception cref="FormatException">The text is not a manifest of this version.</exception>
    public static CompiledNetwork Compile(string manifest, ExplainerSpec spec)
    {
        var model = ManifestParser.Parse(manifest);
        try
        {
            var asked = spec;
            spec = spec.Input?.Complete(spec) ?? spec;
            var explains = spec.Method != "predict";
            var graph = Canonize(model, spec, explains);
            spec = spec with { Input = spec.Input?.For(graph, model) };
            var composite = ChooseComposite(spec, graph);
            var plan = RelevancePlan.Make(graph, composite, explains ? spec.Rules : []);
            List<Problem> problems = explains ? [.. CheckRules(plan.WithoutRule(graph), composite), .. CheckDeepTaylor(graph, plan), .. spec.Input?.Check(asked, graph, plan) ?? [], .. CheckLabels(model, graph)] : [];
            (graph, plan) = FuseRelu.Run(graph, plan);
            return problems.Count > 0
                ? Failed(model, spec, LayerTable.Of(graph, plan), problems, graph.Notes)
                : Emit(model, spec, graph, plan);
        }
        catch (CompilationException e)
        {
            return Failed(model, spec, LayerTable.Of(model), [new Problem(e.Id, e.Message) { Constant = e.Constant, Inputs = e.Inputs }], []);
        }
    }

    /// <summary>The user's half of the partial class where there is no network: it compiles, and throws.</summary>
    public static string Stub(ExplainerSpec spec) => ExplainerWriter.Stub(spec, [], [], [], []);

    /// <summary>Manifest to the graph that is explained: every pass in the order in which it runs.</summary>
    private static Graph Canonize(GraphManifest model, ExplainerSpec spec, bool explains)
    {
        var graph = ReadWithShapes(model, spec.Output, explains);
        if (graph.Outputs.FirstOrDefault(output => !graph.Shapes.ContainsKey(output)) is { } constant)
        {
            throw new CompilationException("LW0204", $"The output '{constant}' is not computed from the network's inputs, so there is nothing to explain. Choose another with Output = \"…\", or export the model again.");
        }

        graph = FoldConstants.Run(graph);
        graph = Recognize.Run(PruneDead.Run(graph));
        graph = LowerDense.Run(graph);
        graph = MergeBias.Run(graph);
        if (spec.MergeBatchNorm)
        {
            graph = MergeInputNorm.Run(MergeBehind(graph));
        }

        graph = explains && spec.StripHead ? StripHead.Run(graph) : graph;
        graph = ClassifyProducts.Run(AnalyzeMasks.Run(graph));
        return AnalyzeSigns.Run(graph);
    }

    /// <summary>What scales and shifts a linear layer's outputs, for as long as there is something.</summary>
    private static Graph MergeBehind(Graph graph)
    {
        var merged = MergeBias.Run(MergeScale.Run(MergeBatchNorm.Run(graph)));
        return merged.Nodes.Count < graph.Nodes.Count ? MergeBehind(merged) : merged;
    }

    /// <summary>With the batch as N; where the graph joins samples or computes with their number, with the batch that it was exported with.</summary>
    private static Graph ReadWithShapes(GraphManifest model, string? output, bool explains)
    {
        Graph Read(bool symbolicBatch)
        {
            var graph = ResolveAliases.Run(InferShapes.Run(ResolveAliases.Run(GraphReader.Read(model, output, symbolicBatch, everyOutput: !explains))));
            return explains ? CheckSamples(graph, symbolicBatch) : CopyConstantOutputs.Run(graph);
        }

        try
        {
            return Read(symbolicBatch: true);
        }
        catch (CompilationException e) when (e.Id is "LW0203" or "LW0206")
        {
            var graph = Read(symbolicBatch: false);
            return graph.Note($"{(graph.DeclaredBatch is { } batch ? $"The batch is fixed to {batch}" : "The first dimension counts no samples")}: {e.Message}");
        }
    }

    /// <summary>Each sample has an output of its own to explain.</summary>
    private static Graph CheckSamples(Graph graph, bool symbolicBatch)
        => graph.Types.TryGetValue(graph.Output, out var type) && !type.IsFloat()
            ? throw new CompilationException("LW0204", $"The output '{graph.Output}' is of type {type}: only numbers of a floating-point type are explained. Choose another with Output = \"…\", such as a value before it.")
            : !graph.Shapes.TryGetValue(graph.Output, out var shape) || (shape.Rank > 0 && (shape[0].IsBatch || !symbolicBatch))
            ? graph
            : throw new CompilationException("LW0203", $"The output '{graph.Output}' has the shape {shape}, where no first dimension counts samples. Choose another output.");

    private static Composite ChooseComposite(ExplainerSpec spec, Graph graph)
    {
        switch (spec.Method)
        {
            case "predict":
                return Composite.Predict;
            case "gradient":
                return Composite.Gradient;
            case "saliency":
                return Composite.Saliency;
            case "gradientTimesInput":
                return Composite.GradientTimesInput;
            case "lrp":
                // The first layer of a table, or of the ids of a text, sees a whole sample: Flat would give each of its elements the same share.
                var name = spec.Composite ?? (graph.Inputs.All(i => graph.Shapes[i].Rank <= 2) ? "EpsilonPlus" : "EpsilonPlusFlat");
                var presets = Composite.Presets(spec);
                var chosen = presets.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase))
                    ?? throw new CompilationException("LW0302", $"There is no composite '{name}'. The composites are {string.Join(", ", presets.Select(c => c.Name))}.");
                return spec.GradientOtherwise ? chosen with { Rules = [.. chosen.Rules, .. Composite.Gradient.Rules] } : chosen;
            default:
                throw new CompilationException("LW0302", $"There is no method '{spec.Method}'. The methods are {string.Join(", ", ExplainerSpec.Methods)}.");
        }
    }

    private static IEnumerable<Problem> CheckRules(IReadOnlyList<Node> missing, Composite composite)
    {
        if (missing.Count > 0)
        {
            var list = missing.GroupBy(n => n.Operator.Name).Select(g => $"{g.Key} ({Wording.List(g.Select(n => $"'{n.Name}'"))})");
            yield return new Problem("LW0301", $"{composite.Name} has no rule for {string.Join("; ", list)}. Give it one with a LayerRule, ask for GradientOtherwise, or explain an output before it.");
        }
    }

    /// <summary>Deep Taylor decomposition is one of networks of Relus.</summary>
    private static IEnumerable<Problem> CheckDeepTaylor(Graph graph, RelevancePlan plan)
    {
        bool Fits(Operator operation) => operation is Relu || operation.Class is OperatorClass.Convolution or OperatorClass.Dense or OperatorClass.MaxPool or OperatorClass.AveragePool or OperatorClass.Sum or OperatorClass.Movement;
        var others = graph.Nodes.Where(n => plan.Composite.IsDeepTaylor && plan.Rules.ContainsKey(n) && !Fits(n.Operator)).Select(n => $"{n.Operator.Name} '{n.Name}'").ToList();
        if (others.Count > 0)
        {
            yield return new Problem("LW0304", $"DeepTaylor is defined for linear layers, Relus, pools and sums alone; this network has {string.Join(", ", others)}. Use EpsilonPlus or EpsilonPlusFlat, whose rules are the same on the linear layers.");
        }
    }

    private static IEnumerable<Problem> CheckLabels(GraphManifest model, Graph graph)
    {
        var logits = graph.Shapes[graph.Logits];
        if (model.Labels.Count > 0 && (logits.IsOpen || model.Labels.Count != logits.SampleSize))
        {
            yield return new Problem("LW0205", $"The labels file of '{model.File}' has {model.Labels.Count} labels, but the explained output has the shape {logits}. Give one label a line for each number of a sample.");
        }
    }

    private static CompiledNetwork Emit(GraphManifest model, ExplainerSpec spec, Graph graph, RelevancePlan plan)
    {
        var (layers, rules) = (LayerTable.Of(graph, plan), RuleSet.Of(spec, graph, plan));
        List<PortRow> Shaped(IReadOnlyList<ManifestValue> values) => [.. Ports(values).Select(port => graph.Shapes.TryGetValue(port.Name, out var shape) ? port with { Shape = shape.ToString() } : port)];
        var given = Shaped(model.Inputs);
        var backend = Backend.Choose(graph, spec.Backend);
        var inputs = graph.Inputs.Select(input => given.First(port => port.Name == input)).ToList();
        var heading = new Heading(
            model.File,
            model.Opsets.TryGetValue("", out var opset) ? opset : 1,
            $"{plan.Composite.Name}: {plan.Composite.Summary}",
            layers,
            graph.Notes,
            backend,
            plan.Composite.IsDerivative,
            plan.Composite == Composite.Predict ? null : rules);
        return new CompiledNetwork
        {
            Inputs = Ports(model.Inputs),
            Outputs = Ports(model.Outputs),
            Layers = layers,
            Labels = model.Labels,
            Problems = [],
            Notes = graph.Notes,
            Rules = rules,
            NetworkSource = NetworkWriter.Write(Lowering.Run(graph, plan, backend), graph, heading, GeneratedNamespace(spec)),
            ExplainerSource = ExplainerWriter.Write(spec, NetworkType(spec), model.File, inputs, Shaped(model.Outputs), model.Labels, layers),
            NetworkTypeName = NetworkType(spec),
            Composite = plan.Composite.Name,
        };
    }

    private static CompiledNetwork Failed(GraphManifest model, ExplainerSpec spec, IReadOnlyList<LayerRow> layers, IReadOnlyList<Problem> problems, IReadOnlyList<string> notes) => new()
    {
        Inputs = Ports(model.Inputs),
        Outputs = Ports(model.Outputs),
        Layers = layers,
        Labels = model.Labels,
        Problems = problems,
        Notes = notes,
        NetworkSource = null,
        ExplainerSource = ExplainerWriter.Stub(spec, Ports(model.Inputs), Ports(model.Outputs), model.Labels, layers),
        NetworkTypeName = NetworkType(spec),
        Composite = spec.Composite ?? "",
    };

    private static List<PortRow> Ports(IReadOnlyList<ManifestValue> values)
        => [.. values.Select(v => new PortRow(v.Name, v.Type, v.Shape is { } shape ? $"[{string.Join(", ", shape)}]" : "?"))];

    private static string NetworkType(ExplainerSpec spec) => GeneratedNamespace(spec) + ".Network";

    // Shop.Digits gives Shop_Digits; an underscore of the name's own is doubled, so that no two classes share a namespace.
    private static string GeneratedNamespace(ExplainerSpec spec)
        => "Layerwise.Generated." + $"{spec.Namespace}.{spec.ClassName}".TrimStart('.').Replace("@", "").Replace("_", "__").Replace('.', '_');
}
