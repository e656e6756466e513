namespace Layerwise.Rendering;

/// <summary>One feature of a row of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value, as it is to be read.</param>
/// <param name="Contribution">Its relevance, in units of the logit.</param>
public sealed record Feature(string Name, string Value, double Contribution);

/// <summary>
/// What each feature of a row of a table adds to the logit or takes from it: bars one after the other, the largest first, from what no
/// feature accounts for (biases, stabilizers) to the logit.
/// </summary>
public static class Waterfall
{
    private const double Width = 680, LabelWidth = 230, NumberWidth = 84, RowHeight = 26, BarHeight = 14, Size = 12;

    /// <summary>Draws the contributions.</summary>
    /// <param name="features">One or more, in any order.</param>
    /// <param name="total">What the bars come to: the logit, where relevance started with it.</param>
    /// <param name="totalLabel">What it is, such as <c>Logit of good risk</c>.</param>
    /// <param name="colors">Their colours; <see cref="ColorMap.Even"/> unless given.</param>
    /// <param name="maxRows">The largest features are shown, the others as one bar; 1 or more.</param>
    /// <exception cref="ArgumentException">There is no feature.</exception>
    /// <exception cref="NotFiniteException">A number is NaN or infinite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No row is asked for.</exception>
    public static Figure Draw(IReadOnlyList<Feature> features, double total, string totalLabel = "Logit", ColorMap? colors = null, int maxRows = 12)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(totalLabel);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 1);
        if (features.Count == 0)
        {
            throw new ArgumentException("A waterfall needs a feature.", nameof(features));
        }

        if (features.FirstOrDefault(feature => !double.IsFinite(feature.Contribution)) is { } broken)
        {
            throw new NotFiniteException($"The contribution of '{Wording.OneLine(broken.Name)}' is {Numbers.Short(broken.Contribution)}, which cannot be drawn; give finite numbers.", nameof(features))
            {
                Name = broken.Name,
                Index = features.ToList().IndexOf(broken),
                Actual = broken.Contribution,
            };
        }

        if (!double.IsFinite(total))
        {
            throw new NotFiniteException($"The total is {Numbers.Short(total)}, which cannot be drawn; give a finite number.", nameof(total)) { Name = nameof(total), Index = 0, Actual = total };
        }

        var steps = Steps(features, total, maxRows);
        var axis = Axis.Around([0, total, .. steps.Select(step => step.From), .. steps.Select(step => step.To)]);
        var figure = new Figure(Width, (steps.Count + 1) * RowHeight + 14, $"What each feature adds to {totalLabel}, {Numbers.Short(total)}, or takes from it.");
        var bottom = (steps.Count + 1) * RowHeight + 4;
        figure.Add(new Line(axis.At(0), 0, axis.At(0), bottom, Ink.Faint));
        var largest = Math.Max(Math.Abs(total), steps.Max(step => Math.Abs(step.Change)));
        for (var row = 0; row < steps.Count; row++)
        {
            Draw(figure, steps[row], row * RowHeight, axis, largest, colors ?? ColorMap.Even);
        }

        var top = steps.Count * RowHeight + 4;
        figure.Add(new Line(0, top, Width, top, Ink.Faint));
        figure.Add(new Words(0, top + 18, Lettering.Fit(totalLabel, Size, LabelWidth), Ink.Text, Size, Bold: true));
        figure.Add(new Box(Math.Min(axis.At(0), axis.At(total)), top + 7, Math.Max(1, Math.Abs(axis.At(total) - axis.At(0))), BarHeight, Ink.Muted, 2));
        figure.Add(new Words(Width, top + 18, Numbers.Beside(total, largest, digits: 3), Ink.Text, Size, Anchor.End, Bold: true));
        return figure;
    }

    private static void Draw(Figure figure, Step step, double top, Axis axis, double largest, ColorMap colors)
    {
        var baseline = top + RowHeight / 2 + 4;
        var valueRoom = Math.Min(Lettering.Room(step.Value, Size), LabelWidth / 2);
        figure.Add(new Words(0, baseline, Lettering.Fit(step.Name, Size, LabelWidth - valueRoom - 8), step.IsFeature ? Ink.Text : Ink.Muted, Size));
        if (step.Value.Length > 0)
        {
            figure.Add(new Words(LabelWidth, baseline, Lettering.Fit(step.Value, Size, LabelWidth / 2), Ink.Muted, Size, Anchor.End));
        }

        var (from, to) = (axis.At(step.From), axis.At(step.To));
        Ink fill = step.IsFeature ? colors.At(0.9 * Math.Sign(step.Change)) : Ink.Faint;
        if (step.Change != 0)
        {
            figure.Add(new Box(Math.Min(from, to), top + (RowHeight - BarHeight) / 2, Math.Max(1, Math.Abs(to - from)), BarHeight, fill, Math.Min(2, Math.Abs(to - from) / 2)));
        }

        figure.Add(new Line(to, top + (RowHeight + BarHeight) / 2, to, top + RowHeight + (RowHeight - BarHeight) / 2, Ink.Faint));
        var change = Numbers.Beside(step.Change, largest, digits: 3);
        figure.Add(new Words(Width, baseline, step.Change > 0 ? "+" + change : change, Ink.Text, Size, Anchor.End));
    }

    private static List<Step> Steps(IReadOnlyList<Feature> features, double total, int maxRows)
    {
        var sorted = features.OrderByDescending(feature => Math.Abs(feature.Contribution)).ToList();
        var shown = sorted.Count <= maxRows + 1 ? sorted.Count : maxRows; // one more row costs no more than a row for the others
        var unaccounted = total - features.Sum(feature => feature.Contribution);
        var steps = new List<Step> { new("Biases and stabilizers", "", 0, unaccounted, IsFeature: false) };
        foreach (var feature in sorted.Take(shown))
        {
            steps.Add(new Step(feature.Name, feature.Value, steps[^1].To, feature.Contribution, IsFeature: true));
        }

        if (shown < sorted.Count)
        {
            steps.Add(new Step($"{sorted.Count - shown} other features", "", steps[^1].To, sorted.Skip(shown).Sum(feature => feature.Contribution), IsFeature: true));
        }

        return steps;
    }

    private sealed record Step(string Name, string Value, double From, double Change, bool IsFeature)
    {
        public double To => From + Change;
    }

    private readonly record struct Axis(double Low, double High)
    {
        private const double Left = LabelWidth + 20, Right = Width - NumberWidth;

        public static Axis Around(IReadOnlyCollection<double> values) => values.Min() < values.Max() ? new(values.Min(), values.Max()) : new(values.Min() - 1, values.Max() + 1);

        public double At(double value) => Left + (value - Low) / (High - Low) * (Right - Left);
    }
}
