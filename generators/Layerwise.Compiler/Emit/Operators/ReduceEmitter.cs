using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>What takes the numbers along some axes together: the kernel has the operator's name.</summary>
public sealed class ReduceEmitter : ForwardEmitter
{
    protected override IEnumerable<string> Options(Node node) => node.Operator switch
    {
        Reduce reduce => [Lowering.Option("axes", Literal.Of(reduce.Axes!)), .. reduce.KeepAxes ? Array.Empty<string>() : [Lowering.Option("keepAxes", "false")]],
        ArgExtreme extreme =>
        [
            Lowering.Option("axis", extreme.Axis.ToString(CultureInfo.InvariantCulture)),
            .. extreme.KeepAxis ? Array.Empty<string>() : [Lowering.Option("keepAxis", "false")],
            .. extreme.Last ? [Lowering.Option("last", "true")] : Array.Empty<string>(),
        ],
        _ => [],
    };
}
