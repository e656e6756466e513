using Microsoft.Extensions.Options;

namespace Layerwise.AspNetCore;

/// <summary>What an explainer's endpoint takes, how much of it at once, and what it answers. Checked when the application starts.</summary>
public sealed class ExplainerOptions
{
    /// <summary>The most bytes of a request's body, 1 or more; 10 MiB unless given. Larger ones are refused with 413.</summary>
    public long MaxBodyBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>
    /// The most pixels that a picture may claim to hold, from 1 to 100 million; 16 million unless given. Larger ones are refused with 413
    /// before they are decoded, which takes 16 bytes a pixel.
    /// </summary>
    public long MaxPixels { get; set; } = 16_000_000;

    /// <summary>
    /// Splits a text into tokens of the model's vocabulary, or says <c>null</c> where there are none; needed by a class with
    /// <see cref="TextInputAttribute"/>. Called from many threads at once.
    /// </summary>
    public Func<string, TokenizedText?>? Tokenize { get; set; }

    /// <summary>The most UTF-16 units of a text, 1 or more; 10,000 unless given. Longer ones are refused with 413 before they are split.</summary>
    public int MaxTextLength { get; set; } = 10_000;

    /// <summary>The most tokens of a text, 1 or more; 512 unless given, or what the network takes where that is less. More are refused with 413.</summary>
    public int MaxTokens { get; set; } = 512;

    /// <summary>How many explanations are computed at once, 1 or more; the number of processors unless given.</summary>
    public int MaxConcurrency { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// How many requests more may be under way, 0 or more; 64 unless given: those whose body is being read, and those that wait for their turn.
    /// All others are refused with 503 at once. Together they hold up to <see cref="MaxConcurrency"/> + <see cref="MaxQueue"/> bodies in memory.
    /// </summary>
    public int MaxQueue { get; set; } = 64;

    /// <summary>
    /// How long a request may take, from its head to its answer, above 0 and up to a day; 30 seconds unless given. One whose body comes too
    /// slowly is refused with 408, one that waits or computes too long with 503.
    /// </summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many of the likeliest classes an answer lists, 1 or more; 5 unless given.</summary>
    public int TopClasses { get; set; } = 5;

    /// <summary>How many of the strongest reasons an answer lists, 1 or more; 10 unless given.</summary>
    public int TopReasons { get; set; } = 10;

    /// <summary>What the explained class starts with; its logit unless given, so that reasons are in units of the logit.</summary>
    public InitialRelevance Initial { get; set; } = InitialRelevance.Logit;

    /// <summary>What an answer brings along besides the prediction; <see cref="AnswerParts.Reasons"/> and <see cref="AnswerParts.Conservation"/> unless given.</summary>
    public AnswerParts Parts { get; set; } = AnswerParts.Reasons | AnswerParts.Conservation;

    /// <summary>
    /// Whether the model is loaded when the application starts, which fails where it can't be; otherwise with the first request, and the health
    /// check says that it is not loaded yet. <c>true</c> unless given.
    /// </summary>
    public bool LoadAtStart { get; set; } = true;

    /// <summary>How many explanations the drift of reasons is measured against, and over: 10 or more; 500 unless given.</summary>
    public int DriftWindow { get; set; } = 500;
}

/// <summary>What an answer brings along besides the prediction.</summary>
[Flags]
public enum AnswerParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The strongest reasons: features, tokens, or places of a picture.</summary>
    Reasons = 1,

    /// <summary>Where the relevance went. Several times the memory, and about half as much time again.</summary>
    Conservation = 2,

    /// <summary>The relevance of every element of the input.</summary>
    Relevance = 4,

    /// <summary>The explanation as evidence, which <c>layerwise replay</c> can make again: <see cref="Explanation.ToAuditRecord"/>.</summary>
    Record = 8,
}

/// <summary>Refuses options out of range, each with its value and what it should be.</summary>
internal sealed class ExplainerOptionsValidation : IValidateOptions<ExplainerOptions>
{
    private const int MaxPictures = 100_000_000;

    public ValidateOptionsResult Validate(string? name, ExplainerOptions options)
    {
        var problems = new List<string>();
        void Check(bool fits, string option, object value, string range)
        {
            if (!fits)
            {
                problems.Add(FormattableString.Invariant($"{nameof(ExplainerOptions)}.{option} of '{name}' is {value}; it is {range}."));
            }
        }

        Check(options.MaxBodyBytes >= 1, nameof(options.MaxBodyBytes), options.MaxBodyBytes, "a number of bytes, 1 or more");
        Check(options.MaxPixels is >= 1 and <= MaxPictures, nameof(options.MaxPixels), options.MaxPixels, $"a number of pixels from 1 to {MaxPictures}");
        Check(options.MaxTextLength >= 1, nameof(options.MaxTextLength), options.MaxTextLength, "1 or more");
        Check(options.MaxTokens >= 1, nameof(options.MaxTokens), options.MaxTokens, "1 or more");
        Check(options.MaxConcurrency >= 1, nameof(options.MaxConcurrency), options.MaxConcurrency, "1 or more");
        Check(options.MaxQueue >= 0 && (long)options.MaxQueue + options.MaxConcurrency <= int.MaxValue, nameof(options.MaxQueue), options.MaxQueue, "0 or more");
        Check(options.Timeout > TimeSpan.Zero && options.Timeout <= TimeSpan.FromDays(1), nameof(options.Timeout), options.Timeout, "above 0 and up to a day");
        Check(options.TopClasses >= 1, nameof(options.TopClasses), options.TopClasses, "1 or more");
        Check(options.TopReasons >= 1, nameof(options.TopReasons), options.TopReasons, "1 or more");
        Check(Enum.IsDefined(options.Initial), nameof(options.Initial), options.Initial, $"{InitialRelevance.OneHot} or {InitialRelevance.Logit}");
        Check((options.Parts & ~(AnswerParts.Reasons | AnswerParts.Conservation | AnswerParts.Relevance | AnswerParts.Record)) == 0, nameof(options.Parts), options.Parts, $"a combination of {nameof(AnswerParts)}");
        Check(options.DriftWindow >= 10, nameof(options.DriftWindow), options.DriftWindow, "10 or more");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
