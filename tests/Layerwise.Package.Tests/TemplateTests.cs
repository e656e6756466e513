using SkiaSharp;

namespace Layerwise.Package.Tests;

/// <summary>What a newcomer types, in an empty folder and with nothing of this repository but its packages.</summary>
public sealed class TemplateTests(PackedLayerwise package)
{
    [Theory]
    [InlineData("net10.0")]
    [InlineData("net8.0")]
    public async Task From_an_empty_folder_to_a_heatmap_in_four_commands(string framework)
    {
        var user = new Newcomer(package, $"console-{framework}");

        await user.Types($"dotnet new install Layerwise.Templates@{package.Version}");
        await user.Types(framework == "net10.0" ? "dotnet new layerwise-console -o Why" : $"dotnet new layerwise-console -o Why --Framework {framework}");
        await user.Types("cd Why");
        var said = await user.Types("dotnet run");

        Assert.Contains("horse", said, StringComparison.Ordinal);
        Assert.Contains("relevance 1.0000 = pixels", said, StringComparison.Ordinal);
        using var heatmap = SKBitmap.Decode(user.PathOf("Why/why.png"));
        Assert.True(heatmap.Width > heatmap.Height && heatmap.Height > 100, $"{heatmap.Width}x{heatmap.Height}");
        Assert.True(heatmap.Pixels.Distinct().Count() > 100);
        Assert.DoesNotContain("warning", said, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task From_an_empty_folder_to_a_web_service_that_explains()
    {
        var user = new Newcomer(package, "api");
        await user.Types($"dotnet new install Layerwise.Templates@{package.Version}");
        await user.Types("dotnet new layerwise-api -o WhyApi");
        await user.Types("cd WhyApi");
        await user.Types("dotnet build");

        await using var service = user.Starts("dotnet bin/Debug/net10.0/WhyApi.dll --urls http://127.0.0.1:0");
        using var client = new HttpClient { BaseAddress = await service.Address() };
        var page = await client.GetStringAsync("/", TestContext.Current.CancellationToken);
        using var asked = new HttpRequestMessage(HttpMethod.Post, "/explain") { Content = new ByteArrayContent(await File.ReadAllBytesAsync(user.PathOf("WhyApi/pictures/horse.png"), TestContext.Current.CancellationToken)) };
        asked.Content.Headers.ContentType = new("image/png");
        asked.Headers.Accept.Add(new("image/png"));
        using var answer = await client.SendAsync(asked, TestContext.Current.CancellationToken);

        Assert.Contains("action=\"/explain\"", page, StringComparison.Ordinal);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var heatmap = SKBitmap.Decode(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.True(heatmap.Pixels.Distinct().Count() > 100);
        Assert.Equal("Healthy", await client.GetStringAsync("/health", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_tool_is_installed_and_explains_without_a_project()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The tool's package is packed for the platform of the tests; they know the paths of Linux.");
        var user = new Newcomer(package, "tool");
        var (model, labels, picture) = (Repository.PathOf("models", "silhouettes-clean.onnx"), Repository.PathOf("models", "silhouettes.txt"), Repository.PathOf("samples", "CleverHans", "pictures", "horse-plain-1.png"));

        await user.Types($"dotnet tool install Layerwise.Tool --version {package.Version} --tool-path tools");
        var said = await user.Types($"tools/layerwise explain {model} --labels {labels} --image {picture} --heatmap why.png");

        Assert.Contains("horse", said, StringComparison.Ordinal);
        Assert.True(File.Exists(user.PathOf("why.png")));
    }
}
