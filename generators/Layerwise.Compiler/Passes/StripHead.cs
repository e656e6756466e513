using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Ops;

namespace Layerwise.Compiler.Passes;

/// <summary>
/// Canonizer: takes the final Softmax or Sigmoid out of what is explained, so that relevance starts at the logits. It and what moves its
/// output stay in the network for Predict. Leaves alone: one that other layers read, and one right behind the input.
/// </summary>
public static class StripHead
{
    public static Graph Run(Graph graph)
    {
        var uses = new Uses(graph);
        var value = graph.Output;
        while (uses.Producer(value) is { } node && uses.Consumers(value).Count <= 1)
        {
            var isSigmoid = node.Operator is Elementwise { Name: "Sigmoid" };
            if ((isSigmoid || node.Operator is Softmax) && !graph.Inputs.Contains(node.Inputs[0]) && uses.Consumers(node.Inputs[0]).Count == 1)
            {
                return (graph with { Logits = node.Inputs[0], HasIndependentClasses = isSigmoid })
                    .Note($"{node.Operator.Name} '{node.Name}' is left out of the explanation: relevance starts at the logits before it.");
            }

            if (node.Operator is not (Reshape or Flatten or Unsqueeze or Transpose))
            {
                break;
            }

            value = node.Inputs[0];
        }

        return graph;
    }
}
