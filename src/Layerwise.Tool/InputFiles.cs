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
        string Known() => string.Join(", ", inputs.Select(input => $"'{input.Name}' {input.ShapeText}"));
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
            [] => throw new ToolException($"no --input for '{input.Name}' {input.ShapeText}"),
            _ => throw new ToolException($"several --input for '{input.Name}'"),
        })];
        var batched = tensors.Select((tensor, i) => (Port: inputs[i], Tensor: tensor)).Where(input => input.Port.IsBatched).ToList();
        return batched.Select(input => input.Tensor.shape[0]).Distinct().Count() <= 1
            ? tensors
            : throw new ToolException($"the inputs have different numbers of samples: {string.Join(", ", batched.Select(input => $"'{input.Port.Name}' {input.Tensor.shape[0]}"))}");
    }

    private Tensor ToTensor(Port input)
    {
        var shape = Array.Shape;
        if (!input.Fits(shape, input.IsBatched && shape.Length > 0 ? shape[0] : 0))
        {
            var remedy = input.IsBatched && shape.AsSpan().SequenceEqual([.. input.Sample]) ? $"; add the batch: numpy.expand_dims(array, 0)" : "";
            throw new ToolException($"'{Path}' has the shape {Printable.Shape(shape)}, the model's input '{input.Name}' takes {input.ShapeText}{remedy}");
        }

        return Array.Values.Length > 0 ? tensor(Array.Values, shape).to(input.Type) : throw new ToolException($"'{Path}' has no samples: its shape is {Printable.Shape(shape)}");
    }
}
