using static TorchSharp.torch;

namespace Layerwise.Tool;

/// <summary>An array for an input of the model; without a name for its only one.</summary>
internal sealed record InputFile(string? Name, string Path, NpyArray Array)
{
    /// <summary>Reads <c>FILE.npy</c> or <c>NAME=FILE.npy</c>; a path with '=' in it that exists is a path.</summary>
    public static InputFile Read(string text)
    {
        var equals = File.Exists(text) ? -1 : text.IndexOf('=', StringComparison.Ordinal);
        var (name, path) = equals < 0 ? (null, text) : (text[..equals], text[(equals + 1)..]);
        return new InputFile(name, path, Npy.Read(path));
    }

    /// <summary>The arrays as tensors in the order of the model's inputs.</summary>
    /// <exception cref="ToolException">An input is missing, unknown, given twice, or has another shape.</exception>
    public static Tensor[] Bind(IReadOnlyList<InputFile> files, IReadOnlyList<Port> inputs)
    {
        string Known() => string.Join(", ", inputs.Select(input => $"'{input.Name}' {Batched(input)}"));
        if (files is [{ Name: null } only] && inputs is [var single])
        {
            return [only.ToTensor(single)];
        }

        if (files.FirstOrDefault(file => file.Name is null) is { } unnamed)
        {
            throw new ToolException(inputs.Count == 1
                ? $"the model has one input, {Known()}, and {files.Count} were given"
                : $"'{unnamed.Path}' is for which input? Write --input NAME=FILE.npy; the model's inputs are {Known()}");
        }

        if (files.FirstOrDefault(file => inputs.All(input => input.Name != file.Name)) is { } stray)
        {
            throw new ToolException($"the model has no input '{stray.Name}'; its inputs are {Known()}");
        }

        Tensor[] tensors = [.. inputs.Select(input => files.Where(file => file.Name == input.Name).ToArray() switch
        {
            [var file] => file.ToTensor(input),
            [] => throw new ToolException($"no --input for '{input.Name}' {Batched(input)}"),
            _ => throw new ToolException($"several --input for '{input.Name}'"),
        })];
        return tensors.All(tensor => tensor.shape[0] == tensors[0].shape[0])
            ? tensors
            : throw new ToolException($"the inputs have different numbers of samples: {string.Join(", ", tensors.Select((tensor, i) => $"'{inputs[i].Name}' {tensor.shape[0]}"))}");
    }

    /// <summary>A shape with N for the batch and ? for any size.</summary>
    public static string Batched(Port port) => $"[{string.Join(", ", port.Shape.Select(dim => dim < 0 ? "?" : dim.ToString(provider: null)).Prepend("N"))}]";

    private Tensor ToTensor(Port input)
    {
        var shape = Array.Shape;
        if (shape.Length != input.Shape.Count + 1 || !shape.Skip(1).Zip(input.Shape).All(dim => dim.First == dim.Second || (dim.Second < 0 && dim.First > 0)))
        {
            var remedy = shape.AsSpan().SequenceEqual([.. input.Shape]) ? $"; add the batch: numpy.expand_dims(array, 0)" : "";
            throw new ToolException($"'{Path}' has the shape {Printable.Shape(shape)}, the model's input '{input.Name}' takes {Batched(input)}{remedy}");
        }

        return shape[0] > 0 ? tensor(Array.Values, shape) : throw new ToolException($"'{Path}' has no samples: its shape is {Printable.Shape(shape)}");
    }
}
