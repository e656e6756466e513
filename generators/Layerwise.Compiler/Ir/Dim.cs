using System.Globalization;

namespace Layerwise.Compiler.Ir;

/// <summary>A dimension: a number, a multiple of the batch size N, or open: only a call knows its size.</summary>
/// <param name="Count">The number, or the multiple of N; -1 where the dimension is open.</param>
/// <param name="IsBatch">Whether it is a multiple of N.</param>
/// <param name="Symbol">What an open dimension is called, such as <c>H</c> or <c>H-2</c>; equal names are equal sizes.</param>
public readonly record struct Dim(long Count, bool IsBatch = false, string? Symbol = null)
{
    private const int LongestSymbol = 60;

    public static readonly Dim N = new(1, IsBatch: true);

    public static Dim Open(string symbol) => new(-1, Symbol: symbol.Length <= LongestSymbol ? symbol : Short(symbol));

    public bool IsOpen => Symbol is not null;

    public static implicit operator Dim(long count) => new(count);

    /// <summary>The product, or <c>null</c> where it is neither a number nor a multiple of N.</summary>
    public static Dim? Multiply(Dim a, Dim b)
        => a.IsOpen || b.IsOpen || (a.IsBatch && b.IsBatch) ? null : new Dim(checked(a.Count * b.Count), a.IsBatch || b.IsBatch);

    /// <summary>The sum, or <c>null</c> where it is neither a number nor a multiple of N.</summary>
    public static Dim? Add(Dim a, Dim b) => a == 0 ? b : b == 0 ? a : a.IsOpen || b.IsOpen || a.IsBatch != b.IsBatch ? null : a with { Count = checked(a.Count + b.Count) };

    /// <summary>A function of two plain numbers; <c>null</c> where one of them is none.</summary>
    public static Func<Dim, Dim, Dim?> OfNumbers(Func<long, long, long?> function)
        => (a, b) => a.IsOpen || b.IsOpen || a.IsBatch || b.IsBatch ? null : function(a.Count, b.Count) is { } result ? result : null;

    // A row of windows makes ever longer words of the first; a number that follows from the word tells long ones apart.
    private static string Short(string symbol)
    {
        var hash = 14695981039346656037ul;
        foreach (var c in symbol)
        {
            hash = unchecked((hash ^ c) * 1099511628211);
        }

        return "d" + hash.ToString("x16", CultureInfo.InvariantCulture);
    }

    public override string ToString()
    {
        var count = Count.ToString(CultureInfo.InvariantCulture);
        return Symbol ?? (!IsBatch ? count : Count == 1 ? "N" : count + "·N");
    }
}
