using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>
/// A recurrent layer: LSTM, GRU or RNN. Inputs: x [sequence, N, features], weights W, recurrent weights R, bias, lengths, first state, and of
/// the LSTM the first cell state and the peepholes. Outputs: all states [sequence, directions, N, hidden], the last [directions, N, hidden], the LSTM's last cell.
/// </summary>
/// <param name="Source">The ONNX operator, and the kernel's class.</param>
/// <param name="Hidden">Size of the state.</param>
/// <param name="Direction"><c>forward</c>, <c>reverse</c> or <c>bidirectional</c>.</param>
/// <param name="Activations">Gate by gate, direction by direction; the usual ones where there are none.</param>
/// <param name="Alphas">Their first parameters.</param>
/// <param name="Betas">Their second parameters.</param>
/// <param name="Clip">The largest magnitude of what gates see; 0 for any.</param>
/// <param name="BatchFirst">Whether the samples stand before the sequence (<c>layout</c> 1).</param>
/// <param name="Variant">The LSTM's coupled input and forget gates, or the GRU's reset after the product (<c>linear_before_reset</c>).</param>
public sealed record Recurrent(
    string Source,
    long Hidden,
    string Direction,
    EquatableList<string> Activations,
    EquatableList<float> Alphas,
    EquatableList<float> Betas,
    float Clip,
    bool BatchFirst,
    bool Variant) : Operator
{
    // A parameter that the node must give: there is no ONNX operator of the activation's name that would say what is usual.
    private const float Required = float.NaN;

    // The parameters that an activation takes, with their usual values: those of the ONNX operators of these names.
    private static readonly IReadOnlyDictionary<string, (float? Alpha, float? Beta)> Parameters = new Dictionary<string, (float? Alpha, float? Beta)>
    {
        ["Affine"] = (Required, Required),
        ["Elu"] = (1, null),
        ["HardSigmoid"] = (0.2f, 0.5f),
        ["LeakyRelu"] = (0.01f, null),
        ["Relu"] = (null, null),
        ["ScaledTanh"] = (Required, Required),
        ["Sigmoid"] = (null, null),
        ["Softplus"] = (null, null),
        ["Softsign"] = (null, null),
        ["Tanh"] = (null, null),
        ["ThresholdedRelu"] = (1, null),
    };

    public static Operator Read(NodeReader node)
    {
        node.RequireFloats(1, 2, 3);
        node.Ignore("output_sequence");
        var direction = node.Choice("direction", "forward", "reverse", "bidirectional");
        var count = (direction == "bidirectional" ? 2 : 1) * Usual(node.Op).Count;
        var activations = (node.Strings("activations") ?? [.. Enumerable.Repeat(Usual(node.Op), 2).SelectMany(a => a).Take(count)])
            .Select(a => Parameters.Keys.FirstOrDefault(k => string.Equals(k, a, StringComparison.OrdinalIgnoreCase)) ?? throw node.Unsupported($"the activation \"{a}\" is not known", $"It can be {string.Join(", ", Parameters.Keys)}."))
            .ToList();
        return activations.Count != count ? throw node.Unsupported($"it has {activations.Count} activations where {count} are needed", "The file does not follow the ONNX standard; export it again.")
            : node.Int("hidden_size", 0) is < 1 and var wrong ? throw node.Unsupported($"hidden_size = {wrong}", "Export the model again; the attribute is required.")
            : new Recurrent(
                node.Op,
                node.Int("hidden_size", 0),
                direction,
                new(activations),
                Consume(node, "activation_alpha", activations.Select(a => Parameters[a].Alpha)),
                Consume(node, "activation_beta", activations.Select(a => Parameters[a].Beta)),
                node.Float("clip", 0),
                node.Int("layout", 0) != 0,
                node.Op == "LSTM" ? node.Int("input_forget", 0) != 0 : node.Op == "GRU" && node.Int("linear_before_reset", 0) != 0);
    }

    public override string Name => Source;

    public override OperatorClass Class => OperatorClass.Recurrent;

    // Other activations run forward alone.
    public override bool IsDifferentiable => HasUsualActivations && Clip == 0;

    public override string OutputRole(int output) => output == 1 ? "Last" : "LastCell";

    public long Directions => Direction == "bidirectional" ? 2 : 1;

    /// <summary>Whether activations and their parameters are the usual ones.</summary>
    public bool HasUsualActivations => Activations.SequenceEqual(Enumerable.Repeat(Usual(Source), (int)Directions).SelectMany(a => a));

    protected override string Form => $"{Source} {Hidden}" + (Direction == "forward" ? "" : $" {Direction}");

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        var gates = Source == "LSTM" ? 4 : Source == "GRU" ? 3 : 1;
        if (x.Rank != 3 || x[2].IsBatch || x[2].IsOpen)
        {
            throw node.ShapeError($"its input {x} should have 3 dimensions: sequence, samples, features");
        }

        var (sequence, samples) = BatchFirst ? (x[1], x[0]) : (x[0], x[1]);
        if (sequence.IsBatch)
        {
            throw node.ShapeError($"it runs along the samples of its input {x}");
        }

        Check(node, 1, "its weight", Directions, gates * Hidden, x[2].Count);
        Check(node, 2, "its recurrent weight", Directions, gates * Hidden, Hidden);
        Check(node, 3, "its bias", Directions, 2 * gates * Hidden);
        Check(node, 7, "its peepholes", Directions, 3 * Hidden);
        var state = BatchFirst ? new Shape(samples, Directions, Hidden) : new Shape(Directions, samples, Hidden);
        foreach (var i in new[] { 5, 6 }.Where(node.Has))
        {
            if (!node.Shape(i).Equals(state))
            {
                throw node.ShapeError($"its first state {node.Shape(i)} should be {state}");
            }
        }

        if (node.Has(4) && (node.Type(4).IsFloat() || !node.Shape(4).Equals(new Shape(samples))))
        {
            throw node.ShapeError($"its lengths {node.Shape(4)} should be one whole number a sample, {new Shape(samples)}");
        }

        return [BatchFirst ? new Shape(samples, sequence, Directions, Hidden) : new Shape(sequence, Directions, samples, Hidden), state, state];
    }

    public override IReadOnlyList<ElementType> InferTypes(NodeContext node) => [.. Enumerable.Repeat(node.Type(0), 3)];

    // The activations that take a parameter take the given ones in order; 0 stands for those that take none.
    private static EquatableList<float> Consume(NodeReader node, string attribute, IEnumerable<float?> usual)
    {
        var given = new Queue<float>(node.Floats(attribute) ?? []);
        return new(usual.Select(value => value is null ? 0 : given.Count > 0 ? given.Dequeue()
            : float.IsNaN(value.Value) ? throw node.Unsupported($"{attribute} has too few values for its activations", "Export the model with the parameters of its activations.") : value.Value).ToList());
    }

    private static void Check(NodeContext node, int input, string what, params IReadOnlyList<long> shape)
    {
        if (node.Has(input) && node.Weight(input, what) is var weight && !weight.Shape.SequenceEqual(shape))
        {
            throw node.ShapeError($"{what} {weight.ShapeText} should be [{string.Join(", ", shape)}]");
        }
    }

    private static IReadOnlyList<string> Usual(string op) => op switch
    {
        "LSTM" => ["Sigmoid", "Tanh", "Tanh"],
        "GRU" => ["Sigmoid", "Tanh"],
        _ => ["Tanh"],
    };
}
