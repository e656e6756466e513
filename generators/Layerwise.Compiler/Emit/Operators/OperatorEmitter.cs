using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>Writes one operator forward, and its transposed derivative backward.</summary>
public abstract class OperatorEmitter
{
    // One line an operator; those that are a kernel of their own name, and so is their way back, need none.
    private static readonly Dictionary<Type, OperatorEmitter> Table = new()
    {
        [typeof(Align)] = new ReshapeEmitter(),
        [typeof(Attention)] = new AttentionEmitter(),
        [typeof(AveragePool)] = new AveragePoolEmitter(),
        [typeof(BatchNormalization)] = new BatchNormalizationEmitter(),
        [typeof(Cast)] = new CastEmitter(),
        [typeof(Concat)] = new ConcatEmitter(),
        [typeof(Conv)] = new ConvEmitter(),
        [typeof(ConvTranspose)] = new ConvTransposeEmitter(),
        [typeof(Dense)] = new DenseEmitter(),
        [typeof(Einsum)] = new ProductEmitter(),
        [typeof(Elementwise)] = new ElementwiseEmitter(),
        [typeof(Flatten)] = new ReshapeEmitter(),
        [typeof(GlobalAveragePool)] = new GlobalAveragePoolEmitter(),
        [typeof(GlobalMaxPool)] = new GlobalMaxPoolEmitter(),
        [typeof(GroupNormalization)] = new NormalizationEmitter(),
        [typeof(InstanceNormalization)] = new NormalizationEmitter(),
        [typeof(LRN)] = new NormalizationEmitter(),
        [typeof(LayerNormalization)] = new NormalizationEmitter(),
        [typeof(LpNormalization)] = new NormalizationEmitter(),
        [typeof(LpPool)] = new LpPoolEmitter(),
        [typeof(MatMul)] = new ProductEmitter(),
        [typeof(MaxPool)] = new MaxPoolEmitter(),
        [typeof(Recurrent)] = new RecurrentEmitter(),
        [typeof(RMSNormalization)] = new NormalizationEmitter(),
        [typeof(Reduce)] = new ReduceEmitter(),
        [typeof(Relu)] = new ReluEmitter(),
        [typeof(Reshape)] = new ReshapeEmitter(),
        [typeof(Resize)] = new ResizeEmitter(),
        [typeof(Softmax)] = new SoftmaxEmitter(),
        [typeof(Split)] = new SplitEmitter(),
        [typeof(Squeeze)] = new ReshapeEmitter(),
        [typeof(Sum)] = new SumEmitter(),
        [typeof(Transpose)] = new TransposeEmitter(),
        [typeof(Unsqueeze)] = new ReshapeEmitter(),
    };

    private static readonly KernelEmitter Plain = new();

    public static OperatorEmitter Of(Node node) => Table.TryGetValue(node.Operator.GetType(), out var emitter) ? emitter : Plain;

    /// <summary>y = f(x).</summary>
    public abstract void Forward(Lowering lowering, Node node, Slot output, bool withRelu);

    /// <summary>
    /// Jᵀs for each input: where <paramref name="asFactor"/> is set, the results are factors of the inputs (R = x ⊙ Jᵀs),
    /// otherwise they are relevance or gradients themselves.
    /// </summary>
    public abstract void PullBack(Lowering lowering, Node node, Slot s, bool asFactor);

    /// <summary>As <see cref="PullBack(Lowering, Node, Slot, bool)"/>, for a node of several outputs; <c>null</c> for one that nothing comes back to.</summary>
    public virtual void PullBack(Lowering lowering, Node node, IReadOnlyList<Slot?> s, bool asFactor)
    {
        if (s[0] is null || s.Skip(1).Any(part => part is not null))
        {
            throw CompilationException.Unsupported(node.Name, node.Operator.Name, "relevance comes back to another than its first output", "Explain an output before it.");
        }

        PullBack(lowering, node, s[0]!, asFactor);
    }

    /// <summary>A linear layer's call, with its Relu where it has one.</summary>
    protected static void CallLinear(Lowering lowering, Node node, string kernel, Slot output, bool withRelu)
    {
        var ceiling = withRelu && node.Operator.Ceiling is { } high ? new object[] { Lowering.Option("ceiling", Literal.Of(high)) } : [];
        lowering.Call($"{kernel}.{(withRelu ? "Relu" : "Linear")}", [lowering.Input(node), new Write(output), .. ceiling]);
    }

    /// <summary>Jᵀs for the first input, written by one call: what it reads, its result, options. Nothing where that takes no relevance.</summary>
    protected static void PullBackTo(Lowering lowering, Node node, bool asFactor, string callee, IReadOnlyList<Slot> read, params IEnumerable<object> options)
    {
        var input = node.Inputs[0];
        if (!lowering.Takes(input))
        {
            return;
        }

        var result = lowering.NewRelevance(input, asFactor);
        lowering.Call(callee, [.. read, new Write(result), .. options]);
        lowering.Give(input, result, asFactor ? input : null);
    }
}
