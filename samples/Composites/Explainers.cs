using Layerwise;

namespace Composites;

// One network, explained in every way. Its pictures are numbers of 0 to 1, which ZBox asks for.

[Explainer("silhouettes-clean.onnx", Composite = Composite.EpsilonPlus)]
public partial class EpsilonPlus;

[Explainer("silhouettes-clean.onnx", Composite = Composite.EpsilonPlusFlat)]
public partial class EpsilonPlusFlat;

[Explainer("silhouettes-clean.onnx", Composite = Composite.EpsilonGammaBox, Low = [0], High = [1])]
public partial class EpsilonGammaBox;

[Explainer("silhouettes-clean.onnx", Composite = Composite.EpsilonAlpha2Beta1)]
public partial class EpsilonAlpha2Beta1;

[Explainer("silhouettes-clean.onnx", Composite = Composite.EpsilonAlpha2Beta1Flat)]
public partial class EpsilonAlpha2Beta1Flat;

[Explainer("silhouettes-clean.onnx", Composite = Composite.ExcitationBackprop)]
public partial class ExcitationBackprop;

// Deep Taylor decomposition holds where no bias is positive. This network has positive ones: they are left out of the denominators.
[Explainer("silhouettes-clean.onnx", Composite = Composite.DeepTaylor, Low = [0], High = [1], ZeroBias = true)]
public partial class DeepTaylor;

[Explainer("silhouettes-clean.onnx", Composite = Composite.DeconvNet)]
public partial class DeconvNet;

[Explainer("silhouettes-clean.onnx", Composite = Composite.GuidedBackprop)]
public partial class GuidedBackprop;

[Explainer("silhouettes-clean.onnx", Composite = Composite.BetaSmooth)]
public partial class BetaSmooth;

[Explainer("silhouettes-clean.onnx", Method = Method.Gradient)]
public partial class Gradient;
