using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>The inputs one after the other along an axis.</summary>
public sealed record Concat(int Axis) : Operator
{
    public static Operator Read(NodeReader node) => new Concat(checked((int)node.Int("axis", 1)));

    public override string Name => "Concat";

    public override OperatorClass Class => OperatorClass.Movement;

    public override Operator Resolve(NodeContext node) => this with { Axis = node.Axis(node.Shape(0), Axis) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var first = node.Shape(0);
        var total = 0L;
        for (var i = 0; i < node.InputCount; i++)
        {
            var shape = node.Shape(i);
            if (shape.Rank != first.Rank || Enumerable.Range(0, first.Rank).Any(axis => axis != Axis && shape[axis] != first[axis]))
            {
                throw node.ShapeError($"its inputs {first} and {shape} differ in more than axis {Axis}");
            }

            if (shape[Axis].IsBatch || shape[Axis].IsOpen)
            {
                throw node.ShapeError($"it joins along axis {Axis} of {shape}, whose size is not known");
            }

            total += shape[Axis].Count;
        }

        return [new Shape(first.Dims.Select((dim, axis) => axis == Axis ? total : dim))];
    }

    public override Known? Evaluate(NodeContext node)
    {
        var parts = Enumerable.Range(0, node.InputCount).Select(node.Known).ToList();
        return parts.Sum(p => (long)(p?.Count ?? 0)) > Ir.Known.Most ? null
            : parts.TrueForAll(p => p is KnownIntegers { IsList: true })
            ? new KnownIntegers([.. parts.SelectMany(p => ((KnownIntegers)p!).Values)]) { Type = parts[0]!.Type }
            : parts.TrueForAll(p => p is KnownFloats { IsList: true })
            ? new KnownFloats(new(Enumerable.Range(0, parts.Count).SelectMany(i => node.Floats(i)!.Values)), new([parts.Sum(p => p!.Count)]))
            : null;
    }

    public override bool HandsOn(NodeContext node, Shape output) => node.InputCount == 1;

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs.All(i => i);
}
