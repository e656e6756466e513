namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>
    /// A network whose kernels are these. Samples run one after the other, each through a frame that is used again: a call allocates nothing
    /// beyond its results. Safe to call from many threads.
    /// </summary>
    /// <typeparam name="TFrame">The network's buffers.</typeparam>
    /// <param name="weights">The weights; freed with the network.</param>
    public abstract partial class Network<TFrame>(Weights weights) : Runtime.Network
        where TFrame : Frame, new()
    {
        // As many as can run at once; more are made and forgotten.
        private readonly TFrame?[] _frames = new TFrame?[Environment.ProcessorCount];
        private int _disposed;

        /// <summary>Inputs to logits.</summary>
        protected abstract void Forward(TFrame f);

        /// <summary>Logits to the model's own output, where that is something else.</summary>
        protected virtual void Head(TFrame f)
        {
        }

        /// <summary>Relevance of the logits to relevance of the inputs.</summary>
        protected virtual void Backward(TFrame f) => throw new NotSupportedException("The network was compiled to predict alone, and explains nothing.");

        /// <inheritdoc/>
        public override void Predict(ReadOnlySpan<float> input, Span<float> output)
        {
            var samples = Samples(input);
            CheckRoom(output.Length, Outputs[0], samples, nameof(output));
            var frame = Rent();
            for (var run = 0; run < (Inputs[0].IsBatched ? samples : 1); run++)
            {
                Load(frame, input, run);
                Forward(frame);
                Head(frame);
                Take(frame.Written[0], output, run);
            }

            Return(frame);
        }

        /// <inheritdoc/>
        public override void Explain(ReadOnlySpan<float> input, Target target, Span<float> relevance, Span<float> logits, InitialRelevance initial)
        {
            var samples = CheckRoom(relevance, logits, input);
            var width = Logits.Size / (Logits.IsBatched ? 1 : Logits.Shape[0]);
            target.Check(Logits.IsBatched ? samples : (int)Logits.Shape[0], width, Logits.Name, nameof(target));
            var frame = Rent();
            for (var run = 0; run < (Inputs[0].IsBatched ? samples : 1); run++)
            {
                Load(frame, input, run);
                Forward(frame);
                var values = frame.Logits.Values;
                for (var row = 0; row < frame.Logits.Images; row++)
                {
                    Begin(frame.Logits, frame.Start, row, target.Of(run + row, values.Slice((int)(row * width), (int)width)), target.Against, initial);
                }

                if (!logits.IsEmpty)
                {
                    Take(frame.Logits, logits, run);
                }

                Backward(frame);
                if (frame.Returned[0] is { } returned)
                {
                    Take(returned, relevance, run);
                }
                else
                {
                    relevance.Slice(run * frame.Read[0].Length, frame.Read[0].Length).Clear();
                }
            }

            Return(frame);
        }

        /// <inheritdoc/>
        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                weights.Dispose();
            }
        }

        private static unsafe void Load(TFrame frame, ReadOnlySpan<float> input, int run)
        {
            var buffer = frame.Read[0];
            input.Slice(run * buffer.Length, buffer.Length).CopyTo(new(buffer.WriteRows(), buffer.Length));
        }

        private static void Take(Buffer from, Span<float> to, int run) => from.Values.CopyTo(to[(run * from.Length)..]);

        /// <summary>Writes the relevance that a way back starts with, for one sample of the logits.</summary>
        private static unsafe void Begin(Buffer logits, Buffer start, int row, int favoured, int? against, InitialRelevance initial)
        {
            var width = logits.Length / logits.Images;
            var values = logits.Rows() + (row * width);
            var to = start.WriteRows();
            if (row == 0)
            {
                new Span<float>(to, start.Length).Clear();
            }

            to[(row * width) + favoured] = initial == InitialRelevance.Logit ? values[favoured] : 1;
            if (against is { } other)
            {
                to[(row * width) + other] = initial == InitialRelevance.Logit ? -values[other] : -1;
            }
        }

        private TFrame Rent()
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            for (var i = 0; i < _frames.Length; i++)
            {
                if (_frames[i] is not null && Interlocked.Exchange(ref _frames[i], null) is { } frame)
                {
                    return frame;
                }
            }

            var made = new TFrame();
            made.Bind();
            return made;
        }

        private void Return(TFrame frame)
        {
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
