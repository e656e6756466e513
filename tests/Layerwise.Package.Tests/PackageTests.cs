namespace Layerwise.Package.Tests;

/// <summary>The package in a project of a user: what is built again, what is said about mistakes, and that the program runs.</summary>
public sealed class PackageTests(PackedLayerwise package)
{
    private static int _consumers;

    [Fact]
    public async Task The_first_build_compiles_the_model_and_the_program_explains_with_it()
    {
        var shop = await BuiltShop();

        Assert.True(File.Exists(shop.Manifest));
        Assert.True(File.Exists(shop.PathOf("bin/Debug/net10.0/models/digits.onnx")));
        Assert.SkipUnless(OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64, "The consumer takes libtorch for Linux on x64.");
        var (exitCode, output) = await shop.Run();
        Assert.True(exitCode == 0, output);
        Assert.Equal(["shape 1 1 8 8", "target 2", "finite True"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_build_without_changes_runs_neither_the_task_nor_the_compiler()
    {
        var shop = await BuiltShop();

        var log = await shop.MustBuild();

        Assert.False(log.RanTask);
        Assert.False(log.RanCsc);
    }

    [Fact]
    public async Task A_model_saved_again_with_other_weights_is_copied_but_not_compiled()
    {
        var shop = await BuiltShop();
        shop.SaveModel(seed: 2);

        var log = await shop.MustBuild();

        Assert.True(log.RanTask);
        Assert.False(log.RanCsc);
        Assert.Equal(
            await File.ReadAllBytesAsync(shop.PathOf("models/digits.onnx"), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(shop.PathOf("bin/Debug/net10.0/models/digits.onnx"), TestContext.Current.CancellationToken));
        Assert.False((await shop.MustBuild()).RanTask);
    }

    [Fact]
    public async Task A_changed_graph_is_compiled()
    {
        var shop = await BuiltShop();
        shop.SaveModel(channels: 5);

        var log = await shop.MustBuild();

        Assert.True(log.RanTask);
        Assert.True(log.RanCsc);
    }

    [Fact]
    public async Task Changed_labels_are_compiled()
    {
        var shop = await BuiltShop();
        shop.Write("models/digits.txt", "zero\none\ntwo and more\n");

        var log = await shop.Build();

        Assert.True(log.RanCsc);
        Assert.Contains(log.Errors, line => line.Contains("CS0117", StringComparison.Ordinal) && line.Contains("'Two'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broken_model_is_LW0102_at_the_model_file()
    {
        var shop = await BuiltShop();
        shop.Write("models/digits.onnx", "version https://git-lfs.github.com/spec/v1\n");

        AssertError(await shop.Build(), "LW0102", "digits.onnx");

        shop.SaveModel();
        await shop.MustBuild();
    }

    [Fact]
    public async Task A_missing_model_is_LW0101_at_the_project_file()
    {
        var shop = NewShop();
        File.Delete(shop.PathOf("models/digits.onnx"));

        AssertError(await shop.Build(), "LW0101", "Shop.csproj");
    }

    [Fact]
    public async Task An_unsupported_operator_is_LW0201_at_the_attribute()
    {
        var shop = NewShop();
        shop.SaveModel(activation: "Wavelet");

        AssertError(await shop.Build(), "LW0201", "Digits.cs(5,2)", "Wavelet", "act");
    }

    [Fact]
    public async Task A_name_that_no_model_has_is_LW0002_at_the_attribute()
    {
        var shop = NewShop();
        shop.Edit("Digits.cs", "digits.onnx", "digit.onnx");
        shop.Edit("Program.cs", ", Digits.Label.Two", "");

        AssertError(await shop.Build(), "LW0002", "Digits.cs(5,2)", "\"digits.onnx\"");
    }

    [Fact]
    public async Task A_removed_model_is_gone_although_its_manifest_lies_there()
    {
        var shop = await BuiltShop();
        shop.Edit("Shop.csproj", """<LayerwiseModel Include="models/digits.onnx" Labels="models/digits.txt" />""", "");
        shop.Edit("Program.cs", ", Digits.Label.Two", "");

        AssertError(await shop.Build(), "LW0002", "Digits.cs(5,2)", "The project has no model");
    }

    [Fact]
    public async Task Clean_removes_what_the_build_wrote()
    {
        var shop = await BuiltShop();

        await shop.MustBuild("-t:Clean");

        Assert.DoesNotContain(
            Directory.EnumerateFiles(shop.PathOf("obj"), "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(shop.PathOf("obj"), file)),
            file => file.Contains("layerwise", StringComparison.Ordinal));
        Assert.True((await shop.MustBuild()).RanTask);
    }

    [Fact]
    public async Task A_design_time_build_hands_the_manifest_to_the_editor()
    {
        var shop = NewShop();

        var log = await shop.MustBuild(
            "-t:Compile", "-p:DesignTimeBuild=true", "-p:BuildingInsideVisualStudio=true", "-p:SkipCompilerExecution=true", "-p:ProvideCommandLineArgs=true", "-getItem:CscCommandLineArgs");

        Assert.Contains("/additionalfile:obj/Debug/net10.0/layerwise/models/digits.onnx.lwgraph", log.Output.Replace('\\', '/'), StringComparison.Ordinal);
        Assert.True(File.Exists(shop.Manifest));
    }

    private Consumer NewShop() => new(package, $"shop{Interlocked.Increment(ref _consumers)}");

    private async Task<Consumer> BuiltShop()
    {
        var shop = NewShop();
        var log = await shop.MustBuild();
        Assert.True(log.RanTask);
        Assert.True(log.RanCsc);
        return shop;
    }

    // One mistake is one error, with its place, and nothing cascades from it.
    private static void AssertError(BuildLog log, string id, string place, params string[] says)
    {
        Assert.NotEqual(0, log.ExitCode);
        var error = Assert.Single(log.Errors);
        Assert.Contains($": error {id}:", error, StringComparison.Ordinal);
        Assert.Contains(place, error[..error.IndexOf(": error", StringComparison.Ordinal)], StringComparison.Ordinal);
        Assert.All(says, text => Assert.Contains(text, error, StringComparison.Ordinal));
    }
}
