using System.Text.Json;

namespace Layerwise.AspNetCore.Requests;

/// <summary>Numbers in JSON, which are untrusted: counted while they are read, so that no more are kept than fit.</summary>
internal static class JsonNumbers
{
    private const int MaxDepth = 16;

    /// <summary>Reads one document whole.</summary>
    /// <exception cref="Refusal">It is no JSON, or there is more than one.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, ReadDocument<T> read)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            var document = read(ref reader);
            return reader.Read() ? throw Refusal.Unreadable("malformed-json", "Something follows the JSON; send one array or one object.") : document;
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line ? $" at line {line + 1}, byte {e.BytePositionInLine + 1}" : "";
            throw Refusal.Unreadable("malformed-json", $"The body is no JSON{place}, or it is more than {MaxDepth} levels deep; NaN and Infinity are no JSON either. Send numbers as {{\"name\": [1, 2.5]}} or [1, 2.5].");
        }
        catch (InvalidOperationException) // a text that is no UTF-8
        {
            throw Refusal.Unreadable("malformed-json", "The body is JSON with a text that is no UTF-8; send UTF-8.");
        }
    }

    /// <summary>Reads a property's name and value one after the other, from the start of an object to its end.</summary>
    /// <exception cref="Refusal">A name comes twice.</exception>
    public static void ReadObject(ref Utf8JsonReader reader, ReadProperty property)
    {
        var seen = new HashSet<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!seen.Add(name))
            {
                throw Refusal.Unreadable("malformed-json", $"{RequestBody.Quoted(name)} stands twice in the object; give it once.");
            }

            reader.Read();
            property(name, ref reader);
        }
    }

    /// <summary>A number that a float32 holds.</summary>
    /// <exception cref="Refusal">It is none.</exception>
    public static double ReadNumber(ref Utf8JsonReader reader, string name)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw Refusal.Unfit("not-a-number", $"{RequestBody.Quoted(name)} is {Kind(reader.TokenType)}; give a number.");
        }

        return reader.TryGetDouble(out var number) && float.IsFinite((float)number) ? number
            : throw Refusal.Unfit("not-finite", $"A number of {RequestBody.Quoted(name)} is beyond the range of a float32; give one of up to 3.4e38.");
    }

    /// <summary>A flat or nested array of numbers, every row as long as the others.</summary>
    /// <param name="reader">At the array's start.</param>
    /// <param name="name">What is read.</param>
    /// <param name="max">How many numbers fit.</param>
    /// <exception cref="Refusal">It holds something else, too much, or rows of several lengths.</exception>
    public static JsonArray ReadArray(ref Utf8JsonReader reader, string name, long max)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Refusal.Unfit("not-an-array", $"{RequestBody.Quoted(name)} is {Kind(reader.TokenType)}; give an array of numbers, flat or nested.");
        }

        var values = new List<double>();
        var counts = new Stack<long>([0]); // of the elements of each array that is open
        var sizes = new Dictionary<int, long>(); // of the closed arrays, by depth
        var leaf = 0; // the depth at which numbers stand, once one was seen
        while (counts.Count > 0)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                var (depth, size) = (counts.Count, counts.Pop());
                if (sizes.TryGetValue(depth, out var other) && other != size)
                {
                    throw Ragged();
                }

                sizes[depth] = size;
                continue;
            }

            counts.Push(counts.Pop() + 1);
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                counts.Push(0);
                continue;
            }

            values.Add(ReadNumber(ref reader, name));
            if (values.Count > max)
            {
                throw Refusal.Unfit("too-many-numbers", $"{RequestBody.Quoted(name)} has more than the {max} numbers of one sample; send one sample.");
            }

            if (leaf != 0 && leaf != counts.Count)
            {
                throw Ragged();
            }

            leaf = counts.Count;
        }

        long[] shape = [.. sizes.OrderBy(size => size.Key).Select(size => size.Value)];
        return shape.Length == Math.Max(leaf, 1) && shape.Aggregate(1L, (product, size) => product * size) == values.Count ? new JsonArray(shape, values) : throw Ragged();

        Refusal Ragged() => Refusal.Unfit("ragged-array", $"{RequestBody.Quoted(name)} is an array whose rows differ in length or depth; give each as many numbers.");
    }

    public static string Kind(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray => "an array",
        JsonTokenType.StartObject => "an object",
        JsonTokenType.String => "a text",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        JsonTokenType.Null => "null",
        _ => "a number",
    };
}

internal delegate T ReadDocument<T>(ref Utf8JsonReader reader);

internal delegate void ReadProperty(string name, ref Utf8JsonReader reader);

/// <summary>Numbers in row-major order.</summary>
/// <param name="Shape">One size for a flat array.</param>
/// <param name="Values">As many as the sizes' product.</param>
internal sealed record JsonArray(IReadOnlyList<long> Shape, IReadOnlyList<double> Values);
