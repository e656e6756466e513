using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit.Operators;

public sealed class SumEmitter : OperatorEmitter
{
    public override void Forward(Lowering lowering, Node node, Slot output, bool withRelu)
        => lowering.Call(withRelu ? "K.SumRelu" : "K.Sum", node.Inputs.Select(lowering.Value).ToList(), new Write(output));

    /// <summary>The same s for every input; for one that was broadcast, summed over what it was broadcast to.</summary>
    public override void PullBack(Lowering lowering, Node node, Slot s, bool asFactor)
    {
        foreach (var input in node.Inputs.Where(i => !lowering.Graph.Constants.ContainsKey(i)))
        {
            var share = s;
            if (!lowering.Graph.Shapes[input].Equals(lowering.Graph.Shapes[node.Output]))
            {
                share = lowering.NewRelevance(input, asFactor);
                lowering.Call("K.SumTo", s, new Write(share));
            }

            lowering.Give(input, share, asFactor ? input : null);
        }
    }
}
