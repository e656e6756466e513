using System.Globalization;
using System.Text;
using System.Text.Json;
using Layerwise.AspNetCore.Requests;
using Layerwise.Rendering;

namespace Layerwise.AspNetCore.Questions;

/// <summary>Why a network says what it says about a text, token by token.</summary>
internal sealed class TextQuestion(ITextExplainer explainer, TokenizedText text) : Question
{
    public const string MediaType = "text/plain";

    private const double TallestFigure = 6000; // some 16 million pixels

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override string Kind => "text";

    /// <exception cref="Refusal">The body is no text, or one that is empty, too long or of no tokens.</exception>
    public static TextQuestion Read(ITextExplainer explainer, RequestBody body, ExplainerOptions options)
    {
        var text = body.MediaType == MediaType ? ReadPlain(body.Bytes.Span) : JsonNumbers.Read(body.Bytes.Span, ReadJson);
        if (string.IsNullOrWhiteSpace(text))
        {
            throw Refusal.Unfit("no-text", "The text is empty; send one with words.");
        }

        if (text.Length > options.MaxTextLength)
        {
            throw Refusal.TooLarge("text-too-long", $"The text has {text.Length} characters; up to {options.MaxTextLength} are taken. Send a shorter one.");
        }

        if (text.FirstOrDefault(c => char.IsControl(c) && !char.IsWhiteSpace(c), ' ') is var control and not ' ')
        {
            throw Refusal.Unfit("control-character", string.Create(CultureInfo.InvariantCulture, $"The text has a U+{(int)control:X4} in it, which is a control character; send text."));
        }

        var tokens = options.Tokenize!(text) ?? throw Refusal.Unfit("no-tokens", "There are no words in the text that the model could be asked about; send one with some.");
        var most = explainer.Text.Length > 0 ? Math.Min(explainer.Text.Length, options.MaxTokens) : options.MaxTokens;
        return tokens.Ids.Count <= most ? new TextQuestion(explainer, tokens)
            : throw Refusal.TooLarge("too-many-tokens", $"The text has {tokens.Ids.Count} tokens; up to {most} are taken. Send a shorter one.");
    }

    public override Explanation Explain(Target target, ExplainOptions options) => explainer.Explain(text, target, options);

    public override float[] PartsOf(Explanation why) => [.. ((TextExplanation)why).ByToken().Select(token => token.Relevance)];

    /// <summary>An id has no relevance; its token has.</summary>
    public override IReadOnlyList<RelevanceAnswer> RelevanceOf(Explanation why, Runtime.Network network)
        => [new RelevanceAnswer(network.Inputs[explainer.Text.Inputs.ToList().IndexOf(TokenRole.Ids)].Name, [text.Ids.Count], PartsOf(why))];

    public override ReasonAnswer Describe(Explanation why, int part, double relevance, double share)
    {
        var (start, length) = text.Offsets[part];
        var name = length > 0 ? text.Text.Substring(start, length) : string.Create(CultureInfo.InvariantCulture, $"token {text.Ids[part]}");
        return new ReasonAnswer(name, relevance, share) { Span = new SpanAnswer(start, length) };
    }

    public override byte[] ToPng(Explanation why)
    {
        var figure = ((TextExplanation)why).Highlight().ToFigure();
        return figure.Height <= TallestFigure ? figure.ToPng() : throw Refusal.TooLarge("too-many-lines", "The text has too many lines for a picture; ask for application/json or text/html.");
    }

    public override ReportPart ToPart(Explanation why, ClassScore explained)
        => ReportPart.Of("What speaks for it in the text", ((TextExplanation)why).Highlight(), $"Red speaks for {explained.ShortName}, blue against it.");

    private static string ReadPlain(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Refusal.Unreadable("malformed-text", "The text is no UTF-8; send UTF-8.");
        }
    }

    private static string ReadJson(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Refusal.Unfit("not-an-object", $"The body is {JsonNumbers.Kind(reader.TokenType)}; send an object with a 'text'.");
        }

        string? text = null;
        JsonNumbers.ReadObject(ref reader, (string name, ref Utf8JsonReader value) => text = name != "text"
            ? throw Refusal.Unfit("unknown-property", $"{RequestBody.Quoted(name)} means nothing here; send an object with a 'text'.")
            : value.TokenType == JsonTokenType.String ? value.GetString()!
            : throw Refusal.Unfit("not-a-text", $"'text' is {JsonNumbers.Kind(value.TokenType)}; give a text."));
        return text ?? throw Refusal.Unfit("no-text", "The object has no 'text'; give one.");
    }
}
