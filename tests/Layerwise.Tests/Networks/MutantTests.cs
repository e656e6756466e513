using Layerwise.Compiler;
using Layerwise.Fuzz;
using Layerwise.Testing;
using Layerwise.Tool;

namespace Layerwise.Tests.Networks;

/// <summary>Some damaged and hostile models, the same ones each time; <c>eng/fuzz</c> runs as many more as one likes.</summary>
public sealed class MutantTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("layerwise-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Mutants_of_our_own_models_end_in_code_or_in_documented_errors() => Run(Seeds.Own(), 120);

    [Fact]
    public void Mutants_of_other_models_end_in_code_or_in_documented_errors()
    {
        Assert.SkipUnless(SharedFolder.Exists, SharedFolder.Absent);
        Run(Seeds.All(), 200);
    }

    [Fact]
    public void A_mutant_is_the_same_each_time()
        => Assert.Equal(Mutant.Make(Seeds.Own(), 5, 17).Bytes, Mutant.Make(Seeds.Own(), 5, 17).Bytes);

    [Fact]
    public void A_network_without_inputs_compiles()
    {
        var model = new ModelBuilder().Tensor("w", [1f, -2], 2).Node("Relu", "w", "y").Output("y", 2).Save(Path.Combine(_folder.FullName, "none.onnx"));
        var network = ModelHost.Compile(model, labels: null, new ExplainerSpec { ClassName = "Net", Method = "predict" });
        Assert.Empty(network.Problems);
        Assert.Empty(CSharp.Compile([network.NetworkSource!, network.ExplainerSource]));
    }

    private void Run(Seeds seeds, int count)
    {
        var pipeline = new Pipeline(_folder.FullName);
        Defect[] defects = [.. Enumerable.Range(0, count).SelectMany(number => pipeline.Check(Mutant.Make(seeds, 0, number))), .. pipeline.CompileAll()];
        Assert.True(defects.Length == 0, string.Join('\n', defects.Select(d => $"{d.Number} ({d.Origin}): {d.What}\n{d.Detail}")));
        Assert.NotEqual(0, pipeline.Emitted);
    }
}
