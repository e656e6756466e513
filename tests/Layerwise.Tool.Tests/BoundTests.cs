using Layerwise.Testing;
using SkiaSharp;

namespace Layerwise.Tool.Tests;

/// <summary>The bounds of the input that EpsilonGammaBox needs.</summary>
public sealed class BoundTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Bounds_are_options_of_every_command()
    {
        var (model, array) = (Models.Colors(_folder), _folder.Array("x.npy", [1, 3, 4, 4], [.. Enumerable.Range(0, 48).Select(i => i / 48f)]));
        string[] box = ["--composite", "EpsilonGammaBox"];
        Assert.Contains("Low and High", Cli.Refused(1, ["explain", model, "--input", array, .. box]), StringComparison.Ordinal);
        foreach (var args in (string[][])[["inspect", model], ["emit", model], ["explain", model, "--input", array], ["verify", model, "--input", array], ["verify", model, "--samples", "2"]])
        {
            foreach (var bounds in (string[][])[["--low", "0", "--high", "1"], ["--low", "-1,-2,-3.5", "--high", "1,2,3e1"]])
            {
                var run = Cli.Run([.. args, .. box, .. bounds]);
                Assert.True(run.Code == 0, $"{string.Join(' ', args)} {bounds[1]}: {run.Error}");
            }
        }

        Assert.Contains("together", Cli.Refused(2, ["inspect", model, .. box, "--low", "0"]), StringComparison.Ordinal);
        Assert.Contains("numbers", Cli.Refused(2, ["inspect", model, .. box, "--low", "a", "--high", "1"]), StringComparison.Ordinal);
    }

    [Fact]
    public void Other_bounds_give_another_explanation_and_verify_draws_between_them()
    {
        var (model, array) = (Models.Colors(_folder), _folder.Array("x.npy", [1, 3, 4, 4], [.. Enumerable.Range(0, 48).Select(i => i / 48f)]));
        float[] Relevance(params string[] bounds)
        {
            Assert.Equal(0, Cli.Run(["explain", model, "--input", array, "--composite", "EpsilonGammaBox", "-o", _folder["r.npy"], .. bounds]).Code);
            return Npy.Read(_folder["r.npy"]).Values;
        }

        Assert.NotEqual(Relevance("--low", "0", "--high", "1"), Relevance("--low", "-1", "--high", "2"));
        string Verified(params string[] bounds) => Cli.Run(["verify", model, "--composite", "EpsilonPlus", "--json", .. bounds]).Output;
        Assert.Equal(Verified(), Verified("--low", "-1", "--high", "1"));
        Assert.NotEqual(Verified(), Verified("--low", "0,0,0", "--high", "0.5,1,2"));
    }

    [Fact]
    public void The_bounds_of_a_picture_follow_from_how_it_is_prepared()
    {
        var (model, picture) = (Models.Colors(_folder), _folder.Png("p.png", 4, [.. Enumerable.Range(0, 16).Select(i => new SKColor((byte)(i * 16), 90, 30))]));
        float[] Relevance(params string[] bounds)
        {
            var run = Cli.Run(["explain", model, "--image", picture, "--mean", "0.5,0.4,0.3", "--std", "0.25", "--composite", "EpsilonGammaBox", "-o", _folder["r.npy"], .. bounds]);
            Assert.True(run.Code == 0, run.Error);
            return Npy.Read(_folder["r.npy"]).Values;
        }

        Assert.Equal(Relevance("--low", "-2,-1.6,-1.2", "--high", "2,2.4,2.8").Select(r => MathF.Round(r, 4)), Relevance().Select(r => MathF.Round(r, 4)));
    }
}
