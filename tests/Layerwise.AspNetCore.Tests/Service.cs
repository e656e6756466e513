using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Layerwise.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Layerwise.AspNetCore.Tests;

/// <summary>A service on a port of its own, with real sockets.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly WebApplication _application;

    private Service(WebApplication application)
    {
        _application = application;
        Address = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        Client = new HttpClient { BaseAddress = Address };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _application.Services;

    public static async Task<Service> Start(Action<IServiceCollection> add, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseSetting("urls", "http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        add(builder.Services);
        var application = builder.Build();
        map(application);
        application.MapHealthChecks("/health");
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new Service(application);
    }

    /// <summary>A service of one explainer, at <c>/x</c>.</summary>
    public static Task<Service> Of<TExplainer>(Action<ExplainerOptions>? configure = null)
        where TExplainer : class, IExplainer
        => Start(services => services.AddExplainer<TExplainer>(configure), application => application.MapExplainer<TExplainer>("/x"));

    /// <summary>A service of an explainer that is made by hand, at <c>/x</c>.</summary>
    public static Task<Service> Of<TExplainer>(TExplainer explainer, Action<ExplainerOptions>? configure = null)
        where TExplainer : class, IExplainer
        => Start(services => services.AddExplainer(_ => explainer, configure), application => application.MapExplainer<TExplainer>("/x"));

    public Task<HttpResponseMessage> Post(HttpContent? content, string query = "", string? accept = null) => Send(content, query, accept, TestContext.Current.CancellationToken);

    public async Task<HttpResponseMessage> Send(HttpContent? content, string query, string? accept, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/x" + query) { Content = content };
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await Client.SendAsync(request, cancellation);
    }

    public async Task<ExplanationAnswer> Ask(HttpContent content, string query = "")
    {
        using var response = await Post(content, query);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (await response.Content.ReadFromJsonAsync<ExplanationAnswer>(TestContext.Current.CancellationToken))!;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
    }

    public static string PictureFile(string name = "horse-plain-2") => Path.Combine(SharedFolder.RepositoryRoot, "samples", "Api", "wwwroot", "examples", name + ".png");

    public static HttpContent Picture(string name = "horse-plain-2") => Bytes(File.ReadAllBytes(PictureFile(name)), "image/png");

    public static HttpContent Bytes(byte[] bytes, string type)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    public static HttpContent Text(string text) => new StringContent(text);

    public static HttpContent Json(string json) => new StringContent(json, new MediaTypeHeaderValue("application/json"));

    public static HttpContent Json(object value) => Json(JsonSerializer.Serialize(value));
}

/// <summary>Problem details as a client reads them.</summary>
internal sealed record Problem(int Status, string Title, string Detail, string Code)
{
    public static async Task<Problem> Of(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{(int)response.StatusCode} {response.Content.Headers.ContentType}: {text}");
        var problem = JsonSerializer.Deserialize<Problem>(text, JsonSerializerOptions.Web)!;
        Assert.Equal((int)response.StatusCode, problem.Status);
        return problem;
    }
}
