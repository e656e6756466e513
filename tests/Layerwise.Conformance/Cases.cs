using System.IO.Compression;
using System.IO.Enumeration;
using Layerwise.Oracle.Onnx;
using Layerwise.Tool;
using static TorchSharp.torch;

namespace Layerwise.Conformance;

/// <summary>The cases of a folder.</summary>
internal static class Cases
{
    private const int UInt16 = 4, BFloat16 = 16;
    private const double OnnxTolerance = 1e-3, ModelTolerance = 1e-4;

    // ONNX's data cut float32 off to bfloat16, which has 8 bits, where the compiler rounds (as ONNX Runtime and PyTorch do): one unit apart.
    private const double BFloat16Tolerance = 1.0 / 128;

    /// <summary>ONNX's backend test data: a folder a case with model.onnx and test_data_set_N/{input,output}_K.pb; or NAME.onnx with NAME_output_0.pb.</summary>
    public static IEnumerable<Case> OfOnnx(string folder)
        => Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(model =>
        {
            var isLight = File.Exists(LightOutput(model));
            var name = Path.GetRelativePath(folder, isLight ? Path.ChangeExtension(model, null) : Path.GetDirectoryName(model)!);
            return new Case(name, model, GivesBFloat16(model) ? BFloat16Tolerance : OnnxTolerance, Tensors.Elementwise, () => isLight ? [Light(model)] : [.. DataFolders(model).Select(data => OnnxData(model, data))]);
        });

    /// <summary>Models with their own forward references: a folder a model with model.onnx and reference_fwd/{in,out}_N.npz.</summary>
    public static IEnumerable<Case> OfModels(string folder)
        => Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(model => Directory.Exists(References(model)))
            .Select(model => new Case(
                Path.ChangeExtension(Path.GetRelativePath(folder, model), null).Replace("/model", "", StringComparison.Ordinal),
                model,
                ModelTolerance,
                Tensors.Relative,
                () => [.. Directory.EnumerateFiles(References(model), "in_*.npz").Order(StringComparer.Ordinal).Select(file => new DataSet(
                    Path.GetFileNameWithoutExtension(file)[3..],
                    Archive(file),
                    Archive(Path.Combine(References(model), Path.GetFileName(file).Replace("in_", "out_", StringComparison.Ordinal)))))]));

    public static bool Matches(this Case @case, string? glob) => glob is null || FileSystemName.MatchesSimpleExpression(glob, @case.Name, ignoreCase: false);

    private static bool GivesBFloat16(string model) => ModelProto.Parser.ParseFrom(File.ReadAllBytes(model)).Graph.Output.Any(o => o.Type?.TensorType?.ElemType == BFloat16);

    private static string References(string model) => Path.Combine(Path.GetDirectoryName(model)!, "reference_fwd");

    private static string LightOutput(string model) => Path.ChangeExtension(model, null) + "_output_0.pb";

    private static IEnumerable<string> DataFolders(string model) => Directory.EnumerateDirectories(Path.GetDirectoryName(model)!, "test_data_set_*").Order(StringComparer.Ordinal);

    private static DataSet OnnxData(string model, string folder)
    {
        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(model)).Graph;
        if (graph.Input.Concat(graph.Output).Any(v => v.Type.TensorType is null))
        {
            throw new UnsupportedDataException("inputs or outputs that are no tensors");
        }

        var initializers = graph.Initializer.Select(i => i.Name).ToHashSet();
        string[] inputs = [.. graph.Input.Select(i => i.Name)];
        if (!File.Exists(Path.Combine(folder, $"input_{inputs.Length - 1}.pb")))
        {
            inputs = [.. inputs.Where(i => !initializers.Contains(i))];
        }

        return new DataSet(Path.GetFileName(folder), Read("input", inputs), Read("output", [.. graph.Output.Select(o => o.Name)]));

        Dictionary<string, Tensor> Read(string kind, string[] names) => names
            .Select((name, i) => (name, path: Path.Combine(folder, $"{kind}_{i}.pb")))
            .Where(file => File.Exists(file.path))
            .ToDictionary(file => file.name, file =>
            {
                // Old data hold bfloat16 as plain 16-bit numbers; the model says what they are.
                var data = TensorProto.Parser.ParseFrom(File.ReadAllBytes(file.path));
                data.DataType = data.DataType == UInt16 && graph.Input.Concat(graph.Output).First(v => v.Name == file.name).Type.TensorType.ElemType == BFloat16 ? BFloat16 : data.DataType;
                return Tensors.Of(data);
            });
    }

    /// <summary>A model without weights worth keeping; its input is ONNX's own ramp from 0 to 1.</summary>
    private static DataSet Light(string model)
    {
        var graph = ModelProto.Parser.ParseFrom(File.ReadAllBytes(model)).Graph;
        var initializers = graph.Initializer.Select(i => i.Name).ToHashSet();
        var inputs = graph.Input.Where(i => !initializers.Contains(i.Name)).ToDictionary(i => i.Name, i =>
        {
            long[] shape = [.. i.Type.TensorType.Shape.Dim.Select(d => Math.Max(1, d.DimValue))];
            var count = shape.Aggregate(1L, (a, b) => a * b);
            return arange(count, ScalarType.Float32).div(count).reshape(shape);
        });
        return new DataSet("0", inputs, new Dictionary<string, Tensor> { [graph.Output[0].Name] = Tensors.Of(TensorProto.Parser.ParseFrom(File.ReadAllBytes(LightOutput(model)))) });
    }

    private static Dictionary<string, Tensor> Archive(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        var file = Path.GetTempFileName();
        try
        {
            return archive.Entries.ToDictionary(
                entry => Path.GetFileNameWithoutExtension(entry.FullName).Replace('|', '/'),
                entry =>
                {
                    entry.ExtractToFile(file, overwrite: true);
                    var array = Npy.Read(file);
                    return tensor(array.Values, array.Shape);
                });
        }
        finally
        {
            File.Delete(file);
        }
    }
}
