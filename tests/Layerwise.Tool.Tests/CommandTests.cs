using System.Text.Json;
using Layerwise.Compiler;
using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Tool.Tests;

public sealed class CommandTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_composite_of_ones_own_comes_from_a_file()
    {
        var model = Models.Dense(_folder);
        var input = _folder.Array("x.npy", [1, 4], 1, 2, 3, 4);
        string Relevance(string composite)
        {
            var run = Cli.Run("explain", model, "--input", input, "--composite", composite, "--json");
            Assert.Equal((0, ""), (run.Code, run.Error));
            return JsonDocument.Parse(run.Output).RootElement.GetProperty("relevance").ToString();
        }

        var preset = Relevance("EpsilonPlus");
        Assert.Equal(preset, Relevance(_folder.Text("same.json", """{ "composite": "EpsilonPlus" }""")));
        Assert.NotEqual(preset, Relevance(_folder.Text("flat.json", """
            {
              // comments are allowed
              "composite": "EpsilonPlus",
              "rules": [ { "layers": "Linear", "rule": "Flat", "position": "First" }, { "layers": "Dense", "rule": "ZBox", "low": 0, "high": [9, 9, 9, 9] } ]
            }
            """)));
    }

    [Fact]
    public void Explain_shows_the_inside()
    {
        var model = Models.Dense(_folder);
        var input = _folder.Array("x.npy", [1, 4], 1, 2, 3, 4);
        var layer = JsonDocument.Parse(Cli.Run("explain", model, "--input", input, "--composite", "EpsilonPlus", "--conservation", "--json").Output).RootElement.GetProperty("conservation")[0];
        double Number(string name) => layer.GetProperty(name).GetDouble();
        Assert.Equal(1, Number("target"));
        Assert.Equal(1, Number("inputSum") + Number("biasShare") + Number("stabilizerShare") + Number("gap"), 1e-6);
        var name = layer.GetProperty("layers")[0].GetProperty("name").GetString()!;

        var run = Cli.Run("explain", model, "--input", input, "--composite", "EpsilonPlus", "--target", "2", "--conservation", "--condition", name + "=0,1", "--layer", $"{name}={_folder["r.npy"]}");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("(conditions)", run.Output, StringComparison.Ordinal);
        Assert.Equal([1, 3], Npy.Read(_folder["r.npy"]).Shape);
        Assert.Equal(0, Npy.Read(_folder["r.npy"]).Values[2]);
        Assert.Contains("no layer 'nobody'", Cli.Run("explain", model, "--input", input, "--condition", "nobody=0").Error, StringComparison.Ordinal);
        Assert.Contains("'x' is no channel", Cli.Run("explain", model, "--input", input, "--condition", name + "=x").Error, StringComparison.Ordinal);
        Assert.Contains("LAYER=FILE.npy", Cli.Run("explain", model, "--input", input, "--layer", name).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_writes_the_output()
    {
        var run = Cli.Run("run", Models.Dense(_folder), "--input", _folder.Array("x.npy", [2, 4], 1, 2, 3, 4, 5, 6, 7, 8), "--output", _folder["y.npy"]);
        Assert.Equal((0, ""), (run.Code, run.Output));
        var y = Npy.Read(_folder["y.npy"]);
        Assert.Equal([2, 3], y.Shape);
        Assert.Equal([-3, 0, 5, -3, 4, 13], y.Values);
    }

    [Fact]
    public void A_model_exported_for_one_sample_runs_any_batch()
    {
        var run = Cli.Run("run", Models.Dense(_folder, batch: 1), "--input", _folder.Array("x.npy", [2, 4], 1, 2, 3, 4, 5, 6, 7, 8), "--output", _folder["y.npy"]);
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal([-3, 0, 5, -3, 4, 13], Npy.Read(_folder["y.npy"]).Values);
    }

    [Fact]
    public void Run_without_an_output_prints_the_best()
    {
        var labels = _folder.Write("labels.txt", [.. "ant\nbee\ncat\n"u8]);
        var run = Cli.Run("run", Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4), "--labels", labels);
        Assert.Equal(0, run.Code);
        Assert.Contains("y [1, 3]", run.Output, StringComparison.Ordinal);
        string[] rows = [.. run.Output.Split('\n').Where(line => line.StartsWith('0'))];
        Assert.Equal(["cat", "bee", "ant"], rows.Select(row => row.TrimEnd().Split(' ')[^1]));
    }

    [Fact]
    public void Inputs_are_fed_by_name_in_any_order()
    {
        var (left, right) = (_folder.Array("a=b.npy", [1, 2], 1, 2), _folder.Array("r.npy", [1, 2], 10, 20));
        Assert.Equal(0, Cli.Run("run", Models.TwoInputs(_folder), "--input", $"right={right}", "--input", $"left={left}", "--output", _folder["y.npy"]).Code);
        Assert.Equal([22, 44], Npy.Read(_folder["y.npy"]).Values);
    }

    [Fact]
    public void A_path_with_an_equals_sign_is_a_path()
        => Assert.Equal(0, Cli.Run("run", Models.Dense(_folder), "--input", _folder.Array("x=1.npy", [1, 4], 1, 2, 3, 4), "--output", _folder["y.npy"]).Code);

    [Fact]
    public void One_of_several_outputs_is_chosen_by_name()
    {
        Assert.Equal(0, Cli.Run("run", Models.TwoOutputs(_folder), "--input", _folder.Array("x.npy", [1, 2], 1, 2), "--explain", "second", "--output", _folder["y.npy"]).Code);
        Assert.Equal([1, 2, 15], Npy.Read(_folder["y.npy"]).Values);
    }

    [Fact]
    public void Json_is_one_object_with_these_fields()
    {
        var labels = _folder.Write("labels.txt", [.. "ant\nbee\ncat\n"u8]);
        var model = Models.Dense(_folder);
        var run = Cli.Run("explain", model, "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4), "--labels", labels, "--target", "bee", "--method", "gradient", "--json", "--output", _folder["r.npy"]);
        Assert.Equal(0, run.Code);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(["model", "method", "composite", "predicted", "target", "relevance"], json.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal(model, json.RootElement.GetProperty("model").GetString());
        Assert.Equal("gradient", json.RootElement.GetProperty("method").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("composite").ValueKind);
        AssertClass(json.RootElement.GetProperty("predicted"), 2, "cat", 5);
        AssertClass(json.RootElement.GetProperty("target"), 1, "bee", 0);
        AssertRelevance(json.RootElement.GetProperty("relevance"), [1, 4], sum: 1, min: -1, max: 2);
        Assert.Equal([0, 2, 0, -1], Npy.Read(_folder["r.npy"]).Values);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_model_of_any_size_takes_the_picture_as_it_is_or_as_asked(bool channelsLast)
    {
        var model = Models.Colors(_folder, channelsLast, anySize: true);
        var picture = _folder.Png("picture.png", 3, [.. Enumerable.Repeat(SKColors.Red, 6)]);
        long[] Shape(params string[] options)
        {
            var run = Cli.Run(["explain", model, "--image", picture, "--output", _folder["r.npy"], .. options]);
            Assert.True(run.Code == 0, run.Error);
            return Npy.Read(_folder["r.npy"]).Shape;
        }

        Assert.Equal(channelsLast ? [1, 2, 3, 3] : [1, 3, 2, 3], Shape());
        Assert.Equal(channelsLast ? [1, 7, 5, 3] : [1, 3, 7, 5], Shape("--resize", "5x7"));
    }

    [Fact]
    public void A_class_is_explained_against_another()
    {
        var labels = _folder.Write("labels.txt", [.. "ant\nbee\ncat\n"u8]);
        string[] Explain(params string[] options) => ["explain", Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4), "--labels", labels, "--method", "gradient", "--json", "--output", _folder["r.npy"], .. options];
        float[] Relevance(params string[] options)
        {
            var run = Cli.Run(Explain(options));
            Assert.True(run.Code == 0, run.Error);
            return Npy.Read(_folder["r.npy"]).Values;
        }

        var difference = Relevance("--target", "bee", "--against", "2");
        Assert.Equal(Relevance("--target", "1").Zip(Relevance("--target", "2"), (a, b) => a - b), difference);
        using var json = JsonDocument.Parse(Cli.Run(Explain("--target", "bee", "--against", "cat")).Output);
        AssertClass(json.RootElement.GetProperty("against"), 2, "cat", 5);
        Assert.Contains("same class", Cli.Run(Explain("--target", "bee", "--against", "1")).Error, StringComparison.Ordinal);
        Assert.Contains("--target top", Cli.Run(Explain("--against", "1")).Error, StringComparison.Ordinal);
        Assert.Contains("no class 7", Cli.Run(Explain("--target", "0", "--against", "7")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_of_a_batch_has_one_class_a_sample()
    {
        var run = Cli.Run("explain", Models.Dense(_folder), "--input", _folder.Array("x.npy", [2, 4], 9, 2, 3, 4, 5, 6, 7, 8), "--target", "0,2", "--composite", "epsilonplus", "--json");
        Assert.Equal(0, run.Code);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal("EpsilonPlus", json.RootElement.GetProperty("composite").GetString());
        var (predicted, target) = (json.RootElement.GetProperty("predicted"), json.RootElement.GetProperty("target"));
        Assert.Equal((2, 2), (predicted.GetArrayLength(), target.GetArrayLength()));
        AssertClass(predicted[1], 2, null, 13);
        AssertClass(target[0], 0, null, 5);
        Assert.Equal([2, 4], json.RootElement.GetProperty("relevance").GetProperty("shape").EnumerateArray().Select(dim => dim.GetInt32()));
    }

    [Fact]
    public void Json_of_several_inputs_has_each_by_name()
    {
        var (left, right) = (_folder.Array("l.npy", [1, 2], 1, 2), _folder.Array("r.npy", [1, 2], 3, 4));
        var run = Cli.Run("explain", Models.TwoInputs(_folder), "--input", $"left={left}", "--input", $"right={right}", "--method", "gradient", "--json");
        Assert.True(run.Code == 0, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(["left", "right"], json.RootElement.GetProperty("relevances").EnumerateObject().Select(field => field.Name));
        AssertRelevance(json.RootElement.GetProperty("relevances").GetProperty("right"), [1, 2], sum: 2, min: 0, max: 2);
    }

    [Fact]
    public void The_initial_relevance_is_one_or_the_logit()
    {
        var (model, input) = (Models.Dense(_folder), _folder.Array("x.npy", [1, 4], 1, 2, 3, 1));
        double Sum(string initial)
        {
            using var json = JsonDocument.Parse(Cli.Run("explain", model, "--input", input, "--initial", initial, "--composite", "EpsilonPlus", "--json").Output);
            return json.RootElement.GetProperty("relevance").GetProperty("sum").GetDouble();
        }

        Assert.Equal(1, Sum("one-hot"), 1e-4);
        Assert.Equal(8, Sum("logit"), 1e-4);
    }

    [Fact]
    public void Explain_prints_a_summary()
    {
        var run = Cli.Run("explain", Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4), "--method", "gradient");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("class (2), logit 5, probability 0.99", run.Output, StringComparison.Ordinal);
        Assert.Contains("sum 2", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Behind_a_final_sigmoid_each_class_has_its_logit_and_a_probability_of_its_own(int classes)
    {
        var model = new ModelBuilder().Input("x", "N", 2).Output("p", "N", classes)
            .Tensor("w", [.. new[] { 1f, -2, 3, 3 }.Take(2 * classes)], classes, 2).Tensor("b", new float[classes], classes)
            .Node("Gemm", "x w b", "logits", "fc", ("transB", 1)).Node("Sigmoid", "logits", "p")
            .Save(_folder["model.onnx"]);
        var input = _folder.Array("x.npy", [1, 2], 3, 1);
        Assert.Contains("class (0), logit 1, probability 0.731059", Cli.Run("explain", model, "--input", input, "--target", "0").Output, StringComparison.Ordinal);

        using var json = JsonDocument.Parse(Cli.Run("explain", model, "--input", input, "--target", "0", "--initial", "logit", "--json").Output);
        Assert.Equal(1 / (1 + Math.Exp(-1)), json.RootElement.GetProperty("target").GetProperty("probability").GetDouble(), 1e-6);
        Assert.Equal(1, json.RootElement.GetProperty("relevance").GetProperty("sum").GetDouble(), 1e-5);

        Assert.Equal(0, Cli.Run("report", model, "--input", input, "--target", "0", "-o", _folder["report.html"]).Code);
        Assert.Contains("73.1 %", File.ReadAllText(_folder["report.html"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_layout_is_read_off_the_model()
    {
        var image = _folder.Png("a.png", 4, [.. Enumerable.Range(0, 16).Select(i => new SKColor((byte)(i * 16), (byte)(255 - i * 5), 30))]);
        double[] Logits(string model) => [.. ((string[])["0", "1", "2"]).Select(target =>
        {
            using var json = JsonDocument.Parse(Cli.Run("explain", model, "--image", image, "--target", target, "--json").Output);
            return json.RootElement.GetProperty("target").GetProperty("logit").GetDouble();
        })];

        var planes = Logits(Models.Colors(_folder));
        Assert.Equal(2 * (16 * 7.5 / 255) - 1, planes[0], 1e-5);
        Assert.Equal(planes, Logits(Models.Colors(_folder, channelsLast: true)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_heatmap_has_the_pictures_size_and_is_red_where_relevance_is_positive(bool channelsLast)
    {
        // The top half is red, and red is what the model is asked about.
        var image = _folder.Png("a.png", 8, [.. Enumerable.Range(0, 64).Select(i => i < 32 ? SKColors.Red : SKColors.Black)]);
        var run = Cli.Run("explain", Models.Colors(_folder, channelsLast), "--image", image, "--target", "0", "--composite", "EpsilonPlus", "--heatmap", _folder["h.png"]);
        Assert.True(run.Code == 0, run.Error);
        using var map = SKBitmap.Decode(_folder["h.png"]);
        Assert.Equal((4, 4), (map.Width, map.Height));
        Assert.True(map.GetPixel(1, 0).Red > map.GetPixel(1, 0).Blue + 50);
        Assert.Equal(map.GetPixel(1, 3).Red, map.GetPixel(1, 3).Blue);
    }

    [Fact]
    public void A_batch_is_drawn_as_a_grid()
    {
        var run = Cli.Run("explain", Models.Colors(_folder), "--input", _folder.Array("x.npy", [3, 3, 4, 4], [.. Enumerable.Range(0, 144).Select(i => i / 144f)]), "--heatmap", _folder["h.png"]);
        Assert.True(run.Code == 0, run.Error);
        using var map = SKBitmap.Decode(_folder["h.png"]);
        Assert.Equal((2 * 256 + 4, 2 * 256 + 4), (map.Width, map.Height));
    }

    [Fact]
    public void Emit_writes_the_same_text_to_a_file_and_to_the_standard_output()
    {
        var model = Models.Colors(_folder);
        var printed = Cli.Run("emit", model, "--class", "Colors", "--namespace", "Shop.Vision");
        Assert.Equal(0, printed.Code);
        Assert.Contains("// <auto-generated>", printed.Output, StringComparison.Ordinal);
        Assert.Equal(0, Cli.Run("emit", model, "--class", "Colors", "--namespace", "Shop.Vision", "-o", _folder["Colors.cs"]).Code);
        Assert.Equal(printed.Output, File.ReadAllText(_folder["Colors.cs"]));
    }

    [Fact]
    public void Inspect_lists_operators_and_rules()
    {
        var run = Cli.Run("inspect", Models.Colors(_folder));
        Assert.Equal((0, ""), (run.Code, run.Error));
        string[] lines = [.. run.Output.Split('\n').Select(line => line.Trim())];
        foreach (var op in (string[])["Conv", "Relu", "GlobalAveragePool", "Flatten", "Gemm"])
        {
            Assert.Contains(lines, line => line.StartsWith(op + " ", StringComparison.Ordinal) && line.EndsWith(" 1", StringComparison.Ordinal));
        }

        Assert.Contains(lines, line => line.StartsWith("conv ", StringComparison.Ordinal) && line.Contains(" Flat ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("fc ", StringComparison.Ordinal) && line.Contains(" Epsilon ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_model_that_shall_only_predict_is_inspected_and_emitted()
    {
        var model = Models.Dense(_folder);
        using var inspected = JsonDocument.Parse(Cli.Run("inspect", model, "--method", "Predict", "--json").Output);
        Assert.Equal(("predict", JsonValueKind.Null), (inspected.RootElement.GetProperty("method").GetString(), inspected.RootElement.GetProperty("composite").ValueKind));
        Assert.DoesNotContain("void Backward", Cli.Run("emit", model, "--method", "predict").Output, StringComparison.Ordinal);
        Assert.Contains("void Backward", Cli.Run("emit", model).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_says_what_is_not_supported()
    {
        var run = Cli.Run("inspect", Models.Unsupported(_folder));
        Assert.Equal(1, run.Code);
        Assert.Contains("Det", run.Output, StringComparison.Ordinal);
        Assert.Contains("error: LW0201: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_networks_share_one_compilation()
    {
        var dense = ModelHost.Compile(Models.Dense(_folder), labels: null, new ExplainerSpec { ClassName = "Dense" });
        var colors = ModelHost.Compile(Models.Colors(_folder), labels: null, new ExplainerSpec { ClassName = "Colors" });
        using var assembly = NetworkAssembly.Build(dense, colors);
        using var weights = Weights.Open(_folder["dense.onnx"]);
        using var network = assembly.Create(dense, weights);
        Assert.Equal([Port.N, 4], network.Inputs[0].Shape);
    }

    private static void AssertClass(JsonElement element, int index, string? label, double logit)
    {
        Assert.Equal(["index", "label", "logit", "probability"], element.EnumerateObject().Select(field => field.Name));
        Assert.Equal(index, element.GetProperty("index").GetInt32());
        Assert.Equal(label, element.GetProperty("label").GetString());
        Assert.Equal(logit, element.GetProperty("logit").GetDouble(), 1e-5);
    }

    private static void AssertRelevance(JsonElement element, int[] shape, double sum, double min, double max)
    {
        Assert.Equal(["shape", "sum", "min", "max"], element.EnumerateObject().Select(field => field.Name));
        Assert.Equal(shape, element.GetProperty("shape").EnumerateArray().Select(dim => dim.GetInt32()));
        Assert.Equal((sum, min, max), (element.GetProperty("sum").GetDouble(), element.GetProperty("min").GetDouble(), element.GetProperty("max").GetDouble()));
    }
}
