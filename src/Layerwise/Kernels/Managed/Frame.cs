namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>Where a layer's (first) output stands, and the relevance that comes back to it: R, or c with R = c ⊙ the factor.</summary>
    /// <param name="value">The output.</param>
    /// <param name="relevance">R or c; <c>null</c> where none comes back.</param>
    /// <param name="factor">What c is a factor of; <c>null</c> with R.</param>
    /// <param name="vanishes">Whether R is 0 wherever the output is.</param>
    /// <param name="passes">Whether relevance passes the layer as it is, so that nothing runs.</param>
    public sealed class LayerBuffers(Buffer value, Buffer? relevance = null, Buffer? factor = null, bool vanishes = false, bool passes = false)
    {
        internal Buffer Value => value;

        internal Buffer? Relevance => relevance;

        internal Buffer? Factor => factor;

        /// <summary>The value that R is 0 with; <c>null</c> where there is none.</summary>
        internal Buffer? ZeroWith => factor ?? (vanishes ? value : null);

        internal bool Passes => passes;
    }

    /// <summary>The buffers of one sample's run; emitted code declares them.</summary>
    /// <param name="buffers">Has made all of them.</param>
    public abstract class Frame(Buffers buffers)
    {
        private Memory? _memory;
        private Buffer[] _all = [], _targetFree = []; // made once
        private CancellationToken _watched;

        /// <summary>The network's inputs.</summary>
        public abstract Buffer[] Inputs { get; }

        /// <summary>The explained output; the first one where the network only predicts.</summary>
        public virtual Buffer Logits => Outputs[0];

        /// <summary>The model's own outputs.</summary>
        public abstract Buffer[] Outputs { get; }

        /// <summary>The relevance of the logits that a call starts with.</summary>
        public virtual Buffer Start => throw new NotSupportedException("The network was compiled to predict alone, and explains nothing.");

        /// <summary>The relevance of each input; <c>null</c> where none reaches it; none at all where the network only predicts.</summary>
        public virtual Buffer?[] Relevances => [];

        /// <summary>What the way back computes of forward values alone.</summary>
        public virtual Buffer[] TargetFree => [];

        /// <summary>Says whether what the way back has computed whatever its target was is still right.</summary>
        internal void KeepTargetFree(bool stands)
        {
            foreach (var buffer in _targetFree)
            {
                buffer.Stands = stands;
            }
        }

        /// <summary>Where the layers' outputs and their relevance stand, in the order of the network's table.</summary>
        public virtual LayerBuffers[] Layers => [];

        /// <summary>A layer's part of the way back begins.</summary>
        /// <param name="layer">Its number, 1-based.</param>
        public void At(int layer) => Interventions?.At(layer);

        /// <summary>Ends the call, once it is cancelled, at the next value that is computed.</summary>
        internal void Watch(CancellationToken cancellationToken)
        {
            if (cancellationToken != _watched)
            {
                _watched = cancellationToken;
                foreach (var buffer in _all)
                {
                    buffer.CancellationToken = cancellationToken;
                }
            }
        }

        /// <summary>A call is over, wherever it ended: nothing that it asked for is left for the next one.</summary>
        internal void End()
        {
            Watch(CancellationToken.None);
            Interventions?.Restore();
            Interventions = null;
            KeepTargetFree(false);
        }

        /// <summary>What the call changes on the way back; <c>null</c> for most.</summary>
        internal Interventions? Interventions { get; set; }

        /// <summary>The relevance that a layer took, row by row.</summary>
        /// <param name="layer">Its number, 1-based.</param>
        /// <param name="relevance">What came back to it.</param>
        internal ReadOnlySpan<float> Taken(int layer, Buffer relevance) => Interventions?.Taken(layer, relevance) is { } taken ? taken : relevance.Values;

        /// <summary>The same as <see cref="Inputs"/>, made once.</summary>
        internal Buffer[] Read { get; private set; } = [];

        /// <summary>The same as <see cref="Outputs"/>, made once.</summary>
        internal Buffer[] Written { get; private set; } = [];

        /// <summary>The same as <see cref="Relevances"/>, made once.</summary>
        internal Buffer?[] Returned { get; private set; } = [];

        /// <summary>Gives every buffer room in one piece of memory, each from a whole cache line on.</summary>
        internal void Bind()
        {
            (_all, _targetFree) = ([.. buffers.All], TargetFree);
            var size = 0;
            foreach (var buffer in _all)
            {
                size = checked(size + Room(buffer));
            }

            _memory = new Memory(size);
            var at = 0;
            foreach (var buffer in _all)
            {
                buffer.Bind(_memory, at);
                at += Room(buffer);
            }

            (Read, Written, Returned) = (Inputs, Outputs, Relevances);
        }

        private static int Room(Buffer buffer) => checked(Lanes.Fill(buffer.Length, Lanes.Most) + Lanes.Most);
    }
}
