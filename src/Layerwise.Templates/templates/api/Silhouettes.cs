using Layerwise;

namespace LayerwiseApi;

/// <summary>
/// A network that tells birds, cats, dogs, fish, horses and trees apart in pictures of 64 by 64 pixels. The generator writes the rest of
/// this class at build time, from models/silhouettes.onnx.
/// </summary>
[Explainer("silhouettes.onnx", Composite = Composite.EpsilonPlusFlat, Backend = Backend.Managed)]
[ImageInput] // pixels from 0 to 1, red, green, blue
public partial class Silhouettes;
