namespace Layerwise.Compiler.Ir;

/// <summary>What a value is computed in. float16 and bfloat16 are computed in float32; unsigned integers in the next larger signed ones.</summary>
public enum ElementType
{
    Float32,
    Float64,
    Bool,
    UInt8,
    Int8,
    Int16,
    Int32,
    Int64,
}

public static class ElementTypes
{
    // By ONNX's numbers.
    private static readonly string[] Names =
    [
        "", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "string", "bool", "float16", "float64", "uint32", "uint64", "complex64", "complex128", "bfloat16",
    ];

    /// <summary>The type that values of an ONNX type are computed in; <c>null</c> where they are not: strings, complex numbers.</summary>
    /// <param name="name">As the manifest writes it: <c>float16</c>.</param>
    public static ElementType? Parse(string name) => name switch
    {
        "float32" or "float16" or "bfloat16" => ElementType.Float32,
        "float64" => ElementType.Float64,
        "bool" => ElementType.Bool,
        "uint8" => ElementType.UInt8,
        "int8" => ElementType.Int8,
        "int16" => ElementType.Int16,
        "int32" or "uint16" => ElementType.Int32,
        "int64" or "uint32" or "uint64" => ElementType.Int64,
        _ => null,
    };

    /// <summary>As <see cref="Parse"/>, by the number that ONNX has for the type.</summary>
    public static ElementType? OfOnnx(long type) => type > 0 && type < Names.Length ? Parse(Names[type]) : null;

    public static bool IsFloat(this ElementType type) => type is ElementType.Float32 or ElementType.Float64;
}
