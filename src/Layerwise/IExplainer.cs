namespace Layerwise;

/// <summary>An explainer of one model: what is generated for an <see cref="ExplainerAttribute"/>.</summary>
public interface IExplainer
{
    /// <summary>The network behind it.</summary>
    Runtime.Network Network { get; }

    /// <summary>The labels of the explained classes, by index; none where the model was built without.</summary>
    IReadOnlyList<string> Labels { get; }
}
