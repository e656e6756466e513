using System.IO.Compression;
using Layerwise.Tool;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests.Numerics;

/// <summary>Arrays of .npy and .npz files as tensors.</summary>
internal static class ReferenceFiles
{
    public static Tensor Load(string path)
    {
        var array = Npy.Read(path);
        return tensor(array.Values, array.Shape);
    }

    /// <summary>The arrays of an .npz file by name.</summary>
    public static IReadOnlyDictionary<string, Tensor> LoadAll(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        return archive.Entries.ToDictionary(
            entry => Path.GetFileNameWithoutExtension(entry.FullName).Replace('|', '/'),
            entry =>
            {
                var file = Path.Combine(Path.GetTempPath(), $"layerwise-{Guid.NewGuid():N}.npy");
                try
                {
                    entry.ExtractToFile(file);
                    return Load(file);
                }
                finally
                {
                    File.Delete(file);
                }
            });
    }

    /// <summary>The largest difference, relative to the largest expected magnitude.</summary>
    public static double RelativeDifference(Tensor actual, Tensor expected)
    {
        using var a = actual.to(ScalarType.Float64).flatten();
        using var e = expected.to(ScalarType.Float64).flatten();
        var scale = e.abs().max().item<double>();
        return a.sub(e).abs().max().item<double>() / (scale > 0 ? scale : 1);
    }
}
