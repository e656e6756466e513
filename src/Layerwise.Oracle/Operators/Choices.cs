using Layerwise.Oracle.Graph;

namespace Layerwise.Oracle.Operators;

/// <summary>Constants, shapes, and what is chosen by them.</summary>
internal static class Choices
{
    public static readonly Dictionary<string, Func<NodeCall, Value>> Operators = new()
    {
        ["Constant"] = Stored,
        ["ConstantOfShape"] = Filled,
        ["Shape"] = call => ShapeOf(call),
        ["Size"] = call => Number(Shapes.Size(call.Trace.ShapeOf(call.Node.Input[0]))),
        ["Range"] = Range,
        ["If"] = call => call.Trace.Branch(call.Node.Attribute(call.Constant(0).Values[0] != 0 ? "then_branch" : "else_branch")!.G, call.Output),
        ["Where"] = call => call.Function((_, a) => a[0] != 0 ? a[1] : a[2], (_, a, i) => i == (a[0] != 0 ? 1 : 2) ? 1 : 0, call[0], call[1], call[2]),
        ["Equal"] = call => Test(call, (a, b) => a == b),
        ["Greater"] = call => Test(call, (a, b) => a > b),
        ["GreaterOrEqual"] = call => Test(call, (a, b) => a >= b),
        ["Less"] = call => Test(call, (a, b) => a < b),
        ["LessOrEqual"] = call => Test(call, (a, b) => a <= b),
        ["And"] = call => Test(call, (a, b) => a != 0 && b != 0),
        ["Or"] = call => Test(call, (a, b) => a != 0 || b != 0),
        ["Not"] = call => call.Function((_, a) => a[0] == 0 ? 1 : 0, (_, _, _) => 0, call[0]),
    };

    private static Value Test(NodeCall call, Func<double, double, bool> test) => call.Function((_, a) => test(a[0], a[1]) ? 1 : 0, (_, _, _) => 0, call[0], call[1]);

    private static Value Stored(NodeCall call)
    {
        var attribute = call.Node.Attribute[0];
        return attribute.Name switch
        {
            "value" when call.Trace.Model.Read(attribute.T) is var (values, type) => new Constant(values, TensorValues.IsInteger(type)),
            "value_float" => new Constant(new Grid([attribute.F], [])),
            "value_floats" => new Constant(new Grid([.. attribute.Floats.Select(f => (double)f)], [attribute.Floats.Count])),
            "value_int" => Number(attribute.I),
            "value_ints" => new Constant(new Grid([.. attribute.Ints.Select(i => (double)i)], [attribute.Ints.Count]), IsInteger: true),
            _ => throw call.NoReference($"its attribute {attribute.Name}"),
        };
    }

    private static Value Filled(NodeCall call)
    {
        int[] shape = [.. call.Constant(0).Integers.Select(d => (int)d)];
        var (value, type) = call.Node.Attribute("value") is { T: { } tensor } ? call.Trace.Model.Read(tensor) : (new Grid([0], [1]), 1);
        return new Constant(Grid.Of(shape, _ => value.Values[0]), TensorValues.IsInteger(type));
    }

    private static Value ShapeOf(NodeCall call)
    {
        var shape = call.Trace.ShapeOf(call.Node.Input[0]);
        int Place(string name, int otherwise) => (int)Math.Clamp(call.Node.Int(name, otherwise) is < 0 and var i ? i + shape.Length : call.Node.Int(name, otherwise), 0, shape.Length);
        double[] sizes = [.. shape[Place("start", 0)..Place("end", shape.Length)].Select(d => (double)d)];
        return new Constant(new Grid(sizes, [sizes.Length]), IsInteger: true);
    }

    private static Value Range(NodeCall call)
    {
        double First(int i) => call.Constant(i).Values[0];
        var (start, limit, delta) = (First(0), First(1), First(2));
        return new Constant(Grid.Of([(int)Math.Max(0, Math.Ceiling((limit - start) / delta))], i => start + (i * delta)), call[0] is Constant { IsInteger: true });
    }

    private static Constant Number(long value) => new(new Grid([value], []), IsInteger: true);
}
