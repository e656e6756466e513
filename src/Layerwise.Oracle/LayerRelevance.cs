using Layerwise.Oracle.Rules;
using Layerwise.Oracle.Steps;

namespace Layerwise.Oracle;

/// <summary>The relevance that a layer gives to its inputs under a rule, and what bias and stabilizer keep of it.</summary>
public sealed class LayerRelevance
{
    private readonly OracleLayer _layer;
    private readonly Propagation _propagation;

    internal LayerRelevance(OracleLayer layer, IReadOnlyList<double> relevance, OracleRule rule, OracleRule? activation)
    {
        _layer = layer;
        _propagation = Propagation.Of(layer, relevance, rule, activation);
    }

    /// <summary>How far denominators are from cancelling: the smallest (|z| + ε) / Σ|terms| that was met; float32 cannot follow where it is small.</summary>
    public double Conditioning => _propagation.Conditioning;

    /// <summary>The relevance of one element of an input.</summary>
    public double this[int input, int element] => _propagation.Of(_layer.Start(input) + element);

    /// <summary>The relevance of an input.</summary>
    public Grid Of(int input) => Grid.Of(_layer.Inputs[input].Shape, i => this[input, i]);

    /// <summary>What the biases keep, Σ s·b, and the stabilizers, Σ s·(stab(z) − z), over the whole layer; s = R / stab(z).</summary>
    public (double Bias, double Stabilizer) Kept() => _propagation.Kept();
}
