namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>A linear layer, with its backward towards the input, and what the rules make of its weights.</summary>
    public abstract unsafe class LinearLayer
    {
        private Buffer? _ofOnes;

        private protected LinearLayer(float[] weight, float[]? bias) => (Weight, Bias) = (weight, bias);

        internal float[] Weight { get; private set; }

        /// <summary>One number an output channel; or, where a normalized input is padded, one for each output of a sample.</summary>
        internal float[]? Bias { get; private set; }

        /// <summary>The same layer with max(W, 0) and max(b, 0).</summary>
        public LinearLayer Positive() => Map(w => Math.Max(w, 0));

        /// <summary>The same layer with min(W, 0) and min(b, 0).</summary>
        public LinearLayer Negative() => Map(w => Math.Min(w, 0));

        /// <summary>The same layer with W + γ·max(W, 0), likewise the bias.</summary>
        public LinearLayer AddPositive(float gamma) => Map(w => w + (gamma * Math.Max(w, 0)));

        /// <summary>The same layer with W + γ·min(W, 0), likewise the bias.</summary>
        public LinearLayer AddNegative(float gamma) => Map(w => w + (gamma * Math.Min(w, 0)));

        /// <summary>The same layer with W² and b².</summary>
        public LinearLayer Squared() => Map(w => w * w);

        /// <summary>The same layer without a bias.</summary>
        public LinearLayer WithoutBias() => With(Weight, null);

        /// <summary>The same layer with the bias of another.</summary>
        public LinearLayer WithBiasOf(LinearLayer other) => With(Weight, other.Bias);

        /// <summary>The layer as it is: these kernels compute in float32.</summary>
        public LinearLayer InBFloat16() => this;

        /// <summary>Refuses weights with a positive bias, for which the rules of deep Taylor decomposition do not hold.</summary>
        /// <param name="name">The layer's name in the model.</param>
        /// <exception cref="CompositeException">There is one.</exception>
        public void RequireNoPositiveBias(string name) => DeepTaylor.RequireNoPositiveBias(name, Bias is { Length: > 0 } bias ? bias.Max() : 0);

        /// <summary>y = Wx + b.</summary>
        public void Linear(Buffer x, Buffer y)
        {
            if (!y.Stands)
            {
                Apply(x, y, Addend.Bias);
            }
        }

        /// <summary>y = max(0, Wx + b), and at most the ceiling.</summary>
        public void Relu(Buffer x, Buffer y, float ceiling = float.PositiveInfinity)
        {
            Apply(x, y, Addend.Bias, relu: true);
            if (!float.IsPositiveInfinity(ceiling))
            {
                Elements.Limit(y, ceiling);
            }
        }

        /// <summary>x = Wᵀs: the transposed derivative.</summary>
        public void Back(Buffer s, Buffer x) => ApplyTransposed(s, x);

        /// <summary>r = Wᵀ(R / stab(W1 + b)): the relevance of an input that is 1 everywhere.</summary>
        public void BackOfOnes(Buffer relevance, Buffer r, Stabilizer epsilon)
        {
            var s = r.Beside(0, relevance);
            Divide(relevance, OfOnes(relevance, r), s, epsilon);
            ApplyTransposed(s, r);
        }

        /// <summary>The Flat rule: r = 1ᵀ(R / stab(1·1)) with weights of 1. Padding holds no input, so it gets no share.</summary>
        public abstract void BackFlat(Buffer relevance, Buffer r, Stabilizer epsilon);

        /// <summary>How many inputs each output sees: what weights of 1 make of inputs of 1.</summary>
        internal abstract float[] CountInputs(Buffer input, Buffer output);

        /// <summary>The bias of an element of an output, which are counted row by row.</summary>
        internal abstract float BiasOf(int element, Buffer output);

        /// <summary>y = Wx and what is added to it, or what of that is above 0.</summary>
        internal abstract void Apply(Buffer x, Buffer y, Addend addend, bool relu = false);

        /// <summary>x = Wᵀs.</summary>
        internal abstract void ApplyTransposed(Buffer s, Buffer x);

        /// <summary>The same layer with other parameters of the same shapes.</summary>
        private protected abstract LinearLayer With(float[] weight, float[]? bias);

        /// <summary>Takes in a BatchNormalization of the input: its scale into the weights, what the layer makes of its shift into the bias.</summary>
        /// <param name="scale">One number an input channel.</param>
        /// <param name="channel">The input channel of an element of the weight.</param>
        /// <param name="ofShift">What the layer makes of the shift.</param>
        private protected void TakeIn(float[] scale, Func<int, int> channel, float[] ofShift)
        {
            Bias = ofShift;
            Weight = [.. Weight.Select((w, i) => w * scale[channel(i)])];
        }

        private LinearLayer Map(Func<float, float> change) => With(Array.ConvertAll(Weight, w => change(w)), Bias is null ? null : Array.ConvertAll(Bias, b => change(b)));

        // It depends on the weights and sizes alone.
        internal Buffer OfOnes(Buffer like, Buffer input)
        {
            if (_ofOnes is { } known)
            {
                return known;
            }

            Buffer ones = new([.. input.Dims]), z = new([.. like.Dims]);
            new Span<float>(ones.WriteRows(), ones.Length).Fill(1);
            Apply(ones, z, Addend.Bias);
            z.Rows();
            z.Last();
            return _ofOnes = z;
        }
    }

    /// <summary>What a linear layer's product is added to.</summary>
    internal enum Addend
    {
        /// <summary>Nothing.</summary>
        Nothing,

        /// <summary>The layer's bias.</summary>
        Bias,

        /// <summary>What the result holds already, with the channels last.</summary>
        Result,
    }
}
