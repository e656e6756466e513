using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>What keeps a denominator from 0: z + ε·sign(z) with sign(0) = +1, unless it says otherwise.</summary>
    public readonly record struct Stabilizer
    {
        private readonly float _epsilon;
        private readonly bool _clip, _normScale, _signed;

        /// <param name="epsilon">ε.</param>
        /// <param name="clip">Whether it is sign(z)·max(|z|, ε).</param>
        /// <param name="normScale">Whether ε is a multiple of the root of the mean square of a sample.</param>
        /// <param name="signed">Whether ε has the sign of z; otherwise it is z + ε.</param>
        public Stabilizer(float epsilon, bool clip = false, bool normScale = false, bool signed = true)
            => (_epsilon, _clip, _normScale, _signed) = (epsilon, clip, normScale, signed);

        /// <summary>A number is ε, in its usual form.</summary>
        public static implicit operator Stabilizer(float epsilon) => new(epsilon);

        /// <summary>As the conversion from <see cref="float"/>.</summary>
        public static Stabilizer FromSingle(float epsilon) => new(epsilon);

        /// <summary>ε, where this is z + ε·sign(z); <c>null</c> where it is another form.</summary>
        internal float? Plain => _signed && !_clip && !_normScale ? _epsilon : null;

        /// <summary>The same for a z that is never negative.</summary>
        internal Stabilizer Unsigned => new(_epsilon, _clip, _normScale, signed: false);

        /// <summary>The stabilized denominator; the caller's to dispose.</summary>
        internal Tensor Of(Tensor z)
        {
            using var scope = NewDisposeScope();
            var epsilon = _normScale
                ? z.square().mean([.. Enumerable.Range(1, (int)z.dim() - 1).Select(axis => (long)axis)], keepdim: true).sqrt().mul(_epsilon)
                : tensor(_epsilon, device: z.device);
            if (!_signed)
            {
                return (_clip ? maximum(z, epsilon) : z.add(epsilon)).MoveToOuterDisposeScope();
            }

            var negative = z.lt(0);
            return (_clip
                ? where(negative, minimum(z, epsilon.neg()), maximum(z, epsilon))
                : where(negative, z.sub(epsilon), z.add(epsilon))).MoveToOuterDisposeScope();
        }
    }
}
