using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>
/// oneDNN's convolutions with weights in its own layout, through libtorch's C ABI (that of AOTInductor): TorchSharp's public API has neither.
/// </summary>
internal static unsafe class OneDnn
{
    // The version of the dispatcher's calling convention: libtorch 2.10.
    private const ulong CallingConvention = (2ul << 56) | (10ul << 48);

    // Set to use libtorch's own operators alone.
    private const string Switch = "Layerwise.Portable";

    private static readonly (Exports? Exports, string? WhyNot) Found = AppContext.TryGetSwitch(Switch, out var isOff) && isOff ? (null, $"the switch {Switch} is on") : Exports.Find();

    private static Exports? Library
    {
        get
        {
            Debug.Assert(!IsOff.Value, "The portable path calls what it is to do without.");
            return Found.Exports;
        }
    }

    /// <summary>Whether this machine and this libtorch have them.</summary>
    public static bool IsAvailable => WhyNot is null;

    /// <summary>Why they are not to be had, in words; <c>null</c> where they are.</summary>
    public static string? WhyNot => Found.WhyNot ?? (IsOff.Value ? "a test leaves oneDNN alone" : null);

    /// <summary>Leaves them alone in what runs from here on.</summary>
    public static AsyncLocal<bool> IsOff { get; } = new();

    /// <summary>Whether a tensor is one of theirs: float32 on the CPU, with two spatial axes.</summary>
    public static bool Suits(Tensor x) => IsAvailable && x.dim() == 4 && x.dtype == ScalarType.Float32 && x.device_type == TorchSharp.DeviceType.CPU && x.numel() > 0;

    /// <summary>Where a tensor's first element lies.</summary>
    public static nint Data(Tensor x)
    {
        nint data;
        Check(Library!.DataPointer(x.Handle, &data), "look at a tensor's memory");
        return data;
    }

    /// <summary>The sizes of a tensor's axes, for as long as it lives; TorchSharp's own property has them copied through a delegate.</summary>
    public static ReadOnlySpan<long> Shape(Tensor x)
    {
        long* sizes;
        Check(Library!.Sizes(x.Handle, &sizes), "look at a tensor's shape");
        return new(sizes, Rank(x));
    }

    /// <summary>How far apart elements along a tensor's axes are, likewise.</summary>
    public static ReadOnlySpan<long> Strides(Tensor x)
    {
        long* strides;
        Check(Library!.Strides(x.Handle, &strides), "look at a tensor's strides");
        return new(strides, Rank(x));
    }

    private static int Rank(Tensor x)
    {
        long rank;
        Check(Library!.Rank(x.Handle, &rank), "look at a tensor's rank");
        return (int)rank;
    }

    /// <summary>A tensor on the CPU, of no values yet.</summary>
    public static Tensor Empty(ReadOnlySpan<long> shape, ReadOnlySpan<long> strides, ScalarType type)
    {
        nint result;
        int error;
        var count = TotalSize(shape);
        fixed (long* sizes = shape, steps = strides)
        {
            if (type == ScalarType.Float32 && Arena.Suits(count * sizeof(float)))
            {
                var flat = Arena.Tensor(count);
                error = Library!.Reinterpret(flat, shape.Length, sizes, steps, 0, &result);
                Check(Library.Delete(flat), "free a tensor");
            }
            else
            {
                error = Library!.NewTensor(shape.Length, sizes, steps, (int)type, (int)TorchSharp.DeviceType.CPU, 0, &result);
            }
        }

        return Result(error, result, "tensor");

        static long TotalSize(ReadOnlySpan<long> shape)
        {
            var count = 1L;
            foreach (var size in shape)
            {
                count = checked(count * size);
            }

            return count;
        }
    }

    /// <summary>A convolution; with channels last in memory, as its input should be.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="weight">From <see cref="Pack"/>.</param>
    /// <param name="bias">[out], or <c>null</c>.</param>
    /// <param name="window">Stride, padding, dilation.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="ceiling">What a Relu that runs with it lets through at most; <c>null</c> where there is none.</param>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor? bias, (long[] Stride, long[] Pad, long[] Dilation) window, long groups, float? ceiling)
    {
        nint result, biasHandle = bias?.Handle ?? 0;
        int error;
        fixed (long* stride = window.Stride, pad = window.Pad, dilation = window.Dilation)
        fixed (byte* then = ceiling is not { } high ? "none"u8 : float.IsPositiveInfinity(high) ? "relu"u8 : "hardtanh"u8)
        {
            double low = 0, most = ceiling ?? 0;
            var bounds = stackalloc double*[] { &low, &most };
            error = Library!.Convolution(x.Handle, weight.Handle, bias is null ? null : &biasHandle, pad, window.Pad.Length, stride, window.Stride.Length, dilation, window.Dilation.Length, groups, then, bounds, ceiling is null || float.IsPositiveInfinity(ceiling.Value) ? 0 : 2, null, &result);
        }

        return Result(error, result, "convolution");
    }

    /// <summary>A transposed convolution.</summary>
    public static Tensor Transpose(Tensor s, Tensor weight, (long[] Stride, long[] Pad, long[] Dilation) window, long[] outputPad, long groups)
    {
        nint result;
        int error;
        fixed (long* stride = window.Stride, pad = window.Pad, dilation = window.Dilation, rest = outputPad)
        fixed (byte* then = "none"u8)
        {
            error = Library!.TransposedConvolution(s.Handle, weight.Handle, null, pad, window.Pad.Length, rest, outputPad.Length, stride, window.Stride.Length, dilation, window.Dilation.Length, groups, then, null, 0, null, &result);
        }

        return Result(error, result, "transposed convolution");
    }

    /// <summary>Weights in the layout that oneDNN chooses for inputs of a size.</summary>
    /// <param name="weight">[out, in/groups, kernel…], of a transposed convolution [in, out/groups, kernel…].</param>
    /// <param name="window">Stride, padding, dilation.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="inputShape">[N, C, H, W].</param>
    /// <param name="outputPad">Of a transposed convolution.</param>
    public static Tensor Pack(Tensor weight, (long[] Stride, long[] Pad, long[] Dilation) window, long groups, long[] inputShape, long[]? outputPad = null)
    {
        var stack = stackalloc ulong[7];
        var at = 0;
        nint reference;
        Check(Library!.NewHandle(weight.Handle, &reference), "packing of weights");
        stack[at++] = (ulong)reference;
        stack[at++] = List(window.Pad);
        if (outputPad is not null)
        {
            stack[at++] = List(outputPad);
        }

        stack[at++] = List(window.Stride);
        stack[at++] = List(window.Dilation);
        stack[at++] = (ulong)groups;

        // An optional value is a pointer that the callee frees.
        var shape = (ulong*)NativeMemory.Alloc(sizeof(ulong));
        *shape = List(inputShape);
        stack[at] = (ulong)shape;
        fixed (byte* name = outputPad is null ? "mkldnn::_reorder_convolution_weight"u8 : "mkldnn::_reorder_convolution_transpose_weight"u8)
        fixed (byte* overload = "\0"u8)
        {
            var error = Library.Dispatch(name, overload, stack, CallingConvention);
            return Result(error, (nint)stack[0], "packing of weights");
        }
    }

    /// <summary>
    /// Does work on the threads of libtorch's own team: others would wait for a core until those, between two of its kernels, stop spinning.
    /// </summary>
    /// <param name="threads">How many there are at most.</param>
    /// <param name="work">Done once a thread, with its number and how many there are; must not throw.</param>
    public static void Parallel(int threads, Action<int, int> work)
    {
        var handle = GCHandle.Alloc(work);
        Library!.Team(&Member, GCHandle.ToIntPtr(handle), (uint)threads, 0);
        handle.Free();
    }

    /// <summary>Sets how many threads libtorch has for the calling thread, and leaves the process's number alone.</summary>
    public static void SetThreads(int count)
    {
        Library!.SetTeam(count);
        if (Library.SetProductTeam is not null)
        {
            _ = Library.SetProductTeam(count);
        }
    }

    [UnmanagedCallersOnly]
    private static void Member(nint work) => ((Action<int, int>)GCHandle.FromIntPtr(work).Target!)(Library!.ThreadNumber(), Library.ThreadCount());

    private static ulong List(long[] values)
    {
        nint list;
        Check(Library!.NewList((nuint)values.Length, &list), "making of a list");
        foreach (var value in values)
        {
            Check(Library.Push(list, (ulong)value), "making of a list");
        }

        return (ulong)list;
    }

    private static Tensor Result(int error, nint handle, string what)
    {
        Check(error, what);
        return Tensor.UnsafeCreateTensor(handle);
    }

    private static void Check(int error, string what)
    {
        if (error != 0)
        {
            throw new InvalidOperationException($"libtorch refused a {what} (error {error}); it says why on the standard error stream.");
        }
    }

    /// <summary>The functions of libtorch_cpu.</summary>
    private sealed class Exports
    {
        public required delegate* unmanaged<nint, nint, nint*, long*, long, long*, long, long*, long, long, byte*, double**, long, byte**, nint*, int> Convolution;

        public required delegate* unmanaged<nint, nint, nint*, long*, long, long*, long, long*, long, long*, long, long, byte*, double**, long, byte**, nint*, int> TransposedConvolution;

        public required delegate* unmanaged<byte*, byte*, ulong*, ulong, int> Dispatch;

        public required delegate* unmanaged<nint, nint*, int> DataPointer;

        public required delegate* unmanaged<nint, long**, int> Sizes;

        public required delegate* unmanaged<nint, long**, int> Strides;

        public required delegate* unmanaged<nint, long*, int> Rank;

        public required delegate* unmanaged<long, long*, long*, int, int, int, nint*, int> NewTensor;

        public required delegate* unmanaged<nint, long, long*, long*, long, nint*, int> Reinterpret;

        public required delegate* unmanaged<nint, int> Delete;

        public required delegate* unmanaged<nint, nint*, int> NewHandle;

        public required delegate* unmanaged<nuint, nint*, int> NewList;

        public required delegate* unmanaged<nint, ulong, int> Push;

        public required delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void> Team;

        public required delegate* unmanaged<int> ThreadNumber;

        public required delegate* unmanaged<int> ThreadCount;

        public required delegate* unmanaged<int, void> SetTeam;

        // MKL's own number, where libtorch has MKL.
        public required delegate* unmanaged<int, int> SetProductTeam;

        /// <summary>Finds them; says why not where some are not there.</summary>
        public static (Exports? Exports, string? WhyNot) Find()
        {
            if (!Avx2.IsSupported || !OperatingSystem.IsLinux())
            {
                return (null, "oneDNN is called on Linux on x64 with AVX2 alone");
            }

            // Once TorchSharp has loaded it, by whatever path, its own name finds it again.
            InitializeDeviceType(TorchSharp.DeviceType.CPU);
            if (!NativeLibrary.TryLoad("libtorch_cpu.so", out var library))
            {
                return (null, "libtorch_cpu.so was not found");
            }

            string? missing = null;
            nint Find(string name)
            {
                if (NativeLibrary.TryGetExport(library, name, out var address))
                {
                    return address;
                }

                missing ??= $"this libtorch has no {name}";
                return 0;
            }

            nint[] found =
            [
                Find("aoti_torch_cpu_mkldnn__convolution_pointwise"),
                Find("aoti_torch_cpu_mkldnn__convolution_transpose_pointwise"),
                Find("torch_call_dispatcher"),
                Find("aoti_torch_new_tensor_handle"),
                Find("torch_new_list_reserve_size"),
                Find("torch_list_push_back"),
                Find("aoti_torch_get_data_ptr"),
                Find("GOMP_parallel"),
                Find("omp_get_thread_num"),
                Find("omp_get_num_threads"),
                Find("omp_set_num_threads"),
                Find("aoti_torch_get_sizes"),
                Find("aoti_torch_get_strides"),
                Find("aoti_torch_get_dim"),
                Find("aoti_torch_empty_strided"),
                Find("aoti_torch__reinterpret_tensor"),
                Find("aoti_torch_delete_tensor_object"),
            ];
            NativeLibrary.TryGetExport(library, "MKL_Set_Num_Threads_Local", out var setProductTeam);
            return missing is not null ? (null, missing) : (new Exports
            {
                Convolution = (delegate* unmanaged<nint, nint, nint*, long*, long, long*, long, long*, long, long, byte*, double**, long, byte**, nint*, int>)found[0],
                TransposedConvolution = (delegate* unmanaged<nint, nint, nint*, long*, long, long*, long, long*, long, long*, long, long, byte*, double**, long, byte**, nint*, int>)found[1],
                Dispatch = (delegate* unmanaged<byte*, byte*, ulong*, ulong, int>)found[2],
                NewHandle = (delegate* unmanaged<nint, nint*, int>)found[3],
                NewList = (delegate* unmanaged<nuint, nint*, int>)found[4],
                Push = (delegate* unmanaged<nint, ulong, int>)found[5],
                DataPointer = (delegate* unmanaged<nint, nint*, int>)found[6],
                Team = (delegate* unmanaged<delegate* unmanaged<nint, void>, nint, uint, uint, void>)found[7],
                ThreadNumber = (delegate* unmanaged<int>)found[8],
                ThreadCount = (delegate* unmanaged<int>)found[9],
                SetTeam = (delegate* unmanaged<int, void>)found[10],
                Sizes = (delegate* unmanaged<nint, long**, int>)found[11],
                Strides = (delegate* unmanaged<nint, long**, int>)found[12],
                Rank = (delegate* unmanaged<nint, long*, int>)found[13],
                NewTensor = (delegate* unmanaged<long, long*, long*, int, int, int, nint*, int>)found[14],
                Reinterpret = (delegate* unmanaged<nint, long, long*, long*, long, nint*, int>)found[15],
                Delete = (delegate* unmanaged<nint, int>)found[16],
                SetProductTeam = (delegate* unmanaged<int, int>)setProductTeam,
            }, null);
        }
    }
}
