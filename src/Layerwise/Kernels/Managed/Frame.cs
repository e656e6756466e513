namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>The buffers of one sample's run; emitted code declares them.</summary>
    public abstract class Frame
    {
        private Memory? _memory;

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

        /// <summary>Every buffer.</summary>
        public abstract Buffer[] All { get; }

        /// <summary>The same as <see cref="Inputs"/>, made once.</summary>
        internal Buffer[] Read { get; private set; } = [];

        /// <summary>The same as <see cref="Outputs"/>, made once.</summary>
        internal Buffer[] Written { get; private set; } = [];

        /// <summary>The same as <see cref="Relevances"/>, made once.</summary>
        internal Buffer?[] Returned { get; private set; } = [];

        /// <summary>Gives every buffer room in one piece of memory, each from a whole cache line on.</summary>
        internal void Bind()
        {
            var all = All;
            var size = 0;
            foreach (var buffer in all)
            {
                size = checked(size + Room(buffer));
            }

            _memory = new Memory(size);
            var at = 0;
            foreach (var buffer in all)
            {
                buffer.Bind(_memory, at);
                at += Room(buffer);
            }

            (Read, Written, Returned) = (Inputs, Outputs, Relevances);
        }

        private static int Room(Buffer buffer) => checked(Lanes.Fill(buffer.Length, Lanes.Most) + Lanes.Most);
    }
}
