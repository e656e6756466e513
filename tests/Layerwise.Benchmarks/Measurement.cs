using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Layerwise.Benchmarks;

/// <summary>What is measured: one call.</summary>
/// <param name="Model">The network.</param>
/// <param name="Batch">Samples a call.</param>
/// <param name="Threads">Threads that the libraries may use.</param>
/// <param name="Variant">What is called, as the report writes it.</param>
/// <param name="Run">The call.</param>
internal sealed record Subject(string Model, long Batch, int Threads, string Variant, Action Run);

/// <summary>One line of the report.</summary>
internal sealed record Result(string Model, long Batch, int Threads, string Variant, double MedianMs, double MinMs, long AllocatedBytes, long PeakBytes);

/// <summary>
/// Times calls in turn, so that all of them meet the same noise. Each follows an untimed one of its own kind: the first pays for what the one before it left
/// in the allocator, as hundreds of megabytes that autograd freed and the system takes back at the next call's first free.
/// </summary>
internal static partial class Measurement
{
    private const double ShortestMs = 2;

    /// <param name="subjects">The calls.</param>
    /// <param name="rounds">The fewest and the most times that each is timed.</param>
    /// <param name="seconds">After which no further round is begun.</param>
    public static IEnumerable<Result> Run(IReadOnlyList<Subject> subjects, (int Least, int Most) rounds, double seconds)
    {
        var times = subjects.ToDictionary(s => s, _ => new List<double>());
        var calls = subjects.ToDictionary(s => s, Calls);
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < rounds.Most && (round < rounds.Least || clock.Elapsed.TotalSeconds < seconds); round++)
        {
            foreach (var subject in subjects)
            {
                Time(subject, calls[subject]);
                times[subject].Add(Time(subject, calls[subject]));
            }
        }

        return [.. subjects.Select(s => new Result(s.Model, s.Batch, s.Threads, s.Variant, Median(times[s]), times[s].Min(), Allocated(s), Peak(s)))];
    }

    // Short calls are timed many at once; the first are not timed at all.
    private static int Calls(Subject subject)
    {
        // The first call lays weights out, for as many threads as there are then.
        TorchSharp.torch.set_num_threads(subject.Threads);
        subject.Run();
        var first = Time(subject, 1);
        if (first < ShortestMs)
        {
            // Until the JIT has done its best.
            Time(subject, 200);
            first = Time(subject, 20);
        }

        return Math.Max(1, (int)(ShortestMs / first));
    }

    private static double Time(Subject subject, int calls)
    {
        TorchSharp.torch.set_num_threads(subject.Threads);
        var start = Stopwatch.GetTimestamp();
        for (var call = 0; call < calls; call++)
        {
            subject.Run();
        }

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / calls;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    private static long Allocated(Subject subject)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        subject.Run();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>How far resident memory rose above where it stood.</summary>
    private static long Peak(Subject subject)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        GC.Collect();
        Kernels.Arena.Trim();
        _ = Trim(0);
        File.WriteAllText("/proc/self/clear_refs", "5");
        var before = Status("VmRSS");
        subject.Run();
        return Math.Max(0, Status("VmHWM") - before);
    }

    /// <summary>Bytes of resident memory that are in use.</summary>
    public static long Resident()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Environment.WorkingSet;
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Kernels.Arena.Trim();
        _ = Trim(0);
        return Status("VmRSS");
    }

    private static long Status(string name) => 1024 * long.Parse(File.ReadLines("/proc/self/status").First(l => l.StartsWith(name + ":", StringComparison.Ordinal)).AsSpan()[(name.Length + 1)..].Trim(" \tkB"), CultureInfo.InvariantCulture);

    [LibraryImport("libc.so.6", EntryPoint = "malloc_trim")]
    private static partial int Trim(nint padding);
}
