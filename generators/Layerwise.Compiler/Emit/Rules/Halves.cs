using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Rules;

/// <summary>A kernel made of the layer's own, made where it is used.</summary>
/// <param name="Suffix">What the field's name adds to the layer's: <c>Plus</c>.</param>
/// <param name="Making">What makes it of the layer: <c>Positive()</c>.</param>
public sealed record Part(string Suffix, string Making);

/// <summary>
/// The input of a linear layer in its halves x⁺ and x⁻, for the rules that weigh contributions by their sign.
/// An input that is never negative has one half: one kernel serves where two would.
/// </summary>
public sealed class Halves(Lowering lowering, Node node)
{
    /// <summary>Whether results are factors of the input; otherwise relevance itself.</summary>
    public bool AsFactor { get; } = lowering.Graph.NonNegative.Contains(node.Inputs[0]);

    /// <summary>z = first(x⁺) + second(x⁻); the bias is the first one's.</summary>
    public Slot Linear(Part first, Part second, string name = "Z")
    {
        var z = lowering.New(name, node.Output);
        lowering.Call($"{Callee(first, second)}.Linear", lowering.Input(node), new Write(z));
        return z;
    }

    /// <summary>x⁺ ⊙ firstᵀs + x⁻ ⊙ secondᵀs, or the factor firstᵀs.</summary>
    public Slot Back(Part first, Part second, Slot s, Slot result)
    {
        if (AsFactor)
        {
            lowering.Call($"{Kernel(first)}.Back", [s, new Write(result), .. lowering.Like(node.Inputs[0])]);
        }
        else
        {
            lowering.Call($"{Kernel(first, second)}.Back", s, lowering.Input(node), new Write(result));
        }

        return result;
    }

    /// <summary>A buffer for one of several shares of the input's relevance.</summary>
    public Slot Share(string suffix) => lowering.NewShare((AsFactor ? "C" : "R") + suffix, node.Inputs[0]);

    /// <summary>The buffer for the input's relevance.</summary>
    public Slot Result() => lowering.NewRelevance(node.Inputs[0], AsFactor);

    public void Give(Slot relevance) => lowering.Give(node.Inputs[0], relevance, AsFactor ? node.Inputs[0] : null);

    /// <summary>The kernel of a part.</summary>
    public string Kernel(Part part) => RuleEmitter.Derived(lowering, node, part);

    /// <summary>The kernel of first(x⁺) + second(x⁻).</summary>
    public string Callee(Part first, Part second) => AsFactor ? Kernel(first) : Kernel(first, second);

    private string Kernel(Part first, Part second)
        => lowering.Constructor.Kernel(node, "Halves", first.Suffix + "Halves", () => new("new", Kernel(first), Kernel(second)));
}
