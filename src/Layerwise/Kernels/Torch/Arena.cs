using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// Memory of large tensors, and what kernels need on the way, which one hands on to the next, as long as a network is there. glibc's allocator, which libtorch has its own of, asks for more than
/// what a tensor of the same size has left behind, so that it takes another piece; and on all threads but the first it gives back to the system what a call
/// frees, so that each page comes anew with the next.
/// </summary>
internal static unsafe class Arena
{
    // Smaller ones fit into what glibc has left; a piece for each of them would only add to it.
    private const long LeastBytes = 1 << 20;

    // Pieces are of whole units, and serve what is down to half as large; what is free beyond the most goes back, that first which has been free for longest.
    private const long Unit = 1 << 16, MostFree = 128 << 20;

    private static readonly object Gate = new();

    private static readonly Dictionary<nint, long> Sizes = [];

    private static readonly List<nint> Free = [];

    // A tensor over memory of its own is TorchSharp's function, of the version whose parameters these are.
    private static readonly delegate* unmanaged<nint, delegate* unmanaged[Cdecl]<nint, void>, long*, int, sbyte, sbyte, int, int, byte, nint> Over
        = typeof(Tensor).Assembly.GetName().Version is { Major: 0, Minor: 107 } && NativeLibrary.TryLoad("LibTorchSharp", typeof(Tensor).Assembly, null, out var library) && NativeLibrary.TryGetExport(library, "THSTensor_new", out var over)
            ? (delegate* unmanaged<nint, delegate* unmanaged[Cdecl]<nint, void>, long*, int, sbyte, sbyte, int, int, byte, nint>)over : null;

    private static long _free;
    private static int _networks;

    /// <summary>Whether a tensor of a size has its memory here.</summary>
    public static bool Suits(long bytes) => Over != null && bytes >= LeastBytes;

    /// <summary>A handle of a float32 tensor [count] of no values yet, whose memory comes back when the last tensor over it is freed.</summary>
    public static nint Tensor(long count)
    {
        var memory = Rent(count * sizeof(float));
        var handle = Over(memory, &Return, &count, 1, (sbyte)ScalarType.Float32, (sbyte)ScalarType.Float32, (int)TorchSharp.DeviceType.CPU, -1, 0);
        if (handle == 0)
        {
            TakeBack(memory);
            throw new InvalidOperationException($"libtorch refused a tensor of {count} elements; it says why on the standard error stream.");
        }

        return handle;
    }

    /// <summary>Another network is there.</summary>
    public static void Enter() => Interlocked.Increment(ref _networks);

    /// <summary>A network is not there any more; with the last one goes what is free.</summary>
    public static void Leave()
    {
        if (Interlocked.Decrement(ref _networks) == 0)
        {
            Trim();
        }
    }

    /// <summary>Gives all that is free back to the system.</summary>
    public static void Trim()
    {
        lock (Gate)
        {
            GiveBack(most: 0);
        }
    }

    /// <summary>Memory that a kernel needs on the way, until it is disposed of.</summary>
    /// <param name="bytes">How much; as another one has left it.</param>
    public readonly ref struct Room(long bytes)
    {
        /// <summary>Where it begins: at a whole cache line.</summary>
        public nint Start { get; } = Rent(bytes);

        public void Dispose() => TakeBack(Start);
    }

    private static nint Rent(long bytes)
    {
        var size = (bytes + Unit - 1) / Unit * Unit;
        lock (Gate)
        {
            // The smallest that serves; of these the last one freed, which the caches still know.
            var best = -1;
            for (var i = Free.Count - 1; i >= 0; i--)
            {
                var there = Sizes[Free[i]];
                if (there >= size && there <= 2 * size && (best < 0 || there < Sizes[Free[best]]))
                {
                    best = i;
                }
            }

            if (best >= 0)
            {
                var known = Free[best];
                Free.RemoveAt(best);
                _free -= Sizes[known];
                return known;
            }

            var memory = (nint)NativeMemory.AlignedAlloc((nuint)size, 64);
            Sizes[memory] = size;
            return memory;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Return(nint memory) => TakeBack(memory);

    private static void TakeBack(nint memory)
    {
        lock (Gate)
        {
            Free.Add(memory);
            _free += Sizes[memory];
            GiveBack(Volatile.Read(ref _networks) == 0 ? 0 : MostFree);
        }
    }

    private static void GiveBack(long most)
    {
        var count = 0;
        for (; _free > most; count++)
        {
            _free -= Sizes[Free[count]];
            Sizes.Remove(Free[count]);
            NativeMemory.AlignedFree((void*)Free[count]);
        }

        Free.RemoveRange(0, count);
    }
}
