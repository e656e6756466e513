using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;

namespace Layerwise.Compiler.Ops;

/// <summary>A node's attributes, typed; an attribute that nobody asked for is refused.</summary>
public sealed class NodeReader(ManifestNode node, long opset, IReadOnlyDictionary<string, ManifestTensor> tensors)
{
    private readonly HashSet<string> _asked = [];

    public long Opset => opset;

    public string Op => node.Op;

    public int InputCount => node.Inputs.Count;

    public bool HasOutput(int index) => index < node.Outputs.Count && node.Outputs[index].Length > 0;

    public long Int(string name, long otherwise) => Get<long?>(name) ?? otherwise;

    public float Float(string name, float otherwise) => Get<float?>(name) ?? otherwise;

    public string String(string name, string otherwise) => Get<string>(name) ?? otherwise;

    /// <summary>An attribute that has one of a few values; the first unless given.</summary>
    public string Choice(string name, params string[] values)
    {
        var value = String(name, values[0]);
        return values.Contains(value) ? value : throw Unsupported($"{name} = \"{value}\" is not known", $"It can be {string.Join(", ", values)}.");
    }

    public IReadOnlyList<long>? Ints(string name) => Get<IReadOnlyList<long>>(name);

    /// <summary>The name of a branch.</summary>
    public string Branch(string name) => Get<ManifestSubgraph>(name) is { Branch.Length: > 0 } branch
        ? branch.Branch
        : throw Unsupported($"it has no {name}", "The file does not follow the ONNX standard; export it again.");

    public IReadOnlyList<string>? Strings(string name) => Get<IReadOnlyList<string>>(name);

    public IReadOnlyList<float>? Floats(string name) => Get<IReadOnlyList<float>>(name);

    public ManifestTensor? Tensor(string name) => Get<ManifestTensor>(name);

    /// <summary>The integers or truth values of an input; <c>null</c> where it is left out.</summary>
    /// <exception cref="CompilationException">The input is there, but no small tensor of the file.</exception>
    public IReadOnlyList<long>? Known(int input, string what)
        => input >= node.Inputs.Count || node.Inputs[input].Length == 0 ? null
            : tensors.TryGetValue(node.Inputs[input], out var tensor) && tensor.Values is { } values ? values
            : throw CompilationException.NotConstant(node.DisplayName, node.Op, what, node.Inputs[input]);

    /// <summary>Refuses an input that stands in the file as a tensor of another type than floating point.</summary>
    public void RequireFloats(params int[] inputs)
    {
        foreach (var name in inputs.Where(i => i < node.Inputs.Count).Select(i => node.Inputs[i]))
        {
            if (tensors.TryGetValue(name, out var tensor) && !GraphReader.IsFloat(tensor.Type))
            {
                throw Unsupported($"its weight '{name}' is of type {tensor.Type}", "Weights are of a floating-point type; export the model without quantization.");
            }
        }
    }

    /// <summary>Reads the attributes of opset 6 and before that <see cref="Align"/> has made a node of.</summary>
    public void IgnoreBroadcast()
    {
        if (opset < 7)
        {
            Ignore("broadcast", "axis", "consumed_inputs");
        }
    }

    /// <summary>Reads an attribute that has no bearing on the result.</summary>
    public void Ignore(params string[] names) => _asked.UnionWith(names);

    /// <summary>Refuses a value of an attribute.</summary>
    public CompilationException Unsupported(string what, string remedy) => CompilationException.Unsupported(node.DisplayName, node.Op, what, remedy);

    /// <summary>Refuses attributes that no operator of this name has, or that this compiler does not know.</summary>
    public void Finish()
    {
        foreach (var attribute in node.Attributes.Where(a => !_asked.Contains(a.Key)))
        {
            throw Unsupported($"the attribute '{attribute.Key}' = {Text(attribute.Value)} is not supported", "Export the model without it.");
        }
    }

    private T? Get<T>(string name)
    {
        _asked.Add(name);
        if (!node.Attributes.TryGetValue(name, out var value))
        {
            return default;
        }

        return value is T typed
            ? typed
            : throw Unsupported($"the attribute '{name}' = {Text(value)} has the wrong type", "The file does not follow the ONNX standard; export it again.");
    }

    private static string Text(object value) => value switch
    {
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        string text => $"\"{text}\"",
        IReadOnlyList<long> list => $"[{string.Join(", ", list)}]",
        IReadOnlyList<float> list => $"[{string.Join(", ", list.Select(f => f.ToString("R", CultureInfo.InvariantCulture)))}]",
        ManifestSubgraph => "a graph",
        _ => "a list",
    };
}
