using System.Globalization;
using System.Text.Json;
using Layerwise.AspNetCore.Requests;
using Layerwise.Rendering;
using static TorchSharp.torch;

namespace Layerwise.AspNetCore.Questions;

/// <summary>Why a network says what it says about numbers, whatever they stand for: an array for each of its inputs.</summary>
internal sealed class NumbersQuestion(Runtime.Network network, IReadOnlyList<JsonArray> inputs) : Question
{
    private const int MinSide = 512;

    public override string Kind => "numbers";

    /// <exception cref="Refusal">The body is no JSON, or its numbers do not fit the network's inputs.</exception>
    public static NumbersQuestion Read(Runtime.Network network, RequestBody body)
        => JsonNumbers.Read(body.Bytes.Span, (ref Utf8JsonReader reader) => new NumbersQuestion(network, ReadInputs(ref reader, network.Inputs)));

    public override Explanation Explain(Target target, ExplainOptions options)
    {
        if (network.Inputs is [{ IsOpen: false, IsFloat: true }])
        {
            return network.Explain(Floats(inputs[0]), target, options);
        }

        using var scope = NewDisposeScope();
        var tensors = inputs.Zip(network.Inputs, ToTensor).ToArray();
        return network.Explain(tensors, target, options);
    }

    public override float[] PartsOf(Explanation why) => why.RelevanceOf();

    public override ReasonAnswer Describe(Explanation why, int part, double relevance, double share)
    {
        var place = new long[Shape.Count];
        for (long axis = Shape.Count - 1, rest = part; axis >= 0; rest /= Shape[(int)axis], axis--)
        {
            place[axis] = rest % Shape[(int)axis];
        }

        return new ReasonAnswer($"{network.Inputs[0].Name}[{string.Join(", ", place.Select(at => at.ToString(CultureInfo.InvariantCulture)))}]", relevance, share)
        {
            Value = inputs[0].Values[part],
        };
    }

    public override byte[] ToPng(Explanation why)
        => Layout is { } layout ? Heatmap.Alone(why.RelevanceOf(), layout, new HeatmapOptions { MinSide = MinSide }).ToPng() : Bars(why).ToPng();

    public override ReportPart ToPart(Explanation why, ClassScore explained)
    {
        var caption = $"Red speaks for {explained.ShortName}, blue against it.";
        return Layout switch
        {
            null => ReportPart.Of("What each number adds", Bars(why), caption),
            { Space.Count: 1 } layout => ReportPart.Of("What speaks for it in the signal", SignalMap.Draw(Floats(inputs[0]), why.RelevanceOf(), layout), caption),
            { Space.Count: 3 } layout => ReportPart.Of("What speaks for it in the volume", VolumeSlices.Draw(Floats(inputs[0]), why.RelevanceOf(), layout), caption),
            var layout => ReportPart.Of("What speaks for it", ContactSheet.Draw([new SheetCell(Heatmap.Alone(why.RelevanceOf(), layout))], 1, 320, ColorBar.Draw(Heatmap.Scale(why.RelevanceOf(), layout))), caption),
        };
    }

    /// <summary>The first input's sample.</summary>
    private IReadOnlyList<long> Shape => inputs[0].Shape;

    private SampleLayout? Layout => SampleLayout.Of(Shape);

    private Figure Bars(Explanation why)
    {
        var features = why.RelevanceOf().Select((relevance, i) => new Feature(Describe(why, i, 0, 0).Name, inputs[0].Values[i].ToString("G4", CultureInfo.InvariantCulture), relevance)).ToList();
        return Waterfall.Draw(features, why.HasConservation ? why.Conservation.Target : features.Sum(feature => feature.Contribution), "Relevance");
    }

    private static JsonArray[] ReadInputs(ref Utf8JsonReader reader, IReadOnlyList<Port> ports)
    {
        if (reader.TokenType == JsonTokenType.StartArray && ports is [var only])
        {
            return [Fit(only, JsonNumbers.ReadArray(ref reader, only.Name, Room(only)))];
        }

        var names = Wording.List(ports.Select(port => $"'{port.Name}'"));
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Refusal.Unfit("not-an-object", $"The body is {JsonNumbers.Kind(reader.TokenType)}; send an object with an array for {names}.");
        }

        var arrays = new Dictionary<string, JsonArray>();
        JsonNumbers.ReadObject(ref reader, (string name, ref Utf8JsonReader value) =>
        {
            var port = ports.FirstOrDefault(port => port.Name == name) ?? throw Refusal.Unfit("unknown-input", $"{RequestBody.Quoted(name)} is no input of the model; it has {names}.");
            arrays[name] = Fit(port, JsonNumbers.ReadArray(ref value, name, Room(port)));
        });
        return [.. ports.Select(port => arrays.TryGetValue(port.Name, out var array) ? array : throw Refusal.Unfit("missing-input", $"The input '{port.Name}' is missing; it is {port.ShapeText}."))];
    }

    private static long Room(Port port) => port.IsOpen ? long.MaxValue : port.Size;

    /// <summary>One sample: with its shape, with a batch of one in front, or flat where the shape is known.</summary>
    private static JsonArray Fit(Port port, JsonArray array)
    {
        if (!port.IsFloat && array.Values.FirstOrDefault(value => value != Math.Floor(value)) is var broken && broken != 0)
        {
            throw Refusal.Unfit("not-an-integer", FormattableString.Invariant($"'{port.Name}' takes whole numbers; one of them is {broken}."));
        }

        long[] shape = [.. array.Shape];
        if (port.IsBatched && shape.Length == port.Shape.Count && shape[0] == 1)
        {
            shape = shape[1..];
        }

        if (!port.IsOpen && array.Shape.Count == 1 && array.Values.Count == port.Size)
        {
            return new JsonArray([.. port.Sample.Select(Math.Abs)], array.Values);
        }

        return port.Fits(port.IsBatched ? [1, .. shape] : shape, batch: 1) ? new JsonArray(shape, array.Values)
            : throw Refusal.Unfit("other-shape", $"'{port.Name}' is [{string.Join(", ", array.Shape)}]; the model takes one sample of {port.ShapeText}{(port.IsOpen ? ", nested" : $", nested or flat ({port.Size} numbers)")}.");
    }

    private static float[] Floats(JsonArray array) => [.. array.Values.Select(value => (float)value)];

    private static Tensor ToTensor(JsonArray array, Port port)
    {
        LibTorch.Load();
        return tensor(array.Values.ToArray(), port.IsBatched ? [1, .. array.Shape] : [.. array.Shape], dtype: ScalarType.Float64).to(port.Type);
    }
}
