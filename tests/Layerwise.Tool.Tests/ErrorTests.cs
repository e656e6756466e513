using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Tool.Tests;

/// <summary>What a user gets wrong: one clear line, an exit code, nothing left behind.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("inspect")]
    [InlineData("emit")]
    [InlineData("run", "--input")]
    [InlineData("explain", "--input")]
    public void A_missing_model(string command, string? input = null)
    {
        string[] args = [command, _folder["none.onnx"], .. input is null ? (string[])[] : [input, _folder.Array("x.npy", [1, 4], 1, 2, 3, 4)]];
        var error = Cli.Refused(1, args);
        Assert.StartsWith("error: LW01", error, StringComparison.Ordinal);
        Assert.Contains("none.onnx", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_model()
    {
        var error = Cli.Refused(1, "inspect", _folder.Write("cat.onnx", [.. "not a model at all"u8]));
        Assert.StartsWith("error: LW01", error, StringComparison.Ordinal);
        Assert.Contains("cat.onnx", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_array()
        => Assert.Contains($"there is no file '{_folder["none.npy"]}'", Cli.Refused(1, "explain", Models.Dense(_folder), "--input", _folder["none.npy"]), StringComparison.Ordinal);

    [Fact]
    public void A_folder_where_a_file_should_be()
    {
        var folder = Directory.CreateDirectory(_folder["arrays"]).FullName;
        Assert.Contains($"'{folder}' is a folder", Cli.Refused(1, "explain", Models.Dense(_folder), "--input", folder), StringComparison.Ordinal);
        Assert.Contains("x.json' is a folder", Cli.Refused(1, "inspect", Models.Dense(_folder), "--composite", Directory.CreateDirectory(_folder["arrays/x.json"]).FullName), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "rulez": [] }""", "rulez")]
    [InlineData("""{ "rules": [ { "layers": "Conv", "rule": "Magic" } ] }""", "rules[0].rule")]
    [InlineData("""{ "rules": [ { "layers": "Conv" } ] }""", "rule")]
    [InlineData("""{ "low": ["a"] }""", "low")]
    [InlineData("{", "composite.json")]
    public void A_composite_that_cannot_be_read(string json, string what)
    {
        var error = Cli.Refused(1, "inspect", Models.Dense(_folder), "--composite", _folder.Text("composite.json", json));
        Assert.Contains("composite.json", error, StringComparison.Ordinal);
        Assert.Contains(what, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_composite_that_is_not_there()
        => Assert.Contains("there is no file", Cli.Refused(1, "inspect", Models.Dense(_folder), "--composite", _folder["none.json"]), StringComparison.Ordinal);

    [Fact]
    public void A_missing_picture()
        => Assert.Contains($"there is no file '{_folder["none.png"]}'", Cli.Refused(1, "explain", Models.Colors(_folder), "--image", _folder["none.png"]), StringComparison.Ordinal);

    [Fact]
    public void A_corrupt_picture()
    {
        var whole = File.ReadAllBytes(_folder.Png("a.png", 8, [.. Enumerable.Range(0, 64).Select(i => new SKColor((byte)(i * 3), (byte)(i * 7), (byte)i))]));
        Assert.Contains("damaged", Cli.Refused(1, "explain", Models.Colors(_folder), "--image", _folder.Write("a.png", whole[..(whole.Length - 30)])), StringComparison.Ordinal);
        Assert.Contains("not a picture", Cli.Refused(1, "explain", Models.Colors(_folder), "--image", _folder.Write("a.png", 1, 2, 3)), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_shapes()
    {
        var model = Models.Dense(_folder);
        var error = Cli.Refused(1, "explain", model, "--input", _folder.Array("x.npy", [1, 5], 1, 2, 3, 4, 5));
        Assert.Contains("[1, 5]", error, StringComparison.Ordinal);
        Assert.Contains("[N, 4]", error, StringComparison.Ordinal);
        Assert.Contains("expand_dims", Cli.Refused(1, "run", model, "--input", _folder.Array("x.npy", [4], 1, 2, 3, 4)), StringComparison.Ordinal);
        Assert.Contains("no samples", Cli.Refused(1, "run", model, "--input", _folder.Array("x.npy", [0, 4])), StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_label_names_the_nearest()
    {
        var labels = _folder.Write("labels.txt", [.. "tabby cat\nEgyptian cat\ngoldfish\n"u8]);
        var error = Cli.Refused(1, "explain", Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4), "--labels", labels, "--target", "gold fish");
        Assert.Contains("'goldfish' (2)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_that_do_not_fit_the_output()
    {
        var labels = _folder.Write("labels.txt", [.. "one\ntwo\n"u8]);
        Assert.StartsWith("error: LW0", Cli.Refused(1, "explain", Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4), "--labels", labels), StringComparison.Ordinal);
    }

    [Fact]
    public void A_target_beyond_the_classes()
        => Assert.Contains("0 to 2", Cli.Refused(1, "explain", Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4), "--target", "3"), StringComparison.Ordinal);

    [Fact]
    public void Unsupported_operators_are_all_named()
    {
        var run = Cli.Run("explain", Models.Unsupported(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4));
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.All(run.Error.TrimEnd().Split('\n'), line => Assert.StartsWith("error: LW0201: ", line, StringComparison.Ordinal));
        Assert.Contains("determinant", run.Error, StringComparison.Ordinal);
        Assert.Contains("where", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--composite", "Nonsense")]
    [InlineData("--method", "shap")]
    [InlineData("--method", "predict")]
    [InlineData("--initial", "two")]
    [InlineData("--mean", "a,b,c")]
    [InlineData("--mean", "1,,2")]
    [InlineData("--mean", "NaN")]
    [InlineData("--std", "1,0,1")]
    [InlineData("--scale", "1,2")]
    [InlineData("--resize", "224")]
    [InlineData("--resize", "0x10")]
    [InlineData("--resize", "-3x10")]
    [InlineData("--nonsense", "1")]
    public void Bad_option_values_are_usage_errors(string option, string value)
    {
        var run = Cli.Run("explain", Models.Colors(_folder), "--image", _folder.Png("a.png", 1, SKColors.Red), option, value);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("See 'layerwise explain --help'.", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_array_and_a_picture_or_neither()
    {
        Cli.Refused(2, "explain", Models.Colors(_folder));
        Cli.Refused(2, "explain", Models.Colors(_folder), "--image", "a.png", "--input", "a.npy");
        Assert.Contains("--mean", Cli.Refused(2, "explain", Models.Colors(_folder), "--input", "a.npy", "--mean", "1"), StringComparison.Ordinal);
    }

    [Fact]
    public void No_command_or_an_unknown_one()
    {
        Assert.Equal(2, Cli.Run().Code);
        Assert.Equal(2, Cli.Run("explane").Code);
        Assert.Equal(2, Cli.Run("explain").Code);
    }

    [Fact]
    public void A_picture_for_a_model_that_takes_none()
        => Assert.Contains("[N, 4]", Cli.Refused(1, "explain", Models.Dense(_folder), "--image", _folder.Png("a.png", 1, SKColors.Red)), StringComparison.Ordinal);

    [Fact]
    public void A_size_that_the_model_does_not_take()
        => Assert.Contains("4x4", Cli.Refused(1, "explain", Models.Colors(_folder), "--image", _folder.Png("a.png", 1, SKColors.Red), "--resize", "5x4"), StringComparison.Ordinal);

    [Fact]
    public void More_means_than_channels()
        => Assert.Contains("--mean", Cli.Refused(1, "explain", Models.Colors(_folder), "--image", _folder.Png("a.png", 1, SKColors.Red), "--mean", "1,2"), StringComparison.Ordinal);

    [Fact]
    public void A_heatmap_of_what_is_no_picture_leaves_no_file_behind()
    {
        var error = Cli.Refused(1, "explain", Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 2, 3, 4), "--heatmap", _folder["h.png"], "--output", _folder["r.npy"]);
        Assert.Contains("--heatmap", error, StringComparison.Ordinal);
        Assert.Equal(["dense.onnx", "x.npy"], _folder.Files());
    }

    [Fact]
    public void A_folder_that_is_not_there()
    {
        var input = _folder.Array("x.npy", [1, 4], 1, 2, 3, 4);
        Assert.Contains("does not exist", Cli.Refused(1, "run", Models.Dense(_folder), "--input", input, "--output", _folder["none/y.npy"]), StringComparison.Ordinal);
        Assert.Contains("does not exist", Cli.Refused(1, "emit", Models.Dense(_folder), "-o", _folder["none/y.cs"]), StringComparison.Ordinal);
        Assert.Contains("folder", Cli.Refused(1, "emit", Models.Dense(_folder), "-o", Path.GetDirectoryName(input)!), StringComparison.Ordinal);
    }

    [Fact]
    public void Named_inputs_that_do_not_fit()
    {
        var (model, a) = (Models.TwoInputs(_folder), _folder.Array("a.npy", [1, 2], 1, 2));
        Assert.Contains("NAME=FILE.npy", Cli.Refused(1, "run", model, "--input", a), StringComparison.Ordinal);
        Assert.Contains("'right'", Cli.Refused(1, "run", model, "--input", $"left={a}"), StringComparison.Ordinal);
        Assert.Contains("'middle'", Cli.Refused(1, "run", model, "--input", $"left={a}", "--input", $"middle={a}"), StringComparison.Ordinal);
        Assert.Contains("several", Cli.Refused(1, "run", model, "--input", $"left={a}", "--input", $"left={a}", "--input", $"right={a}"), StringComparison.Ordinal);
        Assert.Contains("numbers of samples", Cli.Refused(1, "run", model, "--input", $"left={a}", "--input", $"right={_folder.Array("b.npy", [2, 2], 1, 2, 3, 4)}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_outputs_need_a_choice()
    {
        Assert.StartsWith("error: LW0204", Cli.Refused(1, "explain", Models.TwoOutputs(_folder), "--input", _folder.Array("x.npy", [1, 2], 1, 2)), StringComparison.Ordinal);
        Assert.Contains("--explain", Cli.Refused(1, "run", Models.TwoOutputs(_folder), "--input", _folder["x.npy"], "--output", _folder["y.npy"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Escape_sequences_of_a_file_never_reach_the_terminal()
    {
        var run = Cli.Run("inspect", _folder["\u001b[31mred.onnx"]);
        Assert.Equal(1, run.Code);
        Assert.DoesNotContain('\u001b', run.Error + run.Output);
    }
}
