using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class ResizeEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
    {
        var kernel = lowering.Constructor.Kernel(node, "Resize", "", () => new("new", [.. Arguments((Resize)node.Operator)]));
        lowering.Call($"{kernel}.Forward", lowering.Input(node), new Write(output));
    }

    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
        => PullBackTo(lowering, node, asFactor, $"{lowering.Constructor.Kernel(node)}.Back", [s], lowering.Like(node.Inputs[0]));

    private static IEnumerable<string> Arguments(Resize resize)
    {
        var how = resize.Interpolation;
        yield return Literal.Of(how.Mode);
        yield return Lowering.Option("axes", Literal.Of(resize.Axes!));
        yield return Lowering.Option("scales", Literal.List(resize.Scales!));
        if (resize.Sizes!.Any(s => s >= 0))
        {
            yield return Lowering.Option("sizes", Literal.Of(resize.Sizes!));
        }

        if (how.Transformation != "half_pixel")
        {
            yield return Lowering.Option("transformation", Literal.Of(how.Transformation));
        }

        if (how.Mode == "nearest" && how.Rounding != "round_prefer_floor")
        {
            yield return Lowering.Option("rounding", Literal.Of(how.Rounding));
        }

        if (how.Mode == "cubic" && how.CubicA != -0.75f)
        {
            yield return Lowering.Option("cubicA", Literal.Of(how.CubicA));
        }

        if (how.Mode == "cubic" && how.ExcludeOutside)
        {
            yield return Lowering.Option("excludeOutside", "true");
        }

        if (how.Antialias)
        {
            yield return Lowering.Option("antialias", "true");
        }

        if (resize.Region is { } region)
        {
            yield return Lowering.Option("region", Literal.List(region));
            yield return Lowering.Option("extrapolation", Literal.Of(how.Extrapolation));
        }
    }
}
