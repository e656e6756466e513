using System.ComponentModel;
using System.Diagnostics;
using Layerwise.AspNetCore.Answers;
using Layerwise.AspNetCore.Operations;
using Layerwise.AspNetCore.Questions;
using Layerwise.AspNetCore.Requests;
using Layerwise.Evidence;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Layerwise.AspNetCore;

/// <summary>One request from its head to its answer.</summary>
internal sealed partial class ExplainerEndpoint<TExplainer>(ExplainerHost<TExplainer> host, ILogger<TExplainer> logger)
    where TExplainer : class, IExplainer
{
    // A report is text and pictures: it fetches nothing, runs nothing, and is shown in no other page.
    private const string ReportPolicy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'";

    private readonly ILogger _logger = logger;
    private readonly ExplainerOptions _options = host.Options;

    /// <summary>What the explainer's input is.</summary>
    public QuestionKind Kind { get; } = QuestionKind.Of<TExplainer>();

    /// <summary>Answers, or says in problem details (RFC 9457) why not.</summary>
    public async Task<IResult> Explain(
        HttpContext context,
        [Description("The class to explain: its label or its index. The likeliest one unless given.")] string? target = null,
        [Description("The class that it is compared with: why 'target' rather than this one.")] string? against = null)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        using var timeout = new CancellationTokenSource(_options.Timeout);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, context.RequestAborted);
        try
        {
            using var place = host.Gate.Enter();
            var form = Negotiation.Choose(context.Request);
            var body = await Read(context.Request, stop.Token, timeout.Token);
            using var turn = await host.Gate.Turn(stop.Token);
            var explainer = host.Explainer;
            var network = explainer.Network;
            var asked = TargetQuery.Read(target, against, explainer.Labels, network.Logits.IsOpen ? int.MaxValue : network.Logits.Size);
            var question = QuestionKind.Read(explainer, body, _options);
            stop.Token.ThrowIfCancellationRequested();
            using var answer = Explain(network, question, asked, stop.Token);
            stop.Token.ThrowIfCancellationRequested();
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.Vary = "Accept";
            if (form == Negotiation.Html)
            {
                context.Response.Headers.ContentSecurityPolicy = ReportPolicy;
            }

            return answer.ToResult(form);
        }
        catch (Refusal refusal)
        {
            return Refuse(context, refusal);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return Results.Empty; // nobody is there to read it
        }
        catch (OperationCanceledException)
        {
            return Refuse(context, Refusal.Busy("timeout", FormattableString.Invariant($"The explanation was not done within {_options.Timeout.TotalSeconds:0.###} seconds; try again later."), _options.Timeout));
        }
        catch (Exception e)
        {
            LogFailed(e, typeof(TExplainer).Name);
            return Refuse(context, new Refusal(StatusCodes.Status500InternalServerError, "failed", "The explanation failed", "Something went wrong on the server, which keeps the particulars in its log; they are not about the request."));
        }
    }

    /// <summary>Tells what is explained, and how.</summary>
    public ExplainerAnswer Describe()
    {
        var explainer = host.Explainer;
        var network = explainer.Network;
        return new ExplainerAnswer
        {
            Name = typeof(TExplainer).Name,
            Kind = Kind.Name,
            Accepts = Kind.MediaTypes,
            Labels = explainer.Labels,
            Features = explainer is ITableExplainer table ? table.Table.Features : null,
            Inputs = [.. network.Inputs.Select(input => new InputAnswer(input.Name, input.ShapeText, input.Type.ToString()))],
            Layers = [.. network.Layers.Select(layer => new LayerAnswer(layer.Name, layer.Op, layer.Shape, layer.Rule?.ToString(), layer.Why))],
        };
    }

    private async Task<RequestBody> Read(HttpRequest request, CancellationToken stop, CancellationToken timeout)
    {
        try
        {
            return await RequestBody.Read(request, Kind.MediaTypes, _options.MaxBodyBytes, stop);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw Refusal.TooSlow(_options.Timeout);
        }
    }

    private Answer Explain(Runtime.Network network, Question question, Target target, CancellationToken cancellation)
    {
        using var activity = host.Telemetry.Start(question.Kind);
        var shares = _options.Parts.HasFlag(AnswerParts.Conservation) && network.Layers.Any(layer => layer.Leak is not null); // a derivative shares nothing out
        var clock = Stopwatch.StartNew();
        var why = Run(question, target, new ExplainOptions { Initial = _options.Initial, Conservation = shares, Audit = new AuditOptions(), CancellationToken = cancellation });
        var answer = Answer.Of(why, question, host.Explainer, network, _options, clock.Elapsed);
        host.Telemetry.Explained(activity, question.Kind, clock.Elapsed, why.HasConservation ? why.Conservation : null, answer.TopParts, answer.Parts);
        return answer;
    }

    private static Explanation Run(Question question, Target target, ExplainOptions options)
    {
        try
        {
            return question.Explain(target, options);
        }
        catch (NotFiniteException e)
        {
            throw Refusal.Unfit("not-finite", FormattableString.Invariant($"Number {e.Index} of '{e.Name}' is {e.Actual} as the network gets it; give finite numbers, such as it was trained on."));
        }
        catch (UnknownIdException e) when (question is NumbersQuestion)
        {
            throw Refusal.Unfit("unknown-id", $"The network cannot look up the {e.Actual} in '{e.Name}'; give {e.Expected}.");
        }
    }

    private IResult Refuse(HttpContext context, Refusal refusal)
    {
        host.Telemetry.Refused(refusal.Status, refusal.Code);
        if (refusal.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return refusal.ToResult();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "An explanation of {Explainer} failed")]
    private partial void LogFailed(Exception exception, string explainer);
}
