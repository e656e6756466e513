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

    /// <summary>
    /// Which rule each layer gets under <see cref="Method.Lrp"/>; <see cref="Composite.EpsilonPlusFlat"/> unless given. Where every input
    /// has one axis beside the batch (a table, the ids of a text) it is <see cref="Composite.EpsilonPlus"/> unless given: there the first
    /// layer sees the whole sample, and Flat would give each of its elements the same share.
    /// </summary>
    public Composite Composite { get; set; } = Composite.EpsilonPlusFlat;

    /// <summary>Whose kernels the network runs on; <see cref="Backend.Auto"/> unless given. The head of the generated file says which, and why.</summary>
    public Backend Backend { get; set; } = Backend.Auto;

    /// <summary>The stabilizer ε of the dense layers' Epsilon rule; a finite number above 0, 1e-6 unless given.</summary>
    public double Epsilon { get; set; } = 1e-6;

    /// <summary>The stabilizer ε of the composite's other rules; 0 or more, 1e-6 unless given.</summary>
    public double Stabilizer { get; set; } = 1e-6;

    /// <summary>γ of <see cref="Composite.EpsilonGammaBox"/>; 0 or more, 0.25 unless given.</summary>
    public double Gamma { get; set; } = 0.25;

    /// <summary>
    /// The smallest values of the input, for <see cref="Composite.EpsilonGammaBox"/>: one number, one a channel, or one for each element
    /// of a sample. In the model's own units: behind any normalization that stands outside it.
    /// </summary>
    public double[]? Low { get; set; }

    /// <summary>The largest values of the input, as <see cref="Low"/>.</summary>
    public double[]? High { get; set; }

    /// <summary>β of <see cref="Composite.BetaSmooth"/>; above 0, 10 unless given.</summary>
    public double Smoothness { get; set; } = 10;

    /// <summary>Whether the linear layers' denominators leave the bias out, so that it absorbs no relevance.</summary>
    public bool ZeroBias { get; set; }

    /// <summary>
    /// Whether AlphaBeta takes its negative denominators for z − z⁺, what the positive ones leave of the layer's own output, wherever that is at hand:
    /// four passes in place of five and 0.8 times the time, for relevance that differs by up to 1e-3 of its norm, since the difference of two rounded
    /// numbers is less exact than a sum. <c>false</c> unless given; composites without AlphaBeta leave it alone. See docs/performance.md.
    /// </summary>
    public bool NegativeByDifference { get; set; }

    /// <summary>
    /// Whether ZPlus, AlphaBeta and Gamma compute the denominators of convolutions, and the way back through them, in bfloat16 where the CPU multiplies it
    /// (AVX-512 with BF16): 0.6 to 0.8 times the time, for relevance that differs by up to 1e-2 of its norm. <c>false</c> unless given. The way forward, dense
    /// layers and all that stands between convolutions are float32 all the same. So is everything on other CPUs and devices and with
    /// <see cref="Backend.Managed"/>, which is no error: <c>Kernels</c> of the explainer says what runs. See docs/performance.md.
    /// </summary>
    public bool BFloat16 { get; set; }

    /// <summary>Whether a layer that the composite has no rule for passes the gradient; otherwise the build refuses it.</summary>
    public bool GradientOtherwise { get; set; }

    /// <summary>Whether a final Softmax or Sigmoid is left out of the explanation, which then starts at the logits before it; <c>true</c> unless given.</summary>
    public bool StripHead { get; set; } = true;

    /// <summary>The output to explain, by its ONNX name; needed only where the model has several.</summary>
    public string? Output { get; set; }
}
