using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise;

/// <summary>How networks compute on a CUDA device. Holds for the whole process, as libtorch's own switches do.</summary>
public static class Cuda
{
    private static bool _allowTf32;
    private static int _prepared;

    /// <summary>
    /// Whether products and convolutions round their inputs to TensorFloat-32, of 10 bits of mantissa, and are several times faster for it.
    /// <c>false</c> unless set: heatmaps differ in the third digit with it. libtorch's own default allows it in convolutions.
    /// </summary>
    public static bool AllowTf32
    {
        get => _allowTf32;
        set
        {
            _allowTf32 = value;
            if (Volatile.Read(ref _prepared) != 0)
            {
                Apply();
            }
        }
    }

    /// <summary>Makes libtorch compute as is set here, before the first network runs on a CUDA device.</summary>
    internal static void Prepare(Device device)
    {
        if (device.type == DeviceType.CUDA && Interlocked.Exchange(ref _prepared, 1) == 0)
        {
            Apply();
        }
    }

    private static void Apply() => (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = (_allowTf32, _allowTf32);
}
