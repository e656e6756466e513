using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// As many threads as a network is to use, until it is disposed of on the same thread: for libtorch's kernels, and for those in C#, which ask libtorch.
/// Where libtorch's team is that of OpenMP the number is the calling thread's alone; elsewhere it is the process's.
/// </summary>
internal readonly ref struct Threads
{
    private readonly int _before;

    /// <param name="count">How many; <c>null</c> to leave them as they are.</param>
    public Threads(int? count)
    {
        if (count is { } threads && get_num_threads() is var before && before != threads)
        {
            _before = before;
            Set(threads);
        }
    }

    public void Dispose()
    {
        if (_before > 0)
        {
            Set(_before);
        }
    }

    private static void Set(int count)
    {
        if (OneDnn.IsAvailable)
        {
            OneDnn.SetThreads(count);
        }
        else
        {
            set_num_threads(count);
        }
    }
}
