namespace Layerwise;

/// <summary>
/// Makes a partial class the explainer of one ONNX model: the generator writes its constructor,
/// <c>FromFile</c>, <c>Predict</c>, <c>Explain</c>, <c>Label</c> and <c>Layers</c> at build time.
/// </summary>
/// <param name="model">
/// The model, as a <c>LayerwiseModel</c> item of the project names it: its path, or the end of the path
/// (<c>"resnet18.onnx"</c> for <c>models/resnet18.onnx</c>) where that is unambiguous.
/// </param>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ExplainerAttribute(string model) : Attribute
{
    /// <summary>The model, as given.</summary>
    public string Model { get; } = model;

    /// <summary>How the explanation is computed; <see cref="Method.Lrp"/> unless given.</summary>
    public Method Method { get; set; } = Method.Lrp;

    /// <summary>Which rule each layer gets under <see cref="Method.Lrp"/>; <see cref="Composite.EpsilonPlusFlat"/> unless given.</summary>
    public Composite Composite { get; set; } = Composite.EpsilonPlusFlat;

    /// <summary>The stabilizer ε of the dense layers' Epsilon rule; a finite number above 0, 1e-6 unless given.</summary>
    public double Epsilon { get; set; } = 1e-6;

    /// <summary>The output to explain, by its ONNX name; needed only where the model has several.</summary>
    public string? Output { get; set; }
}
