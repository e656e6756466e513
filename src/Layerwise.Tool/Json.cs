using System.Text;
using System.Text.Json;

namespace Layerwise.Tool;

/// <summary>What the tool's JSON has in common. JSON has no NaN and no infinities: they are null.</summary>
internal static class Json
{
    /// <summary>An object on one line.</summary>
    public static string Object(Action<Utf8JsonWriter> members)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Names or other texts.</summary>
    public static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    /// <summary>An object for each of some things.</summary>
    public static void Objects<T>(Utf8JsonWriter json, string name, IEnumerable<T> items, Action<T> members)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            json.WriteStartObject();
            members(item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>A shape.</summary>
    public static void Shape(Utf8JsonWriter json, string name, IEnumerable<long> shape)
    {
        json.WriteStartArray(name);
        foreach (var dim in shape)
        {
            json.WriteNumberValue(dim);
        }

        json.WriteEndArray();
    }

    /// <summary>A number, shortest form.</summary>
    public static void Number<T>(Utf8JsonWriter json, string name, T value)
        where T : System.Numerics.IFloatingPoint<T>
    {
        json.WritePropertyName(name);
        json.WriteRawValue(T.IsFinite(value) ? value.ToString("R", System.Globalization.CultureInfo.InvariantCulture) : "null");
    }

    /// <summary>Where the relevance of a sample went.</summary>
    public static void Balance(Utf8JsonWriter json, Conservation balance)
    {
        Number(json, "target", balance.Target);
        Number(json, "inputSum", balance.InputSum);
        Number(json, "biasShare", balance.BiasShare);
        Number(json, "stabilizerShare", balance.StabilizerShare);
        Number(json, "withheld", balance.Withheld);
        Number(json, "gap", balance.Gap);
    }

    /// <summary>Where the relevance of a layer went.</summary>
    public static void Balance(Utf8JsonWriter json, double taken, double given, double bias, double stabilizer, double gap)
    {
        Number(json, "taken", taken);
        Number(json, "given", given);
        Number(json, "biasShare", bias);
        Number(json, "stabilizerShare", stabilizer);
        Number(json, "gap", gap);
    }
}
