namespace Layerwise.Compiler.Emit;

/// <summary>
/// Frees each buffer once it is read for the last time, before the next call that needs memory, or leaves its memory to what is computed of it, element
/// by element. Inputs, outputs and relevances are the caller's and stay. What is written anew on the way back is freed on the way forward, too.
/// </summary>
public static class Liveness
{
    // Calls that can write over what they read.
    private static readonly HashSet<string> ByElement = ["K.Sum", "K.SumRelu", "K.Multiply", "K.Divide", "K.MultiplyDivide", "K.DivideEpsilon", "K.DivideAlphaBeta"];

    public static Program Run(Program program)
    {
        var kept = new HashSet<Slot>([.. program.Inputs, program.Logits, .. program.Outputs, .. program.Relevances.OfType<Slot>()]);
        var own = new[] { program.Forward.Concat(program.Head), program.Backward }.Select(OwnMemory).ToList();
        foreach (var (block, fresh) in program.Forward.Concat(program.Head).Select(b => (b, own[0])).Concat(program.Backward.Select(b => (b, own[1]))).Reverse())
        {
            var dying = block.Calls.SelectMany(c => c.Slots).Where(s => !s.IsField).Distinct().Where(kept.Add).ToList();
            dying.RemoveAll(slot => fresh.Contains(slot) && Overwrite(block, slot));
            Free(block, dying);
            kept.ExceptWith(block.Calls.Where(c => c.Callee == "K.Recover").SelectMany(c => c.Written));
        }

        return program;
    }

    /// <summary>Values of one direction whose memory no other value has: not of a view, and not seen through one.</summary>
    private static HashSet<Slot> OwnMemory(IEnumerable<Block> blocks)
    {
        var calls = blocks.SelectMany(b => b.Calls).Where(c => c.Callee != "f.At").ToList();
        var own = new HashSet<Slot>(calls.Where(IsFresh).SelectMany(c => c.Written));
        own.ExceptWith(calls.Where(c => !IsFresh(c) && c.Callee != "K.Recover").SelectMany(c => c.Slots));
        return own;
    }

    /// <summary>Frees values at the end of a block, or before a call that needs memory once they are not read any more.</summary>
    private static void Free(Block block, IReadOnlyList<Slot> dying)
    {
        foreach (var together in dying.GroupBy(slot => NextNeed(block, slot)).OrderByDescending(g => g.Key).ToList())
        {
            block.Calls.Insert(together.Key, new Call("K.Free", [together.ToList()]));
        }
    }

    private static int NextNeed(Block block, Slot slot)
    {
        var need = block.Calls.FindIndex(block.Calls.FindLastIndex(c => c.Slots.Contains(slot)) + 1, c => c.Written.Count() > (IsOver(c) ? 1 : 0));
        return need < 0 ? block.Calls.Count : need;
    }

    private static bool IsFresh(Call call)
        => ByElement.Contains(call.Callee) ? call.Slots.Count() > 2
            : call.Callee.EndsWith(".Linear", StringComparison.Ordinal) || call.Callee.EndsWith(".Relu", StringComparison.Ordinal) || call.Callee.EndsWith(".Back", StringComparison.Ordinal);

    private static bool IsOver(Call call) => call.Arguments.OfType<Named>().Any(n => n.Name == "over");

    private static bool Overwrite(Block block, Slot slot)
    {
        var last = block.Calls.FindLastIndex(c => c.Slots.Contains(slot));
        var call = block.Calls[last];
        if (!ByElement.Contains(call.Callee) || IsOver(call) || call.Written.Contains(slot) || !call.Written.All(w => w.Shape.Equals(slot.Shape)))
        {
            return false;
        }

        block.Calls[last] = call with { Arguments = [.. call.Arguments, new Named("over", slot)] };
        return true;
    }
}
