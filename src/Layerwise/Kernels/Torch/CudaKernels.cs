using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// Functions of elements as kernels of a CUDA device: compiled once a process by NVRTC, launched by the driver on the stream that libtorch's own operators
/// are on. All three libraries come with libtorch, or with the driver.
/// </summary>
internal static unsafe class CudaKernels
{
    private const int Threads = 256;

    private const int MostBlocks = 1 << 16;

    private static readonly ConcurrentDictionary<int, Lazy<Module>> Modules = new();

    /// <summary>A kernel that writes a function of three values, a number and a factor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">The function, in C: of a, b, c, number and times.</param>
    public static string Kernel(string name, string value) => $$"""
        extern "C" __global__ void {{name}}(const float* as, const float* bs, const float* cs, float* results, float number, float times, long long count)
        {
            for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < count; i += (long long)gridDim.x * blockDim.x)
            {
                const float a = as[i], b = bs[i], c = cs[i];
                results[i] = {{value}};
            }
        }
        """;

    /// <summary>A kernel that writes two functions of a relevance, or of what it is a product of, and two values.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="statements">Statements, in C, that set x and y: of r, z, p, first, second and epsilon.</param>
    public static string PairKernel(string name, string statements) => $$"""
        extern "C" __global__ void {{name}}(const float* rs, const float* factors, const float* zs, const float* ps, float* xs, float* ys, float first, float second, float epsilon, long long count)
        {
            for (long long i = blockIdx.x * (long long)blockDim.x + threadIdx.x; i < count; i += (long long)gridDim.x * blockDim.x)
            {
                const float r = factors ? rs[i] * factors[i] : rs[i], z = zs[i], p = ps[i];
                float x, y;
                {{string.Join("\n        ", statements.Split('\n'))}}
                xs[i] = x;
                ys[i] = y;
            }
        }
        """;

    /// <summary>A module of kernels. What it computes is what the kernels in C# compute, bit for bit, where no product runs into a sum.</summary>
    public static string Source(IEnumerable<string> kernels) => $$"""
        static __device__ float stabilized(float z, float epsilon) { return z + (z < 0 ? -epsilon : epsilon); }

        {{string.Join("\n\n", kernels)}}

        """;

    /// <summary>Why a network on a device runs without them, in words; <c>null</c> where they run.</summary>
    public static string? WhyNot(Device device)
        => device.type != DeviceType.CUDA ? $"the network is on {device}"
            : (OneDnn.WhyNot ?? ModuleOf(Math.Max(device.index, 0)).WhyNot) is { } why ? $"the network is on {device}, and {why}" : null;

    /// <summary>Whether they run where a tensor of a CUDA device is.</summary>
    public static bool Suit(int device) => OneDnn.IsAvailable && ModuleOf(device).WhyNot is null;

    /// <summary>Runs a kernel of <see cref="Kernel"/>.</summary>
    public static void Run(string name, int device, nint a, nint b, nint c, nint result, float number, float times, long count)
    {
        var arguments = stackalloc void*[] { &a, &b, &c, &result, &number, &times, &count };
        ModuleOf(device).Launch(name, device, count, arguments);
    }

    /// <summary>Runs a kernel of <see cref="PairKernel"/>.</summary>
    public static void RunPair(string name, int device, nint r, nint factor, nint z, nint p, nint x, nint y, (float First, float Second) parameters, float epsilon, long count)
    {
        var (first, second) = parameters;
        var arguments = stackalloc void*[] { &r, &factor, &z, &p, &x, &y, &first, &second, &epsilon, &count };
        ModuleOf(device).Launch(name, device, count, arguments);
    }

    private static Module ModuleOf(int device) => Modules.GetOrAdd(device, static number => new(() => Module.Load(number))).Value;

    /// <summary>The kernels of one device, in its own machine code.</summary>
    private sealed class Module
    {
        private readonly Driver? _driver;
        private readonly nint _context;
        private readonly Dictionary<string, nint> _functions = [];

        private Module(string whyNot) => WhyNot = whyNot;

        // The context that libtorch uses too; a module lives as long as the process.
        private Module(Driver driver, int device, ReadOnlySpan<byte> code)
        {
            _driver = driver;
            int handle;
            driver.Check(driver.GetDevice(&handle, device));
            nint context, module;
            driver.Check(driver.RetainContext(&context, handle));
            _context = context;
            driver.Check(driver.Push(context));
            try
            {
                fixed (byte* image = code)
                {
                    driver.Check(driver.LoadModule(&module, image));
                }

                foreach (var name in Fused.OnCuda.Keys)
                {
                    nint function;
                    fixed (byte* text = Encoding.ASCII.GetBytes(name + '\0'))
                    {
                        driver.Check(driver.GetFunction(&function, module, text));
                    }

                    _functions[name] = function;
                }
            }
            finally
            {
                nint popped;
                _ = driver.Pop(&popped);
            }
        }

        public string? WhyNot { get; }

        public static Module Load(int device)
        {
            try
            {
                if (!cuda.is_available())
                {
                    return new("this libtorch finds no CUDA device");
                }

                InitializeDeviceType(DeviceType.CUDA);
                var driver = new Driver();
                return new(driver, device, new Compiler().Compile(Source(Fused.OnCuda.Values), driver.Architecture(device)));
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or InvalidOperationException)
            {
                return new(Wording.OneLine(e.Message).TrimEnd('.'));
            }
        }

        public void Launch(string name, int device, long count, void** arguments)
        {
            var driver = _driver!;
            nint stream, popped;
            if (driver.CurrentStream(device, &stream) != 0)
            {
                throw new InvalidOperationException($"libtorch does not say which stream of cuda:{device} is current.");
            }

            driver.Check(driver.Push(_context));
            var blocks = (uint)Math.Min((count + Threads - 1) / Threads, MostBlocks);
            var error = blocks == 0 ? 0 : driver.Launch(_functions[name], blocks, 1, 1, Threads, 1, 1, 0, stream, arguments, null);
            _ = driver.Pop(&popped);
            driver.Check(error);
        }
    }

    /// <summary>The functions of the driver, and libtorch's current stream.</summary>
    private sealed class Driver
    {
        private const int Major = 75;

        private const int Minor = 76;

        public readonly delegate* unmanaged<int, nint*, int> CurrentStream;

        public readonly delegate* unmanaged<int*, int, int> GetDevice;

        public readonly delegate* unmanaged<nint*, int, int> RetainContext;

        public readonly delegate* unmanaged<nint, int> Push;

        public readonly delegate* unmanaged<nint*, int> Pop;

        public readonly delegate* unmanaged<nint*, byte*, int> LoadModule;

        public readonly delegate* unmanaged<nint*, nint, byte*, int> GetFunction;

        public readonly delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int> Launch;

        private readonly delegate* unmanaged<int*, int, int, int> _attribute;

        private readonly delegate* unmanaged<int, byte**, int> _wordsOf;

        public Driver()
        {
            // Once TorchSharp has loaded it, by whatever path, its own name finds it again.
            CurrentStream = (delegate* unmanaged<int, nint*, int>)NativeLibrary.GetExport(NativeLibrary.Load("libtorch_cuda.so"), "aoti_torch_get_current_cuda_stream");
            var library = NativeLibrary.Load("libcuda.so.1");
            GetDevice = (delegate* unmanaged<int*, int, int>)NativeLibrary.GetExport(library, "cuDeviceGet");
            RetainContext = (delegate* unmanaged<nint*, int, int>)NativeLibrary.GetExport(library, "cuDevicePrimaryCtxRetain");
            Push = (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(library, "cuCtxPushCurrent_v2");
            Pop = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "cuCtxPopCurrent_v2");
            LoadModule = (delegate* unmanaged<nint*, byte*, int>)NativeLibrary.GetExport(library, "cuModuleLoadData");
            GetFunction = (delegate* unmanaged<nint*, nint, byte*, int>)NativeLibrary.GetExport(library, "cuModuleGetFunction");
            Launch = (delegate* unmanaged<nint, uint, uint, uint, uint, uint, uint, uint, nint, void**, void**, int>)NativeLibrary.GetExport(library, "cuLaunchKernel");
            _attribute = (delegate* unmanaged<int*, int, int, int>)NativeLibrary.GetExport(library, "cuDeviceGetAttribute");
            _wordsOf = (delegate* unmanaged<int, byte**, int>)NativeLibrary.GetExport(library, "cuGetErrorString");
        }

        /// <summary>The architecture of a device's machine code, such as <c>sm_90</c>.</summary>
        public string Architecture(int device)
        {
            int handle, major, minor;
            Check(GetDevice(&handle, device));
            Check(_attribute(&major, Major, handle));
            Check(_attribute(&minor, Minor, handle));
            return $"sm_{major}{minor}";
        }

        public void Check(int error)
        {
            if (error != 0)
            {
                byte* words = null;
                _ = _wordsOf(error, &words);
                throw new InvalidOperationException($"The CUDA driver refused a kernel (error {error}{(words == null ? "" : $": {Marshal.PtrToStringUTF8((nint)words)}")}).");
            }
        }
    }

    /// <summary>NVRTC, which libtorch itself compiles its fused kernels by.</summary>
    private sealed class Compiler
    {
        // A product that ran into a sum would round once, where the kernels in C# round twice.
        private const string NoFusing = "--fmad=false";

        private readonly delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int> _create;

        private readonly delegate* unmanaged<nint, int, byte**, int> _compile;

        private readonly delegate* unmanaged<nint*, int> _destroy;

        private readonly Bytes _code;

        private readonly Bytes _log;

        public Compiler()
        {
            // It depends on NVRTC, in whatever version: what it depends on is looked through for a name too.
            var library = NativeLibrary.Load("libcaffe2_nvrtc.so");
            _create = (delegate* unmanaged<nint*, byte*, byte*, int, byte**, byte**, int>)NativeLibrary.GetExport(library, "nvrtcCreateProgram");
            _compile = (delegate* unmanaged<nint, int, byte**, int>)NativeLibrary.GetExport(library, "nvrtcCompileProgram");
            _destroy = (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "nvrtcDestroyProgram");
            _code = new(library, "nvrtcGetCUBIN");
            _log = new(library, "nvrtcGetProgramLog");
        }

        /// <summary>A source as machine code of an architecture.</summary>
        public byte[] Compile(string source, string architecture)
        {
            nint program;
            fixed (byte* text = Encoding.UTF8.GetBytes(source + '\0'), name = "layerwise.cu\0"u8, target = Encoding.ASCII.GetBytes($"--gpu-architecture={architecture}\0"), noFusing = Encoding.ASCII.GetBytes(NoFusing + '\0'))
            {
                var error = _create(&program, text, name, 0, null, null);
                if (error != 0)
                {
                    throw new InvalidOperationException($"NVRTC refused a program (error {error}).");
                }

                try
                {
                    var options = stackalloc byte*[] { target, noFusing };
                    error = _compile(program, 2, options);
                    return error == 0 ? _code.Of(program) : throw new InvalidOperationException($"NVRTC does not compile for {architecture} (error {error}): {Encoding.UTF8.GetString(_log.Of(program)).TrimEnd('\0', '\n')}");
                }
                finally
                {
                    _ = _destroy(&program);
                }
            }
        }

        /// <summary>What a function says of a program, and how long that is.</summary>
        private readonly struct Bytes(nint library, string name)
        {
            private readonly delegate* unmanaged<nint, nuint*, int> _size = (delegate* unmanaged<nint, nuint*, int>)NativeLibrary.GetExport(library, name + "Size");

            private readonly delegate* unmanaged<nint, byte*, int> _get = (delegate* unmanaged<nint, byte*, int>)NativeLibrary.GetExport(library, name);

            public byte[] Of(nint program)
            {
                nuint size;
                _ = _size(program, &size);
                var bytes = new byte[size];
                fixed (byte* to = bytes)
                {
                    _ = _get(program, to);
                }

                return bytes;
            }
        }
    }
}
