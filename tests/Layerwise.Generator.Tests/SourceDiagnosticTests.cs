using System.Globalization;
using Layerwise.Onnx;
using Layerwise.Testing;

namespace Layerwise.Generator.Tests;

/// <summary>Each diagnostic from a user's own source and a model, through the real compiler: the line of the build's output, to the letter.</summary>
public sealed class SourceDiagnosticTests
{
    private static readonly Dictionary<string, (string Attributes, ModelBuilder? Model, string? Labels, string Message)> Cases = new()
    {
        ["LW0001"] = ("[Explainer(\"net.onnx\")] abstract", Dense(), null,
            "'Shop.Net' is abstract; an explainer is created with 'new': remove 'abstract'."),
        ["LW0002"] = ("[Explainer(\"nut.onnx\")]", Dense(), null,
            "No LayerwiseModel item of the project is \"nut.onnx\" or ends in it. Did you mean \"net.onnx\"? There is \"models/net.onnx\"."),
        ["LW0003"] = ("[Explainer(\"net.onnx\")]", Dense(), null,
            "\"net.onnx\" names 2 models: \"models/net.onnx\", \"old/net.onnx\". Write more of the path."),
        ["LW0004"] = ("[Explainer(\"net.onnx\", Epsilon = 0)]", Dense(), null,
            "Epsilon is 0; it must be a finite number above 0, such as 1e-6."),
        ["LW0005"] = ("[Explainer(\"net.onnx\")]", null, null,
            "The model's graph manifest cannot be read. The graph manifest has an unknown record in line 3, column 8. Clean and rebuild."),
        ["LW0006"] = ("[Explainer(\"net.onnx\"), ImageInput(Scale = 0)]", Picture(), null,
            "The ImageInput is out of range: Scale is 0; it must be a finite number other than 0, such as 1.0 / 255."),
        ["LW0007"] = ("[Explainer(\"net.onnx\"), ImageInput(Width = 9)]", Picture(), null,
            "The ImageInput does not fit the model: Width is 9, but 'x' is [N, 3, 8, 8]; leave it out, or give 8."),
        ["LW0008"] = ("[Explainer(\"net.onnx\"), TableInput(\"a\", \"b\", Record = typeof(Row))]", Dense(), null,
            "The record 'Shop.Row' has no property for 'b'. The features are 'a', 'b'; its properties are 'A'."),
        ["LW0201"] = ("[Explainer(\"net.onnx\")]", Plain().Node("NonZero", "x", "y", "where"), null,
            "'models/net.onnx' has operators that are not supported: NonZero ('where'). Export the model without them; docs/operators.md lists what is supported."),
        ["LW0202"] = ("[Explainer(\"net.onnx\")]", Plain().Node("Relu", "x", "y", "act", ("slope", 0.5f)), null,
            "Relu node 'act': the attribute 'slope' = 0.5 is not supported. Export the model without it."),
        ["LW0203"] = ("[Explainer(\"net.onnx\")]", Plain().Tensor("w", new float[6], 3, 2).Node("MatMul", "x w", "y", "fc"), null,
            "MatMul node 'fc': its inputs [d0, 2] and [3, 2] have no product. Check the model with its exporter, or export it with fixed shapes."),
        ["LW0204"] = ("[Explainer(\"net.onnx\", Output = \"z\")]", Dense(), null,
            "'models/net.onnx' has no output 'z'. Its outputs are 'y'; any value inside it can be named, too."),
        ["LW0205"] = ("[Explainer(\"net.onnx\")]", Dense(), "a\nb\nc\n",
            "The labels file of 'models/net.onnx' has 3 labels, but the explained output has the shape [N, 2]. Give one label a line for each number of a sample."),
        ["LW0206"] = ("[Explainer(\"net.onnx\")]", new ModelBuilder().Input("x", "N", 2, 3, 3).Input("w", 4, 2, 3, 3).Output("y", "N", 4, 1, 1).Node("Conv", "x w", "y", "conv", ("kernel_shape", new long[] { 3, 3 })), null,
            "Conv node 'conv': its weight 'w' is not known when compiling. Export the model with 'w' as a constant."),
        ["LW0207"] = ("[Explainer(\"net.onnx\", Backend = Backend.Managed, GradientOtherwise = true)]", Plain().Node("LpNormalization", "x", "y", "norm"), null,
            "The managed backend has no kernels for LpNormalization 'norm'. Use Backend.Torch, or Backend.Auto, which chooses by itself."),
        ["LW0301"] = ("[Explainer(\"net.onnx\")]", Plain().Tensor("w", new float[4], 2, 2).Node("Softmax", "x", "g", "gate").Node("MatMul", "g w", "y", "fc"), null,
            "EpsilonPlus has no rule for Softmax ('gate'). Give it one with a LayerRule, ask for GradientOtherwise, or explain an output before it."),
        ["LW0303"] = ("[Explainer(\"net.onnx\"), LayerRule(\"fc2\", Rule.Epsilon)]", Dense(), null,
            "The rule Epsilon is for 'fc2', but no layer that relevance passes is of that type, operator or name. The layers are 'fc' (MatMul)."),
        ["LW0304"] = ("[Explainer(\"net.onnx\", Composite = Composite.DeepTaylor)]", Plain().Tensor("w", new float[4], 2, 2).Node("Tanh", "x", "t", "tanh").Node("MatMul", "t w", "y", "fc"), null,
            "DeepTaylor is defined for linear layers, Relus, pools and sums alone; this network has Tanh 'tanh'. Use EpsilonPlus or EpsilonPlusFlat, whose rules are the same on the linear layers."),
        ["LW0305"] = ("[Explainer(\"net.onnx\", Composite = Composite.EpsilonGammaBox), ImageInput]", Picture(normalizes: true), null,
            "The ImageInput gives ZBox the bounds of the picture, but 'conv' reads its values behind Sub 'centre'. Give Low and High: the smallest and the largest value that 'conv' reads, one number or one a channel."),
    };

    public static TheoryData<string> Ids => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_mistake_is_one_line_at_the_attribute(string id)
    {
        var (attributes, model, labels, message) = Cases[id];
        var project = new UserProject()
            .Source("Net.cs", $"using Layerwise;\nnamespace Shop;\n{attributes} partial class Net;\ninternal sealed record Row(int A);")
            .Manifest("/obj/net.lwgraph", model is null ? "layerwise-graph 1\nfile \"models/net.onnx\"\nrubbish" : Manifest(model, labels, "models/net.onnx"));
        if (id == "LW0003")
        {
            project.Manifest("/obj/old.lwgraph", Manifest(model!, labels, "old/net.onnx"));
        }

        var outcome = project.Run();

        var diagnostic = Assert.Single(outcome.Diagnostics);
        Assert.Equal($"Net.cs(3,2): error {id}: {message}", diagnostic.ToString());
        Assert.StartsWith("Explainer(", UserProject.Outcome.Under(diagnostic), StringComparison.Ordinal);
        Assert.Equal($"docs/diagnostics.md#{id.ToLower(CultureInfo.InvariantCulture)}", diagnostic.Descriptor.HelpLinkUri);
        Assert.DoesNotContain(outcome.Output.GetDiagnostics(TestContext.Current.CancellationToken), d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error && id != "LW0001");
    }

    // LW0302 is for names that the command line is given, where an attribute has an enumeration; LW0900 is a fault of Layerwise, which no source brings about; LW0009 is the analyzer's.
    [Fact]
    public void Every_diagnostic_has_a_source_that_brings_it_about()
        => Assert.Equal(Diagnostics.Table.Select(d => d.Id).Except(["LW0009", "LW0302", "LW0900"]).Order(), Cases.Keys.Order());

    private static ModelBuilder Plain() => new ModelBuilder().Input("x", "N", 2).Output("y", "N", 2);

    private static ModelBuilder Dense() => Plain().Tensor("w", new float[4], 2, 2).Node("MatMul", "x w", "y", "fc");

    private static ModelBuilder Picture(bool normalizes = false)
    {
        var model = new ModelBuilder().Input("x", "N", 3, 8, 8).Output("y", "N", 2).Tensor("w", new float[384], 2, 3, 8, 8);
        var first = normalizes ? model.Tensor("mean", [0.4f, 0.5f, 0.6f], 1, 3, 1, 1).Node("Sub", "x mean", "c", "centre") : model;
        return first.Node("Conv", $"{(normalizes ? "c" : "x")} w", "h", "conv").Node("Flatten", "h", "y", "flatten");
    }

    private static string Manifest(ModelBuilder model, string? labels, string name)
    {
        using var folder = new Folder();
        return OnnxManifest.Read(model.Save(folder["net.onnx"]), name, labels is null ? null : folder.Text("labels.txt", labels));
    }
}
