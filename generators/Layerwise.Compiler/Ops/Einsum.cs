using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Einstein's sum over named axes: <c>bij,bjk-&gt;bik</c>.</summary>
public sealed record Einsum(string Equation) : KernelOperator
{
    public static Operator Read(NodeReader node)
    {
        var equation = node.String("equation", "").Replace(" ", "");
        return equation.Length > 0 && equation.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or ',' or '-' or '>' or '.')
            ? new Einsum(equation)
            : throw node.Unsupported($"equation = \"{equation}\" is none", "The file does not follow the ONNX standard; export it again.");
    }

    public override string Name => "Einsum";

    public override OperatorClass Class => OperatorClass.Product;

    public override WayBack WayBack => Equation.Contains("->") && Enumerable.Range(0, Split().Terms.Length).All(IsPlain) ? WayBack.Own : WayBack.None;

    public override IEnumerable<(string Name, object Value)> Options => [("equation", Equation)];

    public override bool TakesList => true;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var (terms, result) = Split();
        if (terms.Length != node.InputCount)
        {
            throw node.ShapeError($"\"{Equation}\" has {terms.Length} terms for {node.InputCount} inputs");
        }

        var sizes = new Dictionary<char, Dim>();
        var outer = new Shape();
        for (var i = 0; i < terms.Length; i++)
        {
            var shape = node.Shape(i);
            var rest = shape.Rank - terms[i].Replace("...", "").Length;
            var dots = terms[i].IndexOf("...", StringComparison.Ordinal);
            if (rest < 0 || (rest > 0 && dots < 0))
            {
                throw node.ShapeError($"the term '{terms[i]}' of \"{Equation}\" does not fit its input {shape}");
            }

            var labels = dots < 0 ? terms[i] : terms[i].Remove(dots, 3).Insert(dots, new string('.', rest));
            outer = dots < 0 ? outer : Broadcast.Of(node, outer, new Shape(shape.Dims.Skip(dots).Take(rest)));
            for (var axis = 0; axis < labels.Length; axis++)
            {
                if (labels[axis] == '.')
                {
                    continue;
                }

                var size = sizes.TryGetValue(labels[axis], out var before) ? before : 1;
                sizes[labels[axis]] = size == 1 ? shape[axis]
                    : shape[axis] == size || shape[axis] == 1 ? size
                    : throw node.ShapeError($"the axis '{labels[axis]}' of \"{Equation}\" is {size} and {shape[axis]}");
            }
        }

        if (result.Replace("...", "").FirstOrDefault(c => !sizes.ContainsKey(c)) is var unknown && unknown != default)
        {
            throw node.ShapeError($"the axis '{unknown}' of \"{Equation}\" is in no input");
        }

        if (sizes.FirstOrDefault(s => s.Value.IsBatch && result.IndexOf(s.Key) < 0) is { Value.IsBatch: true } batch)
        {
            throw node.ShapeError($"it joins the samples along the axis '{batch.Key}' of \"{Equation}\"");
        }

        var at = result.IndexOf("...", StringComparison.Ordinal);
        return at < 0
            ? [new Shape(result.Select(c => sizes[c]))]
            : [new Shape([.. result.Take(at).Select(c => sizes[c]), .. outer.Dims, .. result.Skip(at + 3).Select(c => sizes[c])])];
    }

    // Without a result, it is every axis that stands once, in alphabetical order, after those of the dots.
    /// <summary>The equation of the derivative for one input: the result's and the other inputs' terms, summed to its own.</summary>
    internal string Back(int input)
    {
        var (terms, result) = Split();
        return $"{string.Join(",", terms.Where((_, i) => i != input).Prepend(result))}->{terms[input]}";
    }

    // Whether each axis of a term stands there once, and elsewhere too.
    private bool IsPlain(int input)
    {
        var (terms, result) = Split();
        return !Equation.Contains("...") && terms[input].Distinct().Count() == terms[input].Length
            && terms[input].All(axis => result.Contains(axis) || terms.Where((_, i) => i != input).Any(t => t.Contains(axis)));
    }

    private (string[] Terms, string Result) Split()
    {
        var arrow = Equation.IndexOf("->", StringComparison.Ordinal);
        var terms = (arrow < 0 ? Equation : Equation.Substring(0, arrow)).Split(',');
        var once = string.Concat(string.Concat(terms).Where(char.IsLetter).GroupBy(c => c).Where(g => g.Count() == 1).Select(g => g.Key).OrderBy(c => c));
        return (terms, arrow >= 0 ? Equation.Substring(arrow + 2) : (Equation.Contains("...") ? "..." : "") + once);
    }
}
