using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Layerwise.AspNetCore.Requests;

/// <summary>What a request brings: its bytes in memory, never more than allowed, and what they are said to be.</summary>
/// <param name="MediaType">In small letters, without parameters.</param>
/// <param name="Bytes">The body, or the one file of a form.</param>
internal sealed record RequestBody(string MediaType, ReadOnlyMemory<byte> Bytes)
{
    public const string Json = "application/json", Form = "multipart/form-data";

    private const int FirstRoom = 64 * 1024;

    /// <exception cref="Refusal">There is no body, it is too large or too slow, or its type is none of those taken.</exception>
    public static async Task<RequestBody> Read(HttpRequest request, IReadOnlyList<string> taken, long maxBytes, CancellationToken cancellation)
    {
        var type = TypeOf(request.ContentType, taken);
        if (request.Headers.ContentEncoding.Count > 0)
        {
            throw Refusal.OtherType($"The body is encoded ({Quoted(request.Headers.ContentEncoding.ToString())}); send it as it is, without a Content-Encoding.");
        }

        var bytes = await ReadAll(request, maxBytes, cancellation);
        var body = new RequestBody(type.MediaType.Value!.ToLowerInvariant(), bytes);
        if (bytes.IsEmpty)
        {
            throw Refusal.Unreadable("no-body", $"The request has no body; send {Wording.List(taken)}.");
        }

        return body.MediaType == Form ? await FileOf(bytes, type, taken, cancellation) : body;
    }

    private static MediaTypeHeaderValue TypeOf(string? contentType, IReadOnlyList<string> taken)
    {
        if (string.IsNullOrEmpty(contentType))
        {
            throw Refusal.OtherType($"The request has no Content-Type; send one of {Wording.List(taken)}.");
        }

        if (!MediaTypeHeaderValue.TryParse(contentType, out var type) || !taken.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase))
        {
            throw Refusal.OtherType($"The Content-Type {Quoted(contentType)} is not taken here; send one of {Wording.List(taken)}.");
        }

        return type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            ? throw Refusal.OtherType($"The charset {Quoted(type.Charset.Value!)} is not taken here; send UTF-8.")
            : type;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAll(HttpRequest request, long maxBytes, CancellationToken cancellation)
    {
        Refusal TooLarge() => Refusal.TooLarge("body-too-large", $"The body has more than {maxBytes} bytes; send a smaller one.");
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge();
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maxBytes;
        }

        var bytes = new ArrayBufferWriter<byte>((int)Math.Min(request.ContentLength ?? FirstRoom, FirstRoom) + 1);
        try
        {
            for (int count; (count = await request.Body.ReadAsync(bytes.GetMemory(), cancellation)) > 0;)
            {
                bytes.Advance(count);
                if (bytes.WrittenCount > maxBytes)
                {
                    throw TooLarge();
                }
            }
        }
        catch (BadHttpRequestException e)
        {
            throw e.StatusCode == StatusCodes.Status413PayloadTooLarge ? TooLarge()
                : new Refusal(e.StatusCode, "bad-request", "The request cannot be read", "The body does not come as its head says; send it again.");
        }

        return bytes.WrittenMemory;
    }

    /// <summary>The one file of a form; its name is of no interest.</summary>
    private static async Task<RequestBody> FileOf(ReadOnlyMemory<byte> form, MediaTypeHeaderValue type, IReadOnlyList<string> taken, CancellationToken cancellation)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary);
        if (boundary.Length is 0 or > 70) // RFC 2046
        {
            throw Refusal.Unreadable("malformed-form", "The form has no boundary of 1 to 70 characters in its Content-Type; leave the header to the client's library.");
        }

        using var stream = new MemoryStream(form.ToArray(), writable: false);
        RequestBody? file = null;
        try
        {
            var reader = new MultipartReader(boundary.Value!, stream);
            while (await reader.ReadNextSectionAsync(cancellation) is { } section)
            {
                if (file is not null)
                {
                    throw Refusal.Unreadable("several-files", "The form has several parts; send one file, in one request each.");
                }

                using var content = new MemoryStream();
                await section.Body.CopyToAsync(content, cancellation);
                file = new RequestBody(TypeOf(section.ContentType, [.. taken.Where(one => one != Form)]).MediaType.Value!.ToLowerInvariant(), content.ToArray());
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw Refusal.Unreadable("malformed-form", "The form is cut short, or its parts are not separated by its boundary; send it again.");
        }

        return file is { Bytes.IsEmpty: false } ? file : throw Refusal.Unreadable("no-file", $"The form has no file; send one of {Wording.List(taken.Where(one => one != Form))}.");
    }

    /// <summary>What a client sent, as a message may show it.</summary>
    public static string Quoted(string text) => $"'{(text.Length > 80 ? text[..80] + "…" : text)}'";
}
