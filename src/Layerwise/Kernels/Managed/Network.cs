namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>
    /// A network whose kernels are these. Samples run one after the other, each through a frame that is used again: a call allocates nothing
    /// beyond its results. Safe to call from many threads, and the same to the last bit from call to call.
    /// </summary>
    /// <typeparam name="TFrame">The network's buffers.</typeparam>
    public abstract partial class Network<TFrame> : Runtime.Network
        where TFrame : Frame
    {
        // As many as can run at once; more are made and forgotten.
        private readonly TFrame?[] _frames = new TFrame?[Environment.ProcessorCount];
        private readonly Weights _weights;
        private int _disposed;

        /// <param name="weights">The weights; freed with the network.</param>
        /// <exception cref="ArgumentException">They were opened for another device than the CPU.</exception>
        protected Network(Weights weights)
        {
            ArgumentNullException.ThrowIfNull(weights);
            _weights = weights;
            weights.RequireCpu();
        }

        /// <summary>The frame of these buffers.</summary>
        protected abstract TFrame NewFrame(Buffers buffers);

        /// <summary>Inputs to logits.</summary>
        protected abstract void Forward(TFrame f);

        /// <summary>Logits to the model's own output, where that is something else.</summary>
        protected virtual void Head(TFrame f)
        {
        }

        /// <summary>Relevance of the logits to relevance of the inputs.</summary>
        protected virtual void Backward(TFrame f) => throw new NotSupportedException("The network was compiled to predict alone, and explains nothing.");

        /// <summary>Writes down what each layer takes, gives on and keeps.</summary>
        protected virtual void Account(TFrame f, Ledger ledger) => throw new NotSupportedException("A derivative shares nothing out, so that there is nothing to add up: conservation is of relevance.");

        /// <inheritdoc/>
        public override string Kernels => $"kernels in C#, {Lanes.Bits}-bit vectors";

        private protected override Evidence.AuditedExecution Execution
            => new(Backend.Managed, $"{Lanes.Bits}-bit vectors", "cpu", 1, "", System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription, System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier);

        private protected override IReadOnlyList<Evidence.AuditedFile> Files => _weights.Audit();

        /// <inheritdoc/>
        public override float[] Predict(ReadOnlySpan<float> input, CancellationToken cancellationToken)
        {
            var output = new float[Length(Outputs[0], Samples(input))];
            Predict(input, output, cancellationToken);
            return output;
        }

        /// <inheritdoc/>
        public override void Predict(ReadOnlySpan<float> input, Span<float> output, CancellationToken cancellationToken = default)
        {
            var samples = Samples(input);
            CheckRoom(output.Length, Outputs[0], samples, nameof(output));
            var frame = Rent(cancellationToken);
            try
            {
                for (var run = 0; run < Runs(samples); run++)
                {
                    Load(frame.Read[0], input, run);
                    Forward(frame);
                    Head(frame);
                    Take(frame.Written[0], output, run);
                }
            }
            finally
            {
                Return(frame);
            }
        }

        /// <inheritdoc/>
        public override Explanation Explain(ReadOnlySpan<float> input, Target target, ExplainOptions options)
        {
            ArgumentNullException.ThrowIfNull(options);
            return Explain([input.ToArray()], Samples(input), [new(target)], options)[0];
        }

        /// <inheritdoc/>
        public override void Explain(ReadOnlySpan<float> input, Target target, Span<float> relevance, Span<float> logits, InitialRelevance initial, CancellationToken cancellationToken = default)
        {
            var samples = CheckRoom(relevance, logits, input);
            Check(target, samples, initial);
            Runtime.Finite.Require(input, Inputs[0].Name, nameof(input));
            var frame = Rent(cancellationToken);
            try
            {
                for (var run = 0; run < Runs(samples); run++)
                {
                    Load(frame.Read[0], input, run);
                    Forward(frame);
                    for (var row = 0; row < frame.Logits.Images; row++)
                    {
                        Begin(frame, row, target.Of(run + row, RowOf(frame.Logits, row)), target.Against, initial);
                    }

                    if (!logits.IsEmpty)
                    {
                        Take(frame.Logits, logits, run);
                    }

                    Backward(frame);
                    TakeRelevance(frame, 0, relevance, run);
                }
            }
            finally
            {
                Return(frame);
            }
        }

        /// <inheritdoc/>
        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                _weights.Dispose();
            }
        }

        // Where inputs count no samples, one run is all of the batch.
        private int Runs(int samples)
        {
            for (var i = 0; i < Inputs.Count; i++)
            {
                if (Inputs[i].IsBatched)
                {
                    return samples;
                }
            }

            return 1;
        }

        private void Check(Target target, int samples, InitialRelevance initial)
        {
            if (initial is not (InitialRelevance.OneHot or InitialRelevance.Logit))
            {
                throw new ArgumentOutOfRangeException(nameof(initial), initial, "There is no such initial relevance.");
            }

            var rows = Logits.IsBatched ? samples : (int)Logits.Shape[0];
            target.Check(rows, Logits.IsBatched ? Logits.Size : Logits.Size / rows, Logits.Name, nameof(target));
        }

        private static int Length(Port port, int samples) => checked((int)(port.IsBatched ? samples * port.Size : port.Size));

        private static unsafe void Load(Buffer buffer, ReadOnlySpan<float> input, int run) => input.Slice(run * buffer.Length, buffer.Length).CopyTo(new(buffer.WriteRows(), buffer.Length));

        private static void Take(Buffer from, Span<float> to, int run) => from.Values.CopyTo(to[(run * from.Length)..]);

        private static void TakeRelevance(TFrame frame, int input, Span<float> to, int run)
        {
            if (frame.Returned[input] is { } returned)
            {
                Take(returned, to, run);
            }
            else
            {
                to.Slice(run * frame.Read[input].Length, frame.Read[input].Length).Clear();
            }
        }

        private static ReadOnlySpan<float> RowOf(Buffer logits, int row) => logits.Values.Slice(row * (logits.Length / logits.Images), logits.Length / logits.Images);

        /// <summary>Writes the relevance that a way back starts with, for one row of the logits.</summary>
        private static unsafe void Begin(TFrame frame, int row, int favoured, int? against, InitialRelevance initial)
        {
            var values = RowOf(frame.Logits, row);
            var start = frame.Start;
            var to = start.WriteRows();
            if (row == 0)
            {
                new Span<float>(to, start.Length).Clear();
            }

            to[(row * values.Length) + favoured] = initial == InitialRelevance.Logit ? values[favoured] : 1;
            if (against is { } other)
            {
                to[(row * values.Length) + other] = initial == InitialRelevance.Logit ? -values[other] : -1;
            }
        }

        /// <summary>A frame that no other call has, until <see cref="Return"/>.</summary>
        private TFrame Rent(CancellationToken cancellationToken)
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            TFrame? frame = null;
            for (var i = 0; i < _frames.Length && frame is null; i++)
            {
                frame = _frames[i] is null ? null : Interlocked.Exchange(ref _frames[i], null);
            }

            if (frame is null)
            {
                frame = NewFrame(new Buffers());
                frame.Bind();
            }

            frame.Watch(cancellationToken);
            return frame;
        }

        /// <summary>The call is over, wherever it ended.</summary>
        private void Return(TFrame frame)
        {
            frame.End();
            for (var i = 0; i < _frames.Length; i++)
            {
                if (_frames[i] is null && Interlocked.CompareExchange(ref _frames[i], frame, null) is null)
                {
                    return;
                }
            }
        }
    }
}
