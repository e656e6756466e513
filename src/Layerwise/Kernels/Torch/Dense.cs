using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>A dense layer over the last axis, with its backward towards the input.</summary>
    public sealed class Dense
    {
        private readonly Weights _owner;
        private readonly Tensor _weight;
        private readonly Tensor? _bias;

        /// <param name="weight">[out, in].</param>
        /// <param name="bias">[out], or <c>null</c>.</param>
        public Dense(Weight weight, Weight? bias)
        {
            ArgumentNullException.ThrowIfNull(weight);
            _owner = weight.Source;
            _weight = Load(weight);
            _bias = bias is null ? null : Load(bias);
        }

        private Dense(Weights owner, Tensor weight, Tensor? bias)
        {
            _owner = owner;
            _weight = weight;
            _bias = bias;
        }

        /// <summary>The same layer with max(W, 0) and max(b, 0).</summary>
        /// <param name="bias">Whether there is a bias at all.</param>
        public Dense Positive(bool bias = true)
            => new(_owner, Own(_owner, _weight.clamp_min(0)), bias && _bias is not null ? Own(_owner, _bias.clamp_min(0)) : null);

        /// <summary>The same layer with min(W, 0) and without a bias.</summary>
        public Dense Negative() => new(_owner, Own(_owner, _weight.clamp_max(0)), null);

        /// <summary>The same layer without a bias.</summary>
        public Dense WithoutBias() => new(_owner, _weight, null);

        /// <summary>y = x·Wᵀ + b.</summary>
        public void Linear(Buffer x, Buffer y) => y.Set(functional.linear(x.Value, _weight, _bias));

        /// <summary>y = max(0, x·Wᵀ + b).</summary>
        public void Relu(Buffer x, Buffer y)
        {
            Linear(x, y);
            y.Value.relu_();
        }

        /// <summary>x = s·W: the transposed derivative.</summary>
        public void Back(Buffer s, Buffer x) => x.Set(s.Value.matmul(_weight));

        /// <summary>The Flat rule: every input gets the same share of all relevance.</summary>
        public void BackFlat(Buffer r, Buffer x, float epsilon)
        {
            var inputs = _weight.shape[1];
            using var total = r.Value.sum(-1, keepdim: true);
            using var share = total.div(inputs + epsilon);
            using var spread = share.expand([.. share.shape[..^1], inputs]);
            x.Set(spread.contiguous());
        }
    }
}
