using CsCheck;
using Layerwise.Compiler;
using Layerwise.Fuzz;
using Layerwise.Testing;
using Layerwise.Tool;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static TorchSharp.torch;

namespace Layerwise.Tests.Networks;

/// <summary>
/// Names come from files that nobody vouches for: whatever they are, the emitted C# has the same tokens in the same order as with plain ones,
/// and names stand in strings, comments and cleaned identifiers alone.
/// </summary>
public sealed class HostileNamesTests : IDisposable
{
    private static readonly string[] Hostile =
    [
        "\"; throw null; //", "\\\"; throw null; //", "*/ throw null; /*", "// {", "}", "a\nthrow null;", "a\r\nb", "a\u2028throw null;", "a\u2029b", "a\u0085b", "a\0b",
        "\u202ethrow\u202c", "\u2066x\u2069", "\u200b", "\ufeff", "\\u0022", "{0}", "$\"{x}\"", "\"\"\"", "<b>&amp;]]>", "#error", "#endregion", "@if",
        "f", "K", "w", "weights", "network", "Network", "Frame", "Input", "Table", "Layers", "Labels", "global", "base", "Torch",
        "class", "this", "await", "field", "record", "file", "scoped", "required", "nameof", "dynamic", "var", "yield", "from", "when", "where", "and", "not", "nint",
        "partial", "async", "extension", "value", "get", "init", "allows", "notnull", "unmanaged", "managed", "with", "alias", "on", "equals", "ToString", "GetType",
        "conv.1", "conv/1", "conv 1", "conv_1", "CONV_1", "c\u043env", "ＣＯＮＶ", "é", "e\u0301", "大猫", "\ud83d\ude00", "1", "-1", "_", " ", new string('x', 10_000),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("layerwise-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Names_of_nodes_and_tensors_stay_text()
    {
        // Each name once as a node's, as a weight's, as a value's.
        var (plain, _) = Compile(i => $"layer{i}z");
        var (hostile, path) = Compile(i => Hostile[i]);
        AssertSameTokens(plain.NetworkSource!, hostile.NetworkSource!);
        AssertSameTokens(plain.ExplainerSource, hostile.ExplainerSource);
        AssertPlainText(hostile.NetworkSource!);
        AssertPlainText(hostile.ExplainerSource);

        using var assembly = NetworkAssembly.Build(hostile);
        using var network = Runtime.Network.Create(Weights.Open(path), w => assembly.Create(hostile, w));
        using var input = ones(1, 2);
        using var output = network.Predict(input);
        Assert.Equal([1f, 1], output.data<float>().ToArray());
        Assert.Equal(Hostile, network.Layers.Select(l => l.Name));
    }

    [Fact]
    public void Names_of_normalizations_and_inputs_stay_text()
    {
        foreach (var name in Hostile)
        {
            var (plain, _) = Compile(new[] { "left", "right", "norm" });
            var (hostile, _) = Compile([name, name + "2", name]);
            AssertSameTokens(plain.NetworkSource!, hostile.NetworkSource!);
            AssertSameTokens(plain.ExplainerSource, hostile.ExplainerSource);
            AssertPlainText(hostile.ExplainerSource);
        }
    }

    [Fact]
    public void Any_names_stay_text()
    {
        // Strings of what breaks strings, comments, identifiers and lines, and of what these are made of.
        string[] alphabet = [.. "\"\\/*'{}$@#<>&;:.,_-+=()[]!?|~^%` \n\r\t\0\u0085\u2028\u2029\u202e\u2066\u200b\ufeff\u00ad\u0301aAbZ09N".Select(c => c.ToString()), "u0022", "conv", "class", "é", "а", "大", "\ud83d\ude00", "*/", "//", "\"\"\"", ".weight", "_2", "f", "K"];
        var names = Gen.Int[0, alphabet.Length - 1].Array[0, 12].Select(letters => string.Concat(letters.Select(l => alphabet[l])));
        var plain = Kinds(Three(["one", "two", "three"]).NetworkSource!);
        names.Array[3].Where(n => n.Distinct().Count() == 3).Sample(
            n =>
            {
                var hostile = Three(n);
                Assert.Equal(plain, Kinds(hostile.NetworkSource!));
                AssertPlainText(hostile.NetworkSource!);
                AssertPlainText(hostile.ExplainerSource);
                var fields = Parse(hostile.NetworkSource!).GetRoot(TestContext.Current.CancellationToken).DescendantNodes().OfType<VariableDeclaratorSyntax>().Select(v => v.Identifier.ValueText).ToList();
                Assert.Equal(fields.Count, fields.Distinct(StringComparer.Ordinal).Count());
                using var assembly = NetworkAssembly.Build(hostile);
            },
            threads: 1,
            iter: 30);

        // Nodes, weights, values and the input.
        CompiledNetwork Three(string[] n)
        {
            string Value(int i) => n[i] + "#";
            var model = new ModelBuilder().Input(Value(0), "N", 2).Output("out#", "N", 2);
            for (var i = 0; i < 3; i++)
            {
                model.Tensor(n[i] + "!", [1, 0, 0, 1f], 2, 2).Node("MatMul", [Value(i), n[i] + "!"], [i == 2 ? "out#" : Value(i + 1)], n[i]);
            }

            return Compile(model).Compiled;
        }
    }

    [Fact]
    public void Values_that_have_the_names_of_ours_keep_their_own()
    {
        // What passes make beside a value is called after it: y/weight, y/bias.
        static ModelBuilder Model(params string[] names) => new ModelBuilder().Input("x", "N", 2)
            .Tensor("w", [1, 2, 3, 4f], 2, 2).Tensor("c", [10f, 20], 2).Tensor("n", [1f, 2], 2)
            .Tensor(names[0], [5, 6, 7, 8f], 2, 2).Tensor(names[1], [100f, 200], 2)
            .Node("Gemm", "x w c", "h").Node("BatchNormalization", "h n n n n", "y")
            .Node("MatMul", ["y", names[0]], ["z"]).Node("Add", ["z", names[1]], [names[2]]).Node("Relu", [names[2]], [names[3]])
            .Node("Relu", [names[3]], ["out"]).Output("out", "N", 2);
        float[] Run(ModelBuilder model)
        {
            using var emitted = new Emitted(model, new ExplainerSpec { ClassName = "Net", Method = "predict" });
            using var input = ones(1, 2);
            using var output = emitted.Network.Predict(input);
            return output.data<float>().ToArray();
        }

        var expected = Run(Model("a", "b", "c2", "d"));
        Assert.NotEqual(0, expected[0]);
        foreach (var names in new[] { new[] { "y/weight", "y/bias", "h/weight", "h/bias" }, ["h/weight", "h/bias", "y/weight", "y/bias"], ["out/bias", "z/weight", "z/bias", "out/weight"] })
        {
            Assert.Equal(expected, Run(Model(names)));
        }
    }

    [Fact]
    public void Classes_without_a_namespace_may_have_names_of_ours()
    {
        // Each has an emitted namespace after it, which stands beside those of all others.
        string[] names = ["K", "N", "Frame", "IReadOnlyList", "Kernels", "Layer", "Leak", "Network", "Port", "Rule", "RuleSet", "Runtime", "System", "Torch", "TorchSharp", "Weights"];
        var model = new ModelBuilder().Input("x", "N", 2).Tensor("w", [1, 0, 0, 1f], 2, 2).Node("MatMul", "x w", "y").Output("y", "N", 2).Save(Path.Combine(_folder.FullName, "net.onnx"));
        foreach (var backend in new[] { Layerwise.Compiler.Emit.Backend.Managed, Layerwise.Compiler.Emit.Backend.Torch })
        {
            Assert.Empty(CSharp.Compile([.. names.Select(name => ModelHost.Compile(model, labels: null, new ExplainerSpec { ClassName = name, Backend = backend }).NetworkSource!)]));
        }
    }

    [Fact]
    public void Labels_stay_text()
    {
        string[] lines = [.. Hostile.Where(l => l.IndexOfAny(['\n', '\r']) < 0 && l.Trim().Length > 0), "Equals", "value__", "Label", "a, b", "a"];
        string Explainer(IEnumerable<string> labels)
        {
            var file = Path.Combine(_folder.FullName, "labels.txt");
            File.WriteAllLines(file, labels);
            var model = new ModelBuilder().Input("x", "N", lines.Length).Node("Relu", "x", "y").Output("y", "N", lines.Length);
            var compiled = ModelHost.Compile(model.Save(Path.Combine(_folder.FullName, "labelled.onnx")), file, new ExplainerSpec { ClassName = "Net" });
            Assert.Empty(compiled.Problems);
            Assert.Equal(lines.Length, compiled.Labels.Count);
            return compiled.ExplainerSource;
        }

        var hostile = Explainer(lines);
        AssertSameTokens(Explainer(lines.Select((_, i) => $"Class{i}")), hostile);
        AssertPlainText(hostile);

        var members = Parse(hostile).GetRoot(TestContext.Current.CancellationToken).DescendantNodes().OfType<EnumMemberDeclarationSyntax>().Select(m => m.Identifier.ValueText).ToList();
        Assert.Equal(members.Count, members.Distinct(StringComparer.Ordinal).Count());
        Assert.All(members, m => Assert.True(SyntaxFacts.IsValidIdentifier(m) && SyntaxFacts.GetKeywordKind(m) == SyntaxKind.None, m));
    }

    /// <summary>A chain of dense layers, the identity each.</summary>
    private (CompiledNetwork Compiled, string Path) Compile(Func<int, string> name)
    {
        var model = new ModelBuilder().Input("x", "N", 2);
        var value = "x";
        for (var i = 0; i < Hostile.Length; i++)
        {
            var output = i == Hostile.Length - 1 ? "y" : name(i) + "#";
            model.Tensor(name(i), [1, 0, 0, 1f], 2, 2).Node("MatMul", [value, name(i)], [output], name(i));
            value = output;
        }

        return Compile(model.Output("y", "N", 2));
    }

    /// <summary>Two inputs, a BatchNormalization of its own.</summary>
    private (CompiledNetwork Compiled, string Path) Compile(string[] names)
    {
        var parameters = names[2] + "#";
        var model = new ModelBuilder().Input(names[0], "N", 2, 3).Input(names[1], "N", 2, 3).Tensor(parameters, [1f, 2], 2)
            .Node("BatchNormalization", [names[0], parameters, parameters, parameters, parameters], ["#n"], names[2])
            .Node("Add", ["#n", names[1]], ["#y"], "#add").Output("#y", "N", 2, 3);
        return Compile(model);
    }

    private (CompiledNetwork Compiled, string Path) Compile(ModelBuilder model)
    {
        var path = model.Save(Path.Combine(_folder.FullName, "net.onnx"));
        var compiled = ModelHost.Compile(path, labels: null, new ExplainerSpec { ClassName = "Net" });
        Assert.Empty(compiled.Problems);
        return (compiled, path);
    }

    private static void AssertSameTokens(string plain, string hostile) => Assert.Equal(Kinds(plain), Kinds(hostile));

    private static List<SyntaxKind> Kinds(string source)
    {
        var tree = Parse(source);
        Assert.Empty(tree.GetDiagnostics(TestContext.Current.CancellationToken));
        return [.. tree.GetRoot(TestContext.Current.CancellationToken).DescendantTokens().Select(t => t.Kind())];
    }

    private static SyntaxTree Parse(string source) => CSharpSyntaxTree.ParseText(source, cancellationToken: TestContext.Current.CancellationToken);

    private static void AssertPlainText(string source) => Assert.All(source, c => Assert.True(
        c == '\n' || char.GetUnicodeCategory(c) is not (System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
            or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator),
        $"U+{(int)c:X4}"));
}
