using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace Layerwise;

/// <summary>
/// The weights of a model, straight out of its .onnx file: opened in milliseconds, each tensor read once, where it is used.
/// Reading is safe from several threads. Owns the device copies that a network makes of it.
/// </summary>
public sealed class Weights : IDisposable
{
    private readonly Dictionary<string, OnnxTensor> _tensors = [];
    private const int MostThreads = 1024;

    // What a thread reads at a time.
    private const int Part = 4 << 20;

    private readonly Device? _device;
    private readonly string _fullPath;
    private readonly ConcurrentDictionary<string, Lazy<ModelFile>> _files = new(StringComparer.Ordinal);
    private IReadOnlyList<Evidence.AuditedFile>? _audited;
    private readonly List<IDisposable> _owned = [];
    private bool _disposed;

    private Weights(string file, Device? device, int? threads)
    {
        Threads = threads;
        File = file;
        _fullPath = Path.GetFullPath(file);
        _device = device;
    }

    /// <summary>The device that a network puts its weights on.</summary>
    /// <exception cref="LibTorchException">libtorch cannot be loaded.</exception>
    public Device Device // asked for late: it loads libtorch
    {
        get
        {
            LibTorch.Load();
            var device = _device ?? CPU;
            Cuda.Prepare(device);
            return device;
        }
    }

    /// <summary>Refuses another device than the CPU.</summary>
    /// <exception cref="ArgumentException">There is one.</exception>
    internal void RequireCpu()
    {
        if (_device is { } device && device.type != TorchSharp.DeviceType.CPU)
        {
            throw new ArgumentException($"The network runs on managed kernels, which run on the CPU alone, not on {device}. Compile it with Backend.Torch, or name no device.");
        }
    }

    /// <summary>The most threads that a call of the network may use on the CPU; <c>null</c> for as many as libtorch has.</summary>
    internal int? Threads { get; }

    /// <summary>Whether a kernel of the network is asked to compute in bfloat16.</summary>
    internal bool AsksForBFloat16 { get; set; }

    /// <summary>The model file's path.</summary>
    internal string File { get; }

    /// <summary>Opens a model file.</summary>
    /// <param name="path">The .onnx file. External data are found beside it.</param>
    /// <param name="device">Where the network is to run; the CPU unless given.</param>
    /// <param name="threads">The most threads that a call of the network may use on the CPU, 1 to 1024; as many as libtorch has unless given.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is below 1 or above 1024.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ModelFileException">It is no ONNX file, or a damaged one.</exception>
    public static Weights Open(string path, Device? device = null, int? threads = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (threads is < 1 or > MostThreads)
        {
            throw new ArgumentOutOfRangeException(nameof(threads), threads, $"A network runs on 1 to {MostThreads} threads; leave the number out for as many as libtorch has.");
        }

        if (!System.IO.File.Exists(path))
        {
            throw new FileNotFoundException($"The model '{path}' does not exist. Looked for '{Path.GetFullPath(path)}'.", path);
        }

        var weights = new Weights(path, device, threads);
        try
        {
            weights.Index();
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    private void Index()
    {
        // Not disposed: it would close the handle, from which the tensors are read later.
        var stream = new FileStream(Opened(_fullPath).Handle, FileAccess.Read, bufferSize: 0);
        foreach (var tensor in Tensors(stream))
        {
            var flaw = tensor.Flaw() ?? Locate(tensor).Flaw;
            if (flaw is not null)
            {
                throw Flawed(tensor, flaw);
            }

            if (!_tensors.TryAdd(tensor.Name, tensor))
            {
                throw Flawed(tensor, "is there twice. Export the model again.");
            }
        }
    }

    private List<OnnxTensor> Tensors(Stream stream)
    {
        try
        {
            return OnnxTensorIndex.Read(stream, File).Tensors;
        }
        catch (InvalidDataException e)
        {
            throw new ModelFileException(e.Message, e) { Path = File };
        }
    }

    /// <summary>A tensor of the model: an initializer, or the value of a <c>Constant</c> node under its output's name.</summary>
    /// <param name="name">The tensor's ONNX name.</param>
    /// <param name="shape">The shape that it must have; empty for a scalar.</param>
    /// <returns>The tensor, not yet read.</returns>
    /// <exception cref="WeightsException">There is no such tensor, or it has another shape, or its elements are no floating-point numbers.</exception>
    /// <exception cref="ObjectDisposedException">The weights were disposed.</exception>
    public Weight Read(string name, params ReadOnlySpan<long> shape)
    {
        return Read(FindShaped(name, shape));
    }

    /// <summary>A tensor of integers, of truth values, or of float64.</summary>
    /// <param name="name">The tensor's ONNX name.</param>
    /// <param name="shape">The shape that it must have; empty for a scalar.</param>
    /// <returns>The tensor, not yet read.</returns>
    /// <exception cref="WeightsException">There is no such tensor, it has another shape, or its elements are of another kind.</exception>
    /// <exception cref="ObjectDisposedException">The weights were disposed.</exception>
    public Values Values(string name, params ReadOnlySpan<long> shape)
    {
        var tensor = FindShaped(name, shape);
        return new Values(this, tensor);
    }

    /// <summary>Makes sure that a tensor has the numbers that the network was built with.</summary>
    /// <param name="name">The tensor's ONNX name.</param>
    /// <param name="numbers">Its elements in row-major order.</param>
    /// <exception cref="WeightsException">There is no such tensor, or it has other numbers.</exception>
    /// <exception cref="ObjectDisposedException">The weights were disposed.</exception>
    public void Expect(string name, params ReadOnlySpan<float> numbers)
    {
        ArgumentNullException.ThrowIfNull(name);
        var tensor = Find(name);
        if (tensor.Count != numbers.Length)
        {
            throw Other(name, $"holds {tensor.Count} numbers, but the network was built with {numbers.Length}. {OtherGraph}", $"{numbers.Length} numbers", $"{tensor.Count} numbers");
        }

        var found = new float[tensor.Count];
        Read(tensor).CopyTo(found);
        if (!numbers.SequenceEqual(found))
        {
            var (expected, actual) = (Show(numbers.ToArray()), Show(found));
            throw Other(name, $"holds {actual}, but the network was built with {expected}. {OtherGraph}", expected, actual);
        }

        static string Show(float[] values) => string.Join(", ", values.Select(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    /// <summary>The parameters of a BatchNormalization node; all four have one element a channel.</summary>
    /// <param name="scale">ONNX name of γ.</param>
    /// <param name="bias">ONNX name of β.</param>
    /// <param name="mean">ONNX name of the running mean μ.</param>
    /// <param name="variance">ONNX name of the running variance σ².</param>
    /// <param name="epsilon">What is added to σ²; a finite number, not negative.</param>
    /// <exception cref="WeightsException">A tensor is missing, or its shape does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="epsilon"/> is negative or not finite.</exception>
    public BatchNorm BatchNorm(string scale, string bias, string mean, string variance, double epsilon)
    {
        ArgumentNullException.ThrowIfNull(scale);
        var channels = Find(scale).Count;
        return BatchNorm(Read(scale, channels), Read(bias, channels), Read(mean, channels), Read(variance, channels), epsilon);
    }

    /// <summary>As the other, of parameters that are made of others.</summary>
    /// <param name="scale">γ.</param>
    /// <param name="bias">β.</param>
    /// <param name="mean">The running mean μ.</param>
    /// <param name="variance">The running variance σ².</param>
    /// <param name="epsilon">What is added to σ²; a finite number, not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="epsilon"/> is negative or not finite.</exception>
#pragma warning disable CA1822 // One way to a BatchNorm.
    public BatchNorm BatchNorm(Weight scale, Weight bias, Weight mean, Weight variance, double epsilon)
#pragma warning restore CA1822
        => double.IsFinite(epsilon) && epsilon >= 0
            ? new BatchNorm(scale, bias, mean, variance, epsilon)
            : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "A finite number that is not negative is needed.");

    /// <summary>Closes the file and frees what the network put on the device.</summary>
    public void Dispose()
    {
        lock (_owned)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
        }

        // The newest first: what was made of something goes before it.
        for (var i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        foreach (var file in _files.Values.Where(f => f.IsValueCreated))
        {
            file.Value.Handle.Dispose();
        }
    }

    /// <summary>The files that the weights come from, hashed once: the model's own first, then those of external data.</summary>
    /// <exception cref="ModelFileException">One was changed since it was opened.</exception>
    /// <exception cref="ObjectDisposedException">The weights were disposed.</exception>
    internal IReadOnlyList<Evidence.AuditedFile> Audit()
    {
        lock (_files)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_audited is null)
            {
                var folder = Path.GetDirectoryName(_fullPath)!;
                var external = _tensors.Values.Select(tensor => Locate(tensor).Path).Where(path => path != _fullPath).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
                _audited = [Opened(_fullPath).Audit(Path.GetFileName(_fullPath)), .. external.Select(path => Opened(path).Audit(Path.GetRelativePath(folder, path).Replace('\\', '/')))];
            }

            return _audited;
        }
    }

    /// <summary>Takes something over: it is freed with the weights, or at once where they are freed already.</summary>
    internal void Own(IDisposable resource)
    {
        lock (_owned)
        {
            if (!_disposed)
            {
                _owned.Add(resource);
                return;
            }
        }

        resource.Dispose();
    }

    /// <summary>Where a tensor's elements lie; as <see cref="OnnxTensor.Locate"/> for external data.</summary>
    internal (string Path, IReadOnlyList<OnnxChunk> Chunks, string? Flaw) Locate(OnnxTensor tensor)
    {
        if (tensor.Encoding != OnnxEncoding.External)
        {
            return (_fullPath, tensor.Chunks, null);
        }

        var (path, chunk, flaw) = tensor.Locate(_fullPath);
        return (path, [chunk], flaw);
    }

    /// <summary>Reads a piece of the model file, or of a file of external data, to its last byte.</summary>
    internal unsafe void ReadBytes(string path, long offset, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var file = Opened(path).Handle;
        if (destination.Length <= Part)
        {
            ReadPart(file, path, offset, destination);
            return;
        }

        // Not the file is what takes time, but the memory that is touched for the first time.
        try
        {
            fixed (byte* memory = destination)
            {
                var (start, length) = ((nint)memory, destination.Length);
                Parallel.For(0, (length + Part - 1L) / Part, new ParallelOptions { MaxDegreeOfParallelism = Threads ?? Environment.ProcessorCount }, part =>
                {
                    var from = part * Part;
                    ReadPart(file, path, offset + from, new Span<byte>((byte*)start + from, (int)Math.Min(Part, length - from)));
                });
            }
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    private static void ReadPart(SafeFileHandle file, string path, long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var read = RandomAccess.Read(file, destination, offset);
            if (read == 0)
            {
                throw new ModelFileException($"'{path}' ends at byte {offset}, inside a tensor: it was changed while the model was in use. Open the model again.") { Path = path };
            }

            destination = destination[read..];
            offset += read;
        }
    }

    /// <summary>The file contradicts itself about a tensor.</summary>
    internal ModelFileException Flawed(OnnxTensor tensor, string flaw) => new($"{Name(tensor.Name)} {flaw}") { Path = File };

    /// <summary>A tensor is another than the network needs.</summary>
    internal WeightsException Other(string tensor, string what, string expected, string actual)
        => new($"{Name(tensor)} {what}") { Path = File, Tensor = tensor, Expected = expected, Actual = actual };

    internal WeightsException WithoutData(OnnxTensor tensor)
        => Other(tensor.Name, "has no data: the file holds the structure of the model alone. Export it with its weights.", $"{tensor.Count} numbers", "no data");

    private string Name(string tensor) => $"'{File}': the tensor '{Wording.OneLine(tensor)}'";

    private const string OtherGraph = "The model was exported with another graph since the project was built: rebuild the project with it, or restore the model that it was built with.";

    private ModelFile Opened(string path) => _files.GetOrAdd(path, p => new Lazy<ModelFile>(() => ModelFile.Open(p))).Value;

    private OnnxTensor Find(string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _tensors.TryGetValue(name, out var tensor) ? tensor : throw Other(name, $"is not there. {OtherGraph}", "a tensor", "missing");
    }

    private OnnxTensor FindShaped(string name, ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(name);
        var tensor = Find(name);
        return shape.SequenceEqual(tensor.Dims.ToArray())
            ? tensor
            : throw Other(name, $"has the shape {Weight.Show(tensor.Dims)}, but the network was built for {Weight.Show(shape.ToArray())}. {OtherGraph}", Weight.Show(shape.ToArray()), Weight.Show(tensor.Dims));
    }

    private Stored Read(OnnxTensor tensor)
    {
        if (tensor.DataType is not (OnnxTensor.Float32 or OnnxTensor.Float16 or OnnxTensor.BFloat16 or OnnxTensor.Float64) && !tensor.IsNarrowFloat)
        {
            throw Other(tensor.Name, $"has the element type {tensor.TypeName}; weights are floats of 4 to 64 bits. Export the model with these.", "floats of 4 to 64 bits", tensor.TypeName);
        }

        if (tensor.Count > int.MaxValue)
        {
            throw Other(tensor.Name, $"has {tensor.Count} elements; {int.MaxValue} is the most that can be read.", $"up to {int.MaxValue} elements", $"{tensor.Count} elements");
        }

        if (tensor.Encoding == OnnxEncoding.None && tensor.Count > 0)
        {
            throw WithoutData(tensor);
        }

        return new Stored(this, tensor);
    }
}
