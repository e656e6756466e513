namespace Layerwise.Kernels;

// What stands between the linear layers of a relevance pass. stab(z) = z + ε·sign(z), with sign(0) = +1.
public static partial class Managed
{
    /// <summary>r = c ⊙ x.</summary>
    public static void Multiply(Buffer c, Buffer x, Buffer r) => Elements.Run<Elements.Product>(c, x, r);

    /// <summary>s = r / stab(z).</summary>
    public static void Divide(Buffer r, Buffer z, Buffer s, Stabilizer epsilon) => Elements.Divide<Elements.Quotient>(r, z, z, s, epsilon);

    /// <summary>s = c ⊙ h / stab(z).</summary>
    public static void MultiplyDivide(Buffer c, Buffer h, Buffer z, Buffer s, Stabilizer epsilon) => Elements.Divide<Elements.ProductQuotient>(c, h, z, s, epsilon);

    /// <summary>s = c ⊙ h / (h + ε) for an h that is never negative: the Epsilon and Norm rules behind a Relu.</summary>
    public static void DivideEpsilon(Buffer c, Buffer h, Buffer s, Stabilizer epsilon) => Elements.Divide<Elements.ProductQuotient>(c, h, h, s, epsilon.Unsigned);

    /// <summary>s = r / stab(d) where z is above 0, and 0 elsewhere.</summary>
    public static void DivideWherePositive(Buffer r, Buffer z, Buffer d, Buffer s, Stabilizer epsilon) => Elements.Divide<Elements.QuotientWherePositive>(r, z, d, s, epsilon);

    /// <summary>s = r / stab(d) where z is below 0, and 0 elsewhere.</summary>
    public static void DivideWhereNegative(Buffer r, Buffer z, Buffer d, Buffer s, Stabilizer epsilon) => Elements.Divide<Elements.QuotientWhereNegative>(r, z, d, s, epsilon);

    /// <summary>r = α·plus − β·minus.</summary>
    public static unsafe void WeighedDifference(Buffer plus, Buffer minus, Buffer r, float alpha, float beta)
    {
        var last = plus.HasLast && minus.HasLast;
        float* p = plus.Read(last), m = minus.Read(last), to = r.Write(last);
        for (var i = 0; i < r.Length; i++)
        {
            to[i] = (alpha * p[i]) - (beta * m[i]);
        }
    }

    /// <summary>y = max(0, x).</summary>
    public static void Relu(Buffer x, Buffer y) => Elements.Run<Elements.Positive>(x, y);

    /// <summary>x = s where y is above 0.</summary>
    public static void ReluBack(Buffer s, Buffer y, Buffer x) => Elements.Run<Elements.WherePositive>(s, y, x);

    /// <summary>x = s where both y and s are above 0.</summary>
    public static void ReluGuidedBack(Buffer s, Buffer y, Buffer x) => Elements.Run<Elements.WhereBothPositive>(s, y, x);

    /// <summary>max(0, x).</summary>
    public static void Positive(Buffer x, Buffer y) => Elements.Run<Elements.Positive>(x, y);
}
