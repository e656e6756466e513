using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class ConvEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var conv = (Conv)node.Operator;
        var kernel = lowering.Constructor.Kernel(node, "Conv", "", () => new("new", Arguments(lowering, node, conv)));
        CallLinear(lowering, node, kernel, output, withRelu);
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, $"{lowering.Constructor.Kernel(node)}.Back", [s], lowering.Like(node.Inputs[0]));

    private static List<string> Arguments(Lowering lowering, Node node, Conv conv)
    {
        List<string> arguments = [.. lowering.Constructor.Weights(node, 1, 2), .. WindowArguments.Of(conv.Window)];
        if (conv.Groups > 1)
        {
            arguments.Add(Lowering.Option("groups", conv.Groups.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        arguments.AddRange(InputNormArguments.Of(lowering, node));
        return arguments;
    }
}
