namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>What a call changes on the way back: relevance that starts inside, and conditions that let only some of it pass.</summary>
    internal sealed class Interventions(Frame frame, IReadOnlyList<Layer> layers)
    {
        private readonly LayerBuffers[] _buffers = frame.Layers;
        private readonly Dictionary<int, float[]> _masks = [];
        private readonly Dictionary<int, (float[] Came, float[] Taken)> _changes = [];
        private (int Layer, float[] Relevance)? _start;
        private (Buffer Buffer, float[] Values)? _replaced;
        private Buffer? _awaited;

        /// <summary>Lets some channels of a layer pass.</summary>
        /// <exception cref="LayerException">It is no layer of the network that can be asked, or has no such channels.</exception>
        public void Add(Condition condition)
        {
            var (index, buffers) = Find(condition.Layer, nameof(ExplainOptions.Conditions));
            var size = buffers.Value.Size;
            var axis = condition.Axis < 0 ? condition.Axis + size.Length : condition.Axis;
            if (axis < 1 || axis >= size.Length)
            {
                throw Runtime.LayerRefusal.NoAxis(condition, size.Length - 1);
            }

            if (condition.Channels.FirstOrDefault(c => c >= size[axis], -1) is >= 0 and var unknown)
            {
                throw Runtime.LayerRefusal.NoChannel(condition, unknown, size[axis]);
            }

            var inner = size[(axis + 1)..].Aggregate(1, (a, b) => a * b);
            var mask = _masks.TryGetValue(index, out var before) ? before : _masks[index] = [.. Enumerable.Repeat(1f, buffers.Value.Length)];
            for (var i = 0; i < mask.Length; i++)
            {
                mask[i] = condition.Channels.Contains(i / inner % size[axis]) ? mask[i] : 0;
            }
        }

        /// <summary>Starts at a layer with a relevance of one sample, which the forward pass has reached.</summary>
        /// <exception cref="LayerException">It is no layer of the network that can be asked, or no relevance can stand there.</exception>
        public void StartAt(Layer layer, ReadOnlySpan<float> relevance)
        {
            var (index, buffers) = Find(layer, nameof(ExplainOptions.From));
            var r = relevance.ToArray();
            if (buffers.ZeroWith is { } zero)
            {
                // R = h ⊙ c: where h is 0 so is R, and any c will do.
                var lost = 0;
                for (var i = 0; i < r.Length; i++)
                {
                    var h = zero.Values[i];
                    lost += h == 0 && r[i] != 0 ? 1 : 0;
                    r[i] /= h == 0 || buffers.Factor is null ? 1 : h;
                }

                if (lost > 0)
                {
                    throw Runtime.LayerRefusal.NotZero(layer, lost);
                }
            }

            _start = (index, r);
        }

        /// <summary>A way back begins: no relevance has come to a layer yet.</summary>
        public void Begin()
        {
            _changes.Clear();
            foreach (var index in _masks.Keys.Concat(_start is { } start ? [start.Layer] : []))
            {
                _buffers[index].Relevance!.Clear();
            }
        }

        /// <summary>A layer's block begins: what it takes is what it is asked to take.</summary>
        public void At(int number)
        {
            Restore();
            var (index, buffer) = (number - 1, _buffers[number - 1].Relevance);
            if (buffer is null || !(_start?.Layer == index || _masks.ContainsKey(index)))
            {
                return;
            }

            // Where several layers read the output, their shares are summed up in the block itself.
            if (buffer.IsEmpty)
            {
                buffer.Arriving = () => Change(number, buffer);
                _awaited = buffer;
            }
            else
            {
                var own = buffer.Values.ToArray();
                Change(number, buffer);
                _replaced = (buffer, own);
            }
        }

        /// <summary>Other layers may read the same buffer: gives it its own values back.</summary>
        public void Restore()
        {
            if (_awaited is { } awaited)
            {
                awaited.Arriving = null;
                _awaited = null;
            }

            if (_replaced is { } replaced)
            {
                replaced.Buffer.Replace(replaced.Values);
                _replaced = null;
            }
        }

        /// <summary>What a layer took in place of what came back to it; <c>null</c> where it took that.</summary>
        public float[]? Taken(int number, Buffer relevance)
            => _buffers[number - 1].Relevance == relevance && _changes.TryGetValue(number, out var change) ? change.Taken : null;

        /// <summary>What conditions have withheld: each layer's relevance, less what it took.</summary>
        public double Withheld
            => _changes.Sum(change => Ledger.Sum(change.Value.Came, _buffers[change.Key - 1].Factor) - Ledger.Sum(change.Value.Taken, _buffers[change.Key - 1].Factor));

        /// <summary>Σ of the relevance that starts inside; <c>null</c> where it starts at the logits.</summary>
        public double? Started => _start is { } start ? Ledger.Sum(start.Relevance, _buffers[start.Layer].Factor) : null;

        private void Change(int number, Buffer buffer)
        {
            var came = _start is { } start && start.Layer == number - 1 ? start.Relevance : buffer.Values.ToArray();
            var taken = came.ToArray();
            for (var i = 0; _masks.TryGetValue(number - 1, out var mask) && i < taken.Length; i++)
            {
                taken[i] *= mask[i];
            }

            _changes[number] = (came, taken);
            buffer.Replace(taken);
        }

        private (int Index, LayerBuffers Buffers) Find(Layer layer, string option)
        {
            var index = Runtime.Network.IndexOf(layers, layer, option);
            var buffers = _buffers[index];
            return buffers switch
            {
                { Relevance: null } => throw Runtime.LayerRefusal.NoRelevance(layer, option),
                { Passes: true } => throw Runtime.LayerRefusal.Passes(layer, option),
                _ => (index, buffers),
            };
        }
    }
}
