using Spectre.Console;

namespace Layerwise.Tool;

/// <summary>Tables and progress on the two streams: for a person on a terminal, plain text for whatever else reads it.</summary>
internal static class Terminal
{
    public static IAnsiConsole For(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = output.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = HasColors(output.IsTerminal, Environment.GetEnvironmentVariable("NO_COLOR")) ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!output.IsTerminal)
        {
            console.Profile.Width = 1000; // one row is one line for whatever reads it
        }

        return console;
    }

    /// <summary>Colours are for terminals, and for those who have not asked for none (no-color.org: any value but an empty one).</summary>
    public static bool HasColors(bool isTerminal, string? noColor) => isTerminal && string.IsNullOrEmpty(noColor);

    /// <summary>A table without lines, its columns as wide as they need.</summary>
    public static Table Table(params string[] columns)
    {
        var table = new Table { Border = TableBorder.None };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))) { Padding = new Padding(0, 0, 3, 0) });
        }

        return table;
    }

    /// <summary>A table of two columns without heads: what, and what of it.</summary>
    public static Table Facts()
    {
        var table = Table("", "");
        table.ShowHeaders = false;
        return table;
    }

    /// <summary>Adds a row of text, which is taken as it is, whoever wrote it.</summary>
    public static void Row(this Table table, params IReadOnlyList<string> cells) => table.AddRow(cells.Select(cell => new Text(Printable.Line(cell))));

    /// <summary>Adds a row whose last cell is good news or bad.</summary>
    public static void Verdict(this Table table, bool good, params IReadOnlyList<string> cells)
        => table.AddRow(cells.Select((cell, i) => new Text(Printable.Line(cell), i == cells.Count - 1 ? new Style(good ? Color.Green : Color.Red) : Style.Plain)));

    /// <summary>Does work, with a spinner where someone watches.</summary>
    public static T Working<T>(TextWriter error, string what, Func<T> work) => Working(error, what, _ => work());

    /// <summary>Does work that says what it is at, with a spinner where someone watches.</summary>
    public static T Working<T>(TextWriter error, string what, Func<Action<string>, T> work)
    {
        var console = For(error);
        return IsWatched(console)
            ? console.Status().Start(what, status => work(now => status.Status(Markup.Escape(Printable.Line(now)))))
            : work(_ => { });
    }

    /// <summary>Does work item by item, with a bar where someone watches.</summary>
    public static void Each<T>(TextWriter error, string what, IReadOnlyList<T> items, Action<T> work)
    {
        var console = For(error);
        if (!IsWatched(console))
        {
            foreach (var item in items)
            {
                work(item);
            }

            return;
        }

        console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).Start(progress =>
        {
            var task = progress.AddTask(what, maxValue: items.Count);
            foreach (var item in items)
            {
                work(item);
                task.Increment(1);
            }
        });
    }

    private static bool IsWatched(IAnsiConsole console) => console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal;
}
