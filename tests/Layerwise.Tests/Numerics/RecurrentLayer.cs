using CsCheck;
using Layerwise.Testing;

namespace Layerwise.Tests.Numerics;

/// <summary>An activation of a recurrent layer; parameters that it does not take are <c>null</c>.</summary>
internal sealed record RecurrentActivation(string Name, float? Alpha = null, float? Beta = null)
{
    private static readonly Gen<float> Parameter = Gen.Int[1, 15].Select(i => i / 10f);

    public static readonly Gen<RecurrentActivation> Any = Gen.OneOf(
        Gen.OneOf("Relu", "Sigmoid", "Softplus", "Softsign", "Tanh").Select(name => new RecurrentActivation(name)),
        Gen.Select(Gen.OneOf("Elu", "LeakyRelu", "ThresholdedRelu"), Parameter, (name, alpha) => new RecurrentActivation(name, alpha)),
        Gen.Select(Gen.OneOf("Affine", "HardSigmoid", "ScaledTanh"), Parameter, Parameter, (name, alpha, beta) => new RecurrentActivation(name, alpha, beta)));

    /// <summary>f(x) as ONNX has it.</summary>
    public double Of(double x)
    {
        var (alpha, beta) = (Alpha ?? 0, Beta ?? 0);
        return Name switch
        {
            "Affine" => (alpha * x) + beta,
            "Elu" => x >= 0 ? x : alpha * (Math.Exp(x) - 1),
            "HardSigmoid" => Math.Min(Math.Max((alpha * x) + beta, 0), 1),
            "LeakyRelu" => x >= 0 ? x : alpha * x,
            "Relu" => Math.Max(0, x),
            "ScaledTanh" => alpha * Math.Tanh(beta * x),
            "Sigmoid" => 1 / (1 + Math.Exp(-x)),
            "Softplus" => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x))),
            "Softsign" => x / (1 + Math.Abs(x)),
            "Tanh" => Math.Tanh(x),
            "ThresholdedRelu" => x > alpha ? x : 0,
            _ => throw new ArgumentException($"an activation '{Name}' is not known"),
        };
    }
}

/// <summary>One LSTM, GRU or RNN with all its options: as a model, and as ONNX's equations in float64, number by number.</summary>
internal sealed record RecurrentLayer(string Op, string Direction, int Hidden, int Features, bool BatchFirst)
{
    private static readonly Gen<RecurrentLayer> Shapes =
        from op in Gen.OneOf("RNN", "GRU", "LSTM")
        from direction in Gen.OneOf("forward", "reverse", "bidirectional")
        from hidden in Gen.Int[1, 4]
        from features in Gen.Int[1, 4]
        from batchFirst in Gen.Bool
        select new RecurrentLayer(op, direction, hidden, features, batchFirst);

    public static readonly Gen<RecurrentLayer> Any =
        from layer in Shapes
        from seed in Gen.Int[0, 10_000]
        from bias in Gen.Bool
        from lengths in Gen.Bool
        from first in Gen.Bool
        from peepholes in Gen.Bool
        from variant in Gen.Bool
        from clip in Gen.OneOf(0, 0.3f)
        from activations in RecurrentActivation.Any.Array[layer.Directions * layer.Usual.Length].Null()
        select layer with { Seed = seed, HasBias = bias, HasLengths = lengths, HasFirst = first, HasPeepholes = peepholes && layer.HasCell, Variant = variant, Clip = clip, Activations = activations };

    /// <summary>Of the weights.</summary>
    public int Seed { get; init; }

    public bool HasBias { get; init; }

    public bool HasLengths { get; init; }

    public bool HasFirst { get; init; }

    public bool HasPeepholes { get; init; }

    /// <summary>LSTM: input_forget; GRU: linear_before_reset.</summary>
    public bool Variant { get; init; }

    public float Clip { get; init; }

    /// <summary>Direction by direction; <c>null</c> for the usual ones.</summary>
    public RecurrentActivation[]? Activations { get; init; }

    public bool HasCell => Op == "LSTM";

    public int Directions => Direction == "bidirectional" ? 2 : 1;

    private int Gates => Op switch { "LSTM" => 4, "GRU" => 3, _ => 1 };

    private RecurrentActivation[] Usual => Op switch
    {
        "LSTM" => [new("Sigmoid"), new("Tanh"), new("Tanh")],
        "GRU" => [new("Sigmoid"), new("Tanh")],
        _ => [new("Tanh")],
    };

    private double[] Weight => Numbers(1, Directions * Gates * Hidden * Features);

    private double[] Recurrence => Numbers(2, Directions * Gates * Hidden * Hidden);

    private double[] Bias => HasBias ? Numbers(3, Directions * 2 * Gates * Hidden) : new double[Directions * 2 * Gates * Hidden];

    private double[] Peepholes => HasPeepholes ? Numbers(4, Directions * 3 * Hidden) : new double[Directions * 3 * Hidden];

    /// <summary>
    /// Inputs x [N, T, features], and where it has them lengths [N], first and firstCell [N, directions, hidden]; outputs y, last, and of the
    /// LSTM lastCell, as the layer gives them. A layer that wants samples second gets them so within the graph.
    /// </summary>
    public ModelBuilder Model
    {
        get
        {
            object[] state = BatchFirst ? ["N", Directions, Hidden] : [Directions, "N", Hidden];
            var model = new ModelBuilder(opset: 14)
                .Tensor("w", Floats(Weight), Directions, Gates * Hidden, Features)
                .Tensor("r", Floats(Recurrence), Directions, Gates * Hidden, Hidden);
            string[] inputs = [Input(model, "x", "T", Features), "w", "r", "", "", "", "", ""];
            if (HasBias)
            {
                model.Tensor(inputs[3] = "b", Floats(Bias), Directions, 2 * Gates * Hidden);
            }

            if (HasLengths)
            {
                model.IntInput(inputs[4] = "lengths", "N");
            }

            if (HasFirst)
            {
                inputs[5] = Input(model, "first", Directions, Hidden);
                inputs[6] = HasCell ? Input(model, "firstCell", Directions, Hidden) : "";
            }

            if (HasPeepholes)
            {
                model.Tensor(inputs[7] = "p", Floats(Peepholes), Directions, 3 * Hidden);
            }

            model.Output("y", BatchFirst ? ["N", "T", Directions, Hidden] : ["T", Directions, "N", Hidden]).Output("last", state);
            return HasCell
                ? model.Output("lastCell", state).Node(Op, inputs, ["y", "last", "lastCell"], "layer", [.. Attributes])
                : model.Node(Op, inputs[..6], ["y", "last"], "layer", [.. Attributes]);
        }
    }

    private string Input(ModelBuilder model, string name, params object[] sample)
    {
        model.Input(name, ["N", .. sample]);
        if (BatchFirst)
        {
            return name;
        }

        model.Node("Transpose", name, name + "Second", name + "Second", ("perm", new[] { 1, 0, 2 }));
        return name + "Second";
    }

    private IEnumerable<(string, object)> Attributes
    {
        get
        {
            yield return ("hidden_size", Hidden);
            yield return ("direction", Direction);
            if (BatchFirst)
            {
                yield return ("layout", 1);
            }

            if (Clip > 0)
            {
                yield return ("clip", Clip);
            }

            if (Variant && Op != "RNN")
            {
                yield return (HasCell ? "input_forget" : "linear_before_reset", 1);
            }

            if (Activations is not null)
            {
                yield return ("activations", Activations.Select(a => a.Name).ToArray());

                // As ONNX says, values are consumed in the order of the activations: of those that take one.
                yield return ("activation_alpha", Activations.Where(a => a.Alpha is not null).Select(a => a.Alpha!.Value).ToArray());
                yield return ("activation_beta", Activations.Where(a => a.Beta is not null).Select(a => a.Beta!.Value).ToArray());
            }
        }
    }

    /// <summary>All states [direction][step][hidden], and the last ones [direction][hidden], of one sample.</summary>
    /// <param name="x">[step][feature].</param>
    /// <param name="length">Steps that count.</param>
    /// <param name="first">[direction][hidden].</param>
    /// <param name="firstCell">[direction][hidden].</param>
    public (double[][][] Y, double[][] Last, double[][] LastCell) Run(double[][] x, int length, double[][] first, double[][] firstCell)
    {
        var y = new double[Directions][][];
        var (last, lastCell) = (new double[Directions][], new double[Directions][]);
        for (var d = 0; d < Directions; d++)
        {
            y[d] = [.. x.Select(_ => new double[Hidden])];
            var (h, c) = (first[d], firstCell[d]);
            for (var i = 0; i < length; i++)
            {
                var at = d == 1 || Direction == "reverse" ? length - 1 - i : i;
                (h, c) = Step(d, x[at], h, c);
                y[d][at] = h;
            }

            (last[d], lastCell[d]) = (h, c);
        }

        return (y, last, lastCell);
    }

    private (double[] H, double[] C) Step(int d, double[] x, double[] h, double[] c)
    {
        var (w, r, b, p) = (Weight, Recurrence, Bias, Peepholes);
        var activations = Activations?[(d * Usual.Length)..] ?? Usual;
        double[] Each(Func<int, double> value) => [.. Enumerable.Range(0, Hidden).Select(value)];
        double Wx(int gate, int k) => Enumerable.Range(0, Features).Sum(j => w[((((d * Gates) + gate) * Hidden) + k) * Features + j] * x[j]);
        double Rh(int gate, int k, double[] state) => Enumerable.Range(0, Hidden).Sum(j => r[((((d * Gates) + gate) * Hidden) + k) * Hidden + j] * state[j]);
        double Wb(int gate, int k) => b[(((d * 2 * Gates) + gate) * Hidden) + k];
        double Rb(int gate, int k) => Wb(Gates + gate, k);
        double P(int gate, int k) => p[(((d * 3) + gate) * Hidden) + k];
        double Activate(int index, double value) => activations[index].Of(Clip > 0 ? Math.Clamp(value, -Clip, Clip) : value);
        double Sum(int gate, int k) => Wx(gate, k) + Rh(gate, k, h) + Wb(gate, k) + Rb(gate, k);

        switch (Op)
        {
            case "RNN":
                return (Each(k => Activate(0, Sum(0, k))), c);
            case "GRU":
                var z = Each(k => Activate(0, Sum(0, k)));
                var reset = Each(k => Activate(0, Sum(1, k)));
                var gated = Each(k => reset[k] * h[k]);
                var hidden = Each(k => Activate(1, Variant
                    ? Wx(2, k) + (reset[k] * (Rh(2, k, h) + Rb(2, k))) + Wb(2, k)
                    : Wx(2, k) + Rh(2, k, gated) + Rb(2, k) + Wb(2, k)));
                return (Each(k => ((1 - z[k]) * hidden[k]) + (z[k] * h[k])), c);
            default:
                // Gates stand in the order i, o, f, c; peepholes i, o, f.
                var input = Each(k => Activate(0, Sum(0, k) + (P(0, k) * c[k])));
                var forget = Each(k => Variant ? 1 - input[k] : Activate(0, Sum(2, k) + (P(2, k) * c[k])));
                var cell = Each(k => (forget[k] * c[k]) + (input[k] * Activate(1, Sum(3, k))));
                var output = Each(k => Activate(0, Sum(1, k) + (P(1, k) * cell[k])));

                // The clip bounds what gates see, not the cell: as ONNX Runtime has it.
                return (Each(k => output[k] * activations[2].Of(cell[k])), cell);
        }
    }

    // As the file holds them: float32; small, so that activations without bounds do not run away.
    private double[] Numbers(int what, int count)
    {
        var random = new Random((Seed * 10) + what);
        return [.. Enumerable.Range(0, count).Select(_ => (double)(float)(random.NextDouble() - 0.5))];
    }

    private static float[] Floats(double[] values) => [.. values.Select(v => (float)v)];
}
