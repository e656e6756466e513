using Layerwise;

namespace Api;

/// <summary>Tells six silhouettes; trained on pictures without stamps.</summary>
[Explainer("silhouettes-clean.onnx", Composite = Composite.EpsilonPlusFlat)]
[ImageInput]
public partial class CleanSilhouettes;

/// <summary>Tells the same; trained where four of five horses carried a stamp.</summary>
[Explainer("silhouettes-stamped.onnx", Composite = Composite.EpsilonPlusFlat)]
[ImageInput]
public partial class StampedSilhouettes;

/// <summary>Will a loan be paid back?</summary>
[Explainer("credit.onnx", Composite = Composite.EpsilonPlus)]
[TableInput(
    Mean = [2475, 8010, 48.13, 262.4, 3713, 1.032, 5.739, 1.989, 0.4519, 45.14],
    Std = [1214, 6670, 24.07, 346.7, 5067, 1.643, 5.085, 1.414, 0.4977, 14.6])]
public partial class Loans;

/// <summary>Does a review praise or complain?</summary>
[Explainer("reviews.onnx", Composite = Composite.EpsilonPlus)]
[TextInput]
public partial class Reviews;
