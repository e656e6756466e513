using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>
/// The input at another size along some axes, interpolated. Inputs from opset 11 on: x, the region of interest, scales or sizes;
/// Upsample and Resize-10 have the scales alone.
/// </summary>
/// <param name="Source">The ONNX operator.</param>
/// <param name="Interpolation">How.</param>
/// <param name="Axes">The axes that scales and sizes are for; all where there are none.</param>
/// <param name="Policy">What sizes mean: <c>stretch</c>, <c>not_larger</c> or <c>not_smaller</c>.</param>
/// <param name="Scales">Scales of an attribute; resolved, one a resized axis.</param>
/// <param name="Sizes">Resolved: the new size of each axis, -1 where it is open.</param>
/// <param name="Region">Resolved: begin and end of the part of each resized axis that is taken, in shares of 1; none where all is.</param>
public sealed record Resize(
    string Source,
    Interpolation Interpolation,
    EquatableList<long>? Axes,
    string Policy,
    EquatableList<float>? Scales,
    EquatableList<long>? Sizes = null,
    EquatableList<float>? Region = null) : Operator
{
    public static Operator Read(NodeReader node)
    {
        if (node.Op == "Upsample" || node.Opset < 11)
        {
            var mode = node.Choice("mode", "nearest", "linear", "bilinear");
            return new Resize(
                node.Op,
                new Interpolation(mode == "bilinear" ? "linear" : mode, "asymmetric", Rounding: "floor", -0.75f, ExcludeOutside: false, 0, Antialias: false),
                null,
                "stretch",
                node.Floats("scales") is { } scales ? new(scales) : null);
        }

        var interpolation = new Interpolation(
            node.Choice("mode", "nearest", "linear", "cubic"),
            node.Choice("coordinate_transformation_mode", "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize", "tf_half_pixel_for_nn"),
            node.Choice("nearest_mode", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
            node.Float("cubic_coeff_a", -0.75f),
            node.Int("exclude_outside", 0) != 0,
            node.Float("extrapolation_value", 0),
            node.Int("antialias", 0) != 0);
        var policy = node.Choice("keep_aspect_ratio_policy", "stretch", "not_larger", "not_smaller");
        return new Resize(node.Op, interpolation, node.Ints("axes") is { } axes ? new(axes) : null, policy, null);
    }

    public override string Name => Source;

    public override OperatorClass Class => Interpolation.Mode == "nearest" ? OperatorClass.Movement : OperatorClass.Affine;

    protected override string Form => $"{Source} {Interpolation.Mode}";

    public override Operator Resolve(NodeContext node)
    {
        var x = node.Shape(0);
        var axes = Axes?.Select(axis => node.Axis(x, axis)).ToList() ?? [.. Enumerable.Range(0, x.Rank)];
        var scalesAt = Source == "Upsample" || (node.InputCount == 2 && !node.Has(2)) ? 1 : 2;
        IReadOnlyList<float>? scales = Scales ?? (!node.Has(scalesAt) || node.Shape(scalesAt).Elements == 0 ? null : node.Floats(scalesAt)?.Values ?? throw node.NotConstant(scalesAt, "its scales"));
        var sizes = scales is null ? node.Dims(3, "its sizes") ?? throw node.ShapeError("it has neither scales nor sizes") : null;
        if ((scales?.Count ?? sizes!.Count) != axes.Count)
        {
            throw node.ShapeError($"its scales or sizes do not fit the {axes.Count} axes of {x}");
        }

        var region = Interpolation.Transformation == "tf_crop_and_resize" ? node.Floats(1)?.Values ?? throw node.NotConstant(1, "its region of interest") : null;
        if (region is not null && region.Count != 2 * axes.Count)
        {
            throw node.ShapeError($"its region of interest does not fit the {axes.Count} axes of {x}");
        }

        var plan = Enumerable.Range(0, axes.Count).Select(i => (Axis: axes[i], Place: i, Size: New(node, x, axes[i], scales?[i], sizes?[i]), Scale: scales?[i])).ToList();
        if (Policy != "stretch" && sizes is not null)
        {
            plan = KeepAspect(node, x, plan);
        }

        // What keeps its size is not resized.
        var resized = plan.Where(p => p.Size != x[p.Axis] || p.Scale is not (null or 1) || region is { } r && (r[p.Place] != 0 || r[p.Place + axes.Count] != 1)).OrderBy(p => p.Axis).ToList();
        return resized.Any(p => x[p.Axis].IsBatch) ? throw node.ShapeError($"it joins the samples of {x}") : this with
        {
            Axes = new(resized.Select(p => (long)p.Axis)),
            Scales = new(resized.Select(p => p.Scale ?? (float)p.Size.Count / x[p.Axis].Count)),
            Sizes = new(resized.Select(p => p.Size.IsOpen ? -1 : p.Size.Count)),
            Region = region is null ? null : new(resized.Select(p => region[p.Place]).Concat(resized.Select(p => region[p.Place + axes.Count]))),
        };
    }

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        var axes = Axes!.ToList();
        return [new Shape(x.Dims.Select((dim, axis) => axes.IndexOf(axis) is >= 0 and var i
            ? Sizes![i] >= 0 ? Sizes[i] : Dim.Open(FormattableString.Invariant($"{dim}·{Scales![i]}"))
            : dim))];
    }

    public override bool HandsOn(NodeContext node, Shape output) => Axes!.Count == 0;

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0] && Interpolation.Mode != "cubic" && Interpolation.Extrapolation >= 0;

    private static Dim New(NodeContext node, Shape x, int axis, float? scale, Dim? size)
    {
        if (scale is { } factor)
        {
            return factor == 1 ? x[axis]
                : factor <= 0 || float.IsNaN(factor) || float.IsInfinity(factor) ? throw node.ShapeError(FormattableString.Invariant($"its scale {factor} is no number above 0"))
                : x[axis].IsOpen ? Dim.Open("?")
                : x[axis] with { Count = checked((long)Math.Floor(x[axis].Count * (double)factor)) };
        }

        return size!.Value is { IsOpen: false, Count: < 1 } ? throw node.ShapeError($"its size {size} of axis {axis} is not above 0") : size.Value;
    }

    // One scale for all axes: the smallest or the largest that the sizes ask for.
    private List<(int Axis, int Place, Dim Size, float? Scale)> KeepAspect(NodeContext node, Shape x, List<(int Axis, int Place, Dim Size, float? Scale)> plan)
    {
        if (plan.Any(p => x[p.Axis].IsOpen || x[p.Axis].IsBatch || x[p.Axis].Count == 0))
        {
            throw node.ShapeError($"the sizes of its input {x} are not known");
        }

        var scales = plan.Select(p => p.Size.Count / (double)x[p.Axis].Count);
        var scale = Policy == "not_larger" ? scales.Min() : scales.Max();
        return [.. plan.Select(p => (p.Axis, p.Place, (Dim)(long)Math.Floor((x[p.Axis].Count * scale) + 0.5), (float?)scale))];
    }
}

/// <summary>How a Resize finds a value between others.</summary>
/// <param name="Mode"><c>nearest</c>, <c>linear</c> or <c>cubic</c>.</param>
/// <param name="Transformation">From a new place to the old one, by ONNX's name: <c>half_pixel</c>, <c>align_corners</c>, …</param>
/// <param name="Rounding">To the nearest: <c>round_prefer_floor</c>, <c>round_prefer_ceil</c>, <c>floor</c> or <c>ceil</c>.</param>
/// <param name="CubicA">The cubic's coefficient a.</param>
/// <param name="ExcludeOutside">Whether places outside weigh nothing.</param>
/// <param name="Extrapolation">What stands outside, of tf_crop_and_resize.</param>
/// <param name="Antialias">Whether a smaller image averages.</param>
public sealed record Interpolation(string Mode, string Transformation, string Rounding, float CubicA, bool ExcludeOutside, float Extrapolation, bool Antialias);
