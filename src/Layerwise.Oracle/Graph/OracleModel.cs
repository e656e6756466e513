using Layerwise.Oracle.Onnx;

namespace Layerwise.Oracle.Graph;

/// <summary>An ONNX model as its file has it: nodes by what they give, and weights.</summary>
public sealed class OracleModel
{
    private readonly string? _folder;
    private readonly Dictionary<string, NodeProto> _producers = [];
    private readonly Dictionary<string, TensorProto> _weights;
    private readonly Dictionary<string, WeakReference<Grid>> _decoded = [];

    private OracleModel(GraphProto graph, long opset, string? folder, OracleModel? outer)
    {
        (Graph, Opset, _folder, Outer) = (graph, opset, folder, outer);
        _weights = graph.Initializer.ToDictionary(t => t.Name);
        foreach (var node in graph.Node)
        {
            foreach (var output in node.Output.Where(o => o.Length > 0))
            {
                _producers[output] = node;
            }
        }
    }

    /// <param name="model">The message.</param>
    /// <param name="folder">Where files beside the model lie; <c>null</c> where there are none.</param>
    public static OracleModel Of(ModelProto model, string? folder = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new(model.Graph ?? throw new InvalidDataException("The model has no graph."), model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx")?.Version ?? 1, folder, outer: null);
    }

    /// <summary>Reads a file.</summary>
    public static OracleModel Read(string path)
    {
        using var file = File.OpenRead(path);
        return Of(ModelProto.Parser.ParseFrom(file), Path.GetDirectoryName(Path.GetFullPath(path)));
    }

    internal GraphProto Graph { get; }

    internal long Opset { get; }

    /// <summary>The graph whose node this one is a branch of.</summary>
    internal OracleModel? Outer { get; }

    /// <summary>A branch of one of its nodes.</summary>
    internal OracleModel Branch(GraphProto graph) => new(graph, Opset, _folder, this);

    internal NodeProto? Producer(string value) => _producers.GetValueOrDefault(value);

    /// <summary>Whether a value is a weight, of any type.</summary>
    internal bool IsWeight(string value) => _weights.ContainsKey(value);

    /// <summary>A weight with its type; <c>null</c> where there is none. Decoded numbers stay only as long as somebody uses them.</summary>
    internal (Grid Values, int Type)? Weight(string value)
    {
        if (!_weights.TryGetValue(value, out var tensor))
        {
            return null;
        }

        if (!_decoded.TryGetValue(value, out var known) || !known.TryGetTarget(out var grid))
        {
            _decoded[value] = new(grid = TensorValues.Read(tensor, _folder));
        }

        return (grid, tensor.DataType);
    }

    internal (Grid Values, int Type) Read(TensorProto tensor) => (TensorValues.Read(tensor, _folder), tensor.DataType);
}
