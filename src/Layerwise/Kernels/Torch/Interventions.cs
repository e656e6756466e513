using static TorchSharp.torch;

namespace Layerwise.Kernels;

/// <summary>What a call changes on the way back: relevance that starts inside, and conditions that let only some of it pass.</summary>
internal sealed class Interventions(Torch.Frame frame, IReadOnlyList<Layer> layers) : IDisposable
{
    private readonly Torch.LayerBuffers[] _buffers = frame.Layers;
    private readonly Dictionary<int, Tensor> _masks = [];
    private readonly Dictionary<int, (Tensor Came, Tensor Taken)> _changes = [];
    private (int Layer, Tensor Relevance)? _start;
    private (Torch.Buffer Buffer, Tensor Value)? _replaced;

    /// <summary>Lets some channels of a layer pass.</summary>
    /// <exception cref="LayerException">It is no layer of the network that can be asked, or has no such channels.</exception>
    public void Add(Condition condition)
    {
        var (index, buffers) = Find(condition.Layer, nameof(ExplainOptions.Conditions));
        var shape = buffers.Value.Shape;
        var axis = condition.Axis < 0 ? condition.Axis + shape.Length : condition.Axis;
        if (axis < 1 || axis >= shape.Length)
        {
            throw Runtime.LayerRefusal.NoAxis(condition, shape.Length - 1);
        }

        var mask = new float[shape[axis]];
        foreach (var channel in condition.Channels)
        {
            mask[channel < mask.Length ? channel : throw Runtime.LayerRefusal.NoChannel(condition, channel, mask.Length)] = 1;
        }

        using var flat = tensor(mask, device: frame.Start.Value.device);
        var aligned = flat.reshape([-1, .. shape[(axis + 1)..].Select(_ => 1L)]).DetachFromDisposeScope();
        if (_masks.TryGetValue(index, out var before))
        {
            using (aligned)
            using (before)
            {
                _masks[index] = before.mul(aligned).DetachFromDisposeScope();
            }
        }
        else
        {
            _masks[index] = aligned;
        }
    }

    /// <summary>Starts at a layer with a relevance.</summary>
    /// <exception cref="LayerException">It is no layer of the network that can be asked, or no relevance can stand there.</exception>
    /// <exception cref="ShapeException">The relevance is none of its output.</exception>
    public void StartAt(Layer layer, Tensor relevance)
    {
        var (index, buffers) = Find(layer, nameof(ExplainOptions.From));
        if (!relevance.shape.AsSpan().SequenceEqual(buffers.Value.Shape))
        {
            throw Runtime.TensorInputs.OtherRelevance(relevance.shape, buffers.Value.Shape, nameof(relevance));
        }

        using var scope = NewDisposeScope();
        var r = relevance.detach().to(ScalarType.Float32, frame.Start.Value.device, copy: true);
        if (buffers.ZeroWith is { } zero)
        {
            // R = h ⊙ c: where h is 0 so is R, and any c will do.
            var isZero = zero.Value.eq(0);
            var lost = isZero.logical_and(r.ne(0)).sum().to(ScalarType.Int64).item<long>();
            if (lost > 0)
            {
                throw Runtime.LayerRefusal.NotZero(layer, lost);
            }

            r = buffers.Factor is { } factor ? r.div(factor.Value.masked_fill(isZero, 1)) : r;
        }

        _start = (index, r.DetachFromDisposeScope());
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
            buffer.Arriving = came => Change(number, came);
        }
        else
        {
            _replaced = (buffer, buffer.Exchange(Change(number, buffer.Value)));
        }
    }

    private Tensor Change(int number, Tensor came)
    {
        using var scope = NewDisposeScope();
        var relevance = _start is { } start && start.Layer == number - 1 ? start.Relevance : came;
        var taken = _masks.TryGetValue(number - 1, out var mask) ? relevance.mul(mask) : relevance.clone();
        _changes[number] = (relevance.clone().DetachFromDisposeScope(), taken.DetachFromDisposeScope());
        return taken.clone().DetachFromDisposeScope();
    }

    /// <summary>Other layers may read the same buffer: gives it its own value back.</summary>
    public void Restore()
    {
        if (_replaced is { } replaced)
        {
            replaced.Buffer.Put(replaced.Value);
            _replaced = null;
        }
    }

    /// <summary>What a layer took in place of what came back to it; <c>null</c> where it took that.</summary>
    public Tensor? Taken(int number) => _changes.TryGetValue(number, out var change) ? change.Taken : null;

    /// <summary>What conditions have withheld: each layer's relevance, less what it took.</summary>
    public double[] Withheld(Torch.Ledger ledger)
    {
        var total = new double[ledger.Samples];
        foreach (var (number, (came, taken)) in _changes)
        {
            var (relevance, factor) = (_buffers[number - 1].Relevance!, _buffers[number - 1].Factor);
            var (all, some) = (ledger.Sum(came, relevance, factor), ledger.Sum(taken, relevance, factor));
            for (var i = 0; i < total.Length; i++)
            {
                total[i] += all[i] - some[i];
            }
        }

        return total;
    }

    /// <summary>Σ of the relevance that starts inside, sample by sample; <c>null</c> where it starts at the logits.</summary>
    public double[]? Started(Torch.Ledger ledger)
        => _start is { } start ? ledger.Sum(start.Relevance, _buffers[start.Layer].Relevance!, _buffers[start.Layer].Factor) : null;

    public void Dispose()
    {
        Restore();
        foreach (var tensor in _masks.Values.Concat(_changes.Values.SelectMany(change => new[] { change.Came, change.Taken })))
        {
            tensor.Dispose();
        }

        _start?.Relevance.Dispose();
    }

    private (int Index, Torch.LayerBuffers Buffers) Find(Layer layer, string option)
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
