using System.Text;

namespace Layerwise.Tasks;

/// <summary>
/// The symbol versions that a shared library of Linux (64-bit ELF) needs of another. The loader refuses a library whose needs are not all met,
/// also those that no symbol stands behind any more; one that is marked weak (VER_FLG_WEAK) it lets pass.
/// </summary>
/// <remarks>The format: System V ABI, "Object Files"; Linux Standard Base, "Symbol Versioning".</remarks>
internal sealed class VersionNeeds
{
    private const int HeaderSize = 64;
    private const int ProgramHeaderSize = 56;
    private const int SymbolSize = 24;
    private const int RelocationSize = 24;
    private const byte Weak = 2;

    private readonly byte[] _file;
    private readonly List<(ulong Address, ulong Offset, ulong Size)> _loaded = [];
    private readonly Dictionary<ulong, ulong> _dynamic = [];

    /// <exception cref="InvalidDataException">The file is not a whole shared library of the one kind that is read here.</exception>
    private VersionNeeds(byte[] file)
    {
        _file = file;
        Demand(file.Length >= HeaderSize && BitConverter.IsLittleEndian);
        Demand(file[0] == 0x7F && file[1] == 'E' && file[2] == 'L' && file[3] == 'F');
        Demand(file[4] == 2 && file[5] == 1 && UInt16(16) == 3); // 64 bits, little-endian, a shared object
        Demand(UInt16(52) == HeaderSize && UInt16(54) == ProgramHeaderSize);
        Within(UInt64(40), (ulong)UInt16(58) * UInt16(60)); // The section headers, which the loader does not need: a linker writes them last.

        var headers = Within(UInt64(32), (ulong)UInt16(56) * ProgramHeaderSize);
        (ulong Offset, ulong Size) dynamic = default;
        for (var i = 0; i < UInt16(56); i++)
        {
            var header = headers + i * ProgramHeaderSize;
            var (offset, address, size) = (UInt64(header + 8), UInt64(header + 16), UInt64(header + 32));
            switch (UInt32(header))
            {
                case 1: // PT_LOAD
                    Within(offset, size);
                    _loaded.Add((address, offset, size));
                    break;
                case 2: // PT_DYNAMIC
                    Demand(dynamic.Size == 0);
                    dynamic = (offset, size);
                    break;
            }
        }

        var entries = Within(dynamic.Offset, dynamic.Size);
        for (var at = entries; at + 16 <= entries + (int)dynamic.Size && UInt64(at) != 0; at += 16)
        {
            _dynamic[UInt64(at)] = UInt64(at + 8);
        }
    }

    /// <summary>Marks as weak those needs that no relocation uses: nothing is ever looked up by them.</summary>
    /// <param name="library">The file.</param>
    /// <param name="of">The library that is needed, such as <c>libstdc++.so.6</c>.</param>
    /// <returns>The changed file; <c>null</c> where there is no such need, and where the file is not understood.</returns>
    public static byte[]? Weaken(byte[] library, string of)
    {
        try
        {
            return new VersionNeeds(library).Weaken(of);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private byte[]? Weaken(string of)
    {
        if (!_dynamic.TryGetValue(0x6FFFFFFE, out var address)) // DT_VERNEED
        {
            return null;
        }

        var used = UsedVersions();
        byte[]? weakened = null;
        var library = address;
        for (var left = Entry(0x6FFFFFFF); left > 0; left--) // DT_VERNEEDNUM
        {
            var need = Loaded(library, 16);
            Demand(UInt16(need) == 1);
            var isOf = Name(UInt32(need + 4)) == of;
            var version = library + UInt32(need + 8);
            for (var count = UInt16(need + 2); count > 0; count--)
            {
                var at = Loaded(version, 16);
                if (isOf && (_file[at + 4] & Weak) == 0 && !used.Contains(Version(UInt16(at + 6))))
                {
                    weakened ??= (byte[])_file.Clone();
                    weakened[at + 4] |= Weak;
                }

                version = Next(version, UInt32(at + 12), isLast: count == 1);
            }

            library = Next(library, UInt32(need + 12), isLast: left == 1);
        }

        return weakened;
    }

    /// <summary>The versions of the symbols that relocations name.</summary>
    private HashSet<ushort> UsedVersions()
    {
        Demand(!_dynamic.ContainsKey(17)); // DT_REL: the other layout of relocations, which no 64-bit platform of .NET has
        Demand(Entry(11) == SymbolSize);
        var versions = Entry(0x6FFFFFF0); // DT_VERSYM
        var used = new HashSet<ushort>();
        if (_dynamic.TryGetValue(7, out var relocations)) // DT_RELA, DT_RELASZ, DT_RELAENT
        {
            Demand(Entry(9) == RelocationSize);
            Use(relocations, Entry(8));
        }

        if (_dynamic.TryGetValue(23, out var calls)) // DT_JMPREL, DT_PLTRELSZ, DT_PLTREL
        {
            Demand(Entry(20) == 7);
            Use(calls, Entry(2));
        }

        return used;

        void Use(ulong table, ulong size)
        {
            Demand(size % RelocationSize == 0);
            var at = Loaded(table, size);
            for (var end = at + (int)size; at < end; at += RelocationSize)
            {
                if (UInt32(at + 12) is var symbol and not 0)
                {
                    used.Add(Version(UInt16(Loaded(versions + 2UL * symbol, 2))));
                }
            }
        }
    }

    // The highest bit says that the version is hidden.
    private static ushort Version(ushort number) => (ushort)(number & 0x7FFF);

    // The chain only goes forward, and so has an end.
    private static ulong Next(ulong address, uint distance, bool isLast)
    {
        Demand(isLast ? distance == 0 : distance >= 16);
        return address + distance;
    }

    private string Name(uint offset)
    {
        var size = Entry(10); // DT_STRTAB, DT_STRSZ
        var strings = Loaded(Entry(5), size);
        Demand(offset < size);
        var end = Array.IndexOf(_file, (byte)0, strings + (int)offset, (int)(size - offset));
        Demand(end >= 0);
        return Encoding.UTF8.GetString(_file, strings + (int)offset, end - strings - (int)offset);
    }

    private ulong Entry(ulong tag)
    {
        Demand(_dynamic.TryGetValue(tag, out var value));
        return value;
    }

    /// <summary>Where in the file something lies that is loaded at an address.</summary>
    private int Loaded(ulong address, ulong size)
    {
        foreach (var part in _loaded)
        {
            if (address >= part.Address && address - part.Address <= part.Size && size <= part.Size - (address - part.Address))
            {
                return (int)(part.Offset + (address - part.Address));
            }
        }

        throw NotUnderstood();
    }

    private int Within(ulong offset, ulong size)
    {
        Demand(offset <= (ulong)_file.Length && size <= (ulong)_file.Length - offset);
        return (int)offset;
    }

    private ushort UInt16(int offset) => BitConverter.ToUInt16(_file, offset);

    private uint UInt32(int offset) => BitConverter.ToUInt32(_file, offset);

    private ulong UInt64(int offset) => BitConverter.ToUInt64(_file, offset);

    private static void Demand(bool isSo)
    {
        if (!isSo)
        {
            throw NotUnderstood();
        }
    }

    private static InvalidDataException NotUnderstood() => new("The file is not a shared library that is read here.");
}
