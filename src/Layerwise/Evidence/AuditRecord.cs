using System.Text.Json;
using System.Text.Json.Serialization;

namespace Layerwise.Evidence;

/// <summary>
/// What a decision and its explanation were made of, so that somebody else can make them again and compare: model, rules, kernels, input, target,
/// logits, relevance. Hashes are SHA-256 in lower-case hexadecimal. That of numbers is over a line of ASCII, the type and the shape as in
/// <c>float32 1,3,224,224</c> with a line feed behind it, and then the numbers, row by row, little-endian. <c>docs/evidence.md</c> says what a record proves.
/// </summary>
public sealed record AuditRecord
{
    /// <summary>The schema that this version writes, and the only one that it reads: <c>docs/audit-record.schema.json</c>.</summary>
    public const string CurrentSchema = "layerwise-audit-record/1";

    /// <summary><see cref="CurrentSchema"/>.</summary>
    public required string Schema { get; init; }

    /// <summary>When the explanation was made, in UTC.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What the decision is filed under, where the program gave something.</summary>
    public string? Reference { get; init; }

    /// <summary>The version of the Layerwise that ran.</summary>
    public required string Layerwise { get; init; }

    /// <summary>The model.</summary>
    public required AuditedModel Model { get; init; }

    /// <summary>The rules.</summary>
    public required AuditedRules Rules { get; init; }

    /// <summary>What it ran on.</summary>
    public required AuditedExecution Execution { get; init; }

    /// <summary>How a picture becomes those numbers, where the explainer declares it; <c>null</c> otherwise.</summary>
    public AuditedImage? Image { get; init; }

    /// <summary>How a row of a table becomes those numbers, where the explainer declares it; <c>null</c> otherwise.</summary>
    public AuditedTable? Table { get; init; }

    /// <summary>The tokens of the texts, and how they become those numbers; <c>null</c> where none were explained.</summary>
    public AuditedText? Text { get; init; }

    /// <summary>The numbers that went in: one a model's input, in the model's order.</summary>
    public required IReadOnlyList<AuditedInput> Inputs { get; init; }

    /// <summary>What was explained.</summary>
    public required AuditedTarget Target { get; init; }

    /// <summary>The conditions of the call (<see cref="ExplainOptions.Conditions"/>); empty without.</summary>
    public required IReadOnlyList<AuditedCondition> Conditions { get; init; }

    /// <summary>What the model said, before a final Softmax or Sigmoid.</summary>
    public required AuditedLogits Logits { get; init; }

    /// <summary>Where the relevance of each sample went; <c>null</c> where the call did not ask for it.</summary>
    public IReadOnlyList<AuditedBalance>? Conservation { get; init; }

    /// <summary>The explanation: one a model's input, in the model's order. That of a text's ids is the relevance of its tokens.</summary>
    public required IReadOnlyList<AuditedRelevance> Relevance { get; init; }

    /// <summary>
    /// SHA-256 of the record's own compact JSON with an empty seal: it shows a record that was damaged or carelessly edited. It is no signature, as anyone can
    /// compute it anew.
    /// </summary>
    public required string Seal { get; init; }

    /// <summary>Whether the seal fits the rest.</summary>
    [JsonIgnore]
    public bool IsSealed => Seal == ComputeSeal();

    /// <summary>The record as JSON, indented, as <c>docs/audit-record.schema.json</c> describes it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AuditJson.Indented.AuditRecord).ReplaceLineEndings("\n") + "\n";

    /// <summary>Reads a record, whoever wrote it.</summary>
    /// <param name="json">What <see cref="ToJson"/> wrote.</param>
    /// <exception cref="AuditRecordException">It is no record, or one of another schema: the message says what is wrong and where.</exception>
    public static AuditRecord Parse(string json) => AuditReader.Parse(json);

    /// <summary>
    /// What differs between this record and one of the same call made again. Nothing where both name the same model, rules, inputs and target and the same bits
    /// came out, on whatever machine; their times, references and labels may differ, and what they say of how a picture or a row or the tokens of a text become the inputs.
    /// </summary>
    /// <param name="replayed">The other.</param>
    /// <exception cref="ArgumentNullException"><paramref name="replayed"/> is <c>null</c>.</exception>
    public IReadOnlyList<AuditDifference> DifferencesTo(AuditRecord replayed)
    {
        ArgumentNullException.ThrowIfNull(replayed);
        return [.. IsSealed ? [] : new[] { new AuditDifference(AuditPart.Record, "seal", Seal, ComputeSeal()) }, .. AuditComparison.Of(this, replayed)];
    }

    /// <summary>The record with a seal that fits.</summary>
    internal AuditRecord WithSeal() => this with { Seal = ComputeSeal() };

    private string ComputeSeal()
        => Digest.Hex(System.Security.Cryptography.SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { Seal = "" }, AuditJson.Compact.AuditRecord)));
}

/// <summary>The model of an <see cref="AuditRecord"/>.</summary>
/// <param name="Files">The .onnx file and, behind it, those with its external data; as they were when the network was loaded from them.</param>
public sealed record AuditedModel(IReadOnlyList<AuditedFile> Files);

/// <summary>A file of a model.</summary>
/// <param name="Name">Its name; of external data, the path from the model's folder.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256 of its bytes.</param>
public sealed record AuditedFile(string Name, long Bytes, string Sha256);

/// <summary>The rules of an <see cref="AuditRecord"/>.</summary>
/// <param name="Generator">The version of the compiler that emitted the network.</param>
/// <param name="Method">The method: <c>lrp</c>, <c>gradient</c>, <c>saliency</c> or <c>gradientTimesInput</c>.</param>
/// <param name="Composite">The composite's name.</param>
/// <param name="Output">The output that was chosen; <c>null</c> where the model has one.</param>
/// <param name="Specification">The rules as they were asked for: a composite file of <c>layerwise</c>.</param>
/// <param name="Sha256">SHA-256 of the plan: every layer with its rule and all parameters.</param>
public sealed record AuditedRules(string Generator, string Method, string Composite, string? Output, JsonElement Specification, string Sha256);

/// <summary>What an <see cref="AuditRecord"/> was computed on. The same machine and the same of these give the same bits.</summary>
/// <param name="Backend">Whose kernels ran.</param>
/// <param name="Kernels">Which of the backend's, such as <c>oneDNN</c> or <c>512-bit vectors</c>, and whether in bfloat16 what asks for it.</param>
/// <param name="Device">The device, such as <c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Threads">The threads that a kernel may use.</param>
/// <param name="Library">TorchSharp's and libtorch's version; empty behind managed kernels, which need neither.</param>
/// <param name="Runtime">The version of .NET.</param>
/// <param name="Platform">System and processor, such as <c>linux-x64</c>.</param>
public sealed record AuditedExecution(Backend Backend, string Kernels, string Device, int Threads, string Library, string Runtime, string Platform);

/// <summary>How a picture becomes the numbers of an <see cref="AuditRecord"/>: as <see cref="ImageInput"/>.</summary>
/// <param name="Width">The width in pixels; 0 where the network takes any.</param>
/// <param name="Height">The height in pixels, as the width.</param>
/// <param name="Scale">Applied to pixels of 0 to 255.</param>
/// <param name="Mean">Subtracted behind the scale.</param>
/// <param name="Std">Divides last.</param>
/// <param name="Order">The order of the channels.</param>
/// <param name="Fit">How a picture of another size is brought to this one.</param>
/// <param name="Resize">For <see cref="ImageFit.CenterCrop"/>: the pixels that the shorter side is brought to.</param>
public sealed record AuditedImage(int Width, int Height, float Scale, IReadOnlyList<float> Mean, IReadOnlyList<float> Std, ChannelOrder Order, ImageFit Fit, int Resize)
{
    /// <summary>The same for whoever prepares a picture.</summary>
    /// <exception cref="ArgumentException">A number is none that a picture can be prepared with: the record was not written by Layerwise.</exception>
    public ImageInput ToImageInput() => new() { Width = Width, Height = Height, Scale = Scale, Mean = Mean, Std = Std, Order = Order, Fit = Fit, Resize = Resize };

    internal static AuditedImage Of(ImageInput image) => new(image.Width, image.Height, image.Scale, image.Mean, image.Std, image.Order, image.Fit, image.Resize);
}

/// <summary>How a row of a table becomes the numbers of an <see cref="AuditRecord"/>: as <see cref="TableInput"/>.</summary>
/// <param name="Features">The names of the features, in the network's order.</param>
/// <param name="Mean">Subtracted: one number, or one a feature.</param>
/// <param name="Std">Divides: one number, or one a feature.</param>
public sealed record AuditedTable(IReadOnlyList<string> Features, IReadOnlyList<float> Mean, IReadOnlyList<float> Std);

/// <summary>The texts of an <see cref="AuditRecord"/>, and how their tokens become its numbers: as <see cref="TextInput"/>.</summary>
/// <param name="Embedding">The ONNX name of the layer that looks the ids up: its relevance is that of the tokens.</param>
/// <param name="Inputs">What each of the network's inputs takes, in their order.</param>
/// <param name="Length">The number of tokens that the network takes; 0 where it takes any.</param>
/// <param name="Padding">The id behind the last token.</param>
/// <param name="Samples">One a text.</param>
public sealed record AuditedText(string Embedding, IReadOnlyList<TokenRole> Inputs, int Length, long Padding, IReadOnlyList<AuditedTokens> Samples)
{
    internal static AuditedText Of(TextInput input, IReadOnlyList<TokenizedText> texts)
        => new(input.Embedding.Name, input.Inputs, input.Length, input.Padding, [.. texts.Select(text => new AuditedTokens(text.Text.Length > 0 ? Digest.OfText(text.Text) : null, text.Ids))]);
}

/// <summary>One text of an <see cref="AuditRecord"/>. Who has the vocabulary can read it from the ids.</summary>
/// <param name="Sha256">SHA-256 of the text in UTF-8; <c>null</c> where only its tokens are known.</param>
/// <param name="Ids">The id of each token.</param>
public sealed record AuditedTokens(string? Sha256, IReadOnlyList<long> Ids);

/// <summary>An input of an <see cref="AuditRecord"/>.</summary>
/// <param name="Name">Its ONNX name.</param>
/// <param name="Type">The elements' type, such as <c>float32</c>: what the network takes, converted to where the caller gave another.</param>
/// <param name="Shape">Its shape, batch first.</param>
/// <param name="Sha256">SHA-256 of type, shape and numbers.</param>
public sealed record AuditedInput(string Name, string Type, IReadOnlyList<long> Shape, string Sha256);

/// <summary>What an <see cref="AuditRecord"/> explains.</summary>
/// <param name="Asked">What was asked for: <c>top</c>, class indices separated by commas, or <c>relevance</c> where the program gave a relevance to start with.</param>
/// <param name="Classes">The explained class of each sample.</param>
/// <param name="Against">The class that it is compared with; <c>null</c> where there is none.</param>
/// <param name="Labels">The labels of the classes; <c>null</c> where there are none, or the record was made without the explainer.</param>
/// <param name="Initial">The relevance that the target starts with.</param>
/// <param name="Given">SHA-256 of the relevance that the program gave; <c>null</c> where it gave a class.</param>
/// <param name="From">The layer that a given relevance is of; <c>null</c> for the logits.</param>
public sealed record AuditedTarget(string Asked, IReadOnlyList<int> Classes, int? Against, IReadOnlyList<string>? Labels, InitialRelevance Initial, string? Given, string? From);

/// <summary>A condition of an <see cref="AuditRecord"/>.</summary>
/// <param name="Layer">The layer's ONNX name.</param>
/// <param name="Axis">The axis that counts channels.</param>
/// <param name="Channels">The channels whose relevance passed.</param>
public sealed record AuditedCondition(string Layer, int Axis, IReadOnlyList<int> Channels);

/// <summary>The logits of an <see cref="AuditRecord"/>.</summary>
/// <param name="Name">The explained output's ONNX name.</param>
/// <param name="Shape">Their shape, batch first.</param>
/// <param name="Sha256">SHA-256 of type, shape and numbers.</param>
/// <param name="Values">The numbers, row by row, where there are no more than 4096.</param>
public sealed record AuditedLogits(string Name, IReadOnlyList<long> Shape, string Sha256, IReadOnlyList<float>? Values);

/// <summary>The balance of a sample of an <see cref="AuditRecord"/>: as <see cref="Conservation"/>.</summary>
/// <param name="Target">What the explanation started with.</param>
/// <param name="InputSum">What the inputs got.</param>
/// <param name="BiasShare">What biases kept, and other constants.</param>
/// <param name="StabilizerShare">What stabilizers kept.</param>
/// <param name="Withheld">What conditions did not let pass.</param>
/// <param name="Gap">What is not accounted for.</param>
public sealed record AuditedBalance(double Target, double InputSum, double BiasShare, double StabilizerShare, double Withheld, double Gap);

/// <summary>The relevance of one input of an <see cref="AuditRecord"/>.</summary>
/// <param name="Input">The input's ONNX name.</param>
/// <param name="Shape">The input's shape.</param>
/// <param name="Sha256">SHA-256 of type, shape and numbers.</param>
/// <param name="Samples">The same in a few rounded numbers a sample, by which machines compare that do not round alike.</param>
public sealed record AuditedRelevance(string Input, IReadOnlyList<long> Shape, string Sha256, IReadOnlyList<AuditedSample> Samples);

/// <summary>The relevance of a sample of an <see cref="AuditRecord"/>, rounded to six digits.</summary>
/// <param name="Sum">Σ of its relevance.</param>
/// <param name="AbsoluteSum">Σ of the magnitudes.</param>
/// <param name="Largest">The ten elements of the largest magnitude, that first; the first of equal ones.</param>
public sealed record AuditedSample(double Sum, double AbsoluteSum, IReadOnlyList<AuditedElement> Largest);

/// <summary>An element of a sample's relevance.</summary>
/// <param name="Index">Its place in the sample, row by row, 0-based.</param>
/// <param name="Value">Its relevance.</param>
public sealed record AuditedElement(int Index, double Value);
