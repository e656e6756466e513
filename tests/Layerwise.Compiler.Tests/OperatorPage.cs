using System.Text;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Ops;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Tests;

/// <summary>Writes docs/operators.md from the table of operators and the rules.</summary>
internal static class OperatorPage
{
    // What some operators need to be read at all.
    private static readonly Dictionary<string, object> Attributes = new()
    {
        ["kernel_shape"] = new List<long> { 1 },
        ["blocksize"] = 1L,
        ["size"] = 1L,
        ["to"] = 1L,
        ["hidden_size"] = 1L,
        ["equation"] = "i->i",
        ["then_branch"] = new ManifestSubgraph("then"),
        ["else_branch"] = new ManifestSubgraph("else"),
    };

    public static string Write()
    {
        var page = new StringBuilder("""
            # Operators

            What the compiler reads of ONNX, and how relevance passes (EpsilonPlus and EpsilonPlusFlat). Written from the code; `layerwise inspect MODEL`
            says it of one model. Opsets 1 to 24: what a form of an old opset means is settled at reading.

            | operator | opsets | forms | relevance |
            |---|---|---|---|

            """.ReplaceLineEndings("\n"));
        foreach (var (name, entry) in OperatorTable.Entries)
        {
            page.Append($"| {name} | {Opsets(name, entry)} | {entry.Forms} | {Relevance(Read(name, entry))} |\n");
        }

        return page.Append("""

            `Constant` nodes are weights, integers or numbers of the graph like any other tensor of the file. What is made of weights alone is computed once,
            at load. Weights may be floats of 4 to 64 bits; those below 32 are computed in float32.

            What exporters write as several nodes becomes one, with one rule; the head of the emitted file and `layerwise inspect` say which: Gelu, Swish,
            Mish and HardSwish; LayerNormalization and RMSNormalization over the last axes with a scale, as PyTorch and TensorFlow write them; LRN with a
            window of an odd size; GroupNormalization with a scale and a bias; attention with heads on an axis of their own and a mask that is added, unless
            its scores are read elsewhere; means and pools over all of a channel. Squeeze-and-excitation gates are named and stay nodes, since their layers
            have rules of their own.

            Refused, with the node's name: `Loop`, `Scan`, an `If` whose condition depends on the input, operators of sequences, optionals and strings, training
            modes, and the types of complex numbers and strings (LW0201, LW0202, LW0206).

            Of ONNX's own node tests whose operators stand above, 95 % pass. The others are refused, for these reasons:

            | tests | reason |
            |---|---|
            | `test_attention_3d*`, `test_attention_4d_gqa*` | releases of the standard disagree on what they mean, and a file does not say which it follows |
            | `test_batchnorm_*_training_mode`, `test_training_dropout*` | training |
            | `test_cast*_STRING*`, `test_*string*` | strings |
            | `test_identity_opt`, `test_identity_sequence`, `test_if_opt`, `test_if_seq` | optionals and sequences |
            | `test_dropout_default_mask*` | the mask of a Dropout outside training is no part of the network's function |
            | `test_affine_grid_*_expanded` | sizes that are computed by floating-point arithmetic and picked apart |

            """.ReplaceLineEndings("\n")).ToString();
    }

    private static string Opsets(string name, OperatorEntry entry) => name switch
    {
        _ when name.Contains(':', StringComparison.Ordinal) => "1",
        "Scatter" => "9–10",
        "Upsample" => "1–9",
        _ => $"{entry.Since}–24",
    };

    private static Operator Read(string name, OperatorEntry entry)
    {
        var op = name[(name.LastIndexOf(':') + 1)..];
        return entry.Read(new NodeReader(new ManifestNode("", op, op, ["x"], ["o"], Attributes), 24, new Dictionary<string, ManifestTensor>()));
    }

    private static string Relevance(Operator operation) => operation switch
    {
        Alias => "none: taken out",
        ShapeOf or SizeOf or Layerwise.Compiler.Ops.Range => "none: known when compiling",
        ConstantOfShape => "none: a constant",
        If => "of the branch that is taken",
        Gemm or MatMul => "Epsilon where it is a dense layer, Flat as the first layer; a product of values: " + Rule(operation),
        Conv or ConvTranspose => Rule(operation) + "; Flat as the first layer",
        BatchNormalization => "merged into the linear layer before it; alone: " + Rule(operation),
        _ when operation.Class == OperatorClass.Softmax => "left out at the end: relevance starts before it",
        _ => Rule(operation),
    };

    private static string Rule(Operator operation)
        => Composite.Presets(new ExplainerSpec { ClassName = "_" })[0].Rules.FirstOrDefault(r => r.Layers == operation.Class.ToString() && (r.Rule.Kind != RuleKind.Gradient || operation.IsDifferentiable))?.Rule.Kind switch
        {
            null => operation.IsDifferentiable ? "none; Gradient where it is asked for" : "none yet: forward only",
            RuleKind.Gradient => operation.Class == OperatorClass.MaxPool ? "to the maximum, the first on ties" : "moves with the values",
            var rule => rule.ToString()!,
        };
}
