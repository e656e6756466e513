namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>
    /// The balance of one way back, read from its buffers in float64. Emitted code writes it a line a layer: what the layer takes and gives
    /// on, and each quotient s = r / stab(z) by which it shares out. As Σ s·stab(z) = Σ r, and Σ s·(z − b) is given on, the bias keeps Σ s·b and
    /// the stabilizer Σ s·(stab(z) − z).
    /// </summary>
    public sealed unsafe class Ledger : Runtime.Ledger
    {
        private readonly Frame _frame;
        private readonly Dictionary<(int Layer, int Input), List<(Buffer Relevance, Buffer? Factor)>> _given = [];

        internal Ledger(Frame frame, CancellationToken cancellationToken) : base(1, cancellationToken) => _frame = frame;

        /// <summary>Begins a layer.</summary>
        public Ledger Layer(int number)
        {
            Open(number);
            return this;
        }

        /// <summary>The relevance of an output of the layer: r, or c with what it is a factor of.</summary>
        public Ledger Takes(Buffer relevance, Buffer? factor = null)
        {
            Take([Sum(_frame.Taken(Number, relevance), factor)]);
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
            Give([Sum(relevance.Values, factor)]);
            return this;
        }

        /// <summary>A quotient s = r / stab(z), as often as it counts.</summary>
        public Ledger Divides(Buffer s, Buffer z, Stabilizer epsilon, LinearLayer? bias = null)
        {
            Divide(s, s.Rows(), z.Rows(), epsilon, bias, isQuotient: true);
            return this;
        }

        /// <summary>The quotients of <see cref="DivideGamma"/>.</summary>
        public Ledger DividesGamma(Buffer s, Buffer plus, Buffer z, Buffer p, float gamma, Stabilizer epsilon, LinearLayer? bias = null, LinearLayer? biasOfPositive = null, Buffer? sign = null)
        {
            var (ofStabilizer, ofBias, perImage) = (0.0, 0.0, s.Length / s.Images);
            var (above, below) = (s.Beside(0), s.Beside(1));
            var (ownAbove, ownBelow) = (epsilon, epsilon);
            for (var i = 0; i < s.Length; i++)
            {
                (ownAbove, ownBelow) = i % perImage == 0 ? (Elements.Fixed(epsilon, above.Rows() + i, perImage), Elements.Fixed(epsilon, below.Rows() + i, perImage)) : (ownAbove, ownBelow);
                var isBelow = (sign ?? z).Values[i] < 0;
                var denominator = z.Values[i] + (gamma * (isBelow ? (double)z.Values[i] - p.Values[i] : p.Values[i]));
                var quotient = s.Values[i] / (isBelow ? 1.0 + gamma : 1);
                ofStabilizer += quotient * ((isBelow ? ownBelow : ownAbove).Of(denominator) - denominator);
                ofBias += (bias is null ? 0 : (double)s.Values[i] * bias.BiasOf(i, s)) + (biasOfPositive is null ? 0 : (double)plus.Values[i] * biasOfPositive.BiasOf(i, s));
            }

            KeepForStabilizer([ofStabilizer]);
            KeepForBias([ofBias]);
            return this;
        }

        /// <summary>
        /// The quotients of <see cref="DivideAlphaBeta"/> by what is left of an output z without its positive contributions p. What they share out are the negative
        /// contributions themselves, computed here: how far the difference is from them counts with the stabilizer.
        /// </summary>
        public Ledger DividesByDifference(Buffer s, Buffer z, Buffer p, Action<Buffer, Buffer> negative, Buffer x, Stabilizer epsilon, LinearLayer? bias = null)
        {
            ArgumentNullException.ThrowIfNull(negative);
            var (rest, contributions) = (s.Beside(0), s.Beside(1));
            Elements.Run<Elements.Remainder>(z, p, rest);
            negative(x, contributions);
            var (ofStabilizer, ofBias, perImage, own) = (0.0, 0.0, s.Length / s.Images, epsilon);
            for (var i = 0; i < s.Length; i++)
            {
                own = i % perImage == 0 ? Elements.Fixed(epsilon, rest.Rows() + i, perImage) : own;
                ofStabilizer += s.Values[i] * (own.Of((double)rest.Values[i]) - contributions.Values[i]);
                ofBias += bias is null ? 0 : (double)s.Values[i] * bias.BiasOf(i, s);
            }

            KeepForStabilizer([ofStabilizer]);
            KeepForBias([ofBias]);
            return this;
        }

        /// <summary>A constant that is a term of the denominators, so many times.</summary>
        public Ledger Adds(Buffer s, Buffer constant, float times = 1)
        {
            var (total, map) = (0.0, Aligned(constant.Size, s.Size));
            for (var i = 0; i < s.Length; i++)
            {
                total += (double)s.Values[i] * constant.Values[map[i]] * times;
            }

            KeepForBias([total]);
            return this;
        }

        /// <summary>Relevance that no quotient shares out: where z is 0.</summary>
        public Ledger Drops(Buffer r, Buffer z)
        {
            var total = 0.0;
            for (var i = 0; i < r.Length; i++)
            {
                total += z.Values[i] == 0 ? r.Values[i] : 0;
            }

            KeepForStabilizer([total]);
            return this;
        }

        /// <summary>The Flat rule: denominators count the inputs of each window.</summary>
        public Ledger SharesFlat(Buffer r, Buffer x, LinearLayer layer, Stabilizer epsilon)
        {
            ArgumentNullException.ThrowIfNull(layer);
            fixed (float* counts = layer.CountInputs(x, r))
            {
                Divide(r, r.Rows(), counts, epsilon, null, isQuotient: false);
            }

            return this;
        }

        /// <summary>The WSquare rule: denominators are what the layer makes of inputs that are 1 everywhere.</summary>
        public Ledger SharesOfOnes(Buffer r, Buffer x, LinearLayer layer, Stabilizer epsilon)
        {
            ArgumentNullException.ThrowIfNull(layer);
            Divide(r, r.Rows(), layer.OfOnes(r, x).Rows(), epsilon, layer, isQuotient: false);
            return this;
        }

        /// <summary>What the layer does not give on falls on constants.</summary>
        public Ledger Rest()
        {
            KeepRest();
            return this;
        }

        /// <summary>What a layer gave to an input, by their numbers; <c>null</c> where it gave nothing.</summary>
        internal float[]? Given(int layer, int input)
        {
            if (!_given.TryGetValue((layer, input), out var given))
            {
                return null;
            }

            var sum = Product(given[0].Relevance.Values, given[0].Factor);
            foreach (var (relevance, factor) in given[1..])
            {
                var part = Product(relevance.Values, factor);
                for (var i = 0; i < sum.Length; i++)
                {
                    sum[i] += part[i];
                }
            }

            return sum;
        }

        /// <summary>The relevance of an input that a layer gave something to.</summary>
        internal Buffer InputOf(int layer, int input) => _given[(layer, input)][0].Relevance;

        /// <summary>A relevance multiplied out.</summary>
        internal static float[] Product(ReadOnlySpan<float> relevance, Buffer? factor)
        {
            var product = relevance.ToArray();
            for (var i = 0; factor is not null && i < product.Length; i++)
            {
                product[i] *= factor.Values[i];
            }

            return product;
        }

        /// <summary>Σ of a relevance.</summary>
        internal static double Sum(ReadOnlySpan<float> relevance, Buffer? factor)
        {
            var total = 0.0;
            for (var i = 0; i < relevance.Length; i++)
            {
                total += factor is null ? relevance[i] : (double)relevance[i] * factor.Values[i];
            }

            return total;
        }

        // Of quotients s, or of what they divide.
        private void Divide(Buffer shape, float* r, float* z, Stabilizer epsilon, LinearLayer? bias, bool isQuotient)
        {
            var (ofStabilizer, ofBias) = (0.0, 0.0);
            var perImage = shape.Length / shape.Images;
            var own = epsilon;
            for (var i = 0; i < shape.Length; i++)
            {
                own = i % perImage == 0 ? Elements.Fixed(epsilon, z + i, perImage) : own;
                var stabilized = own.Of((double)z[i]);
                var s = isQuotient ? r[i] : r[i] / stabilized;
                ofStabilizer += s * (stabilized - z[i]);
                ofBias += bias is null ? 0 : s * bias.BiasOf(i, shape);
            }

            KeepForStabilizer([ofStabilizer]);
            KeepForBias([ofBias]);
        }
    }
}
