namespace Layerwise.Compiler.Emit;

/// <summary>Finds what the way back computes of forward values alone, such as denominators: it is the same for every target.</summary>
public static class TargetFree
{
    public static IReadOnlyList<Slot> Of(Slot start, IReadOnlyList<Block> backward)
    {
        var (ofTarget, others) = (new HashSet<Slot> { start }, new List<Slot>());
        foreach (var call in backward.SelectMany(b => b.Calls))
        {
            var written = call.Written.ToList();
            if (call.Slots.Any(ofTarget.Contains))
            {
                ofTarget.UnionWith(written);
            }
            else
            {
                others.AddRange(written);
            }
        }

        return [.. others.Where(s => !ofTarget.Contains(s)).Distinct()];
    }
}
