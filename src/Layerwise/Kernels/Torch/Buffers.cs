namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>Makes the buffers of a frame and knows each: a chain, so that it costs a call nothing beside them.</summary>
    public sealed class Buffers
    {
        private Buffer? _first, _last;

        /// <summary>A new one.</summary>
        /// <param name="shape">Its shape, with <see cref="N"/> and <see cref="Any"/>.</param>
        public Buffer New(params long[] shape)
        {
            var buffer = new Buffer(shape);
            _last = _last is null ? _first = buffer : _last.Next = buffer;
            return buffer;
        }

        /// <summary>All of them, in the order in which they were made.</summary>
        internal IEnumerable<Buffer> All
        {
            get
            {
                for (var buffer = _first; buffer is not null; buffer = buffer.Next)
                {
                    yield return buffer;
                }
            }
        }
    }
}
