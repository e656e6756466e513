using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>
    /// The balance of one way back, read from its buffers in float64. Emitted code writes it a line a layer: what the layer takes and gives
    /// on, and each quotient s = r / stab(z) by which it shares out. As Σ s·stab(z) = Σ r, and Σ s·(z − b) is given on, the bias keeps Σ s·b and
    /// the stabilizer Σ s·(stab(z) − z).
    /// </summary>
    public sealed class Ledger : Runtime.Ledger
    {
        private readonly Frame _frame;
        private readonly Dictionary<(int Layer, int Input), List<(Buffer Relevance, Buffer? Factor)>> _given = [];

        internal Ledger(Frame frame, int samples, CancellationToken cancellationToken) : base(samples, cancellationToken) => _frame = frame;

        /// <summary>Begins a layer.</summary>
        public Ledger Layer(int number)
        {
            Open(number);
            return this;
        }

        /// <summary>The relevance of an output of the layer: r, or c with what it is a factor of.</summary>
        public Ledger Takes(Buffer relevance, Buffer? factor = null)
        {
            Take(Sum(_frame.Taken(Number, relevance), relevance, factor));
            return this;
        }

        /// <summary>The relevance of an input of the layer: r, or c with what it is a factor of.</summary>
        public Ledger Gives(Buffer relevance, Buffer? factor = null, int input = 0)
        {
            if (!_given.TryGetValue((Number, input), out var given))
            {
                _given[(Number, input)] = given = [];
            }

            given.Add((relevance, factor));
            Give(Sum(relevance.Value, relevance, factor));
            return this;
        }

        /// <summary>A quotient s = r / stab(z), which counts so many times.</summary>
        public Ledger Divides(Buffer s, Buffer z, Stabilizer epsilon, LinearLayer? bias = null, float times = 1)
        {
            using var scope = NewDisposeScope();
            var (quotient, denominator) = (Wide(s.Value).mul(times), Wide(z.Value));
            KeepForStabilizer(PerSample(epsilon.Of(denominator).sub_(denominator).mul_(quotient), s));
            if (bias?.AlignedBias((int)quotient.dim()) is { } addend)
            {
                KeepForBias(PerSample(quotient.mul(Wide(addend)), s));
            }

            return this;
        }

        /// <summary>The quotients of <see cref="DivideGamma"/>.</summary>
        public Ledger DividesGamma(Buffer s, Buffer plus, Buffer z, Buffer p, float gamma, Stabilizer epsilon, LinearLayer? bias = null, LinearLayer? biasOfPositive = null, Buffer? sign = null)
        {
            using var scope = NewDisposeScope();
            var (all, positive) = (Wide(z.Value), Wide(p.Value));
            var below = (sign ?? z).Value.lt(0);
            var denominator = all.add(where(below, all.sub(positive), positive), gamma);
            var quotient = where(below, Wide(s.Value).div(1 + gamma), Wide(s.Value));
            KeepForStabilizer(PerSample(epsilon.Of(denominator).sub_(denominator).mul_(quotient), s));
            foreach (var (share, layer) in new[] { (s, bias), (plus, biasOfPositive) })
            {
                if (layer?.AlignedBias((int)quotient.dim()) is { } addend)
                {
                    KeepForBias(PerSample(Wide(share.Value).mul(Wide(addend)), share));
                }
            }

            return this;
        }

        /// <summary>
        /// The quotients of <see cref="DivideAlphaBeta"/> by what is left of an output z without its positive contributions p. What they share out are the negative
        /// contributions themselves, computed here: how far the difference is from them counts with the stabilizer.
        /// </summary>
        public Ledger DividesByDifference(Buffer s, Buffer z, Buffer p, Action<Buffer, Buffer> negative, Buffer x, Stabilizer epsilon, LinearLayer? bias = null)
        {
            ArgumentNullException.ThrowIfNull(negative);
            using var scope = NewDisposeScope();
            var contributions = new Buffer([.. s.Dims]);
            negative(x, contributions);
            var quotient = Wide(s.Value);
            KeepForStabilizer(PerSample(epsilon.Of(Wide(RemainderOf(z.Value, p.Value))).sub_(Wide(contributions.Value)).mul_(quotient), s));
            contributions.Free();
            if (bias?.AlignedBias((int)quotient.dim()) is { } addend)
            {
                KeepForBias(PerSample(quotient.mul(Wide(addend)), s));
            }

            return this;
        }

        /// <summary>A constant that is a term of the denominators, so many times.</summary>
        public Ledger Adds(Buffer s, Buffer constant, float times = 1)
        {
            using var scope = NewDisposeScope();
            KeepForBias(PerSample(Wide(s.Value).mul(Wide(constant.Value)).mul_(times), s));
            return this;
        }

        /// <summary>Relevance that no quotient shares out: where z is 0.</summary>
        public Ledger Drops(Buffer r, Buffer z)
        {
            using var scope = NewDisposeScope();
            KeepForStabilizer(PerSample(Wide(r.Value).mul(z.Value.eq(0)), r));
            return this;
        }

        /// <summary>The Flat rule: denominators count the inputs of each window.</summary>
        public Ledger SharesFlat(Buffer r, Buffer x, LinearLayer layer, Stabilizer epsilon)
        {
            using var scope = NewDisposeScope();
            var count = Wide(layer.CountInputs(x.Shape));
            var stabilized = epsilon.Of(count);
            KeepForStabilizer(PerSample(Wide(r.Value).mul(stabilized.sub(count).div_(stabilized)), r));
            return this;
        }

        /// <summary>The WSquare rule: denominators are what the layer makes of inputs that are 1 everywhere.</summary>
        public Ledger SharesOfOnes(Buffer r, Buffer x, LinearLayer layer, Stabilizer epsilon)
        {
            using var scope = NewDisposeScope();
            var z = Wide(layer.Apply(ones(x.Shape, device: r.Value.device), layer.Bias));
            var s = Wide(r.Value).div(epsilon.Of(z));
            KeepForStabilizer(PerSample(epsilon.Of(z).sub_(z).mul_(s), r));
            if (layer.AlignedBias((int)s.dim()) is { } addend)
            {
                KeepForBias(PerSample(s.mul(Wide(addend)), r));
            }

            return this;
        }

        /// <summary>What the layer does not give on falls on constants.</summary>
        public Ledger Rest()
        {
            KeepRest();
            return this;
        }

        /// <summary>What a layer gave to an input, by their numbers; <c>null</c> where it gave nothing. The caller's to dispose.</summary>
        internal Tensor? Given(int layer, int input)
        {
            if (!_given.TryGetValue((layer, input), out var given))
            {
                return null;
            }

            var sum = Product(given[0].Relevance.Value, given[0].Factor);
            foreach (var (relevance, factor) in given[1..])
            {
                using var part = Product(relevance.Value, factor);
                sum.add_(part);
            }

            return sum;
        }

        /// <summary>A relevance multiplied out, as a copy.</summary>
        internal static Tensor Product(Tensor relevance, Buffer? factor)
            => (factor is null ? relevance.clone() : relevance.mul(factor.Value)).DetachFromDisposeScope();

        /// <summary>Σ of a relevance, sample by sample.</summary>
        internal double[] Sum(Tensor relevance, Buffer shape, Buffer? factor = null)
        {
            using var scope = NewDisposeScope();
            var wide = Wide(relevance);
            return PerSample(factor is null ? wide : wide.mul(Wide(factor.Value)), shape);
        }

        private double[] PerSample(Tensor values, Buffer shape)
        {
            var axis = Samples == 1 ? -1 : shape.Dims.ToList().FindIndex(dim => dim < 0 && dim != Any);
            using var scope = NewDisposeScope();
            var sums = axis < 0 ? values.sum().reshape(1) : values.movedim([axis], [0]).reshape(Samples, -1).sum(1);
            return [.. sums.cpu().data<double>()];
        }

        private static Tensor Wide(Tensor values) => values.to(ScalarType.Float64);
    }
}
