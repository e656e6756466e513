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
        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                weights.Dispose();
            }
        }

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
