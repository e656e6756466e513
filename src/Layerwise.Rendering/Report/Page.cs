namespace Layerwise.Rendering;

/// <summary>The frame of an HTML page that stands alone: nothing to be fetched, no script.</summary>
internal static class Page
{
    private static readonly string Style = ReadStyle();

    /// <summary>A page from top to bottom.</summary>
    /// <param name="title">The window's title; text.</param>
    /// <param name="kicker">What stands above the heading; text.</param>
    /// <param name="heading">The heading; text.</param>
    /// <param name="lead">The first paragraph; HTML.</param>
    /// <param name="sections">The rest; HTML.</param>
    public static string Write(string title, string kicker, string heading, string lead, string sections) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <title>{Html.Name(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <main>
        <header>
        <p class="kicker">{Html.Name(kicker)}</p>
        <h1>{Html.Name(heading)}</h1>
        <p class="lead">{lead}</p>
        </header>
        {sections}
        </main>
        </body>
        </html>

        """.ReplaceLineEndings("\n");

    /// <summary>Names and values, both HTML.</summary>
    public static string Facts(IEnumerable<(string Name, string Value)> facts)
        => $"<dl>\n{string.Concat(facts.Select(fact => $"<dt>{fact.Name}</dt><dd>{fact.Value}</dd>\n"))}</dl>";

    private static string ReadStyle()
    {
        using var stream = typeof(Page).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Trim();
    }
}
