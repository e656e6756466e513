namespace Layerwise.Kernels;

/// <summary>Numbers that stay where they are, from a whole cache line on. Freed by the garbage collector.</summary>
internal sealed unsafe class Memory
{
    private const int Line = 64 / sizeof(float);

    // Keeps the numbers alive.
    private readonly float[] _array;

    /// <param name="length">How many; behind them stand as many zeros as the widest vector reads.</param>
    public Memory(int length)
    {
        _array = GC.AllocateArray<float>(checked(length + Line + Lanes.Most), pinned: true);
        fixed (float* first = _array)
        {
            Start = (float*)(((nuint)first + 63) & ~(nuint)63);
        }
    }

    public float* Start { get; }

    public int Capacity => _array.Length - Line - Lanes.Most;

    public static Memory Of(ReadOnlySpan<float> values)
    {
        var memory = new Memory(values.Length);
        values.CopyTo(new Span<float>(memory.Start, values.Length));
        return memory;
    }
}
