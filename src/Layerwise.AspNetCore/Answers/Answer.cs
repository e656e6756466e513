using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Layerwise.AspNetCore.Questions;
using Layerwise.AspNetCore.Requests;
using Layerwise.Rendering;
using Microsoft.AspNetCore.Http;

namespace Layerwise.AspNetCore.Answers;

/// <summary>An explanation, ready to be written in the form that a client asked for.</summary>
internal sealed class Answer : IDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private readonly Explanation _why;
    private readonly Question _question;
    private readonly IExplainer _explainer;
    private readonly Runtime.Network _network;
    private readonly ExplainerOptions _options;
    private readonly TimeSpan _took;
    private readonly IReadOnlyList<ClassScore> _classes;
    private readonly float[] _parts;

    private Answer(Explanation why, Question question, IExplainer explainer, Runtime.Network network, ExplainerOptions options, TimeSpan took)
    {
        (_why, _question, _explainer, _network, _options, _took) = (why, question, explainer, network, options, took);
        _classes = why.ClassesOf(explainer.Labels);
        _parts = question.PartsOf(why);
        TopParts = [.. Enumerable.Range(0, _parts.Length).OrderByDescending(part => Math.Abs(_parts[part])).Take(options.TopReasons)];
    }

    /// <summary>The parts of the strongest reasons, the strongest first.</summary>
    public int[] TopParts { get; }

    /// <summary>How many parts the input has.</summary>
    public int Parts => _parts.Length;

    /// <summary>Takes an explanation over.</summary>
    /// <exception cref="Refusal">The network's numbers went out of range.</exception>
    public static Answer Of(Explanation why, Question question, IExplainer explainer, Runtime.Network network, ExplainerOptions options, TimeSpan took)
    {
        foreach (var value in why.LogitValues)
        {
            if (!float.IsFinite(value))
            {
                why.Dispose();
                throw Refusal.Unfit("not-finite", "The network's output is not finite for these numbers; give an input such as the network was trained on.");
            }
        }

        return new Answer(why, question, explainer, network, options, took);
    }

    /// <summary>The explanation in one of the forms of <see cref="Negotiation.Offered"/>.</summary>
    public IResult ToResult(string form) => form switch
    {
        Negotiation.Png => Results.Bytes(_question.ToPng(_why), form),
        Negotiation.Html => Results.Text(ToReport().ToHtml(), form, Encoding.UTF8),
        _ => Results.Json(ToJson(), Json),
    };

    public void Dispose() => _why.Dispose();

    private ClassScore Explained => _classes[_why.Target[0]];

    private ExplanationAnswer ToJson()
    {
        static ClassAnswer Of(ClassScore score) => new(score.Index, score.Label, score.Logit, score.Probability);
        var all = _parts.Sum(part => (double)Math.Abs(part));
        return new ExplanationAnswer
        {
            Prediction = [.. _classes.OrderByDescending(score => score.Logit).Take(_options.TopClasses).Select(Of)],
            Target = Of(Explained),
            Against = _why.Against is { } against ? Of(_classes[against]) : null,
            Reasons = _options.Parts.HasFlag(AnswerParts.Reasons) ? [.. TopParts.Select(part => _question.Describe(_why, part, _parts[part], all == 0 ? 0 : Math.Abs(_parts[part]) / all))] : null,
            Conservation = _why.HasConservation ? Balance(_why.Conservation) : null,
            Relevance = _options.Parts.HasFlag(AnswerParts.Relevance) ? _question.RelevanceOf(_why, _network) : null,
            Record = _options.Parts.HasFlag(AnswerParts.Record) ? JsonDocument.Parse(_why.ToAuditRecord(_explainer).ToJson()).RootElement : null,
        };
    }

    private Report ToReport()
    {
        var record = _why.ToAuditRecord();
        var (file, isLrp) = (record.Model.Files[0], record.Rules.Method == "lrp");
        return new Report
        {
            Model = new ReportModel(file.Name, file.Sha256, file.Bytes),
            Input = _question.Input,
            Classes = _classes,
            Target = Explained.Index,
            Against = _why.Against,
            Parts = [_question.ToPart(_why, Explained)],
            Method = new ReportMethod(
                isLrp ? "Layer-wise Relevance Propagation (Bach et al. 2015)" : record.Rules.Method,
                isLrp ? record.Rules.Composite : null,
                _options.Initial == InitialRelevance.Logit ? "the target's logit" : "1 at the target",
                [new("SHA-256 of the rules", record.Rules.Sha256), new("SHA-256 of the input", record.Inputs[0].Sha256)]),
            Layers = _network.Layers,
            Conservation = _why.HasConservation ? _why.Conservation : null,
            Created = record.Time,
            Took = _took,
        };
    }

    private static ConservationAnswer Balance(Conservation balance) => new(balance.Target, balance.InputSum, balance.BiasShare, balance.StabilizerShare, balance.Gap);
}
