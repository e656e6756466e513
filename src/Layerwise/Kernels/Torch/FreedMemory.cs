using System.Runtime.InteropServices;

namespace Layerwise.Kernels;

/// <summary>
/// Memory that libtorch frees and needs again in the next call, less that of the <see cref="Arena"/>. glibc's allocator gives what is free at the end of its
/// heap back to the system above a threshold, and has each page of it faulted in anew: above twice the largest block that it mapped by itself and saw freed.
/// Which that was, and so whether a network's buffers are among what is given back, would be chance.
/// </summary>
internal static unsafe class FreedMemory
{
    // The largest that glibc looks at (DEFAULT_MMAP_THRESHOLD_MAX), less the largest page.
    private const nuint Block = (32 << 20) - (64 << 10);

    /// <summary>
    /// Has 64 MiB stay in the process, as glibc itself would decide; what threads but the first free, it gives back all the same, where a whole heap of theirs is
    /// free. What the program or its environment says by <c>mallopt</c> stands.
    /// </summary>
    public static void Keep()
    {
        if (OperatingSystem.IsLinux())
        {
            NativeMemory.Free(NativeMemory.Alloc(Block));
        }
    }
}
