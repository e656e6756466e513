namespace Layerwise.Oracle.Rules;

/// <summary>
/// A share of a linear layer's relevance with a denominator of its own: relevance goes in proportion to what each input adds to each output
/// in the rule's eyes.
/// </summary>
/// <param name="Factor">What the share counts.</param>
/// <param name="Term">Of the input's place, the input x, the weight w and the layer's output z: what the input adds.</param>
/// <param name="Bias">Of the bias and the layer's output: what the bias adds.</param>
internal sealed record Part(double Factor, Func<int, double, double, double, double> Term, Func<double, double, double> Bias)
{
    /// <summary>The parts of a rule, as the papers have them; <c>null</c> of a rule that is none for linear layers.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="low">The smallest value of an input.</param>
    /// <param name="high">The largest value of an input.</param>
    public static IReadOnlyList<Part>? Of(OracleRule rule, Func<int, double> low, Func<int, double> high)
    {
        var g = rule.Gamma;
        IReadOnlyList<Part>? parts = rule.Name switch
        {
            RuleName.Epsilon or RuleName.Norm => [Plain((x, w) => x * w, b => b)],
            RuleName.ZPlus => [Plain((x, w) => Plus(x * w), Plus)],
            RuleName.AlphaBeta => [Plain((x, w) => Plus(x * w), Plus) with { Factor = rule.Alpha }, Plain((x, w) => Minus(x * w), Minus) with { Factor = -rule.Beta }],
            RuleName.Gamma => [new(1, (_, x, w, z) => z == 0 ? 0 : (x * w) + (g * Own(x * w, z)), (b, z) => z == 0 ? 0 : b + (g * Own(b, z)))],
            RuleName.ZBox => [new(1, (i, x, w, _) => (x * w) - (low(i) * Plus(w)) - (high(i) * Minus(w)), (_, _) => 0)],
            RuleName.WSquare => [Plain((_, w) => w * w, b => b * b)],
            RuleName.Flat => [Plain((_, _) => 1, _ => 0)],
            RuleName.CaptumGamma => [Plain((x, w) => x * (w + (g * Plus(w))), b => b)],
            RuleName.CaptumAlpha1Beta0 => [Plain((x, w) => x * Plus(w), b => b)],
            _ => null,
        };
        return rule.DropBias ? parts?.Select(p => p with { Bias = (_, _) => 0 }).ToList() : parts;
    }

    private static Part Plain(Func<double, double, double> term, Func<double, double> bias) => new(1, (_, x, w, _) => term(x, w), (b, _) => bias(b));

    // The part of a contribution that has the output's sign.
    private static double Own(double contribution, double z) => z > 0 ? Plus(contribution) : Minus(contribution);

    private static double Plus(double v) => Math.Max(0, v);

    private static double Minus(double v) => Math.Min(0, v);
}
