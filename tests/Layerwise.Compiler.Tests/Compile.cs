using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Passes;
using Layerwise.Compiler.Relevance;
using Layerwise.Onnx;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

/// <summary>From models that a test writes to what the compiler makes of them.</summary>
internal static class Compile
{
    public static CompiledNetwork Network(ModelBuilder model, ExplainerSpec? spec = null, string? labels = null)
        => NetworkCompiler.Compile(Manifest(model, labels), spec ?? new ExplainerSpec { ClassName = "Net", Namespace = "Shop" });

    public static Problem OnlyProblem(ModelBuilder model, ExplainerSpec? spec = null, string? labels = null) => Assert.Single(Network(model, spec, labels).Problems);

    /// <summary>The graph before any pass.</summary>
    public static Graph Read(ModelBuilder model, bool symbolicBatch = true)
        => GraphReader.Read(ManifestParser.Parse(Manifest(model, labels: null)), output: null, symbolicBatch);

    /// <summary>The graph with shapes and constants, as the canonizers get it.</summary>
    public static Graph Shaped(ModelBuilder model)
        => LowerDense.Run(PruneDead.Run(FoldConstants.Run(InferShapes.Run(ResolveAliases.Run(Read(model))))));

    /// <summary>One line a node: output, operator, inputs, shape.</summary>
    public static string[] Dump(Graph graph) => [.. graph.Nodes.Select(n =>
        $"{n.Output} = {n.Operator.Description}({string.Join(", ", n.Inputs)})" + (graph.Shapes.TryGetValue(n.Output, out var shape) ? $" {shape}" : ""))];

    /// <summary>One line a layer: name, rule, why.</summary>
    public static string[] Plan(ModelBuilder model, string composite, params LayerRule[] rules) => Plan(model, new ExplainerSpec
    {
        ClassName = "Net",
        Method = composite == "gradient" ? "gradient" : "lrp",
        Composite = composite == "gradient" ? "EpsilonPlus" : composite,
        Rules = new(rules),
    });

    /// <summary>One line a layer: name, rule, why.</summary>
    public static string[] Plan(ModelBuilder model, ExplainerSpec spec)
    {
        var compiled = Network(model, spec);
        Assert.Empty(compiled.Problems);
        return [.. compiled.Layers.Select(l => $"{l.Name}: {l.Rule}, {l.Why}")];
    }

    public static float[] Numbers(long count) => [.. Enumerable.Range(0, (int)count).Select(i => ((i * 37 % 11) - 5) / 10f)];

    /// <summary>Adds a float tensor of that shape.</summary>
    public static ModelBuilder Weight(this ModelBuilder model, string name, params long[] shape)
        => model.Tensor(name, Numbers(shape.Aggregate(1L, (a, b) => a * b)), shape);

    private static string Manifest(ModelBuilder model, string? labels)
    {
        var folder = Directory.CreateTempSubdirectory("layerwise-");
        try
        {
            var labelsFile = labels is null ? null : Path.Combine(folder.FullName, "labels.txt");
            if (labelsFile is not null)
            {
                File.WriteAllText(labelsFile, labels);
            }

            return OnnxManifest.Read(model.Save(Path.Combine(folder.FullName, "net.onnx")), "models/net.onnx", labelsFile);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
