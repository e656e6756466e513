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

        /// <summary>The weight, until <see cref="TakeWeight"/>.</summary>
        private protected Tensor Weight { get; private set; }

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
        public LinearLayer WithoutBias() => With(Own(Owner, Weight.alias()), null);

        /// <summary>The same layer with the bias of another.</summary>
        public LinearLayer WithBiasOf(LinearLayer other) => With(Own(Owner, Weight.alias()), other.Bias);

        /// <summary>Has the layer compute in bfloat16, as the layers made of it from here on, where the machine multiplies that and it is faster: a convolution over two axes.</summary>
        public virtual LinearLayer InBFloat16() => this;

        /// <summary>Refuses weights with a positive bias, for which the rules of deep Taylor decomposition do not hold.</summary>
        /// <param name="name">The layer's name in the model.</param>
        /// <exception cref="CompositeException">There is one.</exception>
        public void RequireNoPositiveBias(string name)
        {
            if (Bias is { } bias)
            {
                using var largest = bias.max();
                using var number = largest.to(ScalarType.Float32);
                DeepTaylor.RequireNoPositiveBias(name, number.item<float>());
            }
        }

        /// <summary>y = Wx + b.</summary>
        public void Linear(Buffer x, Buffer y)
        {
            if (!y.Stands)
            {
                y.Set(Apply(x.Value, Bias));
            }
        }

        /// <summary>y = max(0, Wx + b), and at most the ceiling.</summary>
        public void Relu(Buffer x, Buffer y, float ceiling = float.PositiveInfinity) => y.Set(Apply(x.Value, Bias, ceiling));

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

        /// <summary>How many inputs each output of an input of a shape sees: what weights of 1 make of inputs of 1; broadcast over what is alike. The caller's to dispose.</summary>
        internal abstract Tensor CountInputs(long[] shape);

        /// <summary>The bias, aligned with outputs of a rank; <c>null</c> where there is none.</summary>
        internal virtual Tensor? AlignedBias(int rank) => Bias is { } bias && bias.dim() == 1 ? bias.reshape([-1, .. Enumerable.Repeat(1L, rank - 2)]) : Bias;

        /// <summary>Wx + b, or with a ceiling min(max(0, Wx + b), ceiling); the caller's to dispose.</summary>
        internal abstract Tensor Apply(Tensor x, Tensor? bias, float? ceiling = null);

        private protected static Tensor Limited(Tensor y, float? ceiling)
            => ceiling is not { } high ? y : float.IsPositiveInfinity(high) ? y.relu_() : y.clamp_(0, high);

        /// <summary>Wᵀs for an input of a shape; the caller's to dispose.</summary>
        internal abstract Tensor ApplyTransposed(Tensor s, long[] shape);

        /// <summary>A layer without a bias whose inputs are those of this one and of others, group by group.</summary>
        internal abstract LinearLayer Beside(params ReadOnlySpan<LinearLayer> others);

        /// <summary>Inputs of layers <see cref="Beside"/> each other, as one.</summary>
        internal abstract Tensor Together(ReadOnlySpan<Tensor> inputs);

        /// <summary>Wᵀs of layers <see cref="Beside"/> each other, for inputs of a shape.</summary>
        internal abstract Tensor[] ApplyTransposedBeside(Tensor s, long[] shape, int layers);

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

        /// <summary>Hands the weight on to what holds it in another form.</summary>
        private protected Tensor TakeWeight()
        {
            var weight = Weight;
            Weight = null!;
            return weight;
        }

        private LinearLayer Map(Func<Tensor, Tensor> change) => With(Own(Owner, change(Weight)), Bias is null ? null : Own(Owner, change(Bias)));

        private protected static Tensor Together(ReadOnlySpan<Tensor> inputs, long groups)
        {
            using var scope = NewDisposeScope();
            var parts = new Tensor[inputs.Length];
            for (var i = 0; i < parts.Length; i++)
            {
                parts[i] = inputs[i].reshape([inputs[i].shape[0], groups, inputs[i].shape[1] / groups, .. inputs[i].shape[2..]]);
            }

            return cat(parts, 2).reshape([inputs[0].shape[0], inputs.Length * inputs[0].shape[1], .. inputs[0].shape[2..]]).MoveToOuterDisposeScope();
        }

        /// <summary>What <see cref="Beside"/> has put side by side along the channels, apart.</summary>
        private protected static Tensor[] Parted(Tensor all, long[] shape, int layers, long groups)
        {
            using var scope = NewDisposeScope();
            var grouped = all.reshape([shape[0], groups, layers, shape[1] / groups, .. shape[2..]]);
            all.Dispose();
            return [.. Enumerable.Range(0, layers).Select(i => grouped.select(2, i).reshape(shape).MoveToOuterDisposeScope())];
        }

        private protected static Tensor[] WeightsOf(ReadOnlySpan<LinearLayer> layers)
        {
            var weights = new Tensor[layers.Length];
            for (var i = 0; i < layers.Length; i++)
            {
                weights[i] = layers[i].Weight;
            }

            return weights;
        }

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
        private readonly LinearLayer _layer, _plus, _minus, _all;
        private readonly float[] _low, _high;
        private Bounds? _bounds;

        /// <param name="layer">The layer.</param>
        /// <param name="low">The smallest input: one number, one a channel, or one for each element of a sample.</param>
        /// <param name="high">The largest input, likewise.</param>
        public Box(LinearLayer layer, float[] low, float[] high)
        {
            _layer = layer;
            _plus = layer.Positive();
            _minus = layer.Negative();
            _all = layer.Beside(_plus, _minus);
            _low = low;
            _high = high;
        }

        /// <summary>z = Wx + b − (W⁺low + b⁺) − (W⁻high + b⁻).</summary>
        public void Linear(Buffer x, Buffer z)
        {
            if (z.Stands)
            {
                return;
            }

            using var scope = NewDisposeScope();
            z.Set(_layer.Apply(x.Value, _layer.Bias).sub(BoundsOf(x.Value).Output));
        }

        /// <summary>r = x ⊙ Wᵀs − low ⊙ W⁺ᵀs − high ⊙ W⁻ᵀs.</summary>
        public void Back(Buffer s, Buffer x, Buffer r)
        {
            using var scope = NewDisposeScope();
            var bounds = BoundsOf(x.Value);
            var parts = _all.ApplyTransposedBeside(s.Value, x.Value.shape, 3);
            r.Set(parts[0].mul(x.Value).addcmul_(parts[1], bounds.Low, -1).addcmul_(parts[2], bounds.High, -1));
        }

        /// <summary>The bounds as inputs, and what the layer makes of them: W⁺low + b⁺ + W⁻high + b⁻. Kept for the first size of inputs that is met.</summary>
        private Bounds BoundsOf(Tensor x)
        {
            var size = x.shape[1..];
            if (_bounds is { } known && known.Size.AsSpan().SequenceEqual(size))
            {
                return known;
            }

            var (low, high) = (Expand(_low, [1, .. size], x.device), Expand(_high, [1, .. size], x.device));
            var output = _plus.Apply(low, _plus.Bias).add(_minus.Apply(high, _minus.Bias));
            var bounds = new Bounds(size, low, high, output);
            if (Interlocked.CompareExchange(ref _bounds, bounds, null) is null)
            {
                Own(_layer.Owner, low);
                Own(_layer.Owner, high);
                Own(_layer.Owner, output);
            }

            return bounds;
        }

        private sealed record Bounds(long[] Size, Tensor Low, Tensor High, Tensor Output);

        private static Tensor Expand(float[] values, long[] shape, Device device)
        {
            using var numbers = tensor(values, device: device);
            using var aligned = values.Length == 1 ? numbers.alias()
                : shape.Length > 2 && values.Length == shape[1] ? numbers.reshape([-1, .. shape[2..].Select(_ => 1L)])
                : numbers.reshape(shape[1..]);
            return aligned.expand(shape).contiguous();
        }
    }
}
