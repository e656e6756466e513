namespace Layerwise.Kernels;

/// <summary>
/// The kernels that emitted code is made of, in C# alone: for small networks, where a call into libtorch costs more than what it computes, and
/// for programs that are compiled ahead of time. Emitted files call it <c>K</c>. Each kernel reads its first buffers and writes the one after
/// them; values are float32, of one sample.
/// </summary>
public static partial class Managed
{
    /// <summary>A weight that is read as a value, broadcast as it is.</summary>
    public static Buffer Constant(Weight weight)
    {
        ArgumentNullException.ThrowIfNull(weight);
        return Filled(Load(weight), weight.Shape);
    }

    /// <summary>Numbers that are part of the program.</summary>
    public static Buffer FloatConstant(Weights weights, float[] values, long[] shape) => Filled(values, shape);

    /// <summary>Makes what was computed of weights the network's own: no call changes it.</summary>
    public static void Keep(Weights weights, params ReadOnlySpan<Buffer> buffers)
    {
        foreach (var buffer in buffers)
        {
            LayOut(buffer);
        }
    }

    /// <summary>What was computed of weights, as a weight.</summary>
    public static Weight Weight(Weights weights, Buffer buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        return new Computed(weights, buffer.Values.ToArray(), buffer.Dims);
    }

    internal static float[] Load(Weight weight)
    {
        var values = new float[weight.Count];
        weight.CopyTo(values);
        return values;
    }

    private static unsafe Buffer Filled(ReadOnlySpan<float> values, IReadOnlyList<long> shape)
    {
        var buffer = new Buffer([.. shape]);
        values.CopyTo(new(buffer.WriteRows(), buffer.Length));
        LayOut(buffer);
        return buffer;
    }

    // Both ways, before calls share it.
    private static unsafe void LayOut(Buffer buffer)
    {
        buffer.Rows();
        buffer.Last();
    }

    private sealed class Computed(Weights source, float[] values, IReadOnlyList<long> shape) : Weight(source, shape)
    {
        public override void CopyTo(Span<float> destination)
        {
            Check(destination);
            values.CopyTo(destination);
        }
    }
}
