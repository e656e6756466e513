using static TorchSharp.torch;

namespace Layerwise.Conformance;

/// <summary>A model with what it should compute.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="ModelPath">The .onnx file.</param>
/// <param name="Tolerance">The largest error that passes.</param>
/// <param name="Measure">The error of an output, given what it should be.</param>
/// <param name="DataSets">Reads the inputs and outputs.</param>
internal sealed record Case(string Name, string ModelPath, double Tolerance, Func<Tensor, Tensor, double> Measure, Func<IReadOnlyList<DataSet>> DataSets);

/// <summary>Inputs and the outputs that belong to them, by name.</summary>
/// <param name="Id">What reports call it.</param>
/// <param name="Inputs">The inputs.</param>
/// <param name="Outputs">What the model should give.</param>
internal sealed record DataSet(string Id, IReadOnlyDictionary<string, Tensor> Inputs, IReadOnlyDictionary<string, Tensor> Outputs);

/// <summary>How a case ended.</summary>
/// <param name="Case">The case's name.</param>
/// <param name="Id">The data set.</param>
/// <param name="Method">What was checked.</param>
/// <param name="Status"><c>passed</c>, <c>failed</c> or <c>unsupported</c>.</param>
/// <param name="Error">The largest error; absent where nothing was compared.</param>
/// <param name="Tolerance">The largest error that passes.</param>
/// <param name="Reason">Why it did not pass, or what was done so that it could.</param>
internal sealed record Outcome(string Case, string Id, string Method, string Status, double? Error, double? Tolerance, string Reason);

/// <summary>The data cannot be read, or hold what no tensor does: strings, sequences.</summary>
internal sealed class UnsupportedDataException(string message) : Exception(message);
