using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
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

    /// <summary>The buffers of one call; emitted code declares them.</summary>
    /// <param name="buffers">Has made all of them.</param>
    public abstract class Frame(Buffers buffers)
    {
        /// <summary>The network's inputs.</summary>
        public abstract Buffer[] Inputs { get; }

        /// <summary>The explained output; the first one where the network only predicts.</summary>
        public virtual Buffer Logits => Outputs[0];

        /// <summary>The model's own outputs.</summary>
        public abstract Buffer[] Outputs { get; }

        /// <summary>The relevance of the logits that a call starts with.</summary>
        public virtual Buffer Start => throw PredictsOnly();

        /// <summary>The relevance of each input; <c>null</c> where none reaches it.</summary>
        public virtual Buffer?[] Relevances => throw PredictsOnly();

        /// <summary>What the way back computes of forward values alone.</summary>
        public virtual Buffer[] TargetFree => [];

        /// <summary>Where the layers' outputs and their relevance stand, in the order of the network's table.</summary>
        public virtual LayerBuffers[] Layers => throw PredictsOnly();

        /// <summary>A layer's part of the way back begins.</summary>
        /// <param name="layer">Its number, 1-based.</param>
        public void At(int layer) => Interventions?.At(layer);

        /// <summary>Ends the call, once it is cancelled, at the next value that is computed.</summary>
        internal void Watch(CancellationToken cancellationToken)
        {
            if (!cancellationToken.CanBeCanceled)
            {
                return;
            }

            foreach (var buffer in All)
            {
                buffer.CancellationToken = cancellationToken;
            }
        }

        /// <summary>What the call changes on the way back; <c>null</c> for most.</summary>
        internal Interventions? Interventions { get; set; }

        /// <summary>The relevance that a layer took.</summary>
        /// <param name="layer">Its number, 1-based.</param>
        /// <param name="relevance">What came back to it.</param>
        internal Tensor Taken(int layer, Buffer relevance) => (Layers[layer - 1].Relevance == relevance ? Interventions?.Taken(layer) : null) ?? relevance.Value;

        /// <summary>Every buffer, so that none stays behind where a call fails.</summary>
        internal IEnumerable<Buffer> All => buffers.All;

        /// <summary>Takes what another frame of the network has computed so far; both are freed on their own.</summary>
        internal void Share(Frame other)
        {
            foreach (var (own, its) in All.Zip(other.All))
            {
                own.Share(its);
            }
        }

        /// <summary>Takes what another frame's way back has computed whatever its target was, so that it is not computed again.</summary>
        internal void ShareTargetFree(Frame other)
        {
            foreach (var (own, its) in TargetFree.Zip(other.TargetFree).Where(pair => pair.First.IsEmpty))
            {
                own.Share(its);
            }
        }

        /// <summary>Lets values stay after their last use.</summary>
        internal static void Keep(IEnumerable<Buffer> values)
        {
            foreach (var buffer in values)
            {
                buffer.IsKept = true;
            }
        }

        /// <summary>Lets what a layer computes stay, and the relevance of that.</summary>
        internal static void Keep(LayerBuffers layer) => Keep(new[] { layer.Value, layer.Relevance, layer.Factor }.OfType<Buffer>());

        /// <summary>What a layer computed, and the relevance of that.</summary>
        /// <param name="layer">The layer.</param>
        /// <param name="number">Its number, 1-based.</param>
        /// <param name="ledger">Where it stands what the layer gave, if that was asked for.</param>
        internal LayerExplanation Explain(Layer layer, int number, Ledger? ledger)
        {
            var buffers = Layers[number - 1];
            return new LayerExplanation(
                layer,
                Runtime.Result.Of(Ledger.Product(buffers.Value.Value, null)),
                buffers.Relevance is { } came ? Runtime.Result.Of(Ledger.Product(Taken(number, came), buffers.Factor)) : null,
                ledger is null ? [] : [.. layer.Inputs.Select((_, i) => ledger.Given(number, i) is { } share ? Runtime.Result.Of(share) : null)]);
        }

        /// <summary>Frees every buffer, and what the call has changed.</summary>
        internal void FreeAll()
        {
            Interventions?.Dispose();
            foreach (var buffer in All)
            {
                buffer.Free();
            }
        }

        private static NotSupportedException PredictsOnly() => new("The network was compiled to predict alone, and explains nothing.");
    }
}
