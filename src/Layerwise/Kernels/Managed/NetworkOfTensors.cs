using Layerwise.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Managed
{
    // Tensors in, tensors out.
    public abstract partial class Network<TFrame>
    {
        /// <inheritdoc/>
        public override Tensor Predict(ReadOnlySpan<Tensor> inputs, CancellationToken cancellationToken)
        {
            var outputs = PredictAll(inputs, cancellationToken);
            foreach (var output in outputs.Skip(1))
            {
                output.Dispose();
            }

            return outputs[0];
        }

        /// <inheritdoc/>
        public override Tensor PredictLogits(ReadOnlySpan<Tensor> inputs, CancellationToken cancellationToken)
        {
            var (values, samples) = Values(inputs);
            return Run(values, samples, [Logits], static (frame, _) => frame.Logits, cancellationToken)[0];
        }

        /// <inheritdoc/>
        public override Tensor[] PredictAll(ReadOnlySpan<Tensor> inputs, CancellationToken cancellationToken)
        {
            var (values, samples) = Values(inputs);
            return Run(values, samples, Outputs, static (frame, output) => frame.Written[output], cancellationToken);
        }

        /// <inheritdoc/>
        public override Explanation Explain(ReadOnlySpan<Tensor> inputs, Target target, ExplainOptions options) => ExplainEach(inputs, [target], options)[0];

        /// <inheritdoc/>
        public override IReadOnlyList<Explanation> ExplainEach(ReadOnlySpan<Tensor> inputs, IReadOnlyList<Target> targets, ExplainOptions options)
        {
            ArgumentNullException.ThrowIfNull(targets);
            ArgumentNullException.ThrowIfNull(options);
            if (targets.Count == 0)
            {
                throw new ArgumentException("There is no target: give at least one.", nameof(targets));
            }

            if (options.From is not null)
            {
                throw new ArgumentException("A target's relevance starts at the logits: From goes with a relevance that is given as a tensor.", nameof(options));
            }

            var (values, samples) = Values(inputs);
            return Explain(values, samples, [.. targets.Select(target => new Beginning(target))], options);
        }

        /// <inheritdoc/>
        public override Explanation Propagate(ReadOnlySpan<Tensor> inputs, Tensor relevance, ExplainOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(relevance);
            options ??= ExplainOptions.Default;
            var (values, samples) = Values(inputs);
            var wanted = options.From is null ? ShapeOf(Logits, samples) : ShapeOf(options.From, samples);
            var given = Values(relevance);
            Finite.Require<float>(given, nameof(relevance), nameof(relevance));
            return relevance.shape.AsSpan().SequenceEqual(wanted)
                ? Explain(values, samples, [new Beginning(Target.Top, given) { Given = options.Audit is null ? null : Evidence.Digest.Of(given, wanted) }], options)[0]
                : throw Runtime.TensorInputs.OtherRelevance(relevance.shape, wanted, nameof(relevance));
        }

        private long[] ShapeOf(Layer layer, int samples)
        {
            var frame = Rent(CancellationToken.None);
            var dims = frame.Layers[IndexOf(Layers, layer, nameof(ExplainOptions.From))].Value.Dims;
            Return(frame);
            return [.. dims.Select(dim => dim < 0 ? -dim * samples : dim)];
        }

        private Tensor[] Run(float[][] inputs, int samples, IReadOnlyList<Port> ports, Func<TFrame, int, Buffer> buffer, CancellationToken cancellationToken)
        {
            var (frame, runs) = (Rent(cancellationToken), Runs(samples));
            float[][] results = [.. ports.Select(port => new float[Length(port, samples)])];
            try
            {
                for (var run = 0; run < runs; run++)
                {
                    Forward(frame, inputs, run);
                    for (var i = 0; i < results.Length; i++)
                    {
                        Take(buffer(frame, i), results[i], ports[i].IsBatched ? run : 0);
                    }
                }
            }
            finally
            {
                Return(frame);
            }

            return [.. results.Select((values, i) => tensor(values, ShapeOf(ports[i], samples), ScalarType.Float32))];
        }

        private (float[][] Values, int Samples) Values(ReadOnlySpan<Tensor> inputs)
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            var samples = checked((int)TensorInputs.Fit(inputs, Inputs));
            var values = new float[inputs.Length][];
            for (var i = 0; i < inputs.Length; i++)
            {
                values[i] = Values(inputs[i]);
            }

            return (values, samples);
        }

        private static float[] Values(Tensor tensor)
        {
            using var detached = tensor.detach();
            using var moved = detached.to(ScalarType.Float32, CPU);
            using var host = moved.contiguous();
            return TensorMemory.Span(host).ToArray();
        }
    }
}
