using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>A linear layer, with its backward towards the input, and what the rules make of its weights.</summary>
    public abstract class LinearLayer
    {
        private protected LinearLayer(Weights owner, Tensor weight, Tensor? bias)
        {
            Owner = owner;
            Weight = weight;
            Bias = bias;
        }

        internal Weights Owner { get; }

        internal Tensor Weight { get; private set; }

        /// <summary>One number an output; or, where a normalized input is padded, [1, out, …] with one for each position.</summary>
        internal Tensor? Bias { get; private set; }

        /// <summary>The same layer with max(W, 0) and max(b, 0).</summary>
        public LinearLayer Positive() => Map(p => p.clamp_min(0));

        /// <summary>The same layer with min(W, 0) and min(b, 0).</summary>
        public LinearLayer Negative() => Map(p => p.clamp_max(0));

        /// <summary>The same layer with W + γ·max(W, 0), likewise the bias.</summary>
        public LinearLayer AddPositive(float gamma) => Map(p => AddHalf(p, p.clamp_min(0), gamma));

        /// <summary>The same layer with W + γ·min(W, 0), likewise the bias.</summary>
        public LinearLayer AddNegative(float gamma) => Map(p => AddHalf(p, p.clamp_max(0), gamma));

        /// <summary>The same layer with W² and b².</summary>
        public LinearLayer Squared() => Map(p => p.square());

        /// <summary>The same layer without a bias.</summary>
        public LinearLayer WithoutBias() => With(Weight, null);

        /// <summary>The same layer with the bias of another.</summary>
        public LinearLayer WithBiasOf(LinearLayer other) => With(Weight, other.Bias);

        /// <summary>y = Wx + b.</summary>
        public void Linear(Buffer x, Buffer y) => y.Set(Apply(x.Value, Bias));

        /// <summary>y = max(0, Wx + b).</summary>
        public void Relu(Buffer x, Buffer y) => y.Set(Apply(x.Value, Bias, relu: true));

        /// <summary>x = Wᵀs: the transposed derivative; the buffer knows the input's size, or the value that it is like.</summary>
        public void Back(Buffer s, Buffer x, Buffer? like = null) => x.Set(ApplyTransposed(s.Value, InputSize(x, like)));

        /// <summary>r = Wᵀ(R / stab(W1 + b)): the relevance of an input that is 1 everywhere.</summary>
        public void BackOfOnes(Buffer relevance, Buffer r, Stabilizer epsilon, Buffer? like = null)
        {
            var shape = InputSize(r, like);
            using var input = ones(shape, device: relevance.Value.device);
            using var z = Apply(input, Bias);
            using var stabilized = epsilon.Of(z);
            using var s = relevance.Value.div(stabilized);
            r.Set(ApplyTransposed(s, shape));
        }

        /// <summary>The Flat rule: r = 1ᵀ(R / stab(1·1)) with weights of 1. Padding holds no input, so it gets no share.</summary>
        public abstract void BackFlat(Buffer relevance, Buffer r, Stabilizer epsilon, Buffer? like = null);

        /// <summary>Wx + b, or max(0, Wx + b); the caller's to dispose.</summary>
        internal abstract Tensor Apply(Tensor x, Tensor? bias, bool relu = false);

        /// <summary>Wᵀs for an input of a shape; the caller's to dispose.</summary>
        internal abstract Tensor ApplyTransposed(Tensor s, long[] shape);

        /// <summary>The same layer with other parameters of the same shapes.</summary>
        private protected abstract LinearLayer With(Tensor weight, Tensor? bias);

        /// <summary>Takes in a BatchNormalization of the input: its scale into the weights, what the layer makes of its shift into the bias.</summary>
        /// <param name="norm">It.</param>
        /// <param name="inputAxis">The weight's axis of input channels.</param>
        /// <param name="groups">In how many groups that axis is counted.</param>
        /// <param name="shape">An input of one sample.</param>
        private protected void TakeIn(Layerwise.BatchNorm norm, int inputAxis, long groups, long[] shape)
        {
            using var scope = NewDisposeScope();
            var (scale, shift) = (Load(norm.Scale), Load(norm.Shift));
            var bias = Apply(shift.reshape([1, -1, .. shape[2..].Select(_ => 1L)]).expand(shape), Bias);
            Bias = Own(Owner, bias.numel() == bias.shape[1] ? bias.reshape(-1).clone() : bias.clone());

            // The outputs of a group stand together along the first axis.
            long[] ones = [.. Weight.shape[2..].Select(_ => 1L)];
            var perInput = inputAxis == 0 ? scale.reshape([-1, 1, .. ones])
                : scale.reshape([groups, 1, -1, .. ones]).expand([groups, Weight.shape[0] / groups, Weight.shape[1], .. ones]).reshape([Weight.shape[0], Weight.shape[1], .. ones]);
            Weight = Own(Owner, Weight.mul(perInput));
        }

        private LinearLayer Map(Func<Tensor, Tensor> change) => With(Own(Owner, change(Weight)), Bias is null ? null : Own(Owner, change(Bias)));

        private static Tensor AddHalf(Tensor whole, Tensor half, float gamma)
        {
            using (half)
            {
                return whole.add(half, gamma);
            }
        }

        /// <summary>The shape of a buffer for the input, or of the value that it is like; one sample stands for all.</summary>
        private protected static long[] InputSize(Buffer x, Buffer? like) => like?.Shape ?? [.. x.Dims.Select(dim => Math.Max(dim, 1))];
    }

    /// <summary>A linear layer of inputs between known bounds: the ZBox rule's contributions xw − low·w⁺ − high·w⁻.</summary>
    public sealed class Box
    {
        private readonly LinearLayer _layer, _plus, _minus;
        private readonly float[] _low, _high;

        /// <param name="layer">The layer.</param>
        /// <param name="low">The smallest input: one number, one a channel, or one for each element of a sample.</param>
        /// <param name="high">The largest input, likewise.</param>
        public Box(LinearLayer layer, float[] low, float[] high)
        {
            _layer = layer;
            _plus = layer.Positive();
            _minus = layer.Negative();
            _low = low;
            _high = high;
        }

        /// <summary>z = Wx + b − (W⁺low + b⁺) − (W⁻high + b⁻).</summary>
        public void Linear(Buffer x, Buffer z)
        {
            using var low = Expand(_low, x.Value);
            using var high = Expand(_high, x.Value);
            using var least = _plus.Apply(low, _plus.Bias);
            using var most = _minus.Apply(high, _minus.Bias);
            var sum = _layer.Apply(x.Value, _layer.Bias);
            z.Set(sum.sub_(least).sub_(most));
        }

        /// <summary>r = x ⊙ Wᵀs − low ⊙ W⁺ᵀs − high ⊙ W⁻ᵀs.</summary>
        public void Back(Buffer s, Buffer x, Buffer r)
        {
            using var low = Expand(_low, x.Value);
            using var high = Expand(_high, x.Value);
            using var fromInput = _layer.ApplyTransposed(s.Value, x.Value.shape);
            using var fromLow = _plus.ApplyTransposed(s.Value, x.Value.shape);
            using var fromHigh = _minus.ApplyTransposed(s.Value, x.Value.shape);
            var sum = fromInput.mul(x.Value);
            r.Set(sum.addcmul_(fromLow, low, -1).addcmul_(fromHigh, high, -1));
        }

        private static Tensor Expand(float[] values, Tensor x)
        {
            var shape = x.shape;
            using var numbers = tensor(values, device: x.device);
            using var aligned = values.Length == 1 ? numbers.alias()
                : shape.Length > 2 && values.Length == shape[1] ? numbers.reshape([-1, .. shape[2..].Select(_ => 1L)])
                : numbers.reshape(shape[1..]);
            return aligned.expand(shape).contiguous();
        }
    }

    /// <summary>The halves max(0, x) and min(0, x).</summary>
    public static void Halve(Buffer x, Buffer plus, Buffer minus)
    {
        plus.Set(x.Value.clamp_min(0));
        minus.Set(x.Value.clamp_max(0));
    }

    /// <summary>z = first(x⁺) + second(x⁻), with the bias of the first alone.</summary>
    public static void LinearOfHalves(LinearLayer first, Buffer plus, LinearLayer second, Buffer minus, Buffer z)
    {
        using var other = second.Apply(minus.Value, null);
        z.Set(first.Apply(plus.Value, first.Bias).add_(other));
    }

    /// <summary>r = x⁺ ⊙ firstᵀs + x⁻ ⊙ secondᵀs.</summary>
    public static void BackOfHalves(LinearLayer first, Buffer plus, LinearLayer second, Buffer minus, Buffer s, Buffer r)
    {
        using var one = first.ApplyTransposed(s.Value, plus.Value.shape);
        using var other = second.ApplyTransposed(s.Value, minus.Value.shape);
        var sum = one.mul(plus.Value);
        r.Set(sum.addcmul_(other, minus.Value, 1));
    }
}
