namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>A dense layer over the last axis, with its backward towards the input. Weights are laid out by inputs to run forward and by outputs to run back.</summary>
    public sealed unsafe class Dense : LinearLayer
    {
        private readonly int _in, _out;
        private Memory? _byInput, _byOutput, _bias;

        /// <param name="weight">[out, in].</param>
        /// <param name="bias">[out], or <c>null</c>.</param>
        /// <param name="norm">A BatchNormalization of the input that the layer takes in.</param>
        public Dense(Weight weight, Weight? bias = null, Layerwise.BatchNorm? norm = null)
            : this(Load(weight), bias is null ? null : Load(bias), (int)weight.Shape[1], (int)weight.Shape[0])
        {
            if (norm is not null)
            {
                var shift = Load(norm.Shift);
                float[] ofShift = [.. Enumerable.Range(0, _out).Select(o => (float)Enumerable.Range(0, _in).Aggregate(Bias is null ? 0.0 : Bias[o], (sum, i) => sum + ((double)Weight[(o * _in) + i] * shift[i])))];
                TakeIn(Load(norm.Scale), i => i % _in, ofShift);
            }
        }

        private Dense(float[] weight, float[]? bias, int inputs, int outputs) : base(weight, bias) => (_in, _out) = (inputs, outputs);

        /// <inheritdoc/>
        public override void BackFlat(Buffer relevance, Buffer r, Stabilizer epsilon)
        {
            float* from = relevance.Rows(), to = r.WriteRows();
            var denominator = Elements.Fixed(epsilon, _in).Of(_in);
            for (var row = 0; row < relevance.Length / _out; row++)
            {
                var total = 0f;
                for (var o = 0; o < _out; o++)
                {
                    total += from[(row * _out) + o];
                }

                new Span<float>(to + (row * _in), _in).Fill(total / denominator);
            }
        }

        internal override float[] CountInputs(Buffer input, Buffer output) => [.. Enumerable.Repeat((float)_in, output.Length)];

        internal override float BiasOf(int element, Buffer output) => Bias is null ? 0 : Bias[element % _out];

        internal override void Apply(Buffer x, Buffer y, Addend addend, bool relu = false)
        {
            var weights = _byInput ??= Filled(_in, _out, (i, o) => Weight[(o * _in) + i]);
            var bias = Bias is null ? null : _bias ??= Memory.Of(Bias);
            var start = addend == Addend.Bias && bias is not null ? bias.Start : null;
            Multiply(x, _in, weights.Start, _out, y, start, addend == Addend.Result, relu);
        }

        internal override void ApplyTransposed(Buffer s, Buffer x)
            => Multiply(s, _out, (_byOutput ??= Filled(_out, _in, (o, i) => Weight[(o * _in) + i])).Start, _in, x, null, onto: false, relu: false);

        private protected override LinearLayer With(float[] weight, float[]? bias) => new Dense(weight, bias, _in, _out);

        private static Memory Filled(int rows, int columns, Func<int, int, float> element)
        {
            var length = Lanes.Fill(columns, Lanes.For(columns));
            var memory = new Memory(checked(rows * length));
            for (var row = 0; row < rows; row++)
            {
                for (var column = 0; column < columns; column++)
                {
                    memory.Start[(row * length) + column] = element(row, column);
                }
            }

            return memory;
        }

        // Where the vectors of a row stand that lie side by side.
        private static int[] InTurn(int length, int lanes)
        {
            var known = Offsets[lanes / 8];
            return known.Length * lanes >= length ? known : Offsets[lanes / 8] = Multiples(lanes, length / lanes);
        }

        private static int[] Multiples(int of, int count) => [.. Enumerable.Range(0, count).Select(i => i * of)];

        // For 4, 8 and 16 lanes; as long as the longest row that was met.
        private static readonly int[][] Offsets = [[], [], []];

        // Each row of x times a matrix. A row's last vector reaches into the next one, which is written after it.
        private static void Multiply(Buffer x, int inputs, float* matrix, int outputs, Buffer y, float* start, bool onto, bool relu)
        {
            var lanes = Lanes.For(outputs);
            var length = Lanes.Fill(outputs, lanes);
            float* from = x.Rows(), sums = onto ? y.Rows() : null, to = y.WriteRows();
            var factors = y.Scratch((2 * inputs) + length + (2 * Lanes.Most));
            var places = (int*)(factors + inputs + 1);
            var row = (float*)(places + inputs + 1);
            fixed (int* offsets = InTurn(length, lanes))
            {
                for (var i = 0; i < x.Length / inputs; i++)
                {
                    var count = Rows.Compact(from + (i * inputs), inputs, factors, places);
                    float* begin = onto ? row : start, result = onto ? row : to + (i * outputs);
                    if (onto)
                    {
                        new ReadOnlySpan<float>(sums + (i * outputs), outputs).CopyTo(new(row, outputs));
                    }

                    switch (lanes)
                    {
                        case 16:
                            Rows.Sum<Lanes16, System.Runtime.Intrinsics.Vector512<float>>(factors, places, count, matrix, length, offsets, begin, result, relu);
                            break;
                        case 8:
                            Rows.Sum<Lanes8, System.Runtime.Intrinsics.Vector256<float>>(factors, places, count, matrix, length, offsets, begin, result, relu);
                            break;
                        default:
                            Rows.Sum<Lanes4, System.Runtime.Intrinsics.Vector128<float>>(factors, places, count, matrix, length, offsets, begin, result, relu);
                            break;
                    }

                    if (onto)
                    {
                        new ReadOnlySpan<float>(row, outputs).CopyTo(new(to + (i * outputs), outputs));
                    }
                }
            }
        }
    }
}
