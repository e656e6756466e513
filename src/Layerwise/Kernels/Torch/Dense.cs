using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>A dense layer over the last axis, with its backward towards the input.</summary>
    public sealed class Dense : LinearLayer
    {
        /// <param name="weight">[out, in].</param>
        /// <param name="bias">[out], or <c>null</c>.</param>
        /// <param name="norm">A BatchNormalization of the input that the layer takes in.</param>
        public Dense(Weight weight, Weight? bias = null, Layerwise.BatchNorm? norm = null) : base(weight.Source, Load(weight), bias is null ? null : Load(bias))
        {
            if (norm is not null)
            {
                TakeIn(norm, inputAxis: 1, groups: 1, [1, weight.Shape[1]]);
            }
        }

        private Dense(Weights owner, Tensor weight, Tensor? bias) : base(owner, weight, bias)
        {
        }

        /// <inheritdoc/>
        public override void BackFlat(Buffer relevance, Buffer r, Stabilizer epsilon, Buffer? like = null)
        {
            using var scope = NewDisposeScope();
            var total = relevance.Value.sum(-1, keepdim: true);
            r.Set(total.div(epsilon.Of(CountInputs(r.Shape).expand(total.shape))).expand([.. total.shape[..^1], Weight.shape[1]]).contiguous());
        }

        internal override Tensor CountInputs(long[] shape) => tensor((float)Weight.shape[1], device: Weight.device);

        internal override Tensor? AlignedBias(int rank) => Bias;

        internal override Tensor Apply(Tensor x, Tensor? bias, float? ceiling)
        {
            return Limited(RowDots.Of(x, Weight, bias) ?? functional.linear(x, Weight, bias), ceiling);
        }

        internal override Tensor ApplyTransposed(Tensor s, long[] shape) => RowSums.Of(s, Weight) ?? s.matmul(Weight);

        internal override LinearLayer Beside(params ReadOnlySpan<LinearLayer> others) => new Dense(Owner, Own(Owner, cat([Weight, .. WeightsOf(others)], 1)), null);

        internal override Tensor Together(ReadOnlySpan<Tensor> inputs) => cat(inputs.ToArray(), -1);

        internal override Tensor[] ApplyTransposedBeside(Tensor s, long[] shape, int layers) => ApplyTransposed(s, shape).chunk(layers, -1);

        private protected override LinearLayer With(Tensor weight, Tensor? bias) => new Dense(Owner, weight, bias);
    }
}
