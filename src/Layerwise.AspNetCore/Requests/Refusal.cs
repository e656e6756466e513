using Microsoft.AspNetCore.Http;

namespace Layerwise.AspNetCore.Requests;

/// <summary>A request that is not answered: its status, what was wrong, and what to do. The message goes to the client.</summary>
internal sealed class Refusal(int status, string code, string title, string message) : Exception(message)
{
    public int Status => status;

    /// <summary>A word for programs, which stays as it is.</summary>
    public string Code => code;

    public string Title => title;

    /// <summary>When to come again; <c>null</c> where that would not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static Refusal Unreadable(string code, string message) => new(StatusCodes.Status400BadRequest, code, "The request cannot be read", message);

    public static Refusal Unfit(string code, string message) => new(StatusCodes.Status422UnprocessableEntity, code, "The input does not fit the model", message);

    public static Refusal TooLarge(string code, string message) => new(StatusCodes.Status413PayloadTooLarge, code, "The request is too large", message);

    public static Refusal TooSlow(TimeSpan timeout) => new(StatusCodes.Status408RequestTimeout, "slow-body", "The request came too slowly",
        $"The body did not come within {timeout.TotalSeconds:0.###} seconds; send it again, faster or smaller.");

    public static Refusal OtherType(string message) => new(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "The content type is not taken", message);

    public static Refusal Busy(string code, string message, TimeSpan retryAfter)
        => new(StatusCodes.Status503ServiceUnavailable, code, "The service is busy", message) { RetryAfter = retryAfter };

    /// <summary>The problem details (RFC 9457).</summary>
    public IResult ToResult() => Results.Problem(detail: Wording.OneLine(Message), statusCode: status, title: title, extensions: new Dictionary<string, object?> { ["code"] = code });
}
