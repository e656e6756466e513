using Layerwise.Compiler;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Tests;

/// <summary>The package's words for users and the compiler's own are the same.</summary>
public class VocabularyTests
{
    [Fact]
    public void Rules() => Assert.Equal(Enum.GetNames<RuleKind>(), Enum.GetNames<Rule>());

    [Fact]
    public void Leaks() => Assert.Equal(Enum.GetNames<LeakKind>(), Enum.GetNames<Leak>());

    [Fact]
    public void Positions() => Assert.Equal(Enum.GetNames<Compiler.Relevance.LayerPosition>(), Enum.GetNames<LayerPosition>());

    [Fact]
    public void Composites() => Assert.Equal(
        Compiler.Relevance.Composite.Presets(new ExplainerSpec { ClassName = "_" }).Select(c => c.Name).Order(),
        Enum.GetNames<Composite>().Order());

    [Fact]
    public void Backends() => Assert.Equal([Compiler.Emit.Backend.Auto, Compiler.Emit.Backend.Torch, Compiler.Emit.Backend.Managed], Enum.GetNames<Backend>(), StringComparer.OrdinalIgnoreCase);

    [Fact]
    public void Methods() => Assert.All(Enum.GetNames<Method>(), method =>
        Assert.DoesNotContain(NetworkCompiler.Compile("layerwise-graph 1\nfile \"x.onnx\"\n", new ExplainerSpec { ClassName = "_", Method = method }).Problems, p => p.Id == "LW0302"));
}
