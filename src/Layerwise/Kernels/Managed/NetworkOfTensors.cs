using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Managed
{
    // Tensors in, tensors out.
    public abstract unsafe partial class Network<TFrame>
    {
        /// <inheritdoc/>
        public override Tensor Predict(params ReadOnlySpan<Tensor> inputs) => PredictAll(inputs)[0];

        /// <inheritdoc/>
        public override Tensor PredictLogits(params ReadOnlySpan<Tensor> inputs)
        {
            var (values, batch) = Values(inputs);
            var logits = new float[Length(Logits, batch)];
            Each(values, batch, (f, i) => f.Logits.Values.CopyTo(logits.AsSpan(i * f.Logits.Length)));
            return ToTensor(logits, Logits, batch);
        }

        /// <inheritdoc/>
        public override Tensor[] PredictAll(params ReadOnlySpan<Tensor> inputs)
        {
            var (values, batch) = Values(inputs);
            float[][] outputs = [.. Outputs.Select(o => new float[Length(o, batch)])];
            Each(values, batch, (f, i) =>
            {
                Head(f);
                for (var o = 0; o < outputs.Length; o++)
                {
                    f.Written[o].Values.CopyTo(outputs[o].AsSpan(Outputs[o].IsBatched ? i * f.Written[o].Length : 0));
                }
            });
            return [.. outputs.Select((o, i) => ToTensor(o, Outputs[i], batch))];
        }

        /// <inheritdoc/>
        public override Explanation Explain(ReadOnlySpan<Tensor> inputs, Target target, InitialRelevance initial) => ExplainEach(inputs, [target], initial)[0];

        /// <inheritdoc/>
        public override IReadOnlyList<Explanation> ExplainEach(ReadOnlySpan<Tensor> inputs, IReadOnlyList<Target> targets, InitialRelevance initial)
        {
            ArgumentNullException.ThrowIfNull(targets);
            if (targets.Count == 0)
            {
                throw new ArgumentException("There is no target: give at least one.", nameof(targets));
            }

            if (!Enum.IsDefined(initial))
            {
                throw new ArgumentOutOfRangeException(nameof(initial), initial, "There is no such initial relevance.");
            }

            using var logits = PredictLogits(inputs);
            if (logits.numel() == 0)
            {
                throw new ArgumentException("The inputs hold no sample: there is nothing to explain.", nameof(inputs));
            }

            var explanations = new List<Explanation>();
            foreach (var target in targets)
            {
                var classes = Target.Resolve(target, logits, Logits.Name);
                explanations.Add(Explain(inputs, (f, i) =>
                {
                    for (var row = 0; row < f.Logits.Images; row++)
                    {
                        Begin(f.Logits, f.Start, row, classes[i + row], target.Against, initial);
                    }
                }, classes, target.Against));
            }

            return explanations;
        }

        /// <inheritdoc/>
        public override Explanation Explain(ReadOnlySpan<Tensor> inputs, Tensor start)
        {
            ArgumentNullException.ThrowIfNull(start);
            using var logits = PredictLogits(inputs);
            if (!start.shape.AsSpan().SequenceEqual(logits.shape))
            {
                throw new ArgumentException($"The initial relevance has the shape [{string.Join(", ", start.shape)}]; it should be [{string.Join(", ", logits.shape)}].", nameof(start));
            }

            using var detached = start.detach();
            using var moved = detached.to(ScalarType.Float32, CPU);
            using var host = moved.contiguous();
            var values = host.data<float>().ToArray();
            return Explain(inputs, (f, i) => values.AsSpan(i * f.Logits.Length, f.Logits.Length).CopyTo(new(f.Start.WriteRows(), f.Start.Length)), Target.Resolve(Target.Top, logits, Logits.Name), null);
        }

        private Explanation Explain(ReadOnlySpan<Tensor> inputs, Action<TFrame, int> begin, int[] classes, int? against)
        {
            var (values, batch) = Values(inputs);
            var (logits, output) = (new float[Length(Logits, batch)], new float[Length(Outputs[0], batch)]);
            float[][] relevances = [.. Inputs.Select(i => new float[Length(i, batch)])];
            Each(values, batch, (f, i) =>
            {
                Head(f);
                begin(f, i);
                Backward(f);
                f.Logits.Values.CopyTo(logits.AsSpan(i * f.Logits.Length));
                f.Written[0].Values.CopyTo(output.AsSpan(i * f.Written[0].Length));
                for (var r = 0; r < relevances.Length; r++)
                {
                    f.Returned[r]?.Values.CopyTo(relevances[r].AsSpan(i * f.Returned[r]!.Length));
                }
            });
            return new Explanation(ToTensor(logits, Logits, batch), ToTensor(output, Outputs[0], batch), classes, against, [.. relevances.Select((r, i) => ToTensor(r, Inputs[i], batch))]);
        }

        private void Each(float[][] inputs, int batch, Action<TFrame, int> run)
        {
            var frame = Rent();
            for (var i = 0; i < (Inputs.Any(p => p.IsBatched) ? batch : 1); i++)
            {
                for (var input = 0; input < inputs.Length; input++)
                {
                    var buffer = frame.Read[input];
                    inputs[input].AsSpan(Inputs[input].IsBatched ? i * buffer.Length : 0, buffer.Length).CopyTo(new(buffer.WriteRows(), buffer.Length));
                }

                Forward(frame);
                run(frame, i);
            }

            Return(frame);
        }

        private (float[][] Values, int Batch) Values(ReadOnlySpan<Tensor> inputs)
        {
            var batch = checked((int)Runtime.TensorInputs.Fit(inputs, Inputs));
            var values = new float[inputs.Length][];
            for (var i = 0; i < inputs.Length; i++)
            {
                using var detached = inputs[i].detach();
                using var moved = detached.to(ScalarType.Float32, CPU);
                using var host = moved.contiguous();
                values[i] = host.data<float>().ToArray();
            }

            return (values, batch);
        }

        private static int Length(Port port, int batch) => checked((int)(port.IsBatched ? batch * port.Size : port.Size));

        private static Tensor ToTensor(float[] values, Port port, int batch) => tensor(values, port.IsBatched ? [batch, .. port.Sample] : [.. port.Shape], ScalarType.Float32);
    }
}
