using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit;

/// <summary>Hands out identifiers, each once.</summary>
/// <param name="reserved">Identifiers that are taken from the start.</param>
public sealed class Names(params string[] reserved)
{
    private static readonly Regex Numbered = new(@"_?\d+$");

    // What exporters call the results of folding and the nodes that hold a constant.
    private static readonly Regex Folded = new("(^|_)(Constant|const_fold_opt)(_|$)");
    private readonly HashSet<string> _taken = new(reserved, StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>For the fields and locals of an emitted network: C#'s keywords and the network's own members are taken.</summary>
    public static Names ForFields() => new(
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal", "default", "delegate",
        "do", "double", "else", "enum", "event", "explicit", "extern", "false", "field", "finally", "fixed", "float", "for", "foreach", "goto", "if", "implicit",
        "in", "int", "interface", "internal", "is", "lock", "long", "namespace", "new", "null", "object", "operator", "out", "override", "params", "private",
        "protected", "public", "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof", "stackalloc", "static", "string", "struct", "switch", "this",
        "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort", "using", "var", "virtual", "void", "volatile", "while", "await",
        "f", "K", "N", "weights", "frame", "newFrame", "network", "inputs", "logits", "outputs", "layers", "forward", "head", "backward", "predict", "explain", "dispose",
        "equals", "toString", "getType", "getHashCode", "finalize", "memberwiseClone", "global");

    /// <summary>The identifier, or with the first number behind it that makes it new.</summary>
    public string Take(string identifier)
    {
        var name = identifier;
        while (!_taken.Add(name))
        {
            // Numbers that were tried before are taken still.
            _numbers[identifier] = _numbers.TryGetValue(identifier, out var number) ? ++number : number = 2;
            name = identifier + (char.IsDigit(identifier[identifier.Length - 1]) ? "_" : "") + number.ToString(CultureInfo.InvariantCulture);
        }

        return name;
    }

    /// <summary>
    /// A field name for a layer: from its weight (<c>layer1.0.conv1.weight</c> gives <c>layer1_0_conv1</c>) or its own name
    /// (<c>/features/features.0/conv/Conv</c> gives <c>features_0_conv</c>) where one of them is readable, otherwise the operator with a number.
    /// </summary>
    public string TakeLayer(string nodeName, string? weightName, string op) => Take(Stem(nodeName, weightName, op));

    private string Stem(string nodeName, string? weightName, string op)
    {
        var fallback = Regex.Replace(op, "^([A-Z]+(?![a-z])|[A-Z])", m => m.Value.ToLowerInvariant());
        var fromWeight = weightName is null ? "" : Identifier(Regex.Replace(weightName, @"[._/](weight|w|kernel|W)(_?0)?(:0)?$", "", RegexOptions.IgnoreCase));
        nodeName = Regex.Replace(nodeName, @"(?<=/\w+);(?=\w+/).*$", ""); // dense/MatMul;dense/BiasAdd: fused of both
        nodeName = Regex.Replace(nodeName, @"(?<=^|/)([^/]+)/(?=\1\.)", "");
        var fromNode = Identifier(Regex.Replace(nodeName, @"/(Conv|Gemm|MatMul|Relu|MaxPool|AveragePool|[A-Z][A-Za-z]+)(_\d+)?$", ""));
        var readable = new[] { fromNode, fromWeight }.FirstOrDefault(name => IsReadable(name, op));

        // A node without a name goes by its output, which exporters number: conv1_1 for the weight conv1_w.
        if (fromWeight.Length > 0 && readable == fromNode && readable != fromWeight && readable?.StartsWith(fromWeight + "_", StringComparison.Ordinal) == true)
        {
            readable = fromWeight;
        }

        return readable is null ? fallback + Next(fallback) : char.ToLowerInvariant(readable[0]) + readable.Substring(1);
    }

    /// <summary>As <see cref="TakeLayer"/>, as a member of a class: <c>Layer1_0_Conv1</c>.</summary>
    public string TakeMember(string nodeName, string? weightName, string op)
        => Take(Regex.Replace(Stem(nodeName, weightName, op), "(^|_)([a-z])", m => m.Groups[1].Value + m.Groups[2].Value.ToUpperInvariant()));

    /// <summary>What an input is to its operator: an optional argument's name says it, other operators say it themselves.</summary>
    public static string OfInput(Operator @operator, int input) => Word((@operator as KernelOperator)?.InputName(input)) ?? @operator.InputRole(input);

    /// <summary>As <see cref="OfInput"/>, of an output beside the first.</summary>
    public static string OfOutput(Operator @operator, int output) => Word((@operator as KernelOperator)?.OutputName(output)) ?? @operator.OutputRole(output);

    private static string? Word(string? argument) => argument is { Length: > 0 } name ? char.ToUpperInvariant(name[0]) + name.Substring(1) : null;

    /// <summary>Text as an identifier: letters and digits, others as single underscores; may be empty.</summary>
    public static string Identifier(string text)
    {
        var identifier = new StringBuilder();
        foreach (var c in text)
        {
            if (c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9'))
            {
                identifier.Append(c);
            }
            else if (identifier.Length > 0 && identifier[identifier.Length - 1] != '_')
            {
                identifier.Append('_');
            }
        }

        var name = identifier.ToString().TrimEnd('_');
        return name.Length > 0 && char.IsDigit(name[0]) ? "_" + name : name;
    }

    // "Conv_0", "node_12" or "123" say less than a number in the order of the layers.
    private static bool IsReadable(string name, string op)
        => name.Length is > 1 and <= 40
            && name[0] != '_'
            && !Folded.IsMatch(name)
            && Numbered.Replace(name, "") is var stem
            && stem.Length > 1
            && !(stem != name && (string.Equals(stem, op, StringComparison.OrdinalIgnoreCase) || stem is "node" or "onnx" or "onnx_Conv" or "onnx_MatMul" or "Plus" or "Times"));

    private readonly Dictionary<string, int> _counts = [];

    private string Next(string stem)
    {
        _counts.TryGetValue(stem, out var count);
        _counts[stem] = count + 1;
        return (count + 1).ToString(CultureInfo.InvariantCulture);
    }
}
