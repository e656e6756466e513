using System.Runtime.InteropServices;
using Layerwise.Kernels;
using TorchSharp;

namespace Layerwise;

/// <summary>
/// libtorch, the native library that tensors and the kernels of <see cref="Backend.Torch"/> are of. It is loaded where it is first needed; a network of
/// <see cref="Backend.Managed"/> kernels that is given numbers, not tensors, never needs it.
/// </summary>
public static class LibTorch
{
    private const string Library = "LibTorchSharp";
    private static readonly object Loading = new();
    private static volatile bool _isLoaded;

    /// <summary>
    /// Loads it now. Programs whose own code makes tensors before the first explainer call this first: TorchSharp itself says with a
    /// <see cref="TypeInitializationException"/> that it is not there.
    /// </summary>
    /// <exception cref="LibTorchException">It cannot be loaded; the message says which package brings it, and what the loader says.</exception>
    public static void Load()
    {
        if (_isLoaded)
        {
            return;
        }

        lock (Loading)
        {
            // As TorchSharp does it, but before its own type initializer, which prints where it fails and can fail only once.
            NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out _);
            try
            {
                NativeLibrary.Load(Library, typeof(torch).Assembly, null);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                throw Refusal(e);
            }

            FreedMemory.Keep();
            _isLoaded = true;
        }
    }

    internal static LibTorchException Refusal(Exception cause)
    {
        var (package, reason) = ($"libtorch-cpu-{Platform}", Reason(cause.Message));
        var cuda = OperatingSystem.IsWindows() ? ", or TorchSharp-cuda-windows for CUDA" : OperatingSystem.IsLinux() ? ", or TorchSharp-cuda-linux for CUDA" : "";
        return new($"libtorch cannot be loaded: {reason}. Add the package TorchSharp-cpu to the program's project ({package} for this platform alone{cuda}), in the version of its TorchSharp.", cause)
        {
            Library = Library,
            Reason = reason,
            Package = package,
        };
    }

    private static string Platform => OperatingSystem.IsWindows() ? "win-x64" : OperatingSystem.IsMacOS() ? "osx-arm64" : "linux-x64";

    /// <summary>
    /// Of all the places that a loader looked in, the line that tells: what the library itself lacks (<c>libtorch_cpu.so: cannot open …</c>,
    /// <c>version `GLIBCXX_3.4.32' not found</c>) where there is one, and otherwise that it is nowhere.
    /// </summary>
    private static string Reason(string message)
    {
        string[] lines = [.. message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        var places = lines.Length > 1 ? lines[1..] : lines;
        var telling = places.FirstOrDefault(line => !IsAbsence(line));
        return Wording.OneLine(telling ?? (lines.Length > 1 ? $"{Library} is in none of the folders where the loader looks" : lines[0])).TrimEnd('.');

        // "/app/libLibTorchSharp.so: cannot open shared object file: No such file or directory"; dyld: "… '/app/libLibTorchSharp.dylib' (no such file)".
        static bool IsAbsence(string line)
            => line.Contains("no such file", StringComparison.OrdinalIgnoreCase) && Path.GetFileNameWithoutExtension(line.Split(": ")[0]).Contains(Library, StringComparison.Ordinal);
    }
}
