namespace Layerwise.Package.Tests;

/// <summary>What a user's program gets of TorchSharp: a library for Linux that also loads beside the libstdc++ of GCC 12.</summary>
public sealed class TorchSharpTests(PackedLayerwise package)
{
    [Fact]
    public async Task One_bit_of_TorchSharps_library_differs_from_the_package()
    {
        var shop = NewShop("one-bit");
        await shop.MustBuild("-p:LayerwiseWeakenVersionNeeds=false");
        var original = await Library(shop, "bin/Debug/net10.0/runtimes/linux-x64/native");

        await shop.MustBuild();

        var built = await Library(shop, "bin/Debug/net10.0/runtimes/linux-x64/native");
        AssertOneBit(original, built);
        var time = File.GetLastWriteTimeUtc(shop.PathOf("obj/Debug/net10.0/layerwise/runtimes/linux-x64/native/libLibTorchSharp.so"));
        await shop.MustBuild();
        Assert.Equal(time, File.GetLastWriteTimeUtc(shop.PathOf("obj/Debug/net10.0/layerwise/runtimes/linux-x64/native/libLibTorchSharp.so")));
        await shop.MustBuild("-p:LayerwiseWeakenVersionNeeds=false");
        Assert.Equal(original, await Library(shop, "bin/Debug/net10.0/runtimes/linux-x64/native"));
    }

    [Fact]
    public async Task A_published_program_gets_that_library()
    {
        var shop = NewShop("published");
        await Publish(shop, "as-packaged", "-r", "linux-x64", "-p:LayerwiseWeakenVersionNeeds=false");

        await Publish(shop, "portable");
        await Publish(shop, "for-linux", "-r", "linux-x64");

        var original = await Library(shop, "as-packaged");
        AssertOneBit(original, await Library(shop, "portable/runtimes/linux-x64/native"));
        AssertOneBit(original, await Library(shop, "for-linux"));
    }

    [Fact]
    public async Task A_program_without_libtorch_is_told_which_package_it_lacks()
    {
        var shop = NewShop("no-libtorch");
        shop.Edit("Digits.cs", "Composite = Composite.EpsilonPlusFlat", "Backend = Backend.Torch");
        shop.Write("Program.cs", """
            try
            {
                using var net = new Shop.Digits();
                Console.WriteLine("loaded");
            }
            catch (Layerwise.LibTorchException e)
            {
                Console.WriteLine($"{e.Library} {e.Package}");
                Console.WriteLine(e.Message);
            }
            """);
        await shop.MustBuild();

        var (exitCode, output) = await DotNet.Start("dotnet", shop.PathOf("."), [shop.PathOf("bin/Debug/net10.0/Shop.dll")]);

        Assert.Equal(0, exitCode);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("LibTorchSharp libtorch-cpu-linux-x64", lines[0]);
        Assert.StartsWith("libtorch cannot be loaded: libtorch", lines[1], StringComparison.Ordinal);
        Assert.Contains("Add the package TorchSharp-cpu to the program's project", lines[1], StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
    }

    private Consumer NewShop(string name)
    {
        var shop = new Consumer(package, name);
        shop.Edit("Shop.csproj", """<PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />""", "");
        return shop;
    }

    private static async Task Publish(Consumer shop, string folder, params string[] arguments)
    {
        var (exitCode, output) = await DotNet.Run(shop.PathOf("."), ["publish", "--no-self-contained", "-o", folder, "-tl:off", "-p:UseSharedCompilation=false", .. arguments]);
        Assert.True(exitCode == 0, output);
    }

    private static Task<byte[]> Library(Consumer shop, string folder) => File.ReadAllBytesAsync(shop.PathOf(folder + "/libLibTorchSharp.so"), TestContext.Current.CancellationToken);

    private static void AssertOneBit(byte[] before, byte[] after)
    {
        Assert.Equal(before.Length, after.Length);
        var place = Assert.Single(Enumerable.Range(0, before.Length), i => before[i] != after[i]);
        Assert.Equal(before[place] | 2, after[place]);
    }
}
