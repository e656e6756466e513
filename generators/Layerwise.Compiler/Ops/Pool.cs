using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>One number a window and channel.</summary>
public abstract record Pool(Window Window) : Operator
{
    protected override string Form => $"{Name} {Window.Size}";

    public override Operator Resolve(NodeContext node) => this with { Window = Window.Resolve(node, node.Shape(0)) };

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        return [new Shape([x[0], x[1], .. Window.OutputSize(node, x)])];
    }

    protected override bool KeepsNonNegative(IReadOnlyList<bool> inputs) => inputs[0];

    /// <summary>The window with the attribute that pools have and convolutions have not.</summary>
    protected static Window ReadWindow(NodeReader node) => Window.Read(node) with { CeilMode = node.Int("ceil_mode", 0) != 0 };
}
