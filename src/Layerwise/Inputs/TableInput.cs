namespace Layerwise;

/// <summary>How a row of a table becomes a network's input: the names of its features, in their order, and value = (number − mean) / std.</summary>
public sealed record TableInput
{
    private readonly IReadOnlyList<float> _mean = [0f], _std = [1f];
    private readonly Dictionary<string, int> _places;

    /// <summary>A table of features.</summary>
    /// <param name="features">One or more names, each once.</param>
    /// <exception cref="ArgumentException">There is no name, or one is there twice.</exception>
    public TableInput(IReadOnlyList<string> features)
    {
        ArgumentNullException.ThrowIfNull(features);
        _places = new Dictionary<string, int>(features.Count, StringComparer.Ordinal);
        for (var i = 0; i < features.Count; i++)
        {
            if (!_places.TryAdd(features[i], i))
            {
                throw new ArgumentException($"The feature '{features[i]}' is there twice; give each a name of its own.", nameof(features));
            }
        }

        Features = features.Count > 0 ? features : throw new ArgumentException("A table has one feature or more.", nameof(features));
    }

    /// <summary>The names of the features, in the network's order.</summary>
    public IReadOnlyList<string> Features { get; }

    /// <summary>Subtracted: one number for all features or one a feature; 0 unless given.</summary>
    /// <exception cref="ArgumentException">There are other numbers than one, or one a feature, or one is NaN or infinite.</exception>
    public IReadOnlyList<float> Mean
    {
        get => _mean;
        init => _mean = Check(value, float.IsFinite, "A mean is a finite number");
    }

    /// <summary>Divides: one number for all features or one a feature; above 0, 1 unless given.</summary>
    /// <exception cref="ArgumentException">There are other numbers than one, or one a feature, or one is not above 0.</exception>
    public IReadOnlyList<float> Std
    {
        get => _std;
        init => _std = Check(value, std => float.IsFinite(std) && std > 0, "A standard deviation is a finite number above 0");
    }

    /// <summary>The network's input for one row.</summary>
    /// <param name="row">A number for each of the <see cref="Features"/>, as they stand in the table.</param>
    /// <returns>One sample.</returns>
    /// <exception cref="ShapeException">There are more or fewer numbers.</exception>
    /// <exception cref="NotFiniteException">A number is NaN or infinite.</exception>
    public float[] ToSample(ReadOnlySpan<float> row)
    {
        if (row.Length != Features.Count)
        {
            throw new ShapeException($"The row has {row.Length} numbers; the table has {Features.Count} features: {Named(Features)}.", nameof(row))
            {
                Name = nameof(row),
                Expected = $"{Features.Count} numbers",
                Actual = $"{row.Length} numbers",
            };
        }

        var sample = new float[row.Length];
        for (var i = 0; i < row.Length; i++)
        {
            sample[i] = float.IsFinite(row[i])
                ? (row[i] - _mean[_mean.Count == 1 ? 0 : i]) / _std[_std.Count == 1 ? 0 : i]
                : throw new NotFiniteException($"The feature '{Wording.OneLine(Features[i])}' is {row[i].ToString(System.Globalization.CultureInfo.InvariantCulture)}; give a finite number.", nameof(row))
                {
                    Name = Features[i],
                    Index = i,
                    Actual = row[i],
                };
        }

        return sample;
    }

    /// <summary>The numbers of a row by name, in the network's order.</summary>
    /// <param name="row">A number for each of the <see cref="Features"/>, and no others.</param>
    /// <exception cref="FeatureException">A feature is missing, or there is one that the table has not.</exception>
    public float[] Order(IReadOnlyDictionary<string, float> row)
    {
        ArgumentNullException.ThrowIfNull(row);
        List<string> missing = [.. Features.Where(name => !row.ContainsKey(name))], strange = [.. row.Keys.Where(name => !_places.ContainsKey(name))];
        if (missing.Count + strange.Count > 0)
        {
            var what = string.Join(" and ", new[] { missing.Count > 0 ? $"lacks {Named(missing)}" : "", strange.Count > 0 ? $"has {Named(strange)}, which the table has not" : "" }.Where(text => text.Length > 0));
            throw new FeatureException($"The row {what}. The features are {Named(Features)}.", nameof(row)) { Missing = missing, Unknown = strange };
        }

        return [.. Features.Select(name => row[name])];
    }

    /// <summary>Equality of all names and numbers.</summary>
    /// <param name="other">The other.</param>
    public bool Equals(TableInput? other) => other is not null && Features.SequenceEqual(other.Features) && Mean.SequenceEqual(other.Mean) && Std.SequenceEqual(other.Std);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Features.Count, Features[0], Mean[0], Std[0]);

    private IReadOnlyList<float> Check(IReadOnlyList<float> numbers, Func<float, bool> fits, string what)
        => numbers is not null && (numbers.Count == 1 || numbers.Count == Features.Count) && numbers.All(fits)
            ? numbers
            : throw new ArgumentException($"{what}: one for all features, or one for each of {Features.Count}.", nameof(numbers));

    private static string Named(IReadOnlyList<string> names)
    {
        const int Listed = 20;
        return Wording.OneLine(string.Join(", ", names.Take(Listed).Select(name => $"'{name}'")) + (names.Count > Listed ? $" and {names.Count - Listed} more" : ""));
    }
}
