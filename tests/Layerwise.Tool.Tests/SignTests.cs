using Layerwise.Testing;

namespace Layerwise.Tool.Tests;

/// <summary>Which sign relevance has where the explained logit is below 0.</summary>
public sealed class SignTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("one-hot", "--composite", "EpsilonPlus")]
    [InlineData("logit", "--composite", "EpsilonPlus")]
    [InlineData("one-hot", "--composite", "ExcitationBackprop")]
    [InlineData("logit", "--composite", "ExcitationBackprop")]
    [InlineData("one-hot", "--method", "gradient")]
    [InlineData("logit", "--method", "gradient")]
    public void A_note_stands_where_the_relevance_of_what_raises_the_logit_is_negative(string initial, string option, string value)
    {
        var model = Models.Dense(_folder);
        foreach (var (name, x) in new[] { ("below", new[] { 1f, 0, 0, 3 }), ("above", [3f, 0, 0, 1]) })
        {
            // Logit 0 is x[0] − x[3]: the first element raises it.
            var run = Cli.Run("explain", model, "--input", _folder.Array("x.npy", [1, 4], x), "--target", "0", "--initial", initial, option, value, "--output", _folder["r.npy"]);
            Assert.Equal(0, run.Code);
            Assert.Equal((name, Npy.Read(_folder["r.npy"]).Values[0] < 0), (name, run.Error.Contains("note: the logit of an explained class is below 0;", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void Magnitudes_have_no_sign_to_turn_round()
        => Assert.Equal("", Cli.Run("explain", Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 1, 0, 0, 3), "--target", "0", "--initial", "logit", "--method", "saliency").Error);

    [Fact]
    public void It_says_of_how_many_samples_and_of_which_model()
    {
        var model = Models.Dense(_folder);
        var input = _folder.Array("x.npy", [3, 4], 1, 0, 0, 3, 3, 0, 0, 1, 1, 0, 0, 2);
        Assert.Contains("is below 0 in 2 of 3 samples; relevance that starts with 1 ", Cli.Run("explain", model, "--input", input, "--target", "0").Error, StringComparison.Ordinal);
        var error = Cli.Run("compare", model, model, "--input", input, "--target", "0").Error;
        Assert.Contains("in 2 of 3 samples of A;", error, StringComparison.Ordinal);
        Assert.Contains("in 2 of 3 samples of B;", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_class_that_is_compared_with_counts_too()
    {
        var run = Cli.Run("explain", Models.Dense(_folder), "--input", _folder.Array("x.npy", [1, 4], 3, 0, 0, 1), "--target", "0", "--against", "1");
        Assert.Contains("note: the logit of an explained class is below 0;", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_report_says_so_too()
    {
        var input = _folder.Array("x.npy", [1, 4], 1, 0, 0, 3);
        Assert.Equal("", Cli.Run("report", Models.Dense(_folder), "--input", input, "--target", "0", "-o", _folder["r.html"]).Error);
        Assert.Contains("--initial logit turns", Cli.Run("report", Models.Dense(_folder), "--input", input, "--target", "0", "--initial", "one-hot", "-o", _folder["r.html"]).Error, StringComparison.Ordinal);
    }
}
