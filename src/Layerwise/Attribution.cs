using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise;

/// <summary>The points on the way from a baseline to the input at which a path integral takes the gradient, and their weights.</summary>
public enum PathRule
{
    /// <summary>Gauss and Legendre's: exact for polynomials up to degree 2n − 1.</summary>
    GaussLegendre,

    /// <summary>The middle of each of n parts.</summary>
    Middle,

    /// <summary>The end of each of n parts.</summary>
    Right,

    /// <summary>Both ends of each of n − 1 parts.</summary>
    Trapezoid,
}

/// <summary>
/// Explanations made of many runs of one network. Those that take gradients average what the explainer itself computes: the gradient of
/// one that is compiled with <see cref="Method.Gradient"/>, the relevance of another's rules.
/// </summary>
public static class Attribution
{
    /// <summary>
    /// Integrated gradients (Sundararajan et al. 2017): (x − x') ⊙ ∫ ∂f/∂x at x' + α(x − x') dα. With <see cref="Method.Gradient"/> they
    /// sum to f(x) − f(x').
    /// </summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="input">[N, …].</param>
    /// <param name="target">The explained class of each sample; the arg-max of the input itself unless given.</param>
    /// <param name="baseline">x', of the input's shape or broadcast to it; zeros unless given.</param>
    /// <param name="steps">Points on the way, 1 or more (<see cref="PathRule.Trapezoid"/>: 2).</param>
    /// <param name="rule">Where they stand.</param>
    /// <param name="cancellationToken">Cancels the call: also within each of its runs.</param>
    /// <exception cref="ShapeException">The input or the baseline does not fit.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are too few steps.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static Explanation IntegratedGradients(this IExplainer explainer, Tensor input, Target target = default, Tensor? baseline = null, int steps = 50, PathRule rule = PathRule.GaussLegendre, CancellationToken cancellationToken = default)
    {
        var network = NetworkOf(explainer, input);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, rule == PathRule.Trapezoid ? 2 : 1);
        using var scope = NewDisposeScope();
        var from = baseline is null ? zeros_like(input) : Fit(baseline, input, nameof(baseline));
        var options = new ExplainOptions { CancellationToken = cancellationToken };
        var why = network.Explain([input], target, options);
        var classes = Target.PerSample([.. why.Target]);

        // All on the network's device: nothing is waited for on the way.
        from = from.to(why.Relevance.device);
        var way = input.to(from.device).sub(from);
        var sum = zeros_like(way);
        foreach (var (place, weight) in Points(steps, rule))
        {
            using var step = network.Explain([from.add(way.mul(place))], classes, options);
            sum.add_(step.Relevance, weight);
        }

        return why.With(sum.mul(way).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// SmoothGrad (Smilkov et al. 2017): the mean over the input and noisy copies of it.
    /// </summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="input">[N, …].</param>
    /// <param name="target">The explained class of each sample; the arg-max of the input itself unless given.</param>
    /// <param name="noise">The noise's standard deviation, as a part of each sample's range of values; 0 or more.</param>
    /// <param name="samples">How many are averaged: the input and one noisy copy less; 1 or more.</param>
    /// <param name="seed">Where the random numbers start: the same seed gives the same explanation.</param>
    /// <param name="cancellationToken">Cancels the call: also within each of its runs.</param>
    /// <exception cref="ShapeException">The input does not fit.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The noise is negative, or there are no samples.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static Explanation SmoothGrad(this IExplainer explainer, Tensor input, Target target = default, double noise = 0.1, int samples = 20, long seed = 0, CancellationToken cancellationToken = default)
    {
        var network = NetworkOf(explainer, input);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        using var generator = new Generator((ulong)seed);
        using var draws = randn([samples - 1, .. input.shape], generator: generator);
        return SmoothGrad(network, input, draws, target, noise, cancellationToken);
    }

    /// <summary>As <see cref="SmoothGrad(IExplainer, Tensor, Target, double, int, long, CancellationToken)"/>, with given random numbers.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="input">[N, …].</param>
    /// <param name="draws">Numbers of a standard normal distribution, [copies, N, …].</param>
    /// <param name="target">The explained class of each sample; the arg-max of the input itself unless given.</param>
    /// <param name="noise">The noise's standard deviation, as a part of each sample's range of values; 0 or more.</param>
    /// <param name="cancellationToken">Cancels the call: also within each of its runs.</param>
    /// <exception cref="ShapeException">The input or the random numbers does not fit.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The noise is negative.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static Explanation SmoothGrad(this IExplainer explainer, Tensor input, Tensor draws, Target target, double noise, CancellationToken cancellationToken = default)
    {
        var network = NetworkOf(explainer, input);
        ArgumentNullException.ThrowIfNull(draws);
        if (!(noise >= 0) || double.IsInfinity(noise))
        {
            throw new ArgumentOutOfRangeException(nameof(noise), noise, "The noise is a part of the range of values: a finite number, 0 or more.");
        }

        if (draws.dim() != input.dim() + 1 || !draws.shape.AsSpan(1).SequenceEqual(input.shape))
        {
            throw new ShapeException($"The random numbers have the shape {Weight.Show(draws.shape)}; they should be [copies, {string.Join(", ", input.shape)}].", nameof(draws))
            {
                Name = nameof(draws),
                Expected = $"[copies, {string.Join(", ", input.shape)}]",
                Actual = Weight.Show(draws.shape),
            };
        }

        using var scope = NewDisposeScope();
        var options = new ExplainOptions { CancellationToken = cancellationToken };
        long[] axes = [.. Enumerable.Range(1, (int)input.dim() - 1).Select(axis => (long)axis)];
        var deviation = input.amax(axes, keepdim: true).sub(input.amin(axes, keepdim: true)).mul(noise);
        var why = network.Explain([input], target, options);
        var classes = Target.PerSample([.. why.Target]);
        var sum = why.Relevance.clone();
        for (var i = 0L; i < draws.shape[0]; i++)
        {
            using var copy = network.Explain([input.add(draws[i].to(input.dtype, input.device).mul(deviation))], classes, options);
            sum.add_(copy.Relevance);
        }

        return why.With(sum.div(draws.shape[0] + 1).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Occlusion (Zeiler and Fergus 2014): how much the target's logit drops when a window of the input is replaced by a baseline. Where
    /// windows overlap, an element has the mean of those that cover it. Takes no gradients: every explainer gives the same.
    /// </summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="input">[N, …].</param>
    /// <param name="window">The window's size along each axis of a sample, such as <c>[3, 8, 8]</c>.</param>
    /// <param name="stride">How far windows are apart along each axis; as large as they are unless given. The last one may be cut off.</param>
    /// <param name="target">The explained class of each sample; the arg-max of the input itself unless given.</param>
    /// <param name="baseline">What stands in the window, of the input's shape or broadcast to it; zeros unless given.</param>
    /// <param name="keep">Whether everything but the window is replaced instead.</param>
    /// <param name="cancellationToken">Cancels the call: also within each of its runs.</param>
    /// <exception cref="ShapeException">The input, the window or the baseline does not fit.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static Explanation Occlusion(this IExplainer explainer, Tensor input, long[] window, long[]? stride = null, Target target = default, Tensor? baseline = null, bool keep = false, CancellationToken cancellationToken = default)
    {
        var network = NetworkOf(explainer, input);
        ArgumentNullException.ThrowIfNull(window);
        stride ??= window;
        var sizes = input.shape[1..];
        if (window.Length != sizes.Length || stride.Length != sizes.Length || window.Zip(sizes).Any(w => w.First < 1 || w.First > w.Second) || stride.Any(s => s < 1))
        {
            throw new ShapeException($"A window {Weight.Show(window)} with the stride {Weight.Show(stride)} does not fit a sample {Weight.Show(sizes)}: it has one size from 1 to the sample's along each axis.", nameof(window))
            {
                Name = nameof(window),
                Expected = $"up to {Weight.Show(sizes)}",
                Actual = Weight.Show(window),
            };
        }

        using var scope = NewDisposeScope();
        var masks = Corners(sizes, window, stride).Select(corner =>
        {
            var mask = zeros(sizes, ScalarType.Bool);
            var inside = mask;
            for (var axis = 0; axis < corner.Length; axis++)
            {
                inside = inside.narrow(axis, corner[axis], Math.Min(window[axis], sizes[axis] - corner[axis]));
            }

            inside.fill_(true);
            return mask;
        }).ToList();
        var options = new ExplainOptions { CancellationToken = cancellationToken };
        var why = network.Explain([input], target, options);
        var device = why.Relevance.device;
        masks = [.. masks.Select(mask => mask.to(device))];
        var (sum, count) = (zeros(input.shape, input.dtype, device), zeros(sizes, input.dtype, device));
        var drops = network.Ablation(input, keep ? [.. masks.Select(m => m.logical_not())] : masks, Target.PerSample([.. why.Target]), baseline, cancellationToken);
        for (var i = 0; i < masks.Count; i++)
        {
            using var share = masks[i].mul(drops[i].reshape([-1, .. sizes.Select(_ => 1L)]));
            sum.add_(share);
            count.add_(masks[i]);
        }

        return why.With(sum.div(count.clamp_min(1)).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// Ablation: how much the target's logit drops when parts of the input are replaced by a baseline. The ground of occlusion and of every
    /// other method that only asks the network.
    /// </summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="input">[N, …].</param>
    /// <param name="masks">True where the input is replaced; each of a sample's shape, or of the input's.</param>
    /// <param name="target">The explained class of each sample; the arg-max of the input itself unless given.</param>
    /// <param name="baseline">What stands there, of the input's shape or broadcast to it; zeros unless given.</param>
    /// <param name="cancellationToken">Cancels the call: also within each of its runs.</param>
    /// <returns>[masks, N], the caller's to dispose.</returns>
    /// <exception cref="ShapeException">The input, a mask or the baseline does not fit.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static Tensor Ablation(this IExplainer explainer, Tensor input, IReadOnlyList<Tensor> masks, Target target = default, Tensor? baseline = null, CancellationToken cancellationToken = default)
    {
        var network = NetworkOf(explainer, input);
        ArgumentNullException.ThrowIfNull(masks);
        using var scope = NewDisposeScope();
        var logits = network.PredictLogits([input], cancellationToken);
        input = input.to(logits.device);
        var other = baseline is null ? zeros_like(input) : Fit(baseline, input, nameof(baseline));
        var classes = Target.Resolve(target, logits, network.Logits.Name);
        var whole = Picked(logits, classes);
        var drops = new List<Tensor>(masks.Count);
        foreach (var mask in masks)
        {
            if (mask is not { dtype: ScalarType.Bool } || !(mask.shape.AsSpan().SequenceEqual(input.shape) || mask.shape.AsSpan().SequenceEqual(input.shape.AsSpan(1))))
            {
                var wanted = $"{Weight.Show(input.shape[1..])} or {Weight.Show(input.shape)} of {ScalarType.Bool}";
                throw new ShapeException($"A mask is {Weight.Show(mask?.shape ?? [])} of {mask?.dtype}; it should be {wanted}.", nameof(masks))
                {
                    Name = nameof(masks),
                    Expected = wanted,
                    Actual = mask is null ? "none" : $"{Weight.Show(mask.shape)} of {mask.dtype}",
                };
            }

            using var inner = NewDisposeScope();
            using var ablated = network.PredictLogits([where(mask.to(input.device), other, input)], cancellationToken);
            drops.Add(whole.sub(Picked(ablated, classes)).MoveToOuterDisposeScope());
        }

        return (drops.Count == 0 ? empty(0, input.shape[0]) : stack(drops)).MoveToOuterDisposeScope();
    }

    private static Runtime.Network NetworkOf(IExplainer explainer, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(explainer);
        ArgumentNullException.ThrowIfNull(input);
        var network = explainer.Network;
        return network.Inputs is [{ IsFloat: true }] && input.dim() > 1 && input.is_floating_point()
            ? network
            : throw new ShapeException($"This explains networks of one input of numbers, [N, …]; this one has {string.Join(", ", network.Inputs.Select(i => $"'{i.Name}' {i.ShapeText} of {i.Type}"))}, and the given tensor is {Weight.Show(input.shape)} of {input.dtype}.", nameof(input))
            {
                Name = nameof(input),
                Expected = "[N, …] of a floating-point type, for a network of one such input",
                Actual = $"{Weight.Show(input.shape)} of {input.dtype}, for a network of {network.Inputs.Count} inputs",
            };
    }

    private static Tensor Fit(Tensor values, Tensor input, string name)
    {
        try
        {
            return values.to(input.dtype, input.device).expand(input.shape);
        }
        catch (System.Runtime.InteropServices.ExternalException)
        {
            throw new ShapeException($"The {name} has the shape {Weight.Show(values.shape)}, which is not broadcast to the input's {Weight.Show(input.shape)}.", name)
            {
                Name = name,
                Expected = Weight.Show(input.shape),
                Actual = Weight.Show(values.shape),
            };
        }
    }

    private static Tensor Picked(Tensor logits, IReadOnlyList<int> classes)
    {
        var indices = tensor(classes.Select(c => (long)c).ToArray(), [classes.Count, 1], ScalarType.Int64, logits.device);
        return logits.reshape(logits.shape[0], -1).gather(1, indices).flatten();
    }

    // A last window beyond the others only where these leave something uncovered.
    private static IEnumerable<long[]> Corners(long[] sizes, long[] window, long[] stride)
    {
        IEnumerable<long[]> corners = [[]];
        for (var axis = 0; axis < sizes.Length; axis++)
        {
            var (step, count) = (stride[axis], ((sizes[axis] - window[axis] + stride[axis] - 1) / stride[axis]) + 1);
            corners = corners.SelectMany(corner => Enumerable.Range(0, (int)count).Select(i => (long[])[.. corner, i * step]));
        }

        return corners;
    }

    private static IEnumerable<(double Place, double Weight)> Points(int steps, PathRule rule) => rule switch
    {
        PathRule.Middle => Enumerable.Range(0, steps).Select(i => ((i + 0.5) / steps, 1.0 / steps)),
        PathRule.Right => Enumerable.Range(1, steps).Select(i => ((double)i / steps, 1.0 / steps)),
        PathRule.Trapezoid => Enumerable.Range(0, steps).Select(i => (i / (steps - 1.0), (i == 0 || i == steps - 1 ? 0.5 : 1) / (steps - 1))),
        PathRule.GaussLegendre => GaussLegendre(steps),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "There is no such rule."),
    };

    // The zeros of the n-th Legendre polynomial by Newton's method, from -1…1 to 0…1.
    private static IEnumerable<(double Place, double Weight)> GaussLegendre(int n)
    {
        for (var i = 0; i < n; i++)
        {
            var x = Math.Cos(Math.PI * (i + 0.75) / (n + 0.5));
            var slope = 1.0;
            for (var round = 0; round < 20; round++)
            {
                var (before, value) = (1.0, x);
                for (var k = 2; k <= n; k++)
                {
                    (before, value) = (value, (((2 * k) - 1) * x * value - ((k - 1) * before)) / k);
                }

                slope = n == 1 ? 1 : n * ((x * value) - before) / ((x * x) - 1);
                x -= value / slope;
            }

            yield return ((1 - x) / 2, 1 / ((1 - (x * x)) * slope * slope));
        }
    }
}
