using System.Text.RegularExpressions;
using Layerwise.Testing;

namespace Layerwise.Package.Tests;

/// <summary>A user's project, outside of the repository, that takes Layerwise from the feed.</summary>
internal sealed class Consumer
{
    private readonly string _folder;

    public Consumer(PackedLayerwise package, string name)
    {
        _folder = Directory.CreateDirectory(Path.Combine(package.Folder, name)).FullName;
        Write("Shop.csproj", $$"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NoWarn>$(NoWarn);NU1603</NoWarn> <!-- a feed need not hold the very versions that TorchSharp asks for -->
                <CreateSymbolicLinksForCopyLocalIfPossible>true</CreateSymbolicLinksForCopyLocalIfPossible> <!-- libtorch is 400 MB -->
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Layerwise" Version="{{package.Version}}" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="2.10.0" />
                <LayerwiseModel Include="models/digits.onnx" Labels="models/digits.txt" />
              </ItemGroup>
            </Project>
            """);
        Write("models/digits.txt", "zero\none\ntwo\n");
        Write("Digits.cs", """
            using Layerwise;

            namespace Shop;

            [Explainer("digits.onnx", Composite = Composite.EpsilonPlusFlat)]
            public partial class Digits;
            """);
        Write("Program.cs", """
            using Shop;

            using var net = new Digits();
            var image = Enumerable.Range(0, 64).Select(i => i / 64f).ToArray();
            using var why = net.Explain(image, Digits.Label.Two);
            Console.WriteLine($"shape {string.Join(' ', why.Relevance.shape)}");
            Console.WriteLine($"target {why.Target[0]}");
            Console.WriteLine($"finite {why.Relevance.isfinite().all().item<bool>()}");
            """);
        SaveModel();
    }

    public string Manifest => PathOf("obj/Debug/net10.0/layerwise/models/digits.onnx.lwgraph");

    public string PathOf(string file) => Path.Combine(_folder, file);

    public void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file))!);
        File.WriteAllText(PathOf(file), text);
    }

    public void Edit(string file, string old, string @new)
    {
        var text = File.ReadAllText(PathOf(file));
        Assert.Contains(old, text, StringComparison.Ordinal);
        Write(file, text.Replace(old, @new, StringComparison.Ordinal));
    }

    /// <summary>Saves the model: a convolution and a dense layer over 8×8 pictures.</summary>
    /// <param name="seed">Other weights.</param>
    /// <param name="channels">Another graph.</param>
    /// <param name="activation">Another operator, which may be one that does not exist.</param>
    public void SaveModel(int seed = 1, int channels = 4, string activation = "Relu") => new ModelBuilder()
        .Input("image", "N", 1, 8, 8)
        .Tensor("conv.weight", Weights(seed, channels * 9), channels, 1, 3, 3)
        .Tensor("fc.weight", Weights(seed + 1, 3 * channels * 36), 3, channels * 36)
        .Node("Conv", "image conv.weight", "h", "conv")
        .Node(activation, "h", "a", "act")
        .Node("Flatten", "a", "f", "flatten")
        .Node("Gemm", "f fc.weight", "logits", "fc", ("transB", 1))
        .Output("logits", "N", 3)
        .Save(PathOf("models/digits.onnx"));

    /// <summary>Builds the project, restoring first, as <c>dotnet build</c> does.</summary>
    public async Task<BuildLog> Build(params string[] arguments)
    {
        var (exitCode, output) = await DotNet.Run(_folder, ["build", "-v:d", "-tl:off", "-p:UseSharedCompilation=false", .. arguments]);
        return new(exitCode, output);
    }

    /// <summary>Builds, and fails the test where that fails.</summary>
    public async Task<BuildLog> MustBuild(params string[] arguments)
    {
        var log = await Build(arguments);
        Assert.True(log.ExitCode == 0, string.Join('\n', log.Errors.DefaultIfEmpty(log.Output)));
        return log;
    }

    /// <summary>Publishes the program for this platform, into a folder of its own.</summary>
    /// <returns>The program's path, and what the build said.</returns>
    public async Task<(string Program, BuildLog Log)> Publish(string name, params string[] arguments)
    {
        var folder = PathOf(name);
        var (exitCode, output) = await DotNet.Run(_folder, ["publish", "-c", "Release", "-r", System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier, "-o", folder, "-tl:off", "-p:UseSharedCompilation=false", "-p:TrimmerSingleWarn=false", .. arguments]);
        return (Path.Combine(folder, "Shop"), new(exitCode, output));
    }

    /// <summary>Runs what was built.</summary>
    public Task<(int ExitCode, string Output)> Run() => DotNet.Run(_folder, PathOf("bin/Debug/net10.0/Shop.dll"));

    private static float[] Weights(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }
}

/// <summary>A build's detailed output.</summary>
internal sealed partial record BuildLog(int ExitCode, string Output)
{
    public bool RanCsc => Ran("Csc");

    public bool RanTask => Ran("WriteLayerwiseManifests");

    /// <summary>The error lines, each once.</summary>
    public string[] Errors => [.. Output.Split('\n').Select(line => Prefix().Replace(line, "")).Where(line => ErrorCode().IsMatch(line)).Distinct()];

    private bool Ran(string task) => Output.Contains($"Done executing task \"{task}\"", StringComparison.Ordinal);

    // The numbers of the project and the node.
    [GeneratedRegex(@"^\s*(\d+(:\d+)?>)?|\s*$")]
    private static partial Regex Prefix();

    [GeneratedRegex(@": error \w+:")]
    private static partial Regex ErrorCode();
}
