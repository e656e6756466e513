using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

/// <summary>A window's stride, padding and dilation as arguments; what has its usual value is left out.</summary>
public static class WindowArguments
{
    public static IEnumerable<string> Of(Window window)
    {
        if (window.Strides.Any(s => s != 1))
        {
            yield return Lowering.Option("stride", Literal.Of(window.Strides));
        }

        if (window.PadsBegin.Concat(window.PadsEnd).Any(p => p != 0))
        {
            yield return Lowering.Option("pad", Literal.Of(window.PadsBegin));
        }

        if (!window.PadsBegin.Equals(window.PadsEnd))
        {
            yield return Lowering.Option("padEnd", Literal.Of(window.PadsEnd));
        }

        if (window.IsDilated)
        {
            yield return Lowering.Option("dilation", Literal.Of(window.Dilations));
        }

        if (window.CeilMode)
        {
            yield return Lowering.Option("ceil", "true");
        }
    }
}
