namespace Layerwise.Compiler.Ir;

/// <summary>What a value is computed in. Floats of less than 32 bits are computed in float32, integers of 4 bits in 8; unsigned integers in the next larger signed ones.</summary>
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
        "float8e4m3fn", "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4", "int4", "float4e2m1",
    ];

    /// <summary>The type that values of an ONNX type are computed in; <c>null</c> where they are not: strings, complex numbers.</summary>
    /// <param name="name">As the manifest writes it: <c>float16</c>.</param>
    public static ElementType? Parse(string name) => name switch
    {
        "float32" => ElementType.Float32,
        "uint4" => ElementType.UInt8,
        "int4" => ElementType.Int8,
        _ when Format(name) is not null => ElementType.Float32,
        "float64" => ElementType.Float64,
        "bool" => ElementType.Bool,
        "uint8" => ElementType.UInt8,
        "int8" => ElementType.Int8,
        "int16" => ElementType.Int16,
        "int32" or "uint16" => ElementType.Int32,
        "int64" or "uint32" or "uint64" => ElementType.Int64,
        _ => null,
    };

    /// <summary>The type itself where its values are computed in a wider one, to which they are converted once they are rounded; <c>null</c> for others.</summary>
    public static string? Format(string name)
        => name is "float16" or "bfloat16" or "float8e4m3fn" or "float8e4m3fnuz" or "float8e5m2" or "float8e5m2fnuz" or "float4e2m1" or "uint4" or "int4" ? name : null;

    /// <summary>The name of a type as the manifest writes it, by the number that ONNX has for it.</summary>
    public static string NameOf(long type) => type > 0 && type < Names.Length ? Names[type] : "type" + type.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public static bool IsFloat(this ElementType type) => type is ElementType.Float32 or ElementType.Float64;
}
