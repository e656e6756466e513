using Layerwise.Oracle.Graph;

namespace Layerwise.Oracle.Operators;

/// <summary>Functions of single elements, each with its derivative.</summary>
internal static class Functions
{
    public static readonly Dictionary<string, Func<NodeCall, Value>> Operators = new()
    {
        ["Relu"] = call => Of(call, x => Math.Max(0, x), x => x > 0 ? 1 : 0),
        ["LeakyRelu"] = call => call.Node.Float("alpha", 0.01f) is var a ? Of(call, x => x < 0 ? a * x : x, x => x < 0 ? a : 1) : null!,
        ["PRelu"] = call => Of(call, (x, a) => x < 0 ? a * x : x, (x, a) => x < 0 ? a : 1, PerChannel(call)),
        ["ThresholdedRelu"] = call => call.Node.Float("alpha", 1) is var a ? Of(call, x => x > a ? x : 0, x => x > a ? 1 : 0) : null!,
        ["Elu"] = call => call.Node.Float("alpha", 1) is var a ? Of(call, x => x < 0 ? a * (Math.Exp(x) - 1) : x, x => x < 0 ? a * Math.Exp(x) : 1) : null!,
        ["Celu"] = call => call.Node.Float("alpha", 1) is var a ? Of(call, x => x < 0 ? a * (Math.Exp(x / a) - 1) : x, x => x < 0 ? Math.Exp(x / a) : 1) : null!,
        ["Selu"] = call => (call.Node.Float("alpha", 1.67326319217681884765625f), call.Node.Float("gamma", 1.05070102214813232421875f)) is var (a, g)
            ? Of(call, x => x <= 0 ? g * a * (Math.Exp(x) - 1) : g * x, x => x <= 0 ? g * a * Math.Exp(x) : g) : null!,
        ["Sigmoid"] = call => Of(call, Logistic, x => Logistic(x) * Logistic(-x)),
        ["HardSigmoid"] = call => (call.Node.Float("alpha", 0.2f), call.Node.Float("beta", 0.5f)) is var (a, b)
            ? Of(call, x => Math.Clamp((a * x) + b, 0, 1), x => (a * x) + b is > 0 and < 1 ? a : 0) : null!,
        ["HardSwish"] = call => Of(call, x => x * Math.Clamp((x / 6) + 0.5, 0, 1), x => x <= -3 ? 0 : x >= 3 ? 1 : (x / 3) + 0.5),
        ["Swish"] = call => call.Node.Float("alpha", 1) is var a ? Of(call, x => x * Logistic(a * x), x => Logistic(a * x) + (a * x * Logistic(a * x) * Logistic(-a * x))) : null!,
        ["Mish"] = call => Of(call, x => x * Math.Tanh(Softplus(x)), x => Math.Tanh(Softplus(x)) + (x * Logistic(x) * (1 - Square(Math.Tanh(Softplus(x)))))),
        ["Gelu"] = call => call.Node.Text("approximate", "none") == "tanh" ? Of(call, x => x / 2 * (1 + Math.Tanh(Bent(x))), BentSlope) : Of(call, x => x * Normal(x), x => Normal(x) + (x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI))),
        ["Softplus"] = call => Of(call, Softplus, Logistic),
        ["Softsign"] = call => Of(call, x => x / (1 + Math.Abs(x)), x => 1 / Square(1 + Math.Abs(x))),
        ["Tanh"] = call => Of(call, Math.Tanh, x => 1 - Square(Math.Tanh(x))),
        ["Shrink"] = call => (call.Node.Float("lambd", 0.5f), call.Node.Float("bias", 0)) is var (l, b)
            ? Of(call, x => x < -l ? x + b : x > l ? x - b : 0, x => Math.Abs(x) > l ? 1 : 0) : null!,
        ["Clip"] = Clip,
        ["Abs"] = call => Of(call, Math.Abs, x => Math.Sign(x)),
        ["Exp"] = call => Of(call, Math.Exp, Math.Exp),
        ["Log"] = call => Of(call, Math.Log, x => 1 / x),
        ["Sqrt"] = call => Of(call, Math.Sqrt, x => 0.5 / Math.Sqrt(x)),
        ["Reciprocal"] = call => Of(call, x => 1 / x, x => -1 / (x * x)),
        ["Erf"] = call => Of(call, Erf, x => 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x)),
        ["Atan"] = call => Of(call, Math.Atan, x => 1 / (1 + (x * x))),
        ["Sin"] = call => Of(call, Math.Sin, Math.Cos),
        ["Cos"] = call => Of(call, Math.Cos, x => -Math.Sin(x)),
        ["Floor"] = call => Of(call, Math.Floor, _ => 0),
        ["Ceil"] = call => Of(call, Math.Ceiling, _ => 0),
        ["Round"] = call => Of(call, Math.Round, _ => 0),
        ["Sign"] = call => Of(call, x => Math.Sign(x), _ => 0),
    };

    private static Value Of(NodeCall call, Func<double, double> value, Func<double, double> slope) => call.Function((_, a) => value(a[0]), (_, a, _) => slope(a[0]), call[0]);

    private static Value Of(NodeCall call, Func<double, double, double> value, Func<double, double, double> slope, Func<int, double> parameter)
        => call.Function((i, a) => value(a[0], parameter(i)), (i, a, _) => slope(a[0], parameter(i)), call[0]);

    private static Func<int, double> PerChannel(NodeCall call)
    {
        var (x, slope) = (call[0].Shape, call.Constant(1));

        // As far back as opset 7 slopes were one a channel.
        int[] shape = slope.Shape.Length == 1 && x.Length > 1 && slope.Shape[0] == x[1] && slope.Shape[0] != x[^1] ? [slope.Shape[0], .. x[2..].Select(_ => 1)] : slope.Shape;
        var from = Shapes.From(shape, x);
        return i => slope.Values[from[i]];
    }

    private static Value Clip(NodeCall call)
    {
        var low = call.Has(1) ? call.Constant(1).Values[0] : call.Node.Float("min", float.NegativeInfinity);
        var high = call.Has(2) ? call.Constant(2).Values[0] : call.Node.Float("max", float.PositiveInfinity);
        return Of(call, x => Math.Min(Math.Max(x, low), high), x => x >= low && x <= high ? 1 : 0);
    }

    private static double Square(double x) => x * x;

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));

    private static double Softplus(double x) => Math.Max(x, 0) + double.LogP1(Math.Exp(-Math.Abs(x)));

    private static double Normal(double x) => 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    // Gelu's approximation by tanh: √(2/π)·(x + 0.044715x³).
    private static double Bent(double x) => Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x));

    private static double BentSlope(double x)
    {
        var t = Math.Tanh(Bent(x));
        return (0.5 * (1 + t)) + (x / 2 * (1 - (t * t)) * Math.Sqrt(2 / Math.PI) * (1 + (3 * 0.044715 * x * x)));
    }

    /// <summary>erf(x) = 2/√π·e^(-x²)·Σ 2ⁿx²ⁿ⁺¹/(1·3·…·(2n+1)), whose terms are all of one sign.</summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
        {
            return Math.Sign(x);
        }

        var (sum, term) = (0.0, x);
        for (var n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            sum += term;
            term *= 2 * x * x / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
