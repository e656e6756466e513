using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Ops;

/// <summary>Pairs of features turned by an angle of their position (Su et al. 2021). Inputs: x [N, heads, sequence, size] or [N, sequence, hidden], cosines, sines, positions.</summary>
/// <param name="Interleaved">Whether the pairs are neighbours rather than halves.</param>
/// <param name="Heads">Heads of an input of three dimensions.</param>
/// <param name="Size">Features of a head that are turned; 0 for all.</param>
public sealed record RotaryEmbedding(bool Interleaved, long Heads, long Size) : KernelOperator
{
    public static Operator Read(NodeReader node) => new RotaryEmbedding(node.Int("interleaved", 0) != 0, node.Int("num_heads", 0), node.Int("rotary_embedding_dim", 0));

    public override string Name => "RotaryEmbedding";

    public override OperatorClass Class => OperatorClass.Movement;

    public override IEnumerable<(string Name, object Value)> Options => Unusual(("interleaved", Interleaved, false), ("heads", Heads, 0L), ("size", Size, 0L));

    public override string? InputName(int input) => input == 3 ? "positions" : null;

    public override IReadOnlyList<Shape> InferShapes(NodeContext node)
    {
        var x = node.Shape(0);
        var hidden = x.Rank is 3 or 4 ? x[x.Rank - 1] : default;
        var isValid = x.Rank == 4 || (x.Rank == 3 && Heads > 0 && hidden is { IsBatch: false, IsOpen: false } && hidden.Count % Heads == 0);
        return isValid ? [x] : throw node.ShapeError($"its input {x} does not divide into {Heads} heads");
    }
}
