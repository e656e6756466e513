using System.Text.Json;
using Layerwise.Rendering;
using Layerwise.Rendering.Tests;
using Layerwise.Testing;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.Logging;

namespace Layerwise.AspNetCore.Tests;

/// <summary>The sample, as somebody who starts it sees it.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly WebApplicationFactory<Program> _sample = new WebApplicationFactory<Program>()
        .WithWebHostBuilder(host => host.UseSetting("environment", "Production").ConfigureLogging(logging => logging.ClearProviders()));

    private readonly Folder _folder = new();

    public SampleTests()
    {
        _sample.UseKestrel(options => options.Listen(System.Net.IPAddress.Loopback, 0));
        _sample.StartServer();
    }

    public void Dispose()
    {
        _sample.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("picture", "?model=stamped#picture", false)]
    [InlineData("picture", "?example=cat-stamped-1#picture", true)]
    [InlineData("loan", "#loan", false)]
    [InlineData("loan", "#loan", true)]
    [InlineData("review", "#review", false)]
    [InlineData("review", "#review", true)]
    public async Task In_a_browser_the_page_shows_what_speaks_for_and_against(string kind, string address, bool dark)
    {
        var page = await Browser.Screenshot(_folder, new Uri(_sample.ClientOptions.BaseAddress, address), $"page-{kind}", dark, width: 1180, height: 1500);

        var colors = Enumerable.Range(0, page.Width * page.Height).Select(i => (R: page.Pixels[3 * i], G: page.Pixels[3 * i + 1], B: page.Pixels[3 * i + 2])).ToList();
        Assert.Equal(dark ? (16, 18, 22) : (246, 247, 249), ((int)colors[0].R, (int)colors[0].G, (int)colors[0].B));
        Assert.True(colors.Count(c => c.R > c.B + 80) > 1000, "no red");
        Assert.True(colors.Count(c => c.B > c.R + 80) > 100, "no blue");
    }

    [Fact]
    public async Task The_page_is_made_of_its_own_files_alone()
    {
        using var client = _sample.CreateClient();
        using var page = await client.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("default-src 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        foreach (var file in new[] { "/", "/app.js", "/app.css" })
        {
            var text = await client.GetStringAsync(new Uri(file, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.DoesNotContain("://", text, StringComparison.Ordinal);
            Assert.DoesNotContain("innerHTML", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task OpenApi_tells_all_that_the_endpoints_take_and_give()
    {
        using var client = _sample.CreateClient();
        using var document = JsonDocument.Parse(await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken));
        var path = document.RootElement.GetProperty("paths").GetProperty("/pictures/clean");
        var post = path.GetProperty("post");
        Assert.Equal("ExplainCleanSilhouettes", post.GetProperty("operationId").GetString());
        Assert.Equal(["target", "against"], post.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()));
        Assert.All(post.GetProperty("parameters").EnumerateArray(), parameter => Assert.True(parameter.GetProperty("description").GetString()!.Length > 20 && (!parameter.TryGetProperty("required", out var required) || !required.GetBoolean())));
        Assert.Equal(["image/png", "image/jpeg", "image/webp", "multipart/form-data", "application/json"], Names(post.GetProperty("requestBody").GetProperty("content")));
        var responses = post.GetProperty("responses");
        Assert.Equal(["200", "400", "406", "408", "413", "415", "422", "503"], Names(responses));
        Assert.Equal(["application/json", "image/png", "text/html"], Names(responses.GetProperty("200").GetProperty("content")).Order());
        Assert.Equal("#/components/schemas/ExplanationAnswer", responses.GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString());
        Assert.Equal("binary", SchemaOf(responses, "image/png").GetProperty("format").GetString());
        Assert.Equal(("string", false), (SchemaOf(responses, "text/html").GetProperty("type").GetString(), SchemaOf(responses, "text/html").TryGetProperty("$ref", out _)));
        Assert.Equal(["application/problem+json"], Names(responses.GetProperty("422").GetProperty("content")));
        var answer = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("ExplanationAnswer").GetProperty("properties");
        Assert.Equal(["prediction", "target", "against", "reasons", "conservation", "relevance", "record"], Names(answer));
        Assert.Equal("DescribeCleanSilhouettes", path.GetProperty("get").GetProperty("operationId").GetString());
    }

    [Fact]
    public async Task OpenApi_tells_what_a_text_is()
    {
        using var client = _sample.CreateClient();
        using var document = JsonDocument.Parse(await client.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken));
        var post = document.RootElement.GetProperty("paths").GetProperty("/reviews").GetProperty("post");
        var body = post.GetProperty("requestBody").GetProperty("content");
        Assert.Equal(["text/plain", "application/json"], Names(body));
        Assert.Equal("string", body.GetProperty("text/plain").GetProperty("schema").GetProperty("type").GetString());
        var json = body.GetProperty("application/json").GetProperty("schema");
        json = json.TryGetProperty("$ref", out var name) ? document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty(name.GetString()!.Split('/')[^1]) : json;
        Assert.Equal(["text"], Names(json.GetProperty("properties")));
        Assert.Equal("text", json.GetProperty("required")[0].GetString());
        var reason = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("ReasonAnswer").GetProperty("properties");
        Assert.Contains("span", Names(reason));
    }

    private static JsonElement SchemaOf(JsonElement responses, string type) => responses.GetProperty("200").GetProperty("content").GetProperty(type).GetProperty("schema");

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
}
