namespace Layerwise.Rendering;

/// <summary>What a model says of one class.</summary>
/// <param name="Index">The class, 0-based.</param>
/// <param name="Label">Its label, or <c>null</c>.</param>
/// <param name="Logit">The model's number for it, before a final Softmax or Sigmoid.</param>
/// <param name="Probability">0 to 1, or <c>null</c> where the model gives none.</param>
public sealed record ClassScore(int Index, string? Label, double Logit, double? Probability)
{
    /// <summary>The label, or the index where there is none.</summary>
    public string Name => Label ?? $"class {Index}";

    /// <summary>The first of a label's synonyms, which commas separate: <c>timber wolf</c> of <c>timber wolf, grey wolf, Canis lupus</c>.</summary>
    public string ShortName => Name.Split(',')[0].Trim() is { Length: > 0 } first ? first : Name;

    /// <summary>All classes of one sample, with probabilities: by Softmax where there are several, or each by Sigmoid.</summary>
    /// <param name="logits">One sample's.</param>
    /// <param name="labels">Labels in the classes' order; may be fewer, or none.</param>
    /// <param name="independent">Whether each class has a probability of its own, as <see cref="Explanation.HasIndependentClasses"/> says.</param>
    /// <exception cref="NotFiniteException">A logit is NaN or infinite.</exception>
    public static IReadOnlyList<ClassScore> Of(ReadOnlySpan<float> logits, IReadOnlyList<string>? labels = null, bool independent = false)
    {
        Refuse.NotFinite(logits, nameof(logits));
        var values = Array.ConvertAll(logits.ToArray(), logit => (double)logit);
        var max = values.Length == 0 ? 0 : values.Max();
        var sum = values.Sum(logit => Math.Exp(logit - max));
        double? Probability(double logit) => independent ? 1 / (1 + Math.Exp(-logit)) : values.Length > 1 ? Math.Exp(logit - max) / sum : null;
        return [.. values.Select((logit, index) => new ClassScore(index, labels is not null && index < labels.Count ? labels[index] : null, logit, Probability(logit)))];
    }
}

/// <summary>The model that is explained.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Sha256">SHA-256 of the file, in hexadecimal digits.</param>
/// <param name="Bytes">The file's length.</param>
public sealed record ReportModel(string File, string Sha256, long Bytes)
{
    /// <summary>Reads what identifies a model file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ReportModel Of(string path)
    {
        using var file = System.IO.File.OpenRead(path);
        return new ReportModel(Path.GetFileName(path), Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(file)).ToLowerInvariant(), file.Length);
    }
}

/// <summary>How an explanation was computed.</summary>
/// <param name="Name">The method, such as <c>Layer-wise Relevance Propagation</c>.</param>
/// <param name="Composite">The composite; <c>null</c> for methods that have none.</param>
/// <param name="Start">What the target started with, such as <c>its logit</c>.</param>
/// <param name="Parameters">The composite's parameters, each with its value.</param>
public sealed record ReportMethod(string Name, string? Composite, string Start, IReadOnlyList<KeyValuePair<string, string>> Parameters);

/// <summary>A part of a report that shows relevance.</summary>
public sealed class ReportPart
{
    private ReportPart(string title, string content, string caption) => (Title, Content, Caption) = (title, content, caption);

    internal string Title { get; }

    /// <summary>HTML.</summary>
    internal string Content { get; }

    internal string Caption { get; }

    /// <summary>A figure under a title.</summary>
    /// <param name="title">A few words.</param>
    /// <param name="figure">Any figure.</param>
    /// <param name="caption">What to see in it; may be empty.</param>
    public static ReportPart Of(string title, Figure figure, string caption)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(figure);
        ArgumentNullException.ThrowIfNull(caption);
        return new ReportPart(title, figure.ToHtml(), caption);
    }

    /// <summary>A text with its relevance, and the colours' scale.</summary>
    /// <param name="title">A few words.</param>
    /// <param name="text">The text.</param>
    /// <param name="caption">What to see in it; may be empty.</param>
    public static ReportPart Of(string title, HighlightedText text, string caption)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(caption);
        return new ReportPart(title, text.ToHtml() + ColorBar.Draw(text.Scale, text.Colors).ToHtml(), caption);
    }
}

/// <summary>
/// Why a model said what it said about one input, as one HTML file: nothing to be fetched, no script, for light and dark screens and for
/// paper. Names and labels may be whatever a file holds.
/// </summary>
public sealed record Report
{
    /// <summary>The model.</summary>
    public required ReportModel Model { get; init; }

    /// <summary>What was explained, such as the picture's file name or the row of a table.</summary>
    public required string Input { get; init; }

    /// <summary>What the model says of each class, in any order; the most likely are shown.</summary>
    public required IReadOnlyList<ClassScore> Classes { get; init; }

    /// <summary>The explained class: the index of one of the <see cref="Classes"/>.</summary>
    public required int Target { get; init; }

    /// <summary>The class that it is compared with, or <c>null</c>.</summary>
    public int? Against { get; init; }

    /// <summary>The pictures, the table or the text.</summary>
    public required IReadOnlyList<ReportPart> Parts { get; init; }

    /// <summary>How it was computed.</summary>
    public required ReportMethod Method { get; init; }

    /// <summary>The network's layers with the rule of each and why.</summary>
    public IReadOnlyList<Layer> Layers { get; init; } = [];

    /// <summary>Where the relevance went; <c>null</c> where it was not counted.</summary>
    public Conservation? Conservation { get; init; }

    /// <summary>What computed it, such as <c>Layerwise 0.1.0</c>.</summary>
    public string Generator { get; init; } = $"Layerwise {typeof(Layer).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>When it was computed.</summary>
    public DateTimeOffset Created { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>How long the explanation took; <c>null</c> where it was not measured.</summary>
    public TimeSpan? Took { get; init; }

    /// <summary>The whole file.</summary>
    /// <exception cref="InvalidOperationException">The target is none of the classes.</exception>
    public string ToHtml() => ReportPage.Write(this);

    internal ClassScore TargetClass => Find(Target);

    internal ClassScore? AgainstClass => Against is { } against ? Find(against) : null;

    private ClassScore Find(int index) => Classes.FirstOrDefault(one => one.Index == index)
        ?? throw new InvalidOperationException($"The report explains class {index}, which is none of its {Classes.Count} classes.");
}
