using System.Reflection;
using System.Runtime.Loader;
using Layerwise.Compiler;
using Layerwise.Testing;
using Layerwise.Tool;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Layerwise.Tests.Networks;

/// <summary>The user's class, compiled with code that a user writes, and run.</summary>
public sealed class ExplainerTests : IDisposable
{
    // The emitted class finds its model beside the program.
    private readonly DirectoryInfo _folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, $"explainer-{Guid.NewGuid():N}"));

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void One_input_with_labels()
        => Run(OneInput(), "cat\nEgyptian cat, Mau\ndog\n", """
            using (var net = new Net())
            using (var x = torch.tensor(new float[] { 1, 5, 2, 7, 3, 4 }, 2, 3))
            {
                Equal("kernels in C#", net.Kernels.Split(',')[0]);
                using var output = net.Predict(x);
                Same(output, 2, 10, 4, 14, 6, 8);
                Same(net.Predict(Values), 2, 10, 4, 14, 6, 8);
                Same(net.Predict(Values.AsSpan()), 2, 10, 4, 14, 6, 8);

                using var top = net.Explain(x);
                Same(top.Target, 1, 0);
                Same(top.Relevance, 0, 1, 0, 1, 0, 0);
                using var byLabel = net.Explain(x, Net.Label.EgyptianCat, InitialRelevance.Logit);
                Same(byLabel.Target, 1, 1);
                Same(byLabel.Relevance, 0, 10, 0, 0, 6, 0);
                using var byIndex = net.Explain(x, 2);
                Same(byIndex.Relevance, 0, 0, 1, 0, 0, 1);
                using var each = net.Explain(x, Target.PerSample(0, 2));
                Same(each.Relevance, 1, 0, 0, 0, 0, 1);
                using var fromArray = net.Explain(Values, Net.Label.Cat);
                Same(fromArray.Relevance, 1, 0, 0, 1, 0, 0);
                using var fromSpan = net.Explain(Values.AsSpan(0, 3), Net.Label.Dog);
                Same(fromSpan.Relevance, 0, 0, 1);
                using var spanTop = net.Explain(Values.AsSpan(0, 3), Target.Top, InitialRelevance.Logit);
                Same(spanTop.Relevance, 0, 10, 0);
                using var arrayTop = net.Explain(Values);
                Same(arrayTop.Target, 1, 0);
            }

            Equal("cat|Egyptian cat, Mau|dog", string.Join("|", Net.Labels));
            Equal("Cat|EgyptianCat|Dog", string.Join("|", System.Enum.GetNames<Net.Label>()));
            Equal("fc", Net.Layers[0].Name);
            """);

    [Fact]
    public void Layers_by_name()
        => Run(OneInput(), "cat\nEgyptian cat, Mau\ndog\n", """
            using var net = new Net();
            using var x = torch.tensor(new float[] { 1, 5, 2 }, 1, 3);
            using var why = net.Explain(x, Net.Label.Cat, new ExplainOptions { Keep = new[] { Net.Layer.Fc }, Conservation = true });
            Same(why.At(Net.Layer.Fc).Activation, 2, 10, 4);
            Same(why.At(Net.Layer.Fc).Relevance!, 1, 0, 0);
            Equal("1", Math.Round(why.Conservation.InputSum, 3).ToString());
            using var relevance = torch.tensor(new float[] { 0, 3, 1 }, 1, 3);
            using var from = net.Propagate(x, relevance, new ExplainOptions { From = Net.Layer.Fc });
            Same(from.Relevance, 0, 3, 1);
            using var concept = net.Explain(x, 1, new ExplainOptions { Conditions = new[] { new Condition(Net.Layer.Fc, 0, 2) } });
            Same(concept.Relevance, 0, 0, 0);
            """);

    [Fact]
    public void One_input_without_labels()
        => Run(OneInput(), labels: null, """
            using var net = Net.FromFile(path, torch.CPU);
            using var why = net.Explain(Values, 1);
            Same(why.Relevance, 0, 1, 0, 0, 1, 0);
            using var top = net.Explain(Values);
            Same(top.Target, 1, 0);
            """);

    [Fact]
    public void Two_inputs_with_labels()
        => Run(TwoInputs(), "cat\ndog\nbird\n", """
            using var net = Net.FromFile(path);
            using var a = torch.tensor(new float[] { 1, 2, 3 }, 1, 3);
            using var b = torch.tensor(new float[] { 3, 2, 1 }, 1, 3);
            using var output = net.Predict(left: a, right: b);
            Same(output, 4, 4, 4);
            using var why = net.Explain(a, b, Net.Label.Dog, InitialRelevance.Logit);
            Same(why.Relevances[0], 0, 2, 0);
            Same(why.Relevances[1], 0, 2, 0);
            using var byIndex = net.Explain(left: a, right: b, target: 0, options: InitialRelevance.Logit);
            Same(byIndex.Relevance, 1, 0, 0);
            Same(byIndex.Relevances[1], 3, 0, 0);
            using var top = net.Explain(a, b);
            Same(top.Target, 0);
            """);

    [Fact]
    public void Two_inputs_without_labels()
        => Run(TwoInputs(), labels: null, """
            using var net = new Net(torch.CPU);
            using var a = torch.ones(2, 3);
            using var why = net.Explain(a, a, Target.PerSample(0, 2), InitialRelevance.Logit);
            Same(why.Relevances[1], 1, 0, 0, 0, 0, 1);
            """);

    private static ModelBuilder OneInput() => new ModelBuilder()
        .Input("x", "N", 3).Tensor("w", [2, 0, 0, 0, 2, 0, 0, 0, 2f], 3, 3).Node("MatMul", "x w", "y", "fc").Output("y", "N", 3);

    private static ModelBuilder TwoInputs() => new ModelBuilder()
        .Input("left", "N", 3).Input("right", "N", 3).Node("Add", "left right", "y").Output("y", "N", 3);

    /// <summary>Compiles the user's lines with the class and runs them; they throw where something is not as it should be.</summary>
    private void Run(ModelBuilder model, string? labels, string lines)
    {
        var path = model.Save(Path.Combine(_folder.FullName, "net.onnx"));
        string? labelsFile = null;
        if (labels is not null)
        {
            File.WriteAllText(labelsFile = Path.Combine(_folder.FullName, "labels.txt"), labels);
        }

        var manifest = Onnx.OnnxManifest.Read(path, $"{_folder.Name}/net.onnx", labelsFile);
        var compiled = NetworkCompiler.Compile(manifest, new ExplainerSpec { ClassName = "Net", Namespace = "User", Composite = "EpsilonPlus" });
        Assert.Empty(compiled.Problems);
        var assembly = Build(compiled.NetworkSource!, compiled.ExplainerSource, $$"""
            using System;
            using System.Linq;
            using Layerwise;
            using TorchSharp;

            namespace User;

            public static class Program
            {
                private static readonly float[] Values = { 1, 5, 2, 7, 3, 4 };

                public static void Run(string path)
                {
                    _ = Values.Length + path.Length;
                    {{lines}}
                }

                private static void Same(torch.Tensor actual, params double[] expected) => Same(actual.data<float>().ToArray(), expected);

                private static void Same(float[] actual, params double[] expected)
                    => Equal(string.Join(" ", expected), string.Join(" ", actual.Select(v => Math.Round(v, 3))));

                private static void Same(System.Collections.Generic.IReadOnlyList<int> actual, params int[] expected)
                    => Equal(string.Join(" ", expected), string.Join(" ", actual));

                private static void Equal(string expected, string actual)
                {
                    if (expected != actual) throw new InvalidOperationException($"expected {expected}, got {actual}");
                }
            }
            """);
        var run = assembly.GetType("User.Program", throwOnError: true)!.GetMethod("Run")!;
        run.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, [path], culture: null);
    }

    private static Assembly Build(params string[] sources)
    {
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(p => Path.GetFileName(p) is var name && (name.StartsWith("System.", StringComparison.Ordinal) || name is "netstandard.dll" or "Layerwise.dll" or "TorchSharp.dll"))
            .Select(p => MetadataReference.CreateFromFile(p));
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable)
            .WithSpecificDiagnosticOptions([new("CS1701", ReportDiagnostic.Suppress), new("CS1702", ReportDiagnostic.Suppress)]);
        var compilation = CSharpCompilation.Create($"User.{Guid.NewGuid():N}", sources.Select(s => CSharpSyntaxTree.ParseText(s)), references, options);
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.Empty(result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning));
        image.Position = 0;
        return new AssemblyLoadContext("user", isCollectible: true).LoadFromStream(image);
    }
}
