using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>
    /// Two linear layers, one for the half max(0, x) of an input and one for the half min(0, x), as one layer with twice the inputs.
    /// The bias is the first one's.
    /// </summary>
    public sealed class Halves
    {
        private readonly LinearLayer _both;

        /// <param name="first">Of max(0, x).</param>
        /// <param name="second">Of min(0, x).</param>
        public Halves(LinearLayer first, LinearLayer second)
        {
            ArgumentNullException.ThrowIfNull(first);
            _both = first.Beside(second).WithBiasOf(first);
        }

        /// <summary>z = first(x⁺) + second(x⁻).</summary>
        public void Linear(Buffer x, Buffer z)
        {
            if (z.Stands)
            {
                return;
            }

            using var scope = NewDisposeScope();
            z.Set(ChannelHalves.Linear(_both, x.Value) ?? _both.Apply(_both.Together([x.Value.clamp_min(0), x.Value.clamp_max(0)]), _both.Bias));
        }

        /// <summary>r = x⁺ ⊙ firstᵀs + x⁻ ⊙ secondᵀs.</summary>
        public void Back(Buffer s, Buffer x, Buffer r)
        {
            using var scope = NewDisposeScope();
            if (ChannelHalves.Back(_both, s.Value, x.Value) is { } relevance)
            {
                r.Set(relevance);
                return;
            }

            var parts = _both.ApplyTransposedBeside(s.Value, x.Value.shape, 2);
            r.Set(where(x.Value.lt(0), parts[1], parts[0]).mul_(x.Value));
        }
    }
}
