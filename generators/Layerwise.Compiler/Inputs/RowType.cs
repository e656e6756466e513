namespace Layerwise.Compiler.Inputs;

/// <summary>A type of the user's whose properties are the features of a table.</summary>
/// <param name="Name">As C# writes it in full: <c>global::Shop.Applicant</c>.</param>
/// <param name="IsPublic">Whether everyone who sees the explainer may see it.</param>
/// <param name="IsReference">Whether it may be null.</param>
/// <param name="Properties">What can be read of it.</param>
public sealed record RowType(string Name, bool IsPublic, bool IsReference, EquatableList<RowProperty> Properties)
{
    /// <summary>The property of each feature, in their order. Others may stay: a name, a number of the row.</summary>
    /// <exception cref="CompilationException">LW0008: a feature has no property, or one that is no number.</exception>
    public RowType For(IEnumerable<string> features)
    {
        var own = Properties.GroupBy(property => Plain(property.Name)).ToDictionary(same => same.Key, same => same.ToList());
        List<string> missing = [], ambiguous = [], unfit = [];
        List<RowProperty> columns = [];
        foreach (var feature in features)
        {
            switch (own.TryGetValue(Plain(feature), out var found) ? found : [])
            {
                case []:
                    missing.Add($"'{feature}'");
                    break;
                case [{ Kind: RowKind.Other } property]:
                    unfit.Add($"'{property.Name}' is of type {property.Type}");
                    break;
                case [var property]:
                    columns.Add(property);
                    break;
                case var several:
                    ambiguous.Add($"'{feature}' ({string.Join(" or ", several.Select(p => p.Name))})");
                    break;
            }
        }

        if (missing.Count + ambiguous.Count + unfit.Count == 0)
        {
            return this with { Properties = new(columns) };
        }

        List<string> what = [];
        if (missing.Count > 0)
        {
            what.Add($"has no property for {Wording.List(missing)}");
        }

        if (ambiguous.Count > 0)
        {
            what.Add($"has several for {Wording.List(ambiguous)}");
        }

        if (unfit.Count > 0)
        {
            what.Add($"has one that is neither a number, a bool nor an enum: {Wording.List(unfit)}");
        }

        throw new CompilationException("LW0008", $"The record '{Name.Replace("global::", "")}' {string.Join("; it ", what)}. "
            + $"The features are {Wording.List(features.Select(f => $"'{f}'"))}; its properties are {(Properties.Count == 0 ? "none" : Wording.List(Properties.Select(p => $"'{p.Name}'")))}.");
    }

    // OpenLoans, open_loans and "open loans" are the same.
    private static string Plain(string name) => new([.. name.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
}

/// <summary>A property that can be read.</summary>
/// <param name="Name">As C# writes it.</param>
/// <param name="Type">Its type, for a message.</param>
/// <param name="Kind">How it becomes a number.</param>
public sealed record RowProperty(string Name, string Type, RowKind Kind);

/// <summary>How a property becomes a number.</summary>
public enum RowKind
{
    /// <summary>It is none.</summary>
    Other,

    /// <summary>A number that C# converts by itself.</summary>
    Number,

    /// <summary>A wider number, or an enum: by a cast.</summary>
    Cast,

    /// <summary>A bool: 0 or 1.</summary>
    Flag,
}
