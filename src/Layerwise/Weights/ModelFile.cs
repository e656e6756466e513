using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Layerwise;

/// <summary>A file of a model, open from the first read of it to the end of its weights: where another takes its place under the same name, this one stays.</summary>
internal sealed record ModelFile(string Path, SafeFileHandle Handle, long Length, DateTime Written)
{
    private const int BufferSize = 1 << 20;

    public static ModelFile Open(string path)
    {
        var handle = File.OpenHandle(path);
        return new(path, handle, RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle));
    }

    /// <summary>The file as it was when it was opened.</summary>
    /// <param name="name">What the record calls it.</param>
    /// <exception cref="ModelFileException">It was written to since then, so that the network's weights may be others than the file's.</exception>
    public Evidence.AuditedFile Audit(string name)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        int read;
        for (var offset = 0L; (read = RandomAccess.Read(Handle, buffer, offset)) > 0; offset += read)
        {
            hash.AppendData(buffer, 0, read);
        }

        return RandomAccess.GetLength(Handle) == Length && File.GetLastWriteTimeUtc(Handle) == Written
            ? new(name, Length, Evidence.Digest.Hex(hash.GetHashAndReset()))
            : throw new ModelFileException($"'{Path}' was changed after the model was loaded from it, so that a record could not name what was loaded. Load the model again.") { Path = Path };
    }
}
