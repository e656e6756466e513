using CsCheck;

namespace Layerwise.Tasks.Tests;

/// <summary>A library that asks for a newer libstdc++ than it uses is made to ask for it no more, and no other file is touched.</summary>
public sealed class VersionNeedsTests
{
    private const string Cxx = "libstdc++.so.6";

    private static readonly Lazy<byte[]> s_torchSharp = new(() => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so")));

    [Fact]
    public void Of_TorchSharps_library_one_bit_differs()
    {
        var library = s_torchSharp.Value;

        var weakened = VersionNeeds.Weaken(library, Cxx);

        Assert.NotNull(weakened);
        var place = Assert.Single(Changes(library, weakened));
        Assert.Equal((0, 2), (library[place], weakened[place]));
        // What the flag belongs to starts with the hash of the version's name.
        Assert.Equal(Hash("GLIBCXX_3.4.32"), BitConverter.ToUInt32(library, place - 4));
    }

    [Fact]
    public void A_need_without_use_becomes_weak()
    {
        var library = Library(isWeak: false).ToBytes();

        Assert.Equal(Library(isWeak: true).ToBytes(), VersionNeeds.Weaken(library, Cxx));
    }

    [Fact]
    public void A_weakened_library_is_left_alone() => Assert.Null(VersionNeeds.Weaken(Library(isWeak: true).ToBytes(), Cxx));

    [Fact]
    public void A_need_that_an_address_uses_is_left_alone() => Assert.Null(VersionNeeds.Weaken(Library(isWeak: false).Relocation("init").ToBytes(), Cxx));

    [Fact]
    public void A_need_that_a_call_uses_is_left_alone() => Assert.Null(VersionNeeds.Weaken(Library(isWeak: false).Call("init").ToBytes(), Cxx));

    [Fact]
    public void A_need_of_another_library_is_left_alone() => Assert.Null(VersionNeeds.Weaken(Library(isWeak: false).ToBytes(), "libgcc_s.so.1"));

    [Fact]
    public void A_library_without_needs_is_left_alone() => Assert.Null(VersionNeeds.Weaken(new SharedLibrary().Symbol("own", null).Call("own").ToBytes(), Cxx));

    [Fact]
    public void A_truncated_library_is_left_alone()
    {
        var library = Library(isWeak: false).ToBytes();
        for (var length = 0; length < library.Length; length++)
        {
            Assert.Null(VersionNeeds.Weaken(library[..length], Cxx));
        }

        Gen.Int[0, s_torchSharp.Value.Length - 1].Sample(length => Assert.Null(VersionNeeds.Weaken(s_torchSharp.Value[..length], Cxx)), iter: 50);
    }

    [Fact]
    public void Other_files_are_left_alone()
    {
        Gen.Byte.Array[0, 300].Sample(bytes => Assert.Null(VersionNeeds.Weaken(bytes, Cxx)));
        Assert.Null(VersionNeeds.Weaken(File.ReadAllBytes(typeof(VersionNeeds).Assembly.Location), Cxx));
    }

    // Whatever a flipped bit makes of the file: at the most it is that flag of a need that is changed.
    [Fact]
    public void Damaged_libraries_are_refused_or_change_by_the_flag_alone()
    {
        var library = Library(isWeak: false).Need(Cxx, "V3").ToBytes();
        Gen.Int[0, library.Length * 8 - 1].Array[1, 3].Sample(bits =>
        {
            var damaged = (byte[])library.Clone();
            foreach (var bit in bits)
            {
                damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            }

            if (VersionNeeds.Weaken(damaged, Cxx) is { } weakened)
            {
                Assert.Equal(damaged.Length, weakened.Length);
                Assert.InRange(Changes(damaged, weakened).Count, 1, 4);
                Assert.All(Changes(damaged, weakened), place => Assert.Equal(damaged[place] | 2, weakened[place]));
            }
        }, iter: 20_000);
    }

    /// <summary>A library that uses one of the two versions that it needs.</summary>
    private static SharedLibrary Library(bool isWeak) => new SharedLibrary()
        .Need("libc.so.6", "C1").Need(Cxx, "V1").Need(Cxx, "V2", isWeak)
        .Symbol("malloc", "C1").Symbol("cout", "V1").Symbol("init", "V2").Symbol("own", null)
        .Relocation("cout").Call("malloc").Call("own");

    private static List<int> Changes(byte[] before, byte[] after) => [.. Enumerable.Range(0, before.Length).Where(i => before[i] != after[i])];

    /// <summary>The hash of names in ELF.</summary>
    private static uint Hash(string name) => name.Aggregate(0u, (hash, letter) =>
    {
        hash = (hash << 4) + letter;
        var high = hash & 0xF0000000;
        return (hash ^ (high >> 24)) & ~high;
    });
}
