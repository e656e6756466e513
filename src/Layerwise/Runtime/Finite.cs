using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Layerwise.Runtime;

/// <summary>
/// Numbers that can be explained. A prediction of NaN or of an infinity is the model's own affair; an explanation shares out a finite logit, and
/// where a Relu drops a NaN nothing but the input tells of it.
/// </summary>
internal static class Finite
{
    /// <summary>Refuses numbers of which one is not finite.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="name">An input by its ONNX name, or in a word what they are.</param>
    /// <param name="parameter">The parameter that they were given for.</param>
    /// <exception cref="NotFiniteException">One is NaN or infinite.</exception>
    public static void Require<T>(ReadOnlySpan<T> values, string name, string parameter)
        where T : struct, IFloatingPointIeee754<T>
    {
        if (IndexOfOther(values) is >= 0 and var index)
        {
            throw new NotFiniteException($"'{Wording.OneLine(name)}' is {values[index].ToString(null, CultureInfo.InvariantCulture)} at element {index} of {values.Length}, from which no explanation follows; give finite numbers.", parameter)
            {
                Name = name,
                Index = index,
                Actual = double.CreateChecked(values[index]),
            };
        }
    }

    /// <summary>As for numbers. Where they come from the host they are looked at there, and a device is waited for only where they are on it.</summary>
    public static void Require(Tensor values, string name, string parameter)
    {
        using var scope = NewDisposeScope();
        if (values.device_type == TorchSharp.DeviceType.CPU || !values.isfinite().all().item<bool>())
        {
            var host = values.cpu().contiguous();
            if (host.dtype == ScalarType.Float64)
            {
                Require(MemoryMarshal.Cast<byte, double>(TensorMemory.Bytes(host)), name, parameter);
            }
            else
            {
                Require<float>(TensorMemory.Span(host.to(ScalarType.Float32)), name, parameter);
            }
        }
    }

    /// <summary>Where the first number stands that is NaN or infinite; -1 where all are finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int IndexOfOther<T>(ReadOnlySpan<T> values)
        where T : struct, IFloatingPointIeee754<T>
    {
        // x - x is 0 for all but those.
        var vectors = MemoryMarshal.Cast<T, Vector<T>>(values);
        var finite = 0;
        while (finite < vectors.Length && Vector.EqualsAll(vectors[finite] - vectors[finite], Vector<T>.Zero))
        {
            finite++;
        }

        for (var i = finite * Vector<T>.Count; i < values.Length; i++)
        {
            if (!T.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
