namespace Layerwise.Fuzz;

/// <summary>Values that break what did not expect them.</summary>
internal static class Nasty
{
    private static readonly long[] Integers =
    [
        0, 1, 2, 3, 4, 5, 7, 8, 16, 17, 63, 64, 65, 100, 127, 128, 255, 256, 1000, 4095, 4096, 4097, 65535, 65536, 1_000_000,
        int.MaxValue - 1, int.MaxValue, 1L + int.MaxValue, 1L << 32, 1L << 40, 1L << 53, 1L << 61, 1L << 62, long.MaxValue - 1, long.MaxValue,
        -1, -2, -3, -4, -5, -8, -100, -4096, int.MinValue, int.MinValue - 1L, -(1L << 40), -(1L << 62), long.MinValue + 1, long.MinValue,
    ];

    private static readonly float[] Floats =
        [0, -0f, 1, -1, 0.5f, 2, 1e-6f, 1e-30f, float.Epsilon, 1e10f, float.MaxValue, float.MinValue, float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    public static readonly string[] Names =
    [
        "", " ", "\"", "\\", "'", "*/", "/*", "//", "\n", "\r\n", "\u0085", "\u2028", "\u2029", "\0", "\t", "\u001b[31m", "\u202E", "\u2066", "\u200B", "\uFEFF", "\uFFFF",
        "\"; System.Console.WriteLine(\"x\"); //", "*/ class X { } /*", "\n#error x\n", "</summary><script>", "{0}", "${x}", "$\"{1+1}\"", "@\"", "\"\"\"", "\\u0022", "<![CDATA[", "&amp;",
        "class", "this", "new", "void", "N", "f", "K", "C", "R", "Input", "Inputs", "H1", "R1", "Any", "Network", "Frame", "weights", "value__", "Equals", "global", "input", "target",
        "conv", "Conv", "CONV", "conv_", "conv.weight", "/conv/Conv", "conv2", "conv_2", "a.b", "a_b", "a/b", "a-b", "é", "é", "ａ", "а", "ß", "İ", "😀", "\u0301", "ﬁ", "１", "٣",
        "y.then_branch/x", "x/copy", "y/weight", "y/bias", "/", "//", "..", "../x", "CON", "nul", "con.weight", new('a', 300), new('/', 300), new('_', 300), "1", "_", "_1", "-1",
    ];

    public static long Integer(Random random) => random.Next(6) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(3) == 0 ? random.Next(-9, 9) : Integers[random.Next(Integers.Length)];

    public static float Float(Random random) => Floats[random.Next(Floats.Length)];

    public static string Name(Random random) => random.Next(8) == 0 ? Names[random.Next(Names.Length)] + Names[random.Next(Names.Length)] : Names[random.Next(Names.Length)];

    public static T Of<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
