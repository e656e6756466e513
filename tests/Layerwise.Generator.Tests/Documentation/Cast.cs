using System.Globalization;
using System.Text;

namespace Layerwise.Generator.Tests.Documentation;

/// <summary>Who the documentation's blocks talk about without introducing them: a few models, their explainers, and what goes into them.</summary>
internal static class Cast
{
    /// <summary>The explainers, where a page has none of its own by the name.</summary>
    public const string Explainers = """
        [Explainer("resnet18.onnx")]
        [ImageInput(Mean = [0.485, 0.456, 0.406], Std = [0.229, 0.224, 0.225])]
        public partial class ResNet18;
        [Explainer("silhouettes.onnx")]
        [ImageInput]
        public partial class Silhouettes;
        [Explainer("credit.onnx")]
        [TableInput(Record = typeof(Applicant))]
        public partial class Credit;
        public record Applicant(string Name, double Income, int Age, int OpenLoans, bool OwnsHouse);
        [Explainer("reviews.onnx")]
        [TextInput]
        public partial class Reviews;
        public class Tokenizer { public TokenizedText? Split(string text) => null; }
        [Explainer("ecg.onnx")]
        public partial class Ecg;
        """;

    /// <summary>What every block finds.</summary>
    public const string Members = """
        protected static ResNet18 net = null!;
        protected static Credit credit = null!;
        protected static Applicant applicant = null!;
        protected static Ecg ecg = null!;
        protected static Tensor image = null!, images = null!, batch = null!, relevance = null!;
        protected static float[] values = null!;
        protected static long[] ids = null!;
        protected static TokenSpan[] offsets = null!;
        protected static Tokenizer tokenizer = null!;
        protected static string[] args = null!;
        protected static WebApplicationBuilder builder = null!;
        protected static WebApplication app = null!;
        """;

    /// <summary>The models' manifests by their path.</summary>
    public static IEnumerable<(string Path, string Text)> Manifests =>
    [
        ("models/resnet18.onnx", Picture("models/resnet18.onnx", 224, ["tabby cat", "wolf", "husky"])),
        ("models/silhouettes.onnx", Picture("models/silhouettes.onnx", 64, ["bird", "cat", "dog", "fish", "horse", "tree"])),
        ("models/credit.onnx", Table("models/credit.onnx", ["income", "age", "open_loans", "owns_house"], ["not paid", "paid"])),
        ("models/reviews.onnx", Text("models/reviews.onnx", ["negative", "positive"])),
        ("models/ecg.onnx", Signal("models/ecg.onnx", ["sinus rhythm", "atrial fibrillation"])),
    ];

    private static string Picture(string file, int side, string[] labels) => Named("label", labels, $$"""
        layerwise-graph 1
        file "{{file}}"
        opset "" 13
        input "image" float32 ["N",3,{{side}},{{side}}]
        output "logits" float32 ["N",{{labels.Length}}]
        tensor "conv.weight" float32 [8,3,3,3]
        tensor "conv.bias" float32 [8]
        tensor "conv2.weight" float32 [8,8,3,3]
        tensor "fc.weight" float32 [{{labels.Length}},8]
        tensor "fc.bias" float32 [{{labels.Length}}]
        node "" "Conv" "/conv1/Conv" in "image" "conv.weight" "conv.bias" out "h" with "kernel_shape"=ints:[3,3]
        node "" "Relu" "relu" in "h" out "a"
        node "" "Conv" "/layer3/layer3.0/conv2/Conv" in "a" "conv2.weight" out "h2" with "kernel_shape"=ints:[3,3]
        node "" "Relu" "relu2" in "h2" out "a2"
        node "" "GlobalAveragePool" "pool" in "a2" out "p"
        node "" "Flatten" "flatten" in "p" out "f"
        node "" "Gemm" "/fc/Gemm" in "f" "fc.weight" "fc.bias" out "logits" with "transB"=int:1

        """);

    private static string Table(string file, string[] features, string[] labels) => Named("feature", features, Named("label", labels, $$"""
        layerwise-graph 1
        file "{{file}}"
        opset "" 13
        input "features" float32 ["N",{{features.Length}}]
        output "logits" float32 ["N",{{labels.Length}}]
        tensor "fc1.weight" float32 [16,{{features.Length}}]
        tensor "fc1.bias" float32 [16]
        tensor "fc2.weight" float32 [{{labels.Length}},16]
        tensor "fc2.bias" float32 [{{labels.Length}}]
        node "" "Gemm" "fc1" in "features" "fc1.weight" "fc1.bias" out "h" with "transB"=int:1
        node "" "Relu" "relu" in "h" out "a"
        node "" "Gemm" "fc2" in "a" "fc2.weight" "fc2.bias" out "logits" with "transB"=int:1

        """));

    private static string Text(string file, string[] labels) => Named("label", labels, $$"""
        layerwise-graph 1
        file "{{file}}"
        opset "" 13
        input "input_ids" int64 ["N","length"]
        output "logits" float32 ["N",{{labels.Length}}]
        tensor "table" float32 [1000,16]
        tensor "conv.weight" float32 [8,16,3]
        tensor "fc.weight" float32 [{{labels.Length}},8]
        node "" "Gather" "embedding" in "table" "input_ids" out "e"
        node "" "Transpose" "turn" in "e" out "t" with "perm"=ints:[0,2,1]
        node "" "Conv" "conv" in "t" "conv.weight" out "h" with "kernel_shape"=ints:[3] "pads"=ints:[1,1]
        node "" "Relu" "relu" in "h" out "a"
        node "" "GlobalMaxPool" "pool" in "a" out "p"
        node "" "Flatten" "flatten" in "p" out "f"
        node "" "Gemm" "fc" in "f" "fc.weight" out "logits" with "transB"=int:1

        """);

    private static string Signal(string file, string[] labels) => Named("label", labels, $$"""
        layerwise-graph 1
        file "{{file}}"
        opset "" 13
        input "leads" float32 ["N",12,1000]
        output "logits" float32 ["N",{{labels.Length}}]
        tensor "conv.weight" float32 [8,12,7]
        tensor "fc.weight" float32 [{{labels.Length}},8]
        node "" "Conv" "conv" in "leads" "conv.weight" out "h" with "kernel_shape"=ints:[7]
        node "" "Relu" "relu" in "h" out "a"
        node "" "GlobalAveragePool" "pool" in "a" out "p"
        node "" "Flatten" "flatten" in "p" out "f"
        node "" "Gemm" "fc" in "f" "fc.weight" out "logits" with "transB"=int:1

        """);

    private static string Named(string what, string[] names, string graph)
        => names.Aggregate(new StringBuilder(graph), (text, name) => text.Append(CultureInfo.InvariantCulture, $"{what} \"{name}\"\n")).ToString();
}
