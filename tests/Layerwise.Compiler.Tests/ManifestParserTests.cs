using CsCheck;
using Layerwise.Compiler.Manifest;
using Layerwise.Onnx;
using Layerwise.Testing;

namespace Layerwise.Compiler.Tests;

/// <summary>The manifest text: every kind of record reads as documented, and a damaged one says where.</summary>
public class ManifestParserTests
{
    [Fact]
    public void Every_kind_of_record_reads_as_documented()
    {
        var model = ManifestParser.Parse("""
            layerwise-graph 1
            file "models/a \"b\".onnx"
            opset "" 13
            opset "com.microsoft" 1
            input "x" float32 ["N",3,?,-1]
            input "u" type17 ?
            output "y" type0 ?
            tensor "w" float32 [2,3]
            tensor "s" int64 [] = 7
            tensor "t" int64 [2] = 1 -9223372036854775808
            tensor "e" int64 [0] =
            node "" "Op" "n" in "x" "" "w" out "h" "" with "i"=int:-3 "f"=float:1E-06 "nan"=float:NaN "low"=float:-Infinity "s"=string:"a,b" "is"=ints:[1,-2] "fs"=floats:[1,Infinity] "ss"=strings:["a","b]"] "none"=ints:[] "g"=graph:"h.then_branch/"
            node "ai.other" "Op2" "" in out "y" with "t"=tensor:int64[2]=1 -2 "v"=tensor:float32[2]=0.5 NaN "u"=tensor:float32[3,4]
            label "tench"
            label ""

            """);

        Assert.Equal("models/a \"b\".onnx", model.File);
        Assert.Equal([("", 13L), ("com.microsoft", 1L)], model.Opsets.Select(o => (o.Key, o.Value)));
        Assert.Equal(["N", "3", "?", "-1"], model.Inputs[0].Shape!.Select(d => d.ToString()));
        Assert.Equal(("u", "type17"), (model.Inputs[1].Name, model.Inputs[1].Type));
        Assert.Null(model.Inputs[1].Shape);
        Assert.Equal("type0", Assert.Single(model.Outputs).Type);
        Assert.Equal([2L, 3], model.Tensors[0].Shape);
        Assert.Null(model.Tensors[0].Values);
        Assert.Empty(model.Tensors[1].Shape);
        Assert.Equal([7L], model.Tensors[1].Values!);
        Assert.Equal([1, long.MinValue], model.Tensors[2].Values!);
        Assert.Empty(model.Tensors[3].Values!);

        var node = model.Nodes[0];
        Assert.Equal(("", "Op", "n", "n"), (node.Domain, node.Op, node.Name, node.DisplayName));
        Assert.Equal(["x", "", "w"], node.Inputs);
        Assert.Equal(["h", ""], node.Outputs);
        Assert.Equal(-3L, node.Attributes["i"]);
        Assert.Equal(1e-6f, node.Attributes["f"]);
        Assert.Equal(float.NaN, node.Attributes["nan"]);
        Assert.Equal(float.NegativeInfinity, node.Attributes["low"]);
        Assert.Equal("a,b", node.Attributes["s"]);
        Assert.Equal(new List<long> { 1, -2 }, node.Attributes["is"]);
        Assert.Equal(new List<float> { 1, float.PositiveInfinity }, node.Attributes["fs"]);
        Assert.Equal(new List<string> { "a", "b]" }, node.Attributes["ss"]);
        Assert.Equal(new List<long>(), node.Attributes["none"]);
        Assert.IsType<ManifestSubgraph>(node.Attributes["g"]);

        node = model.Nodes[1];
        Assert.Equal(("ai.other", "y"), (node.Domain, node.DisplayName));
        Assert.Empty(node.Inputs);
        Assert.Equal([1L, -2], Assert.IsType<ManifestTensor>(node.Attributes["t"]).Values!);
        Assert.Equal([0.5f, float.NaN], Assert.IsType<ManifestTensor>(node.Attributes["v"]).Floats!);
        Assert.Equal([3L, 4], Assert.IsType<ManifestTensor>(node.Attributes["u"]).Shape);
        Assert.Equal(["tench", ""], model.Labels);
    }

    [Fact]
    public void Lines_may_end_as_on_Windows()
        => Assert.Equal("y", Assert.Single(ManifestParser.Parse("layerwise-graph 1\r\noutput \"y\" float32 ?\r\n").Outputs).Name);

    [Theory]
    [InlineData("")]
    [InlineData("layerwise-graph 2\n")]
    [InlineData("\nlayerwise-graph 1\n")]
    public void Another_version_is_refused_with_what_to_do(string text)
        => Assert.Contains("rebuild", Assert.Throws<FormatException>(() => ManifestParser.Parse(text)).Message, StringComparison.OrdinalIgnoreCase);

    [Theory]
    [InlineData("weights \"x\"", "unknown record")]
    [InlineData("\"file\"", "no word")]
    [InlineData("file x", "'\"'")]
    [InlineData("file \"x", "string without an end")]
    [InlineData("file \"x\" \"y\"", "more than it should")]
    [InlineData("file \"\\q\"", "unknown escape")]
    [InlineData("file \"\\u12\"", "unknown escape")]
    [InlineData("file \"\\u+123\"", "unknown escape")]
    [InlineData("file \"\\", "unknown escape")]
    [InlineData("opset \"\" x", "no whole number")]
    [InlineData("opset \"\" 99999999999999999999", "no whole number")]
    [InlineData("opset \"\" 1.5", "no whole number")]
    [InlineData("input \"x\" float32", "'['")]
    [InlineData("input \"x\" float32 [1", "','")]
    [InlineData("input \"x\" float32 [1 2]", "','")]
    [InlineData("input \"x\" float32 [1,]", "no whole number")]
    [InlineData("input \"x\" float32 [H]", "no whole number")]
    [InlineData("tensor \"x\" int64 [1] = one", "no whole number")]
    [InlineData("node \"\" \"Op\" \"n\" \"x\" out \"y\"", "no word")]
    [InlineData("node \"\" \"Op\" \"n\" in \"x\"", "no word")]
    [InlineData("node \"\" \"Op\" \"n\" in \"x\" into \"y\"", "'out'")]
    [InlineData("node \"\" \"Op\" \"n\" in \"x\" out \"y\" and", "'with'")]
    [InlineData("node \"\" \"Op\" \"n\" in out with \"a\" int:1", "'='")]
    [InlineData("node \"\" \"Op\" \"n\" in out with \"a\"=int 1", "':'")]
    [InlineData("node \"\" \"Op\" \"n\" in out with \"a\"=number:1", "unknown kind 'number'")]
    [InlineData("node \"\" \"Op\" \"n\" in out with \"a\"=float:x", "no number")]
    [InlineData("node \"\" \"Op\" \"n\" in out with \"a\"=graph:{x}", "'\"'")]
    public void A_damaged_line_is_named_with_what_is_wrong(string line, string what)
    {
        var error = Assert.Throws<FormatException>(() => ManifestParser.Parse($"layerwise-graph 1\nopset \"\" 13\n{line}\n"));
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Contains("line 3, column", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("input \"x\" float32 [1]\ninput \"x\" float32 [1]\n")]
    [InlineData("input \"x\" float32 [1]\ntensor \"x\" float32 [1]\n")]
    [InlineData("node \"\" \"Relu\" \"\" in \"y\" out \"x\" \"x\"\n")]
    public void A_value_that_is_defined_twice_is_refused(string lines)
        => Assert.Contains("'x' twice", Assert.Throws<FormatException>(() => ManifestParser.Parse("layerwise-graph 1\n" + lines)).Message, StringComparison.Ordinal);

    [Fact]
    public void Any_name_that_a_model_has_comes_back()
        => Gen.String.Where(s => s.Length > 0 && !s.Any(char.IsSurrogate) && s is not "x" and not "y").Sample(
            name =>
            {
                var model = new ModelBuilder().Input("x", "N", 3).Output("y", "N", 3).Node("Relu", ["x"], [name], name, (name, name)).Node("Relu", [name], ["y"]);
                var node = ManifestParser.Parse(Text(model)).Nodes[0];
                Assert.Equal((name, name, name), (node.Name, node.Outputs[0], (string)node.Attributes[name]));
            },
            iter: 100,
            threads: 1);

    [Fact]
    public void A_damaged_manifest_is_refused_or_compiled_and_nothing_else()
    {
        var lines = Manifest.Split('\n');
        (from line in Gen.Int[1, lines.Length - 2] from start in Gen.Int[0, 80] from length in Gen.Int[0, 12] from with in Gen.OneOf(new[] { "", " ", "\"", "0", "-1", "[", "\"x\"", "999999999999" }.Select(Gen.Const).ToArray()) select (line, start, length, with)).Sample(
            change =>
            {
                var damaged = (string[])lines.Clone();
                var text = damaged[change.line];
                var start = Math.Min(change.start, text.Length);
                damaged[change.line] = text[..start] + change.with + text[Math.Min(text.Length, start + change.length)..];
                try
                {
                    var compiled = NetworkCompiler.Compile(string.Join('\n', damaged), new ExplainerSpec { ClassName = "Net" });
                    Assert.True(compiled.NetworkSource is not null || compiled.Problems.Count > 0);
                }
                catch (FormatException e)
                {
                    Assert.Contains("Clean and rebuild", e.Message, StringComparison.Ordinal);
                }
            },
            iter: 5000,
            threads: 1);
    }

    [Fact]
    public void A_manifest_without_one_of_its_lines_is_refused_or_compiled_and_nothing_else()
    {
        var lines = Manifest.Split('\n');
        for (var i = 1; i < lines.Length; i++)
        {
            var compiled = NetworkCompiler.Compile(string.Join('\n', lines.Where((_, j) => j != i)), new ExplainerSpec { ClassName = "Net" });
            Assert.True(compiled.NetworkSource is not null || compiled.Problems.Count > 0, lines[i]);
        }
    }

    private const string Manifest = """
        layerwise-graph 1
        file "models/net.onnx"
        opset "" 13
        input "x" float32 ["N",2,8,8]
        output "y" float32 ["N",3]
        tensor "w1" float32 [4,2,3,3]
        tensor "b1" float32 [4]
        tensor "g" float32 [4]
        tensor "m" float32 [4]
        tensor "w2" float32 [3,36]
        tensor "zero" int64 [] = 0
        tensor "axis" int64 [1] = 0
        tensor "rest" int64 [1] = -1
        node "" "Conv" "conv" in "x" "w1" "b1" out "c" with "kernel_shape"=ints:[3,3] "pads"=ints:[1,1,1,1] "strides"=ints:[1,1] "group"=int:1
        node "" "BatchNormalization" "bn" in "c" "g" "m" "m" "g" out "n" with "epsilon"=float:1E-05
        node "" "Relu" "relu" in "n" out "r"
        node "" "MaxPool" "pool" in "r" out "p" with "kernel_shape"=ints:[2,2] "strides"=ints:[2,2] "ceil_mode"=int:0
        node "" "AveragePool" "avg" in "p" out "a" with "kernel_shape"=ints:[2,2] "auto_pad"=string:"VALID"
        node "" "Add" "add" in "a" "a" out "s"
        node "" "Transpose" "turn" in "s" out "t" with "perm"=ints:[0,2,3,1]
        node "" "Shape" "shape" in "t" out "dims"
        node "" "Gather" "gather" in "dims" "zero" out "batch"
        node "" "Unsqueeze" "unsqueeze" in "batch" "axis" out "batches"
        node "" "Concat" "concat" in "batches" "rest" out "target" with "axis"=int:0
        node "" "Reshape" "reshape" in "t" "target" out "f"
        node "" "Gemm" "fc" in "f" "w2" out "logits" with "transB"=int:1 "alpha"=float:1
        node "" "Softmax" "softmax" in "logits" out "y" with "axis"=int:-1
        """;

    private static string Text(ModelBuilder model)
    {
        var folder = Directory.CreateTempSubdirectory("layerwise-");
        try
        {
            return OnnxManifest.Read(model.Save(Path.Combine(folder.FullName, "net.onnx")), "net.onnx", null);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
