using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// The kernels that emitted code is made of, over TorchSharp: any device that libtorch has. Emitted files call it <c>K</c>.
/// Each kernel reads its first buffers and writes the one after them.
/// </summary>
public static partial class Torch
{
    /// <summary>Frees buffers after their last use.</summary>
    public static void Free(params ReadOnlySpan<Buffer> buffers)
    {
        foreach (var buffer in buffers)
        {
            if (!buffer.IsKept)
            {
                buffer.Free();
            }
        }
    }

    /// <summary>A weight that is read as a value, broadcast as it is.</summary>
    public static Buffer Constant(Weight weight) => Buffer.Constant(Load(weight));

    /// <summary>A constant of another type than float32.</summary>
    public static Buffer Constant(Values values)
    {
        ArgumentNullException.ThrowIfNull(values);
        using var host = empty([.. values.Shape], dtype: values.Type);
        values.CopyTo(Runtime.TensorMemory.Bytes(host));
        return Buffer.Constant(Own(values.Source, host.to(values.Source.Device, copy: true)));
    }

    /// <summary>Integers or truth values that are part of the program.</summary>
    public static Buffer Constant(Weights weights, long[] values, long[] shape, ScalarType type = ScalarType.Int64)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var host = tensor(values, shape, ScalarType.Int64);
        return Buffer.Constant(Own(weights, host.to(type, weights.Device, copy: true)));
    }

    /// <summary>Numbers that are part of the program.</summary>
    public static Buffer FloatConstant(Weights weights, float[] values, long[] shape)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var host = tensor(values, shape);
        return Buffer.Constant(Own(weights, host.to(weights.Device, copy: true)));
    }

    /// <summary>Makes what was computed of weights the network's own: no call changes or frees it.</summary>
    public static void Keep(Weights weights, params ReadOnlySpan<Buffer> buffers)
    {
        ArgumentNullException.ThrowIfNull(weights);
        foreach (var buffer in buffers)
        {
            buffer.Keep(weights);
        }
    }

    /// <summary>What was computed of weights, as a weight.</summary>
    public static Weight Weight(Weights weights, Buffer buffer)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(buffer);
        return new Held(weights, buffer.Value);
    }

    /// <summary>The weight as a tensor on the network's device, freed with the network.</summary>
    internal static Tensor Load(Weight weight)
    {
        var host = empty([.. weight.Shape], dtype: ScalarType.Float32);
        weight.CopyTo(Runtime.TensorMemory.Span(host));
        var loaded = host.to(weight.Source.Device);
        if (!ReferenceEquals(loaded, host))
        {
            host.Dispose();
        }

        return Own(weight.Source, loaded);
    }

    /// <summary>Makes a tensor the network's: it outlives any dispose scope of the caller and is freed with the weights.</summary>
    internal static Tensor Own(Weights weights, Tensor tensor)
    {
        tensor.DetachFromDisposeScope();
        weights.Own(tensor);
        return tensor;
    }
}
