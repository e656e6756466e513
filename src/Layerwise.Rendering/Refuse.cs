using System.Globalization;

namespace Layerwise.Rendering;

/// <summary>What every public entry refuses.</summary>
internal static class Refuse
{
    /// <summary>The most pixels of a picture, read or drawn: what a small file may claim to hold, and a large shape may ask for.</summary>
    public const long MaxPixels = 100_000_000;

    /// <exception cref="NotFiniteException">A value is NaN or infinite.</exception>
    public static void NotFinite(ReadOnlySpan<float> values, string parameter)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                var value = values[i].ToString(CultureInfo.InvariantCulture);
                throw new NotFiniteException($"The {parameter} is {value} at element {i} of {values.Length}, which cannot be drawn; give finite numbers.", parameter)
                {
                    Name = parameter,
                    Index = i,
                    Actual = values[i],
                };
            }
        }
    }

    /// <exception cref="ShapeException">There are not as many values as there should be.</exception>
    public static void OtherLength(int length, long expected, string parameter, string what)
    {
        if (length != expected)
        {
            throw OtherShape($"The {parameter} has {length} values; {what} has {expected}.", parameter, $"{expected} values", $"{length} values");
        }
    }

    /// <summary>What cannot be drawn because of its shape.</summary>
    public static ShapeException OtherShape(string message, string parameter, string expected, string actual)
        => new(message, parameter) { Name = parameter, Expected = expected, Actual = actual };

    /// <exception cref="ArgumentOutOfRangeException">A side is less than 1, or there are too many pixels.</exception>
    public static void Size(long width, long height)
    {
        if (width < 1 || height < 1 || width > MaxPixels || height > MaxPixels || width * height > MaxPixels)
        {
            throw new ArgumentOutOfRangeException(nameof(width), $"{width}x{height}", $"A picture has 1 to {MaxPixels / 1_000_000} million pixels.");
        }
    }
}
