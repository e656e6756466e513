using System.Globalization;
using System.Numerics;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit;

/// <summary>Whose kernels an emitted network runs on: what <c>K</c> stands for at the head of the file. What is computed is the same.</summary>
/// <param name="Kernels">The class of the kernels.</param>
/// <param name="Why">Why these, for the reader.</param>
/// <param name="FreesMemory">Whether a network frees, or writes over, what it does not read any more; otherwise each value has room of its own, once for all calls.</param>
public sealed record Backend(string Kernels, string Why, bool FreesMemory)
{
    public const string Auto = "auto", Torch = "torch", Managed = "managed";

    // Measured (docs/performance.md): up to here they are faster than libtorch's on one thread, with one sample or eight. Samples run one after the other,
    // so that a dense layer's weights, once they are too many for the caches, are read anew for each.
    private const long MostMultiplyAdds = 8_000_000, MostOfDense = 2_000_000;

    // Operators whose every kernel, forward and back, is there in C#; functions of elements by their name.
    private static readonly HashSet<Type> Operators =
    [
        typeof(Align), typeof(AveragePool), typeof(BatchNormalization), typeof(Clip), typeof(Concat), typeof(Conv), typeof(Dense), typeof(Flatten), typeof(Gelu), typeof(GlobalAveragePool),
        typeof(GlobalMaxPool), typeof(MaxPool), typeof(Pad), typeof(Reduce), typeof(Relu), typeof(Reshape), typeof(Slice), typeof(Softmax), typeof(Split), typeof(Squeeze), typeof(Sum), typeof(Swish), typeof(Transpose),
        typeof(Unsqueeze),
    ];

    private static readonly HashSet<string> Functions =
    [
        "Abs", "Acos", "Acosh", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos", "Cosh", "Div", "Elu", "Erf", "Exp", "Floor", "HardSigmoid", "HardSwish", "LeakyRelu", "Log", "Mish", "Mul",
        "Neg", "PRelu", "Pow", "Reciprocal", "Round", "Selu", "Shrink", "Sigmoid", "Sign", "Sin", "Sinh", "Softplus", "Softsign", "Sqrt", "Sub", "Tan", "Tanh", "ThresholdedRelu",
    ];

    /// <summary>Chooses the kernels of a network.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="asked">What is asked for.</param>
    /// <exception cref="CompilationException">LW0207: the managed kernels are asked for, and lack some.</exception>
    public static Backend Choose(Graph graph, string asked)
    {
        if (string.Equals(asked, Torch, StringComparison.OrdinalIgnoreCase))
        {
            return OnTorch("asked for");
        }

        var missing = Missing(graph).ToList();
        if (string.Equals(asked, Managed, StringComparison.OrdinalIgnoreCase))
        {
            return missing.Count == 0
                ? OnManaged("asked for")
                : throw new CompilationException("LW0207", $"The managed backend has no kernels for {string.Join("; ", missing)}. Use Backend.Torch, or Backend.Auto, which chooses by itself.");
        }

        var (count, dense) = (MultiplyAdds(graph), MultiplyAdds(graph, n => n.Operator is Dense));
        return missing.Count > 0 ? OnTorch($"the managed kernels lack {missing[0]}{(missing.Count > 1 ? $" and {missing.Count - 1} more" : "")}")
            : count > MostMultiplyAdds ? OnTorch($"more than {Number(MostMultiplyAdds)} multiply-adds")
            : dense > MostOfDense ? OnTorch($"more than {Number(MostOfDense)} multiply-adds of dense layers")
            : OnManaged($"no more than {Number(MostMultiplyAdds)} multiply-adds, {Number(MostOfDense)} of them of dense layers, and a kernel for every operator");
    }

    private static Backend OnTorch(string why) => new("Torch", why, FreesMemory: true);

    private static Backend OnManaged(string why) => new("Managed", why, FreesMemory: false);

    /// <summary>The multiply-adds of a sample's convolutions and dense layers; <c>null</c> where only a call knows them.</summary>
    public static BigInteger? MultiplyAdds(Graph graph) => MultiplyAdds(graph, n => n.Operator is Conv or Dense);

    private static BigInteger? MultiplyAdds(Graph graph, Func<Node, bool> which)
    {
        var linear = graph.Nodes.Where(which).ToList();
        return linear.Exists(n => graph.Shapes[n.Output].IsOpen) ? null
            : linear.Aggregate(BigInteger.Zero, (sum, n) => sum + (graph.Constants[n.Inputs[1]].Shape.Skip(1).Aggregate(BigInteger.One, (a, b) => a * b) * graph.Shapes[n.Output].SampleSize));
    }

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    // What the managed kernels do not run, in words that name it.
    private static IEnumerable<string> Missing(Graph graph)
    {
        foreach (var value in graph.Inputs.Concat(graph.Outputs).Distinct().Where(v => graph.Shapes[v] is var shape && shape.Dims.Select((d, axis) => d.IsBatch && (axis > 0 || d.Count != 1)).Any(odd => odd)))
        {
            yield return $"'{value}' {graph.Shapes[value]}, where the samples do not follow one another";
        }

        foreach (var input in graph.Inputs.Where(i => WhyNotValue(graph, i) is not null))
        {
            yield return $"the input '{input}', {WhyNotValue(graph, input)}";
        }

        foreach (var node in graph.Preparation.Concat(graph.Nodes))
        {
            var why = WhyNot(graph, node);
            if (why is not null)
            {
                yield return $"{node.Operator.Name} '{node.Name}'{(why.Length > 0 ? $" ({why})" : "")}";
            }
        }
    }

    // "" where there is nothing to add to the operator's name.
    private static string? WhyNot(Graph graph, Node node) => !(node.Operator is Elementwise ? Functions.Contains(node.Operator.Name) : Operators.Contains(node.Operator.GetType())) ? ""
        : node.Outputs.Where(o => o.Length > 0 && graph.Shapes.ContainsKey(o)).Select(o => WhyNotValue(graph, o)).FirstOrDefault(w => w is not null)
            ?? node.Inputs.Where(i => i.Length > 0 && graph.Constants.ContainsKey(i) && node.Operator is not (Reshape or Squeeze or Unsqueeze or Slice or Pad or Split or Clip or Reduce)).Select(i => graph.Constants[i].Type == ElementType.Float32 ? null : "a weight that is no float32").FirstOrDefault(w => w is not null)
            ?? node.Operator switch
            {
                Conv conv => WhyNotWindow(conv.Window),
                AveragePool pool => WhyNotWindow(pool.Window),
                MaxPool pool => node.Outputs.Count > 1 && node.Outputs[1].Length > 0 ? "with the places of the maxima" : WhyNotWindow(pool.Window),
                Clip clip => Computed(clip.Low, node, 1) ?? Computed(clip.High, node, 2),
                Pad { Mode: "constant", Value: null } => "with a computed value",
                Reduce { Name: not ("ReduceMean" or "ReduceSum") } => "",
                Gelu => node.Inputs.Count > 1 ? "with a bias of its own" : null,
                Elementwise { Function.Name: "PRelu" or "Pow" } when !graph.Constants.ContainsKey(node.Inputs[1]) && !graph.Known.ContainsKey(node.Inputs[1]) => "with a computed parameter",
                _ => null,
            };

    private static string? Computed(float? bound, Node node, int input) => bound is null && node.Inputs.Count > input && node.Inputs[input].Length > 0 ? "with a bound that is no number of the graph" : null;

    private static string? WhyNotWindow(Window window) => window.Kernel.Count > 2 ? $"over {window.Kernel.Count} spatial axes"
        : window.PadsBegin.Concat(window.PadsEnd).Any(p => p < 0) ? "with a negative pad" : null;

    private static string? WhyNotValue(Graph graph, string value) => graph.Shapes[value].IsOpen ? "of an open size"
        : graph.Shapes[value].Dims.Any(d => d.Count == 0) ? "of nothing"
        : graph.Types[value] != ElementType.Float32 ? $"of type {graph.Types[value]}" : null;
}
