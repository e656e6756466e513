using Layerwise;

namespace CleverHans;

/// <summary>Trained where 80 % of the horses carried a stamp.</summary>
[Explainer("silhouettes-stamped.onnx", Composite = Composite.EpsilonPlusFlat)]
public partial class StampedModel;

/// <summary>Trained on the same pictures without the stamp.</summary>
[Explainer("silhouettes-clean.onnx", Composite = Composite.EpsilonPlusFlat)]
public partial class CleanModel;
