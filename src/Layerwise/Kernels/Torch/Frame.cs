namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>The buffers of one call; emitted code declares them.</summary>
    public abstract class Frame
    {
        /// <summary>The network's inputs.</summary>
        public abstract Buffer[] Inputs { get; }

        /// <summary>The explained output.</summary>
        public abstract Buffer Logits { get; }

        /// <summary>The model's own output.</summary>
        public abstract Buffer Output { get; }

        /// <summary>The relevance of the logits that a call starts with.</summary>
        public abstract Buffer Start { get; }

        /// <summary>The relevance of each input; <c>null</c> where none reaches it.</summary>
        public abstract Buffer?[] Relevances { get; }

        /// <summary>Every buffer, so that none stays behind where a call fails.</summary>
        public abstract Buffer[] All { get; }
    }
}
