using Layerwise.Compiler.Emit.Inputs;

namespace Layerwise.Compiler.Emit;

/// <summary>Writes the user's half of the partial class: the typed face of the emitted network.</summary>
public static class ExplainerWriter
{
    private const string Tensor = "global::TorchSharp.torch.Tensor";
    private const string Span = "global::System.ReadOnlySpan<float>";
    private const string Room = "global::System.Span<float>";
    private const string Initial = "global::Layerwise.InitialRelevance initial = global::Layerwise.InitialRelevance.OneHot";
    private const string Device = "global::TorchSharp.torch.Device?";
    private const string Threads = "int? threads = null";
    private const string ThreadsDoc = "/// <param name=\"threads\">The most threads that a call may use on the CPU; as many as libtorch has unless given.</param>";
    private const string Explanations = "global::System.Collections.Generic.IReadOnlyList<global::Layerwise.Explanation>";
    private const string Options = "global::Layerwise.ExplainOptions? options = null";
    private const string Cancellation = "global::System.Threading.CancellationToken cancellationToken = default";
    private const string Chosen = "options ?? global::Layerwise.ExplainOptions.Default";

    private const string ShapeDoc = "/// <exception cref=\"global::Layerwise.ShapeException\">An input has another shape or type.</exception>";
    private const string FiniteDoc = "/// <exception cref=\"global::Layerwise.NotFiniteException\">A number of an input is NaN or infinite.</exception>";
    private const string CancellationDoc = "/// <param name=\"cancellationToken\">Cancels the call, from any thread, at the next value that a layer computes.</param>";
    private const string TargetDoc = "/// <exception cref=\"global::Layerwise.TargetException\">There is no such class, or the batch has another number of samples.</exception>";

    private static readonly string[] LoadDocs =
    [
        "/// <exception cref=\"global::System.IO.FileNotFoundException\">There is no such file.</exception>",
        "/// <exception cref=\"global::Layerwise.ModelFileException\">It is no ONNX file, or a damaged one; a <c>WeightsException</c> where its graph is another one.</exception>",
        "/// <exception cref=\"global::Layerwise.LibTorchException\">libtorch is needed and cannot be loaded.</exception>",
    ];

    // Both: to C# 12 and 13 an array converts to a span and to TorchSharp's tensor equally well.
    private static readonly (string Type, string AsSpan)[] Values = [(Span, "input"), ("float[]", $"({Span})input")];

    // An index alone, too: the number 0 is a Label to C# as much as a Target.
    private static readonly (string Type, string Name, string Index, string What)[] Classes = [("Label", "label", "(int)label", "one class"), ("int", "index", "index", "the class of an index, 0-based,")];

    /// <param name="spec">The user's class.</param>
    /// <param name="networkType">Full name of the emitted network.</param>
    /// <param name="file">The model's path beside the program.</param>
    /// <param name="inputs">The inputs' names, types and shapes in words.</param>
    /// <param name="outputs">The model's outputs, as its inputs.</param>
    /// <param name="labels">The labels of the explained classes; may be empty.</param>
    /// <param name="layers">The layers.</param>
    public static string Write(ExplainerSpec spec, string networkType, string file, IReadOnlyList<PortRow> inputs, IReadOnlyList<PortRow> outputs, IReadOnlyList<string> labels, IReadOnlyList<LayerRow> layers)
    {
        var writer = Head(spec, "CS1573");
        var name = spec.ClassName;
        var parameters = inputs.Count == 1 ? ["input"] : ParameterNames(inputs);
        var before = string.Concat(parameters.Select(p => $"{Tensor} {p}, "));
        var arguments = inputs.Count == 0 ? $"default(global::System.ReadOnlySpan<{Tensor}>)" : $"[{string.Join(", ", parameters)}]";

        writer.Line($"/// <summary>Explains what {Literal.Xml(file)} says about {(inputs.Count == 1 ? "its input" : "its inputs")}. Safe to call from many threads.</summary>");
        Class(writer, spec, labels);
        writer.Line($"private readonly global::{networkType} _network;").Line();
        writer.Line("global::Layerwise.Runtime.Network global::Layerwise.IExplainer.Network => _network;").Line();
        WriteLabelsOfInterface(writer, labels);

        writer.Line($"private {name}(global::Layerwise.Weights weights) => _network = global::Layerwise.Runtime.Network.Create(weights, static w => new global::{networkType}(w));").Line();
        writer.Line("/// <summary>Loads the weights of the model that was built with the program and stands beside it.</summary>");
        writer.Line("/// <param name=\"device\">Where to run; the CPU unless given.</param>");
        writer.Line(ThreadsDoc);
        writer.Lines(LoadDocs);
        writer.Line($"public {name}({Device} device = null, {Threads}) : this(global::Layerwise.Weights.Open(global::System.IO.Path.Combine(global::System.AppContext.BaseDirectory, {Literal.Of(file)}), device, threads))");
        writer.Open().Close().Line();
        writer.Line("/// <summary>Loads the weights of a model with the same graph, such as a retrained one.</summary>");
        writer.Line("/// <param name=\"path\">The .onnx file.</param>");
        writer.Line("/// <param name=\"device\">Where to run; the CPU unless given.</param>");
        writer.Line(ThreadsDoc);
        writer.Lines(LoadDocs);
        writer.Line($"public static {name} FromFile(string path, {Device} device = null, {Threads}) => new(global::Layerwise.Weights.Open(path, device, threads));").Line();

        writer.Line("/// <summary>The layers in the order in which they run, each with its rule and why.</summary>");
        writer.Line($"public static global::System.Collections.Generic.IReadOnlyList<global::Layerwise.Layer> Layers => global::{networkType}.Table;").Line();
        writer.Line("/// <summary>Whose kernels it runs on, in words; where libtorch's own operators do all the work, why.</summary>");
        writer.Line("public string Kernels => _network.Kernels;").Line();
        InputWriter.Of(spec.Input)?.Write(writer, labels.Count > 0, layers, stub: null);

        Summary(writer, "Runs the network forward.", inputs, parameters);
        writer.Line(CancellationDoc);
        writer.Line("/// <returns>The model's output, [N, …]; the caller's to dispose.</returns>");
        writer.Line(ShapeDoc);
        writer.Line($"public {Tensor} Predict({before}{Cancellation}) => _network.Predict({arguments}, cancellationToken);").Line();
        Summary(writer, "Runs the network forward and propagates relevance back to its input.", inputs, parameters);
        writer.Line("/// <param name=\"target\">The explained class of each sample; the arg-max unless given.</param>");
        writer.Line("/// <param name=\"options\">What the relevance starts with, and what the explanation brings along.</param>");
        writer.Line("/// <returns>The relevance of each element of the input, with the outputs that it explains.</returns>");
        writer.Line(ShapeDoc).Line(FiniteDoc).Line(TargetDoc);
        writer.Line($"public global::Layerwise.Explanation Explain({before}global::Layerwise.Target target = default, {Options}) => _network.Explain({arguments}, target, {Chosen});").Line();
        Summary(writer, "Explains several targets of one forward pass.", inputs, parameters);
        writer.Line("/// <param name=\"targets\">The targets.</param>");
        writer.Line("/// <param name=\"options\">What each relevance starts with, and what each explanation brings along.</param>");
        writer.Line("/// <returns>An explanation for each target, each the caller's to dispose.</returns>");
        writer.Line(ShapeDoc).Line(FiniteDoc).Line(TargetDoc);
        writer.Line($"public {Explanations} ExplainEach({before}global::System.Collections.Generic.IReadOnlyList<global::Layerwise.Target> targets, {Options}) => _network.ExplainEach({arguments}, targets, {Chosen});").Line();
        Summary(writer, "Runs the network forward and propagates a given relevance back to its input.", inputs, parameters);
        writer.Line("/// <param name=\"relevance\">The relevance of the logits, or of the output of the layer that <c>ExplainOptions.From</c> names; in its shape.</param>");
        writer.Line("/// <param name=\"options\">Where the relevance starts, and what the explanation brings along.</param>");
        writer.Line("/// <returns>The relevance of each element of the input, with the outputs that it explains.</returns>");
        writer.Line("/// <exception cref=\"global::Layerwise.ShapeException\">An input or the relevance has another shape.</exception>").Line(FiniteDoc);
        writer.Line($"public global::Layerwise.Explanation Propagate({before}{Tensor} relevance, {Options}) => _network.Propagate({arguments}, relevance, options);").Line();
        if (labels.Count > 0)
        {
            writer.Line("/// <summary>Explains why one class rather than another, for the whole batch.</summary>");
            writer.Line($"public global::Layerwise.Explanation Explain({before}Label label, Label against, {Options}) => _network.Explain({arguments}, global::Layerwise.Target.Difference((int)label, (int)against), {Chosen});").Line();
        }

        if (inputs.Count == 1)
        {
            foreach (var (values, span) in Values)
            {
                writer.Line("/// <summary>As with a tensor, from the values of one or more samples in row-major order.</summary>");
                writer.Line($"public float[] Predict({values} input, {Cancellation}) => _network.Predict({span}, cancellationToken);").Line();
                writer.Line("/// <summary>As with a tensor, from the values of one or more samples in row-major order.</summary>");
                writer.Line($"public global::Layerwise.Explanation Explain({values} input, global::Layerwise.Target target = default, {Options}) => _network.Explain({span}, target, {Chosen});").Line();
            }

            writer.Line("/// <summary>Runs the network forward, into memory of the caller's: the model's output of each sample in row-major order.</summary>");
            writer.Line($"public void Predict({Span} input, {Room} output, {Cancellation}) => _network.Predict(input, output, cancellationToken);").Line();
            WriteExplainInto(writer, "global::Layerwise.Target", "target");
        }

        foreach (var (type, argument, index, what) in labels.Count > 0 ? Classes : [])
        {
            writer.Line($"/// <summary>Explains {what} for the whole batch.</summary>");
            writer.Line($"public global::Layerwise.Explanation Explain({before}{type} {argument}, {Options}) => _network.Explain({arguments}, {index}, {Chosen});").Line();
            foreach (var (values, span) in inputs.Count == 1 ? Values : [])
            {
                writer.Line($"/// <summary>Explains {what} for the whole batch.</summary>");
                writer.Line($"public global::Layerwise.Explanation Explain({values} input, {type} {argument}, {Options}) => _network.Explain({span}, {index}, {Chosen});").Line();
            }

            if (inputs.Count == 1)
            {
                WriteExplainInto(writer, type, index.Replace(argument, "target"));
            }
        }

        writer.Line("/// <summary>Frees the weights.</summary>");
        writer.Line("public void Dispose() => _network.Dispose();");
        WritePorts(writer, "Input", inputs);
        WritePorts(writer, "Output", outputs);
        WriteLayers(writer, layers, i => $"Layers[{i}]");
        WriteLabels(writer, labels);
        writer.Close();
        return writer.ToString();
    }

    /// <summary>A class with the same members that throws: after an error, the user's own code still compiles.</summary>
    public static string Stub(ExplainerSpec spec, IReadOnlyList<PortRow> inputs, IReadOnlyList<PortRow> outputs, IReadOnlyList<string> labels, IReadOnlyList<LayerRow> layers)
    {
        const string Throw = "throw new global::System.InvalidOperationException(\"This explainer was not generated; the build says why.\")";
        var writer = Head(spec, "CS1591");
        var before = inputs.Count > 1 ? string.Concat(ParameterNames(inputs).Select(p => $"{Tensor} {p}, ")) : $"{Tensor} input, ";
        Class(writer, spec, labels);
        writer.Line($"global::Layerwise.Runtime.Network global::Layerwise.IExplainer.Network => {Throw};").Line();
        WriteLabelsOfInterface(writer, labels);
        InputWriter.Of(spec.Input)?.Write(writer, labels.Count > 0, layers, Throw);
        writer.Line($"public {spec.ClassName}({Device} device = null, {Threads}) => {Throw};").Line();
        writer.Line($"public static {spec.ClassName} FromFile(string path, {Device} device = null, {Threads}) => {Throw};").Line();
        writer.Line($"public static global::System.Collections.Generic.IReadOnlyList<global::Layerwise.Layer> Layers => {Throw};").Line();
        writer.Line($"public string Kernels => {Throw};").Line();
        writer.Line($"public {Tensor} Predict(params {Tensor}[] inputs) => {Throw};").Line();
        writer.Line($"public {Tensor} Predict({before}global::System.Threading.CancellationToken cancellationToken) => {Throw};").Line();
        foreach (var (values, _) in Values)
        {
            writer.Line($"public float[] Predict({values} input, {Cancellation}) => {Throw};").Line();
        }

        writer.Line($"public void Predict({Span} input, {Room} output, {Cancellation}) => {Throw};").Line();
        foreach (var target in labels.Count > 0 ? new[] { "global::Layerwise.Target", "Label", "int" } : ["global::Layerwise.Target"])
        {
            writer.Line($"public void Explain({Span} input, {target} target, {Room} relevance, {Room} logits = default, {Initial}, {Cancellation}) => {Throw};").Line();
        }

        writer.Line($"public {Explanations} ExplainEach({before}global::System.Collections.Generic.IReadOnlyList<global::Layerwise.Target> targets, {Options}) => {Throw};").Line();
        if (labels.Count > 0)
        {
            writer.Line($"public global::Layerwise.Explanation Explain({before}Label label, Label against, {Options}) => {Throw};").Line();
        }

        foreach (var input in Values.Select(v => v.Type + " input, ").Prepend(before))
        {
            writer.Line($"public global::Layerwise.Explanation Explain({input}global::Layerwise.Target target = default, {Options}) => {Throw};").Line();
            foreach (var (type, argument, _, _) in labels.Count > 0 ? Classes : [])
            {
                writer.Line($"public global::Layerwise.Explanation Explain({input}{type} {argument}, {Options}) => {Throw};").Line();
            }
        }

        writer.Line($"public global::Layerwise.Explanation Propagate({before}{Tensor} relevance, {Options}) => {Throw};").Line();
        writer.Line("public void Dispose() => global::System.GC.SuppressFinalize(this);");
        WritePorts(writer, "Input", inputs);
        WritePorts(writer, "Output", outputs);
        WriteLayers(writer, layers, _ => Throw);
        WriteLabels(writer, labels);
        writer.Close();
        return writer.ToString();
    }

    private static SourceWriter Head(ExplainerSpec spec, string silenced)
    {
        var writer = new SourceWriter().Line("// <auto-generated/>").Line("#nullable enable").Line($"#pragma warning disable {silenced}").Line();
        return spec.Namespace.Length > 0 ? writer.Line($"namespace {spec.Namespace};").Line() : writer;
    }

    private static void Class(SourceWriter writer, ExplainerSpec spec, IReadOnlyList<string> labels)
    {
        var face = (InputWriter.Of(spec.Input)?.Interface ?? "global::Layerwise.IExplainer") + (labels.Count > 0 ? $"<{spec.ClassName}.Label>" : "");
        writer.Open($"{(spec.IsPublic ? "public" : "internal")} partial class {spec.ClassName} : {face}, global::System.IDisposable");
    }

    private static void WriteLabelsOfInterface(SourceWriter writer, IReadOnlyList<string> labels)
        => writer.Line($"global::System.Collections.Generic.IReadOnlyList<string> global::Layerwise.IExplainer.Labels => {(labels.Count > 0 ? "Labels" : "[]")};").Line();

    private static void Summary(SourceWriter writer, string summary, IReadOnlyList<PortRow> inputs, IReadOnlyList<string> parameters)
    {
        writer.Line($"/// <summary>{summary}</summary>");
        for (var i = 0; i < inputs.Count; i++)
        {
            writer.Line($"/// <param name=\"{parameters[i]}\">{Literal.Xml(inputs[i].Name)}: {Literal.Xml(inputs[i].Type)} {Literal.Xml(inputs[i].Shape)}.</param>");
        }
    }

    private static List<string> ParameterNames(IReadOnlyList<PortRow> inputs)
    {
        var names = Names.ForFields();
        names.Take("target");
        names.Take("options");
        names.Take("relevance");
        names.Take("label");
        names.Take("index");
        names.Take("labels");
        names.Take("targets");
        names.Take("against");
        names.Take("cancellationToken");
        return [.. inputs.Select(i => names.TakeLayer(i.Name, null, "input"))];
    }

    private static void WriteExplainInto(SourceWriter writer, string type, string argument)
    {
        writer.Line("/// <summary>Explains into memory of the caller's. With managed kernels nothing is allocated.</summary>");
        writer.Line("/// <param name=\"input\">One or more samples in row-major order.</param>");
        writer.Line("/// <param name=\"target\">The explained class.</param>");
        writer.Line("/// <param name=\"relevance\">Room for the relevance of each element of the input.</param>");
        writer.Line("/// <param name=\"logits\">Room for the explained output of each sample, or none.</param>");
        writer.Line("/// <param name=\"initial\">The relevance that the target starts with.</param>");
        writer.Line(CancellationDoc);
        writer.Line($"public void Explain({Span} input, {type} target, {Room} relevance, {Room} logits = default, {Initial}, {Cancellation}) => _network.Explain(input, {argument}, relevance, logits, initial, cancellationToken);").Line();
    }

    private static void WritePorts(SourceWriter writer, string type, IReadOnlyList<PortRow> ports)
    {
        if (ports.Count == 0)
        {
            return;
        }

        writer.Line().Line($"/// <summary>The names of the model's {type.ToLowerInvariant()}s.</summary>");
        writer.Open($"public static class {type}");
        var members = LabelNames.OfConstants(ports.Select(port => port.Name), type);
        for (var i = 0; i < ports.Count; i++)
        {
            writer.Line($"/// <summary>{Literal.Xml(ports[i].Name)} · {Literal.Xml(ports[i].Type)} {Literal.Xml(ports[i].Shape)}</summary>");
            writer.Line($"public const string {members[i]} = {Literal.Of(ports[i].Name)};");
        }

        writer.Close();
    }

    private static void WriteLayers(SourceWriter writer, IReadOnlyList<LayerRow> layers, Func<string, string> value)
    {
        if (layers.All(l => l.Identifier.Length == 0))
        {
            return;
        }

        writer.Line().Line("/// <summary>The layers by name.</summary>");
        writer.Open("public static class Layer");
        for (var i = 0; i < layers.Count; i++)
        {
            writer.Line($"/// <summary>{Literal.Xml(layers[i].Name)} · {Literal.Xml(layers[i].Op)} · {Literal.Xml(layers[i].Shape)}</summary>");
            writer.Line($"public static global::Layerwise.Layer {layers[i].Identifier} => {value(i.ToString(System.Globalization.CultureInfo.InvariantCulture))};");
        }

        writer.Close();
    }

    private static void WriteLabels(SourceWriter writer, IReadOnlyList<string> labels)
    {
        if (labels.Count == 0)
        {
            return;
        }

        writer.Line().Line("/// <summary>The labels of the classes, by index.</summary>");
        writer.Line("public static global::System.Collections.Generic.IReadOnlyList<string> Labels { get; } =").Open(bracket: "[");
        writer.Lines(labels.Select(l => Literal.Of(l) + ","));
        writer.Close("];").Line();
        writer.Line("/// <summary>The classes.</summary>");
        writer.Open("public enum Label");
        var members = LabelNames.Of(labels);
        for (var i = 0; i < labels.Count; i++)
        {
            writer.Line($"/// <summary>{Literal.Xml(labels[i])}</summary>").Line($"{members[i]} = {i},");
        }

        writer.Close();
    }
}
