using Layerwise.Oracle.Rules;

namespace Layerwise.Oracle;

/// <summary>What a whole network is explained by: a rule for each type of layer.</summary>
public sealed record OracleRules
{
    public OracleRule Convolution { get; init; } = new(RuleName.ZPlus);

    public OracleRule Dense { get; init; } = new(RuleName.Epsilon);

    /// <summary>Of the first linear layer, where it has its own.</summary>
    public OracleRule? First { get; init; }

    /// <summary>Of the first convolution, where it has its own.</summary>
    public OracleRule? FirstConvolution { get; init; }

    /// <summary>Of Relus.</summary>
    public OracleRule Relu { get; init; } = new(RuleName.Pass);

    /// <summary>Of sums and averages.</summary>
    public OracleRule Sum { get; init; } = new(RuleName.Norm);

    /// <summary>Of BatchNormalizations that stand alone.</summary>
    public OracleRule BatchNorm { get; init; } = new(RuleName.Pass);

    /// <summary>Whether a BatchNormalization is one linear layer with its neighbour.</summary>
    public bool MergeBatchNorm { get; init; } = true;

    /// <summary>The plain gradient.</summary>
    public static OracleRules Gradient { get; } = new()
    {
        Convolution = new(RuleName.Gradient),
        Dense = new(RuleName.Gradient),
        Relu = new(RuleName.Gradient),
        Sum = new(RuleName.Gradient),
        BatchNorm = new(RuleName.Gradient),
    };
}
