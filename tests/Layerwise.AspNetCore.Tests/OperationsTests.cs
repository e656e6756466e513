using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Api;
using Layerwise.AspNetCore.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Layerwise.AspNetCore.Tests;

/// <summary>What an operator relies on: options, health, metrics, and that no work is done for nobody.</summary>
public sealed class OperationsTests
{
    private static readonly double[] Numbers = [0.6, 0.5, -1, -0.3, 0.9, -0.6, 0.6, 0, 1, 0];

    [Fact]
    public async Task Options_out_of_range_stop_the_application_at_its_start()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => Service.Of<TenNumbers>(options =>
        {
            (options.MaxBodyBytes, options.MaxPixels, options.MaxConcurrency, options.MaxQueue) = (0, 200_000_000, 0, -1);
            (options.Timeout, options.TopClasses, options.TopReasons, options.DriftWindow) = (TimeSpan.Zero, 0, 0, 1);
            (options.Initial, options.Parts, options.MaxTextLength, options.MaxTokens) = ((InitialRelevance)7, (AnswerParts)64, 0, -1);
        }));
        Assert.Equal(12, error.Failures.Count());
        Assert.Contains(error.Failures, failure => failure.Contains("ExplainerOptions.MaxPixels of 'Layerwise.AspNetCore.Tests.TenNumbers' is 200000000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_that_cannot_be_loaded_stops_the_application_at_its_start()
        => await Assert.ThrowsAsync<FileNotFoundException>(() => Service.Start(services => services.AddExplainer<TenNumbers>(_ => throw new FileNotFoundException()), _ => { }));

    [Fact]
    public async Task What_an_explainer_runs_on_is_logged_when_it_is_loaded()
    {
        using var log = new Lines();
        await using var service = await Service.Start(
            services => services.AddExplainer<TenNumbers>().AddSingleton<ILoggerProvider>(log),
            application => application.MapExplainer<TenNumbers>("/x"));
        var kernels = service.Services.GetRequiredService<TenNumbers>().Network.Kernels;
        Assert.Contains("kernels in C#", kernels, StringComparison.Ordinal);
        Assert.Equal([$"TenNumbers is loaded and runs on {kernels}"], log.Said.Where(line => line.Contains("runs on", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_explainer_is_added_once_before_it_is_mapped()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Service.Start(services => services.AddExplainer<TenNumbers>().AddExplainer<TenNumbers>(), _ => { }));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => Service.Start(services => services.AddHealthChecks(), application => application.MapExplainer<TenNumbers>("/x")));
        Assert.Contains("AddExplainer<TenNumbers>()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_of_texts_without_a_tokenizer_does_not_start()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => Service.Of<Reviews>());
        Assert.Contains("Reviews explains texts", error.Message, StringComparison.Ordinal);
        Assert.Contains("AddExplainer<Reviews>(options => options.Tokenize = …)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_says_whether_the_model_is_loaded_and_requests_are_taken()
    {
        using var explainer = new Patient();
        await using var service = await Service.Of(explainer, options => (options.LoadAtStart, options.MaxConcurrency, options.MaxQueue) = (false, 1, 0));
        Assert.Contains("not loaded yet", (await Health(service)).Description, StringComparison.Ordinal);

        var asked = service.Post(Service.Json(Numbers));
        await explainer.HasStarted(1);
        Assert.Equal((HealthStatus.Degraded, true), ((await Health(service)).Status, (await Health(service)).Description!.Contains("under way", StringComparison.Ordinal)));

        explainer.MayCompute.Set();
        using var response = await asked;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal((HealthStatus.Healthy, true), ((await Health(service)).Status, (bool)(await Health(service)).Data["loaded"]));

        static async Task<HealthReportEntry> Health(Service service)
            => (await service.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken)).Entries[nameof(Patient)];
    }

    [Fact]
    public async Task More_than_may_be_under_way_are_told_when_to_come_again()
    {
        using var explainer = new Patient();
        await using var service = await Service.Of(explainer, options => (options.MaxConcurrency, options.MaxQueue) = (1, 1));
        var first = service.Post(Service.Json(Numbers));
        await explainer.HasStarted(1);
        var second = service.Post(Service.Json(Numbers));
        await Waits(service, 1);

        using var third = await service.Post(Service.Json(Numbers));
        Assert.Equal((503, "too-many-requests"), ((await Problem.Of(third)).Status, (await Problem.Of(third)).Code));
        Assert.Equal(TimeSpan.FromSeconds(1), third.Headers.RetryAfter!.Delta);

        explainer.MayCompute.Set();
        using var answers = new CompositeDisposable([await first, await second]);
        Assert.All(answers.Responses, response => Assert.Equal(HttpStatusCode.OK, response.StatusCode));
    }

    [Fact]
    public async Task A_request_that_waits_too_long_is_told_so()
    {
        using var explainer = new Patient();
        await using var service = await Service.Of(explainer, options => (options.MaxConcurrency, options.Timeout) = (1, TimeSpan.FromSeconds(1)));
        var first = service.Post(Service.Json(Numbers));
        await explainer.HasStarted(1);
        using var second = await service.Post(Service.Json(Numbers));
        Assert.Equal((503, "timeout"), ((await Problem.Of(second)).Status, (await Problem.Of(second)).Code));
        explainer.MayCompute.Set();
        using var late = await first;
        Assert.Equal(503, (int)late.StatusCode);
    }

    [Fact]
    public async Task Nothing_is_computed_for_a_client_that_has_gone()
    {
        using var explainer = new Patient();
        await using var service = await Service.Of(explainer, options => options.MaxConcurrency = 1);
        var first = service.Post(Service.Json(Numbers));
        await explainer.HasStarted(1);

        using var gone = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var second = service.Send(Service.Json(Numbers), "", null, gone.Token);
        await Waits(service, 1);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Waits(service, 0);

        explainer.MayCompute.Set();
        (await first).Dispose();
        var touched = explainer.Started; // how often one request asks for the network
        using var third = await service.Post(Service.Json(Numbers));
        Assert.Equal((HttpStatusCode.OK, 2 * touched), (third.StatusCode, explainer.Started));
    }

    [Fact]
    public async Task What_is_computed_for_a_client_that_leaves_ends()
    {
        using var explainer = new PatientLoans();
        var left = new TaskCompletionSource();
        await using var service = await Service.Start(services => services.AddExplainer(_ => explainer), application =>
        {
            application.Use((context, next) =>
            {
                context.RequestAborted.Register(left.SetResult);
                return next(context);
            });
            application.MapExplainer<PatientLoans>("/x");
        });
        var computed = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope == service.Services.GetRequiredService<IMeterFactory>() && instrument.Name == "layerwise.explanation.duration")
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => computed++);
        listener.Start();

        using var gone = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var asked = service.Send(Service.Json(Numbers), "", null, gone.Token);
        Assert.True(explainer.Computes.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await left.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        explainer.MayGoOn.Set();
        var gate = service.Services.GetRequiredService<ExplainerHost<PatientLoans>>().Gate;
        for (var i = 0; i < 600 && gate.Computing > 0; i++)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Equal((0, 0), (gate.Computing, computed));
        using var next = await service.Post(Service.Json(Numbers));
        Assert.Equal((HttpStatusCode.OK, 1), (next.StatusCode, computed));
    }

    [Fact]
    public async Task Metrics_tell_duration_gap_drift_and_refusals()
    {
        await using var service = await Service.Of<TenNumbers>(options => options.DriftWindow = 10);
        var factory = service.Services.GetRequiredService<IMeterFactory>();
        var measured = new ConcurrentBag<(string Name, double Value, string Tags)>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == "Layerwise" && instrument.Meter.Scope == factory) { self.EnableMeasurementEvents(instrument); } } };
        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) => measured.Add((instrument.Name, value, string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        listener.Start();

        for (var i = 0; i < 20; i++)
        {
            await service.Ask(Service.Json(Numbers));
        }

        (await service.Post(Service.Json("[1]"))).Dispose();
        listener.RecordObservableInstruments();

        Assert.Equal(20, measured.Count(one => one is { Name: "layerwise.explanation.duration", Value: > 0 and < 10, Tags: "layerwise.explainer=TenNumbers layerwise.input=numbers" }));
        Assert.Equal(20, measured.Count(one => one is { Name: "layerwise.explanation.gap", Value: >= 0 and < 1e-3 }));
        Assert.Equal("layerwise.explainer=TenNumbers http.response.status_code=422 layerwise.reason=other-shape", measured.Single(one => one.Name == "layerwise.requests.refused").Tags);
        Assert.Equal(0, measured.Single(one => one.Name == "layerwise.explanation.drift").Value, 1e-9);
        Assert.Contains(measured, one => one is { Name: "layerwise.requests.waiting", Value: 0 });
        Assert.Contains(measured, one => one is { Name: "layerwise.requests.computing", Value: 0 });
    }

    [Fact]
    public async Task An_activity_covers_each_explanation()
    {
        var seen = new ConcurrentBag<Activity>();
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == "Layerwise", Sample = (ref _) => ActivitySamplingResult.AllData, ActivityStopped = seen.Add };
        ActivitySource.AddActivityListener(listener);
        await using var service = await Service.Of<TenNumbers>();
        await service.Ask(Service.Json(Numbers));
        Assert.Contains(seen, activity => activity.OperationName == "layerwise.explain" && "TenNumbers".Equals(activity.GetTagItem("layerwise.explainer")) && activity.GetTagItem("layerwise.gap") is double);
    }

    [Fact]
    public void Drift_is_the_distance_between_where_reasons_stood_and_where_they_stand()
    {
        var drift = new ReasonDrift(100);
        void Add(int count, params int[] top)
        {
            for (var i = 0; i < count; i++)
            {
                drift.Add(top, 64);
            }
        }

        Add(199, 1, 2);
        Assert.Null(drift.Value);
        Add(1, 2, 1);
        Assert.Equal(0, drift.Value!.Value, 1e-9);
        Add(100, 1, 3); // half of the recent weight: every other reason stands elsewhere
        Assert.Equal(0.25 / 0.875, drift.Value!.Value, 0.04);
        Add(2000, 40, 41);
        Assert.Equal(1, drift.Value!.Value, 1e-4);
        Add(2000, 1, 2);
        Assert.Equal(0, drift.Value!.Value, 1e-4);
    }

    [Fact]
    public void Drift_tells_parts_of_large_inputs_apart_by_region()
    {
        var drift = new ReasonDrift(10);
        for (var i = 0; i < 20; i++)
        {
            drift.Add([149_999], 150_000);
        }

        Assert.Equal(0, drift.Value!.Value, 1e-9);
        for (var i = 0; i < 200; i++)
        {
            drift.Add([0], 150_000);
        }

        Assert.Equal(1, drift.Value!.Value, 1e-3);
    }

    private static async Task Waits(Service service, int count)
    {
        var gate = service.Services.GetRequiredService<ExplainerHost<Patient>>().Gate;
        for (var i = 0; i < 600 && gate.Waiting != count; i++)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Equal(count, gate.Waiting);
    }

    private sealed record CompositeDisposable(HttpResponseMessage[] Responses) : IDisposable
    {
        public void Dispose() => Array.ForEach(Responses, response => response.Dispose());
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Said { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Said.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
