using CsCheck;
using Google.Protobuf;
using Layerwise.Compiler;
using Layerwise.Oracle.Onnx;
using Layerwise.Testing;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>Numbers of 4 and 8 bits: their values, what others round to, and weights that are stored so.</summary>
public sealed class NarrowTypeTests
{
    private static readonly ExplainerSpec Predict = new() { ClassName = "Net", Method = "predict" };

    public static TheoryData<string, int, float> Formats => new()
    {
        { "float8e4m3fn", 8, 448 },
        { "float8e4m3fnuz", 8, 240 },
        { "float8e5m2", 8, 57344 },
        { "float8e5m2fnuz", 8, 57344 },
        { "float4e2m1", 4, 6 },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_number_rounds_to_the_nearest_of_the_format(string name, int bits, float largest)
    {
        var format = NarrowFloat.Named(name)!;
        var numbers = Enumerable.Range(0, 1 << bits).Select(format.Decode).Where(float.IsFinite).Distinct().Order().ToList();
        Assert.Equal(largest, numbers[^1]);
        Assert.Equal(-largest, numbers[0]);
        Gen.OneOf(Gen.Float[-largest, largest], Gen.Float[-largest / 1000, largest / 1000], Gen.Select(Gen.OneOf(numbers.Select(Gen.Const).ToArray()), Gen.OneOf(numbers.Select(Gen.Const).ToArray()), (a, b) => (a / 2) + (b / 2))).Sample(
            x =>
            {
                var rounded = format.Round(x, saturate: true);
                var distance = numbers.Min(n => Math.Abs((double)n - x));
                Assert.Contains(rounded, numbers);
                Assert.Equal(distance, Math.Abs((double)rounded - x));

                // Of two as near, the one whose last bit is 0.
                var nearest = numbers.Where(n => Math.Abs((double)n - x) == distance).ToList();
                Assert.True(nearest.Count == 1 || Enumerable.Range(0, 1 << bits).Any(code => code % 2 == 0 && format.Decode(code) == rounded), $"{x} became {rounded}");
            },
            iter: 1000);
    }

    [Theory]
    [InlineData("float8e4m3fn", 1e9f, 448f, float.NaN)]
    [InlineData("float8e4m3fnuz", -1e9f, -240f, float.NaN)]
    [InlineData("float8e5m2", float.PositiveInfinity, 57344f, float.PositiveInfinity)]
    [InlineData("float8e5m2", -61440f, -57344f, float.NegativeInfinity)]
    [InlineData("float4e2m1", float.NegativeInfinity, -6f, -6f)]
    public void What_is_beyond_the_largest_number_becomes_it_or_is_lost(string name, float value, float saturated, float otherwise)
    {
        Assert.Equal(saturated, NarrowFloat.Named(name)!.Round(value, saturate: true));
        Assert.Equal(otherwise, NarrowFloat.Named(name)!.Round(value, saturate: false));
    }

    [Theory]
    [InlineData(22, "-8 7 -1", new byte[] { 0x78, 0x0F })]
    [InlineData(21, "8 7 15", new byte[] { 0x78, 0x0F })]
    [InlineData(17, "1 -448 0.001953125", new byte[] { 0x38, 0xFE, 0x01 })]
    [InlineData(20, "1 -57344 0.00000762939453125", new byte[] { 0x40, 0xFF, 0x01 })]
    [InlineData(23, "6 -0.5 1.5", new byte[] { 0x97, 0x03 })]
    public void A_weight_of_few_bits_is_what_its_type_says(int type, string numbers, byte[] bytes)
    {
        var expected = numbers.Split(' ').Select(n => float.Parse(n, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        var raw = new TensorProto { Name = "w", DataType = type, RawData = ByteString.CopyFrom(bytes) };
        var listed = new TensorProto { Name = "w", DataType = type };
        listed.Int32Data.Add(bytes.Select(b => (int)b));
        foreach (var weight in new[] { raw, listed })
        {
            weight.Dims.Add(3);
            var model = new ModelBuilder(opset: 23).Input("x", "N", 3).Output("y", "N", 3).Tensor("scale", [0.5f]).Node("DequantizeLinear", "w scale", "d").Node("Add", "x d", "y");
            model.Model.Graph.Initializer.Add(weight);
            using var net = new Emitted(model, Predict);
            using var y = net.Network.Predict([zeros(1, 3)]);
            Assert.Equal(expected.Select(e => e / 2), y.data<float>().ToArray());
        }
    }

    [Fact]
    public void A_cast_rounds_to_numbers_of_the_type_and_computes_on_in_float32()
    {
        var model = new ModelBuilder(opset: 23).Input("x", "N", 3).Output("y", "N", 3).Node("Cast", "x", "h", "cast", ("to", 17)).Node("Add", "h h", "y");
        using var net = new Emitted(model, Predict);
        using var y = net.Network.Predict([tensor(new[] { 1.06f, -17.1f, 1e6f }, [1, 3])]);
        Assert.Equal(new[] { 2f, -36f, 896f }, y.data<float>().ToArray());
    }
}
