using Google.Protobuf;
using Layerwise.Oracle.Onnx;
using Layerwise.Testing;

namespace Layerwise.Fuzz;

/// <summary>The models that mutants are made of: small, since weights hardly matter to a compiler.</summary>
internal sealed class Seeds
{
    private const int LargestData = 4096;

    private readonly string[][] _groups;
    private readonly Dictionary<string, byte[]> _read = [];

    private Seeds(params IEnumerable<string>[] groups) => _groups = [.. groups.Select(g => g.Order(StringComparer.Ordinal).ToArray()).Where(g => g.Length > 0)];

    /// <summary>The project's own models.</summary>
    public static Seeds Own() => new(Models(Path.Combine(SharedFolder.RepositoryRoot, "models")));

    /// <summary>The project's own models and, where it exists, those of the shared folder: references, models of the wild, ONNX's tests of each operator.</summary>
    public static Seeds All() => new(
        Models(Path.Combine(SharedFolder.RepositoryRoot, "models")).Concat(Models(SharedFolder.At("goldens"))).Concat(Models(SharedFolder.At("models"))),
        Models(SharedFolder.At("onnx-node-tests")));

    /// <summary>One of them: half of the time a whole network, half of the time an operator.</summary>
    public (string Name, byte[] Bytes) Pick(Random random)
    {
        var group = _groups[random.Next(_groups.Length)];
        var path = group[random.Next(group.Length)];
        if (!_read.TryGetValue(path, out var bytes))
        {
            _read[path] = bytes = Read(path);
        }

        return (Path.GetRelativePath(SharedFolder.RepositoryRoot, path), bytes);
    }

    private static IEnumerable<string> Models(string folder) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.onnx", SearchOption.AllDirectories) : [];

    private static byte[] Read(string path)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        HoldInputs(model.Graph, Path.Combine(Path.GetDirectoryName(path)!, "test_data_set_0"));
        foreach (var tensor in model.Graph.Initializer.Concat(model.Graph.Node.SelectMany(n => n.Attribute).Where(a => a.T is not null).Select(a => a.T)))
        {
            if (tensor.CalculateSize() > LargestData)
            {
                tensor.RawData = ByteString.Empty;
                tensor.FloatData.Clear();
            }
        }


        return model.ToByteArray();
    }

    /// <summary>An operator's test has shapes and axes as inputs, where a network has them as tensors.</summary>
    private static void HoldInputs(GraphProto graph, string data)
    {
        for (var i = graph.Input.Count - 1; i > 0; i--)
        {
            if (File.Exists(Path.Combine(data, $"input_{i}.pb")) && graph.Input[i].Type.TensorType is not null)
            {
                var tensor = TensorProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(data, $"input_{i}.pb")));
                tensor.Name = graph.Input[i].Name;
                graph.Initializer.Add(tensor);
                graph.Input.RemoveAt(i);
            }
        }
    }
}
