using System.Globalization;
using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class ConvTransposeEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var kernel = lowering.Constructor.Kernel(node, "ConvTranspose", "", () => new("new", Arguments(lowering, node, (ConvTranspose)node.Operator)));
        CallLinear(lowering, node, kernel, output, withRelu);
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, $"{lowering.Constructor.Kernel(node)}.Back", [s]);

    private static List<string> Arguments(Lowering lowering, Node node, ConvTranspose conv)
    {
        List<string> arguments = [.. lowering.Constructor.Weights(node, 1, 2), .. WindowArguments.Of(conv.Window)];
        if (conv.OutputPadding.Any(p => p != 0))
        {
            arguments.Add(Lowering.Option("outputPadding", Literal.Of(conv.OutputPadding)));
        }

        if (conv.Groups > 1)
        {
            arguments.Add(Lowering.Option("groups", conv.Groups.ToString(CultureInfo.InvariantCulture)));
        }

        arguments.AddRange(InputNormArguments.Of(lowering, node));
        return arguments;
    }
}
