namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>The buffers of one call; emitted code declares them.</summary>
    public abstract class Frame
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

        /// <summary>Every buffer, so that none stays behind where a call fails.</summary>
        public abstract Buffer[] All { get; }

        /// <summary>Takes what another frame of the network has computed so far; both are freed on their own.</summary>
        internal void Share(Frame other)
        {
            foreach (var (own, its) in All.Zip(other.All))
            {
                own.Share(its);
            }
        }

        private static NotSupportedException PredictsOnly() => new("The network was compiled to predict alone, and explains nothing.");
    }
}
