using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class DepthToSpaceEmitter : ForwardEmitter
{
    protected override IEnumerable<string> Options(Node node) => node.Operator is DepthToSpace { ColumnRowDepth: true } inner
        ? [Block(inner), Lowering.Option("channelsFirst", "true")]
        : [Block((DepthToSpace)node.Operator)];

    private static string Block(DepthToSpace operation) => Lowering.Option("block", operation.Block.ToString(CultureInfo.InvariantCulture));
}
