using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class GlobalMaxPoolEmitter : ForwardEmitter
{
    protected override IEnumerable<string> Options(Node node) => [];
}
