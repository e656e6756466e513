namespace Layerwise.Compiler.Ir;

/// <summary>A weight: a tensor of the model file, or what is made of such tensors once, at load.</summary>
public abstract record Constant(EquatableList<long> Shape)
{
    /// <summary>What the weight is computed in.</summary>
    public virtual ElementType Type => ElementType.Float32;

    /// <summary>The shape as one writes it.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>A tensor that stands in the model file.</summary>
    public sealed record Stored(string Name, EquatableList<long> Shape, ElementType Element = ElementType.Float32) : Constant(Shape)
    {
        public override ElementType Type => Element;
    }

    /// <summary>What an operator makes of weights, once at load.</summary>
    public sealed record Prepared(string Value, EquatableList<long> Shape, ElementType Element) : Constant(Shape)
    {
        public override ElementType Type => Element;
    }

    public sealed record Reshaped(Constant Of, EquatableList<long> Shape) : Constant(Shape);

    /// <summary>Broadcast to a larger shape.</summary>
    public sealed record Expanded(Constant Of, EquatableList<long> Shape) : Constant(Shape);

    public sealed record Transposed(Constant Of, EquatableList<int> Permutation)
        : Constant(new EquatableList<long>(Permutation.Select(axis => Of.Shape[axis])));

    public sealed record Scaled(Constant Of, float Factor) : Constant(Of.Shape);

    /// <summary>The sum of two weights of the same shape.</summary>
    public sealed record Sum(Constant Left, Constant Right) : Constant(Left.Shape);

    /// <summary>A weight with the BatchNormalization after it merged in: w·γ/√(σ²+ε) along its output channels.</summary>
    public sealed record MergedWeight(BatchNormTensors Norm, Constant Of, int OutputAxis) : Constant(Of.Shape);

    /// <summary>(b − μ)·γ/√(σ²+ε) + β; b is 0 where the layer had no bias.</summary>
    public sealed record MergedBias(BatchNormTensors Norm, Constant? Of) : Constant(Norm.Scale.Shape);
}

/// <summary>γ, β, μ, σ² and ε of one BatchNormalization, as the model file names them.</summary>
public sealed record BatchNormTensors(string Node, Constant.Stored Scale, Constant.Stored Bias, Constant.Stored Mean, Constant.Stored Variance, float Epsilon);
