namespace Layerwise.Package.Tests;

/// <summary>A program whose explainer runs on managed kernels, trimmed and compiled ahead of time: without a warning, and without libtorch.</summary>
public sealed class PublishTests(PackedLayerwise package)
{
    private const string Program = """
        using Shop;

        using var net = new Digits();
        var image = Enumerable.Range(0, 64).Select(i => i / 64f).ToArray();
        var (relevance, logits) = (new float[64], new float[3]);
        net.Explain(image, Digits.Label.Two, relevance, logits);
        using var why = net.Explain(image, Digits.Label.Two, new() { Audit = new() });
        Console.WriteLine($"same {why.RelevanceValues.SequenceEqual(relevance) && why.LogitValues.SequenceEqual(logits) && net.Predict(image).AsSpan().SequenceEqual(logits)}");
        Console.WriteLine($"target {why.Target[0]}");
        Console.WriteLine($"adds up {Math.Abs(relevance.Sum()) is > 0 and < 10}");
        var record = Layerwise.Evidence.AuditRecord.Parse(why.ToAuditRecord(net).ToJson());
        Console.WriteLine($"record {record.IsSealed} {record.Target.Labels![0]}");
        Console.WriteLine($"libtorch {(OperatingSystem.IsLinux() ? File.ReadAllText("/proc/self/maps") : "").Contains("libtorch", StringComparison.OrdinalIgnoreCase)}");
        """;

    [Theory]
    [InlineData("trimmed", "-p:PublishTrimmed=true", "--self-contained")]
    [InlineData("native", "-p:PublishAot=true")]
    public async Task A_published_program_has_no_warnings_and_no_libtorch(string name, params string[] arguments)
    {
        Assert.SkipUnless(name == "trimmed" || HasLinker, "There is no C compiler, which links what is compiled ahead of time.");
        var shop = new Consumer(package, name);
        shop.Edit("Shop.csproj", """<PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />""", "");
        shop.Edit("Digits.cs", "Composite = Composite.EpsilonPlusFlat", "Composite = Composite.EpsilonPlusFlat, Backend = Backend.Managed");
        shop.Write("Program.cs", Program);

        var (program, log) = await shop.Publish(name, arguments);

        Assert.True(log.ExitCode == 0, string.Join('\n', log.Errors.DefaultIfEmpty(log.Output)));
        Assert.DoesNotContain("warning", log.Output, StringComparison.OrdinalIgnoreCase);
        var (exitCode, output) = await DotNet.Start(program);
        Assert.True(exitCode == 0, output);
        Assert.Equal(["same True", "target 2", "adds up True", "record True two", "libtorch False"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static bool HasLinker => !OperatingSystem.IsLinux() || new[] { "clang", "gcc" }.Any(name => Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name))));
}
