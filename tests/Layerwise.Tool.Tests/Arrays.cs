using Layerwise.Testing;

namespace Layerwise.Tool.Tests;

/// <summary>Arrays in a test's folder.</summary>
internal static class Arrays
{
    /// <summary>Writes an .npy file; returns its full path.</summary>
    public static string Array(this Folder folder, string name, long[] shape, params float[] values)
    {
        Npy.Write(folder[name], shape, values);
        return folder[name];
    }
}
