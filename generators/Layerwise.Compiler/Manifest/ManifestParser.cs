using System.Globalization;
using System.Text;

namespace Layerwise.Compiler.Manifest;

/// <summary>Reads the manifest text (docs/manifest.md).</summary>
public static class ManifestParser
{
    private const string Header = "layerwise-graph 1";

    /// <exception cref="FormatException">The text is not a manifest of this version; the message says which line.</exception>
    public static GraphManifest Parse(string text)
    {
        var lines = text.Split('\n');
        if (lines[0].TrimEnd('\r') != Header)
        {
            throw new FormatException($"The graph manifest does not start with '{Header}': it was written by another version of Layerwise. Clean and rebuild.");
        }

        var file = "";
        var opsets = new Dictionary<string, long>();
        var inputs = new List<ManifestValue>();
        var outputs = new List<ManifestValue>();
        var tensors = new List<ManifestTensor>();
        var nodes = new List<ManifestNode>();
        var branches = new Dictionary<string, ManifestBranch>();
        var current = nodes;
        List<string> labels = [], features = [];
        for (var i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0)
            {
                continue;
            }

            var record = new Cursor(lines[i].TrimEnd('\r'), i + 1);
            switch (record.Word())
            {
                case "file":
                    file = record.Quoted();
                    break;
                case "opset":
                    opsets[record.Quoted()] = record.Long();
                    break;
                case "input":
                    inputs.Add(Value(record));
                    break;
                case "output":
                    outputs.Add(Value(record));
                    break;
                case "tensor":
                    tensors.Add(Tensor(record));
                    break;
                case "node":
                    current.Add(Node(record));
                    break;
                case "graph":
                    var name = record.Quoted();
                    record.Expect("out");
                    branches[name] = new ManifestBranch(record.While('"', record.Quoted), current = []);
                    break;
                case "label":
                    labels.Add(record.Quoted());
                    break;
                case "feature":
                    features.Add(record.Quoted());
                    break;
                default:
                    throw record.Error("an unknown record");
            }

            record.End();
        }

        CheckValues(inputs.Select(i => i.Name).Concat(tensors.Select(t => t.Name)).Concat(nodes.Concat(branches.Values.SelectMany(b => b.Nodes)).SelectMany(n => n.Outputs)));
        return new GraphManifest(file, opsets, inputs, outputs, tensors, nodes, branches, labels, features);
    }

    private static void CheckValues(IEnumerable<string> names)
    {
        var seen = new HashSet<string>();
        foreach (var name in names.Where(n => n.Length > 0 && !seen.Add(n)))
        {
            throw new FormatException($"The graph manifest defines the value '{name}' twice. Clean and rebuild.");
        }
    }

    private static ManifestValue Value(Cursor record)
    {
        var name = record.Quoted();
        var type = record.Word();
        if (record.TryTake('?'))
        {
            return new ManifestValue(name, type, null);
        }

        return new ManifestValue(name, type, record.List(() => record.Peek switch
        {
            '"' => new ManifestDim(null, record.Quoted()),
            '?' => record.Take('?', new ManifestDim(null, null)),
            _ => new ManifestDim(record.Long(), null),
        }));
    }

    private static ManifestTensor Tensor(Cursor record)
    {
        var name = record.Quoted();
        var type = record.Word();
        var shape = record.List(record.Long);
        return !record.TryTake('=') ? new ManifestTensor(name, type, shape, null)
            : type.Contains("float") ? new ManifestTensor(name, type, shape, null) { Floats = record.Rest(record.Float) }
            : new ManifestTensor(name, type, shape, record.Rest(record.Long));
    }

    private static ManifestNode Node(Cursor record)
    {
        var domain = record.Quoted();
        var op = record.Quoted();
        var name = record.Quoted();
        record.Expect("in");
        var inputs = record.While('"', record.Quoted);
        record.Expect("out");
        var outputs = record.While('"', record.Quoted);
        var attributes = new Dictionary<string, object>();
        if (!record.AtEnd)
        {
            record.Expect("with");
            while (!record.AtEnd)
            {
                var attribute = record.Quoted();
                record.Take('=', 0);
                attributes[attribute] = Attribute(record);
            }
        }

        return new ManifestNode(domain, op, name, inputs, outputs, attributes);
    }

    private static object Attribute(Cursor record)
    {
        var kind = record.Word();
        record.Take(':', 0);
        switch (kind)
        {
            case "int":
                return record.Long();
            case "float":
                return record.Float();
            case "string":
                return record.Quoted();
            case "ints":
                return record.List(record.Long);
            case "floats":
                return record.List(record.Float);
            case "strings":
                return record.List(record.Quoted);
            case "tensor":
                var type = record.Word();
                var shape = record.List(record.Long);
                if (!record.TryTake('='))
                {
                    return new ManifestTensor("", type, shape, null);
                }

                bool IsNumber(char c) => c is '-' or 'N' or 'I' || char.IsDigit(c);
                return type.Contains("float")
                    ? new ManifestTensor("", type, shape, null) { Floats = record.While(IsNumber, record.Float) }
                    : new ManifestTensor("", type, shape, record.While(IsNumber, record.Long));
            case "graph":
                return new ManifestSubgraph(record.Quoted());
            default:
                throw record.Error($"an attribute of the unknown kind '{kind}'");
        }
    }

    /// <summary>A place in one line of the text.</summary>
    private sealed class Cursor(string line, int number)
    {
        private int _at;

        public bool AtEnd
        {
            get
            {
                SkipSpaces();
                return _at >= line.Length;
            }
        }

        public char Peek => AtEnd ? '\0' : line[_at];

        public FormatException Error(string what) => new($"The graph manifest has {what} in line {number}, column {_at + 1}. Clean and rebuild.");

        public void End()
        {
            if (!AtEnd)
            {
                throw Error("more than it should");
            }
        }

        public string Word()
        {
            SkipSpaces();
            var start = _at;
            while (_at < line.Length && (char.IsLetterOrDigit(line[_at]) || line[_at] == '_'))
            {
                _at++;
            }

            return _at > start ? line.Substring(start, _at - start) : throw Error("no word where one should be");
        }

        public void Expect(string word)
        {
            if (Word() != word)
            {
                throw Error($"no '{word}' where it should be");
            }
        }

        public T Take<T>(char character, T result) => TryTake(character) ? result : throw Error($"no '{character}' where it should be");

        public bool TryTake(char character)
        {
            if (Peek != character)
            {
                return false;
            }

            _at++;
            return true;
        }

        // An unsigned number beyond the largest signed one keeps its bits.
        public long Long() => Number() is var number && long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var unsigned)
                ? unchecked((long)unsigned)
                : throw Error("no whole number where one should be");

        public float Float() => Number() switch
        {
            "NaN" => float.NaN,
            "Infinity" => float.PositiveInfinity,
            "-Infinity" => float.NegativeInfinity,
            var number when float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) => value,
            _ => throw Error("no number where one should be"),
        };

        public IReadOnlyList<T> List<T>(Func<T> item)
        {
            Take('[', 0);
            var items = new List<T>();
            while (!TryTake(']'))
            {
                if (items.Count > 0)
                {
                    Take(',', 0);
                }

                items.Add(item());
            }

            return items;
        }

        public IReadOnlyList<T> While<T>(char first, Func<T> item) => While(c => c == first, item);

        public IReadOnlyList<T> While<T>(Func<char, bool> first, Func<T> item)
        {
            var items = new List<T>();
            while (!AtEnd && first(Peek))
            {
                items.Add(item());
            }

            return items;
        }

        public IReadOnlyList<T> Rest<T>(Func<T> item) => While(_ => true, item);

        public string Quoted()
        {
            Take('"', 0);
            var text = new StringBuilder();
            while (_at < line.Length)
            {
                var c = line[_at++];
                if (c == '"')
                {
                    return text.ToString();
                }

                text.Append(c == '\\' ? Escape() : c);
            }

            throw Error("a string without an end");
        }

        private char Escape()
        {
            var c = _at < line.Length ? line[_at++] : '\0';
            switch (c)
            {
                case '"' or '\\' or '/':
                    return c;
                case 'b':
                    return '\b';
                case 'f':
                    return '\f';
                case 'n':
                    return '\n';
                case 'r':
                    return '\r';
                case 't':
                    return '\t';
                case 'u' when _at + 4 <= line.Length
                    && ushort.TryParse(line.Substring(_at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                    _at += 4;
                    return (char)code;
                default:
                    throw Error("an unknown escape");
            }
        }

        private string Number()
        {
            SkipSpaces();
            var start = _at;
            while (_at < line.Length && (char.IsLetterOrDigit(line[_at]) || line[_at] is '-' or '+' or '.'))
            {
                _at++;
            }

            return line.Substring(start, _at - start);
        }

        private void SkipSpaces()
        {
            while (_at < line.Length && line[_at] == ' ')
            {
                _at++;
            }
        }
    }
}
