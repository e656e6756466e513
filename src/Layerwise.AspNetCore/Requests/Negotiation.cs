using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Layerwise.AspNetCore.Requests;

/// <summary>The forms of an answer, the usual one first.</summary>
internal static class Negotiation
{
    public const string Json = "application/json", Png = "image/png", Html = "text/html";

    public static readonly IReadOnlyList<string> Offered = [Json, Png, Html];

    /// <summary>
    /// The form that a client likes best: by the quality of the most specific range that a form is in, the first of <see cref="Offered"/> on ties
    /// (RFC 9110, 12.5.1).
    /// </summary>
    /// <exception cref="Refusal">It likes none, or the header cannot be read.</exception>
    public static string Choose(HttpRequest request)
    {
        var header = request.Headers.Accept;
        if (header.Count == 0)
        {
            return Json;
        }

        if (!MediaTypeHeaderValue.TryParseList(header, out var ranges))
        {
            throw Refusal.Unreadable("malformed-accept", $"The Accept header {RequestBody.Quoted(header.ToString())} cannot be read; send one such as {Json}.");
        }

        var best = Offered.Select(form => (Form: form, Quality: QualityOf(form, ranges))).MaxBy(one => one.Quality);
        return best.Quality > 0 ? best.Form : throw new Refusal(
            StatusCodes.Status406NotAcceptable, "not-acceptable", "No form of the answer is accepted",
            $"The Accept header {RequestBody.Quoted(header.ToString())} allows none of {Wording.List(Offered)}; ask for one of them.");
    }

    private static double QualityOf(string form, IList<MediaTypeHeaderValue> ranges)
    {
        var type = new MediaTypeHeaderValue(form);
        return ranges.Where(range => type.IsSubsetOf(range) || (range.MediaType.Equals(form, StringComparison.OrdinalIgnoreCase) && range.Charset.HasValue))
            .OrderByDescending(range => range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2)
            .Select(range => range.Quality ?? 1)
            .FirstOrDefault();
    }
}
