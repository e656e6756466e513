using System.Text;

namespace Layerwise.Tasks.Tests;

/// <summary>A shared library with nothing in it but what the loader reads of versions.</summary>
internal sealed class SharedLibrary
{
    private const ulong Address = 0x10000; // of the file's first byte

    private readonly List<(string Library, string Version, bool IsWeak)> _needs = [];
    private readonly List<(string Name, string? Version)> _symbols = [];
    private readonly List<string> _relocations = [];
    private readonly List<string> _calls = [];

    public SharedLibrary Need(string library, string version, bool isWeak = false)
    {
        _needs.Add((library, version, isWeak));
        return this;
    }

    /// <summary>A symbol that is looked for elsewhere; without a version where that is <c>null</c>.</summary>
    public SharedLibrary Symbol(string name, string? version)
    {
        _symbols.Add((name, version));
        return this;
    }

    /// <summary>A place in the data that holds the symbol's address.</summary>
    public SharedLibrary Relocation(string symbol)
    {
        _relocations.Add(symbol);
        return this;
    }

    /// <summary>A place that a function is called by.</summary>
    public SharedLibrary Call(string symbol)
    {
        _calls.Add(symbol);
        return this;
    }

    public byte[] ToBytes()
    {
        var strings = new MemoryStream();
        strings.WriteByte(0);
        uint Text(string text)
        {
            var at = (uint)strings.Length;
            strings.Write(Encoding.UTF8.GetBytes(text + '\0'));
            return at;
        }

        // Versions 0 and 1 are the local and the global symbols without one.
        ushort Number(string? version) => version is null ? (ushort)1 : (ushort)(2 + _needs.FindIndex(need => need.Version == version));

        var symbols = new Writer().Zeros(24);
        var versions = new Writer().UInt16(0);
        foreach (var (name, version) in _symbols)
        {
            symbols.UInt32(Text(name)).UInt32(0x12).UInt64(0).UInt64(0);
            versions.UInt16(Number(version));
        }

        var needs = new Writer();
        var libraries = _needs.GroupBy(need => need.Library).ToList();
        for (var i = 0; i < libraries.Count; i++)
        {
            var all = libraries[i].ToList();
            needs.UInt16(1).UInt16((ushort)all.Count).UInt32(Text(libraries[i].Key)).UInt32(16).UInt32(i + 1 < libraries.Count ? 16u * (1 + (uint)all.Count) : 0);
            for (var j = 0; j < all.Count; j++)
            {
                needs.UInt32(0x1234).UInt16((ushort)(all[j].IsWeak ? 2 : 0)).UInt16(Number(all[j].Version)).UInt32(Text(all[j].Version)).UInt32(j + 1 < all.Count ? 16u : 0);
            }
        }

        Writer Table(IEnumerable<string> names) => names.Aggregate(new Writer(), (table, name) => table.UInt64(0).UInt32(6).UInt32(1 + (uint)_symbols.FindIndex(s => s.Name == name)).UInt64(0));

        var file = new Writer().Zeros(64 + 2 * 56);
        ulong Place(byte[] part)
        {
            file.Align(8);
            var at = file.Length + Address;
            file.Bytes(part);
            return at;
        }

        var (relocations, calls) = (Table(_relocations), Table(_calls));
        var entries = new Writer();
        void Entry(ulong tag, ulong value) => entries.UInt64(tag).UInt64(value);
        Entry(5, Place(strings.ToArray()));
        Entry(10, (ulong)strings.Length);
        Entry(6, Place(symbols.ToArray()));
        Entry(11, 24);
        Entry(0x6FFFFFF0, Place(versions.ToArray()));
        Entry(0x6FFFFFFE, Place(needs.ToArray()));
        Entry(0x6FFFFFFF, (ulong)libraries.Count);
        Entry(7, Place(relocations.ToArray()));
        Entry(8, relocations.Length);
        Entry(9, 24);
        Entry(23, Place(calls.ToArray()));
        Entry(2, calls.Length);
        Entry(20, 7);
        Entry(0, 0);
        var dynamic = Place(entries.ToArray());
        var size = file.Length;
        file.Zeros(64); // a section header

        file.At(0).Bytes([0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0]).UInt64(0).UInt16(3).UInt16(62).UInt32(1).UInt64(0).UInt64(64).UInt64(size)
            .UInt32(0).UInt16(64).UInt16(56).UInt16(2).UInt16(64).UInt16(1).UInt16(0);
        file.At(64).UInt32(1).UInt32(4).UInt64(0).UInt64(Address).UInt64(Address).UInt64(size).UInt64(size).UInt64(0x1000);
        file.At(64 + 56).UInt32(2).UInt32(6).UInt64(dynamic - Address).UInt64(dynamic).UInt64(dynamic).UInt64(entries.Length).UInt64(entries.Length).UInt64(8);
        return file.ToArray();
    }

    /// <summary>Little-endian numbers, one behind the other.</summary>
    private sealed class Writer
    {
        private readonly List<byte> _bytes = [];
        private int _place;

        public ulong Length => (ulong)_bytes.Count;

        public Writer At(int place)
        {
            _place = place;
            return this;
        }

        public Writer Bytes(ReadOnlySpan<byte> bytes)
        {
            foreach (var value in bytes)
            {
                if (_place == _bytes.Count)
                {
                    _bytes.Add(value);
                }
                else
                {
                    _bytes[_place] = value;
                }

                _place++;
            }

            return this;
        }

        public Writer Zeros(int count) => Bytes(new byte[count]);

        public Writer Align(int to) => Zeros(-_bytes.Count & (to - 1));

        public Writer UInt16(ushort value) => Bytes(BitConverter.GetBytes(value));

        public Writer UInt32(uint value) => Bytes(BitConverter.GetBytes(value));

        public Writer UInt64(ulong value) => Bytes(BitConverter.GetBytes(value));

        public byte[] ToArray() => [.. _bytes];
    }
}
