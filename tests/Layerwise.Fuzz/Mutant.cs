using Google.Protobuf;
using Layerwise.Oracle.Onnx;

namespace Layerwise.Fuzz;

/// <summary>A damaged or hostile model. The campaign's seed and the number say which: they give the same bytes again.</summary>
internal sealed record Mutant(int Number, string Origin, byte[] Bytes)
{
    public static Mutant Make(Seeds seeds, int seed, int number)
    {
        var random = new Random(unchecked((seed * 1_000_003) + number));
        var (name, bytes) = seeds.Pick(random);

        // Most damage to bytes ends in the reader; damage to fields goes further.
        if (random.Next(4) == 0)
        {
            bytes = (byte[])bytes.Clone();
            for (var times = Times(random); times > 0; times--)
            {
                bytes = ByteMutations.Apply(random, bytes, seeds);
            }

            return new Mutant(number, name, bytes);
        }

        var model = Parse(bytes);
        for (var times = Times(random); times > 0; times--)
        {
            GraphMutations.Apply(random, model);
        }

        return new Mutant(number, name, model.ToByteArray());
    }

    private static ModelProto Parse(byte[] bytes)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return new ModelProto { Graph = new GraphProto() };
        }
    }

    private static int Times(Random random)
    {
        var times = 1;
        while (times < 12 && random.Next(2) == 0)
        {
            times++;
        }

        return times;
    }
}
