using Layerwise.Compiler.Inputs;

namespace Layerwise.Compiler.Emit.Inputs;

/// <summary>Writes <c>Table</c>, and <c>Explain</c> and <c>Predict</c> for the user's own type of rows.</summary>
public sealed class TableWriter(TableSpec table) : InputWriter
{
    private const string Why = "global::Layerwise.TableExplanation";
    private const string Rest = "global::Layerwise.ExplainOptions? options = null";
    private const string Target = "global::Layerwise.Target target = default";

    public override string Interface => "global::Layerwise.ITableExplainer";

    public override void Write(SourceWriter writer, bool hasLabels, IReadOnlyList<LayerRow> layers, string? stub)
    {
        writer.Line("global::Layerwise.TableInput global::Layerwise.ITableExplainer.Table => Table;").Line();
        writer.Line($"/// <summary>How a row becomes the network's input: {table.Features.Count} features, (number − mean) / std.</summary>");
        if (stub is not null)
        {
            writer.Line($"public static global::Layerwise.TableInput Table => {stub};").Line();
        }
        else
        {
            writer.Line("public static global::Layerwise.TableInput Table { get; } = new(").Open(bracket: "[");
            writer.Lines(table.Features.Select(name => Literal.Of(name) + ","));
            writer.Close("])").Open();
            writer.Line($"Mean = {Literal.List(table.Mean.Select(m => (float)m))},");
            writer.Line($"Std = {Literal.List(table.Std.Select(s => (float)s))},");
            writer.Close("};").Line();
        }

        if (table.Row is { } row)
        {
            WriteRows(writer, row, hasLabels, stub);
        }
    }

    private static void WriteRows(SourceWriter writer, RowType row, bool hasLabels, string? stub)
    {
        var access = row.IsPublic ? "public" : "internal";
        var many = $"global::System.Collections.Generic.IReadOnlyList<{row.Name}>";
        foreach (var (type, name, rows, what) in new[] { (row.Name, "row", "[Numbers(row)]", "a row"), (many, "rows", "global::System.Linq.Enumerable.ToList(global::System.Linq.Enumerable.Select(rows, Numbers))", "rows in one batch") })
        {
            writer.Line($"/// <summary>Explains {what}; the arg-max unless a target is given.</summary>");
            writer.Line($"{access} {Why} Explain({type} {name}, {Target}, {Rest}) => {stub ?? $"global::Layerwise.TableExplainers.ExplainRows(this, {rows}, target, options)"};").Line();
            if (hasLabels)
            {
                writer.Line($"/// <summary>Explains one class of {what}.</summary>");
                writer.Line($"{access} {Why} Explain({type} {name}, Label label, {Rest}) => {stub ?? $"global::Layerwise.TableExplainers.ExplainRows(this, {rows}, (int)label, options)"};").Line();
                writer.Line($"/// <summary>Explains the class of an index, 0-based, of {what}.</summary>");
                writer.Line($"{access} {Why} Explain({type} {name}, int index, {Rest}) => {stub ?? $"global::Layerwise.TableExplainers.ExplainRows(this, {rows}, index, options)"};").Line();
            }

            writer.Line($"/// <summary>Runs the network forward on {what}.</summary>");
            writer.Line($"{access} float[] Predict({type} {name}, global::System.Threading.CancellationToken cancellationToken = default) => {stub ?? $"global::Layerwise.TableExplainers.PredictRows(this, {rows}, cancellationToken)"};").Line();
        }

        if (stub is null)
        {
            WriteNumbers(writer, row);
        }
    }

    /// <summary>The numbers of a row, a line for each feature.</summary>
    private static void WriteNumbers(SourceWriter writer, RowType row)
    {
        writer.Open($"private static float[] Numbers({row.Name} row)");
        if (row.IsReference)
        {
            writer.Line("global::System.ArgumentNullException.ThrowIfNull(row);");
        }

        writer.Line("return").Open(bracket: "[");
        writer.Lines(row.Properties.Select(property => property.Kind switch
        {
            RowKind.Flag => $"row.{property.Name} ? 1 : 0,",
            RowKind.Cast => $"(float)row.{property.Name},",
            _ => $"row.{property.Name},",
        }));
        writer.Close("];");
        writer.Close().Line();
    }
}
