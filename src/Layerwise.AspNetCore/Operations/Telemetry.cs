using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Layerwise.AspNetCore.Operations;

/// <summary>What an operator sees of one explainer: the activities and metrics named <c>Layerwise</c>.</summary>
internal sealed class Telemetry
{
    /// <summary>The name of the activity source and of the meter.</summary>
    public const string Name = "Layerwise";

    private static readonly ActivitySource Activities = new(Name);

    private readonly KeyValuePair<string, object?> _explainer;
    private readonly Histogram<double> _duration, _gap;
    private readonly Counter<long> _refused;
    private readonly ReasonDrift _drift;

    public Telemetry(IMeterFactory meters, string explainer, Gate gate, int driftWindow)
    {
        _explainer = new("layerwise.explainer", explainer);
        _drift = new ReasonDrift(driftWindow);
        var meter = meters.Create(Name);
        _duration = meter.CreateHistogram<double>("layerwise.explanation.duration", "s", "Time to compute one explanation, without waiting and rendering.");
        _gap = meter.CreateHistogram<double>("layerwise.explanation.gap", "1", "Relevance that is not accounted for, as a part of what the target started with.");
        _refused = meter.CreateCounter<long>("layerwise.requests.refused", "{request}", "Requests that were refused, by status and reason.");
        KeyValuePair<string, object?>[] tags = [_explainer];
        meter.CreateObservableGauge("layerwise.explanation.drift", () => _drift.Value is { } drift ? [new Measurement<double>(drift, tags)] : Array.Empty<Measurement<double>>(), "1", "How much the strongest reasons moved since the first explanations: 0 not at all, 1 altogether.");
        meter.CreateObservableUpDownCounter("layerwise.requests.waiting", () => new Measurement<long>(gate.Waiting, tags), "{request}", "Requests that wait for their turn.");
        meter.CreateObservableUpDownCounter("layerwise.requests.computing", () => new Measurement<long>(gate.Computing, tags), "{request}", "Requests that are being computed.");
    }

    /// <summary>One explanation, from its start; <c>null</c> where nobody listens.</summary>
    public Activity? Start(string kind)
    {
        var activity = Activities.StartActivity("layerwise.explain");
        activity?.SetTag(_explainer.Key, _explainer.Value);
        activity?.SetTag("layerwise.input", kind);
        return activity;
    }

    /// <summary>One explanation that was computed.</summary>
    /// <param name="activity">What <see cref="Start"/> returned.</param>
    /// <param name="kind">What its input was.</param>
    /// <param name="took">How long it took.</param>
    /// <param name="conservation">Where its relevance went, if that was counted.</param>
    /// <param name="top">The parts of its strongest reasons.</param>
    /// <param name="parts">How many parts there are.</param>
    public void Explained(Activity? activity, string kind, TimeSpan took, Conservation? conservation, ReadOnlySpan<int> top, int parts)
    {
        _duration.Record(took.TotalSeconds, _explainer, new("layerwise.input", kind));
        _drift.Add(top, parts);
        if (conservation is { Target: not 0 })
        {
            var gap = Math.Abs(conservation.Gap / conservation.Target);
            _gap.Record(gap, _explainer);
            activity?.SetTag("layerwise.gap", gap);
        }
    }

    /// <summary>One request that was refused.</summary>
    public void Refused(int status, string code) => _refused.Add(1, _explainer, new("http.response.status_code", status), new("layerwise.reason", code));
}
