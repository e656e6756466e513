namespace Layerwise.Kernels;

public static partial class Managed
{
    /// <summary>In a shape: the batch; <c>4 * N</c> is four times the batch. Here it is 1: samples run one after the other.</summary>
    public const long N = Port.N;

    /// <summary>In a shape: a size that only the call knows. No network of this backend has one.</summary>
    public const long Any = Port.Any;

    /// <summary>
    /// The place of one value of one sample: row-major, with the channels last in memory, or both. Whoever writes it chooses; whoever reads
    /// it the other way has it laid out anew, once.
    /// </summary>
    /// <param name="shape">Its shape, with <see cref="N"/>.</param>
    public sealed unsafe class Buffer(params long[] shape)
    {
        private Memory? _memory, _other, _scratch;
        private float* _home, _rows, _last;
        private Buffer?[] _beside = [];

        /// <summary>The one that its frame made after it.</summary>
        internal Buffer? Next { get; set; }

        /// <summary>The shape, with <see cref="N"/>.</summary>
        public IReadOnlyList<long> Dims => shape;

        /// <summary>The shape of one sample.</summary>
        internal int[] Size { get; } = Array.ConvertAll(shape, dim => checked((int)(dim < 0 ? -dim : dim)));

        internal int Length { get; } = Count(shape);

        /// <summary>How many images there are: 1, where the batch is no fixed number.</summary>
        internal int Images => Size.Length > 0 ? Size[0] : 1;

        /// <summary>The channels of an image.</summary>
        internal int Channels => Size.Length > 1 ? Size[1] : 1;

        /// <summary>The pixels of an image.</summary>
        internal int Area => Size.Length > 2 ? Length / Math.Max(1, Size[0] * Size[1]) : 1;

        // Both layouts are the same.
        private bool IsFlat => Size.Length < 3 || Channels == 1 || Area == 1;

        internal bool HasRows => _rows != null;

        internal bool HasLast => _last != null;

        /// <summary>The values row by row.</summary>
        internal float* Rows()
        {
            if (_rows == null)
            {
                Relayout(_last, _rows = OtherRoom(), Area, Channels);
            }

            return _rows;
        }

        /// <summary>The values with the channels of a pixel side by side.</summary>
        internal float* Last()
        {
            if (_last == null)
            {
                Relayout(_rows, _last = OtherRoom(), Channels, Area);
            }

            return _last;
        }

        internal ReadOnlySpan<float> Values => new(Rows(), Length);

        /// <summary>Ends the call at the next value that is computed.</summary>
        internal CancellationToken CancellationToken { get; set; }

        /// <summary>Room for values row by row.</summary>
        /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
        internal float* WriteRows()
        {
            CancellationToken.ThrowIfCancellationRequested();
            _rows = Home();
            _last = IsFlat ? _rows : null;
            return _rows;
        }

        /// <summary>Room for values with the channels last.</summary>
        /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
        internal float* WriteLast()
        {
            CancellationToken.ThrowIfCancellationRequested();
            _last = Home();
            _rows = IsFlat ? _last : null;
            return _last;
        }

        /// <summary>Room for values laid out one way or the other.</summary>
        internal float* Write(bool last) => last ? WriteLast() : WriteRows();

        internal float* Read(bool last) => last ? Last() : Rows();

        /// <summary>Takes the values of another buffer, row by row, as they stand.</summary>
        internal void Share(Buffer other)
        {
            _rows = other.Rows();
            _last = IsFlat ? _rows : null;
        }

        /// <summary>Forgets the values: nobody has written them yet.</summary>
        internal void Clear() => _rows = _last = null;

        /// <summary>Whether it holds what would be computed again: the denominator of another target of the same sample.</summary>
        internal bool Stands { get; set; }

        internal bool IsEmpty => _rows == null && _last == null;

        /// <summary>Puts other values in place of its own, row by row.</summary>
        internal void Replace(ReadOnlySpan<float> values) => values.CopyTo(new(WriteRows(), Length));

        /// <summary>What is to happen once a sum is written into the buffer.</summary>
        internal Action? Arriving { get; set; }

        /// <summary>Takes over room in the memory of a frame.</summary>
        internal void Bind(Memory memory, int at)
        {
            _memory = memory;
            _home = memory.Start + at;
        }

        /// <summary>Room for what a kernel that writes this buffer needs on the way; as the last call has left it.</summary>
        internal float* Scratch(int length)
        {
            if (_scratch is null || _scratch.Capacity < length)
            {
                _scratch = new Memory(length);
            }

            return _scratch.Start;
        }

        /// <summary>A buffer for a part that this one is made of, of its own shape or of another's.</summary>
        internal Buffer Beside(int part, Buffer? shaped = null)
        {
            if (part >= _beside.Length)
            {
                Array.Resize(ref _beside, part + 1);
            }

            return _beside[part] ??= new Buffer([.. (shaped ?? this).Dims]);
        }

        /// <summary>Where the values of this buffer go, or come from: found out once by the only call that writes it, since it depends on shapes alone.</summary>
        internal int[]? Map { get; set; }

        private static int Count(long[] shape)
        {
            var count = 1;
            foreach (var dim in shape)
            {
                count = checked(count * (int)(dim < 0 ? -dim : dim));
            }

            return count;
        }

        private float* Home()
        {
            if (_home == null)
            {
                Bind(new Memory(Length), 0);
            }

            return _home;
        }

        // The layout that was not written has the room beside; where a view was shared, home is free.
        private float* OtherRoom()
        {
            var home = Home();
            return _rows != home && _last != home ? home : (_other ??= new Memory(Length)).Start;
        }

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
        private void Relayout(float* from, float* to, int rows, int columns)
        {
            if (from == null)
            {
                throw new InvalidOperationException("A buffer was read before it was written.");
            }

            for (var image = 0; image < Images; image++)
            {
                for (var row = 0; row < rows; row++)
                {
                    for (var column = 0; column < columns; column++)
                    {
                        to[(column * rows) + row] = from[(row * columns) + column];
                    }
                }

                from += rows * columns;
                to += rows * columns;
            }
        }
    }
}
