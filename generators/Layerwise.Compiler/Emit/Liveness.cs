namespace Layerwise.Compiler.Emit;

/// <summary>Frees each buffer in the block that uses it last. Inputs, outputs and relevances are the caller's and stay.</summary>
public static class Liveness
{
    public static Program Run(Program program)
    {
        var kept = new HashSet<Slot>([.. program.Inputs, program.Logits, .. program.Outputs, .. program.Relevances.OfType<Slot>()]);
        foreach (var block in program.Forward.Concat(program.Head).Concat(program.Backward).Reverse())
        {
            // What another value was written over is gone already.
            kept.UnionWith(block.Calls.SelectMany(c => c.Arguments).OfType<Named>().Where(n => n.Name == "over").Select(n => n.Slot));
            var dying = block.Calls.SelectMany(c => c.Slots).Where(s => !s.IsField).Distinct().Where(kept.Add).ToList();
            if (dying.Count > 0)
            {
                block.Calls.Add(new Call("K.Free", [dying]));
            }
        }

        return program;
    }
}
