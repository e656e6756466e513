using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class CastEmitter : ForwardEmitter
{
    protected override IEnumerable<string> Options(Node node) => node.Operator is Cast { Rounding: { } rounding }
        ? [Lowering.ScalarType(ElementType.Float32), Lowering.Option("through", $"global::TorchSharp.torch.ScalarType.{rounding}")]
        : [Lowering.ScalarType(((Cast)node.Operator).Target)];
}
