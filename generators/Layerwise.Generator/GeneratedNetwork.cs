using Layerwise.Compiler;

namespace Layerwise.Generator;

/// <summary>What is added to the user's compilation.</summary>
/// <param name="TypeName">Full name of the user's class.</param>
/// <param name="NetworkSource">The network; <c>null</c> where there are problems.</param>
/// <param name="ExplainerSource">The second half of the user's class, a throwing stub where there are problems; <c>null</c> where it can have none.</param>
/// <param name="Problems">What the user must solve.</param>
internal sealed record GeneratedNetwork(string TypeName, string? NetworkSource, string? ExplainerSource, EquatableList<Problem> Problems)
{
    public static GeneratedNetwork From(ExplainerOrder order, Func<string, ExplainerSpec, CompiledNetwork> compile)
    {
        if (order is not { Spec: { } spec, Manifest: { } manifest })
        {
            return Stub(order, order.Problems);
        }

        try
        {
            var network = compile(manifest, spec);
            return new(order.TypeName, network.NetworkSource, network.ExplainerSource, new(network.Problems));
        }
        catch (FormatException e)
        {
            return Stub(order, [new(Diagnostics.UnreadableManifest.Id, $"The model's graph manifest cannot be read. {e.Message}")]);
        }
#pragma warning disable CA1031 // A generator that throws is switched off by the C# compiler, with every other explainer of the project.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return Stub(order, [Fault(e)]);
        }
    }

    private static GeneratedNetwork Stub(ExplainerOrder order, IEnumerable<Problem> problems)
    {
        try
        {
            return new(order.TypeName, null, order.Spec is { } spec ? NetworkCompiler.Stub(spec) : null, new(problems));
        }
#pragma warning disable CA1031 // As above.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new(order.TypeName, null, null, new([.. problems, Fault(e)]));
        }
    }

    private static Problem Fault(Exception e) => new(
        Diagnostics.Fault.Id,
        $"Layerwise failed on this model: {e.GetType().FullName}: {e.Message} This is a fault in Layerwise; please report it with the model's .lwgraph file.");
}
