using System.Text.Json;
using Layerwise.AspNetCore.Requests;

namespace Layerwise.AspNetCore.Questions;

/// <summary>What an explainer's input is, as its class declares: which requests it takes, and how one is read.</summary>
/// <param name="Name">In a word.</param>
/// <param name="MediaTypes">The content types of a request, the usual one first.</param>
/// <param name="Description">What to send, for the API's description.</param>
internal sealed record QuestionKind(string Name, IReadOnlyList<string> MediaTypes, string Description)
{
    /// <summary>The type of a request's JSON, for the API's description: anything, unless there is one.</summary>
    public Type JsonBody { get; private init; } = typeof(JsonElement);

    private static readonly QuestionKind Picture = new("picture", [.. PictureQuestion.MediaTypes, RequestBody.Form, RequestBody.Json],
        "Send a picture (PNG, JPEG or WebP) as the body or as the one file of a form, or the numbers of the network's input as JSON: an array, nested or flat. "
        + "The answer is JSON, a heatmap over the picture (image/png) or a report (text/html), whichever is accepted.");

    private static readonly QuestionKind Table = new("table", [RequestBody.Json],
        "Send a row of the table as JSON: an object with a number for each feature, as they stand in the table, or an array in the features' order. "
        + "The answer is JSON, a waterfall of the features (image/png) or a report (text/html), whichever is accepted.");

    private static readonly QuestionKind Text = new("text", [TextQuestion.MediaType, RequestBody.Json],
        "Send a text as the body, in UTF-8, or as JSON: {\"text\": \"…\"}. "
        + "The answer is JSON, the text with the relevance behind its words (image/png) or a report (text/html), whichever is accepted.")
    {
        JsonBody = typeof(TextBody),
    };

    private static readonly QuestionKind Numbers = new("numbers", [RequestBody.Json],
        "Send the numbers of the network's input as JSON: an array, nested or flat; for several inputs an object with an array for each, by its name. "
        + "The answer is JSON, the relevance as a picture (image/png) or a report (text/html), whichever is accepted.");

    /// <summary>The kind of an explainer's class.</summary>
    public static QuestionKind Of<TExplainer>()
        => typeof(IImageExplainer).IsAssignableFrom(typeof(TExplainer)) ? Picture
        : typeof(ITableExplainer).IsAssignableFrom(typeof(TExplainer)) ? Table
        : typeof(ITextExplainer).IsAssignableFrom(typeof(TExplainer)) ? Text
        : Numbers;

    /// <summary>Reads a request's body.</summary>
    /// <exception cref="Refusal">It cannot be read, or does not fit the model.</exception>
    public static Question Read(IExplainer explainer, RequestBody body, ExplainerOptions options) => explainer switch
    {
        IImageExplainer image when body.MediaType != RequestBody.Json => PictureQuestion.Read(image, body, options),
        ITableExplainer table => TableQuestion.Read(table, body),
        ITextExplainer text => TextQuestion.Read(text, body, options),
        _ => NumbersQuestion.Read(explainer.Network, body),
    };
}
