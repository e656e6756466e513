using Spectre.Console;

namespace Layerwise.Tool;

/// <summary>Tables and progress on the two streams.</summary>
internal static class Terminal
{
    public static IAnsiConsole For(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = output });
        if (!output.IsTerminal)
        {
            console.Profile.Width = 1000; // one row is one line for whatever reads it
        }

        return console;
    }

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

    /// <summary>Adds a row of text, which is taken as it is, whoever wrote it.</summary>
    public static void Row(this Table table, params IReadOnlyList<string> cells) => table.AddRow(cells.Select(cell => new Text(Printable.Line(cell))));

    /// <summary>Does work, with a spinner where someone watches.</summary>
    public static T Working<T>(TextWriter error, string what, Func<T> work) => Working(error, what, _ => work());

    /// <summary>Does work that says what it is at, with a spinner where someone watches.</summary>
    public static T Working<T>(TextWriter error, string what, Func<Action<string>, T> work)
    {
        var console = For(error);
        return console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal
            ? console.Status().Start(what, status => work(now => status.Status(Markup.Escape(Printable.Line(now)))))
            : work(_ => { });
    }
}
