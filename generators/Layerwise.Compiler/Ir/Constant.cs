namespace Layerwise.Compiler.Ir;

/// <summary>A weight: a tensor of the model file, or what is made of such tensors once, at load.</summary>
public abstract record Constant(EquatableList<long> Shape)
{
    /// <summary>What the weight is computed in.</summary>
    public virtual ElementType Type => ElementType.Float32;

    /// <summary>The weights that it is made of.</summary>
    public virtual IReadOnlyList<Constant> Parts => [];

    /// <summary>The values that must be prepared before it: itself, where it is one, and those among its parts.</summary>
    public IEnumerable<string> PreparedValues
    {
        get
        {
            var open = new Stack<Constant>([this]);
            while (open.Count > 0)
            {
                var next = open.Pop();
                if (next is Prepared made)
                {
                    yield return made.Value;
                }

                foreach (var part in next.Parts)
                {
                    open.Push(part);
                }
            }
        }
    }

    /// <summary>How many forms it went through since it stood in the file, one.</summary>
    public int Depth => 1 + Parts.Select(p => p.Depth).DefaultIfEmpty(0).Max();

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

    public sealed record Reshaped(Constant Of, EquatableList<long> Shape) : Constant(Shape)
    {
        public override IReadOnlyList<Constant> Parts => [Of];
    }

    /// <summary>Broadcast to a larger shape.</summary>
    public sealed record Expanded(Constant Of, EquatableList<long> Shape) : Constant(Shape)
    {
        public override IReadOnlyList<Constant> Parts => [Of];
    }

    public sealed record Transposed(Constant Of, EquatableList<int> Permutation)
        : Constant(new EquatableList<long>(Permutation.Select(axis => Of.Shape[axis])))
    {
        public override IReadOnlyList<Constant> Parts => [Of];
    }

    public sealed record Scaled(Constant Of, float Factor) : Constant(Of.Shape)
    {
        public override IReadOnlyList<Constant> Parts => [Of];
    }

    /// <summary>The sum of two weights of the same shape.</summary>
    public sealed record Sum(Constant Left, Constant Right) : Constant(Left.Shape)
    {
        public override IReadOnlyList<Constant> Parts => [Left, Right];
    }

    /// <summary>The product of two weights of the same shape, element by element.</summary>
    public sealed record Product(Constant Left, Constant Right) : Constant(Left.Shape)
    {
        public override IReadOnlyList<Constant> Parts => [Left, Right];
    }

    /// <summary>A weight with the BatchNormalization after it merged in: w·γ/√(σ²+ε) along its output channels.</summary>
    public sealed record MergedWeight(BatchNormTensors Norm, Constant Of, int OutputAxis, long Groups = 1) : Constant(Of.Shape)
    {
        public override IReadOnlyList<Constant> Parts => [Of, .. Norm.Parts];
    }

    /// <summary>(b − μ)·γ/√(σ²+ε) + β; b is 0 where the layer had no bias.</summary>
    public sealed record MergedBias(BatchNormTensors Norm, Constant? Of) : Constant(Norm.Scale.Shape)
    {
        public override IReadOnlyList<Constant> Parts => [.. Of is null ? Array.Empty<Constant>() : [Of], .. Norm.Parts];
    }
}

/// <summary>γ, β, μ, σ² and ε of one BatchNormalization.</summary>
public sealed record BatchNormTensors(string Node, Constant Scale, Constant Bias, Constant Mean, Constant Variance, float Epsilon)
{
    public IReadOnlyList<Constant> Parts => [Scale, Bias, Mean, Variance];
}
