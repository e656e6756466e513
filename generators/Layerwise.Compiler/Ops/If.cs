using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>One of two graphs, by a condition that is known when compiling; InferShapes puts the nodes of that one in its place.</summary>
/// <param name="Then">The name of the branch that runs where the condition holds.</param>
/// <param name="Else">The name of the other.</param>
public sealed record If(string Then, string Else) : Operator
{
    public static Operator Read(NodeReader node) => new If(node.Branch("then_branch"), node.Branch("else_branch"));

    public override string Name => "If";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node) => throw node.NotConstant(0, "its condition");

    /// <summary>The branch that runs.</summary>
    /// <exception cref="CompilationException">LW0206: the condition depends on the network's input.</exception>
    public string Choose(NodeContext node) => node.Numbers(0, "its condition") switch
    {
        [0] => Else,
        [_] => Then,
        _ => throw node.ShapeError("its condition is not one truth value"),
    };
}
