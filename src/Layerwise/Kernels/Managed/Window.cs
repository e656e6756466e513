namespace Layerwise.Kernels;

/// <summary>Stride, padding and dilation of a kernel over 1 or 2 spatial axes. One axis runs as two, the first of size 1.</summary>
internal sealed class PixelWindow(long[] kernel, long[]? stride, long[]? pad, long[]? padEnd, long[]? dilation)
{
    public int KernelHeight { get; } = First(kernel, 1);

    public int KernelWidth { get; } = (int)kernel[^1];

    public int StrideY { get; } = First(stride, 1);

    public int StrideX { get; } = Second(stride, 1);

    public int DilationY { get; } = First(dilation, 1);

    public int DilationX { get; } = Second(dilation, 1);

    public int Top { get; } = First(pad, 0);

    public int Left { get; } = Second(pad, 0);

    public int Kernel => KernelHeight * KernelWidth;

    /// <summary>How far a window reaches along each spatial axis.</summary>
    public long[] Extent { get; } = [.. kernel.Select((k, axis) => ((k - 1) * (dilation?[axis] ?? 1)) + 1)];

    /// <summary>How many windows an image of a size has along each spatial axis.</summary>
    public long[] Outputs(long[] size) => [.. size.Select((length, axis) => ((length + (pad?[axis] ?? 0) + ((padEnd ?? pad)?[axis] ?? 0) - Extent[axis]) / (stride?[axis] ?? 1)) + 1)];

    /// <summary>Height and width of an image of a buffer.</summary>
    public static (int Height, int Width) Image(Managed.Buffer x) => x.Size.Length == 3 ? (1, x.Size[2]) : (x.Size[2], x.Size[3]);

    /// <summary>The first row that a window sees, and how many rows of the kernel lie inside an image.</summary>
    public (int First, int End) Rows(int y, int height) => Inside((y * StrideY) - Top, DilationY, KernelHeight, height);

    /// <summary>As <see cref="Rows"/>, along a row.</summary>
    public (int First, int End) Columns(int x, int width) => Inside((x * StrideX) - Left, DilationX, KernelWidth, width);

    /// <summary>The image with all that windows reach around it.</summary>
    public (int Height, int Width) Reached((int Height, int Width) image, (int Height, int Width) windows) => (
        Math.Max(image.Height + Top, ((windows.Height - 1) * StrideY) + ((KernelHeight - 1) * DilationY) + 1),
        Math.Max(image.Width + Left, ((windows.Width - 1) * StrideX) + ((KernelWidth - 1) * DilationX) + 1));

    // Which elements of the kernel, from the first to before the end, stand inside.
    private static (int First, int End) Inside(int start, int dilation, int kernel, int size)
    {
        var first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
        var end = start >= size ? 0 : Math.Min(kernel, ((size - 1 - start) / dilation) + 1);
        return (first, Math.Max(first, end));
    }

    private static int First(long[]? values, int otherwise) => values is { Length: 2 } ? checked((int)values[0]) : otherwise;

    private static int Second(long[]? values, int otherwise) => values is null ? otherwise : checked((int)values[^1]);
}
