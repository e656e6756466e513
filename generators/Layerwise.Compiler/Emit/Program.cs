using Layerwise.Compiler.Ir;

namespace Layerwise.Compiler.Emit;

/// <summary>A buffer of the frame: one value of one call; or, as a field of the network, a constant.</summary>
public sealed record Slot(string Name, Shape Shape, string Comment, bool IsField = false)
{
    public override string ToString() => IsField ? Name : "f." + Name;
}

/// <summary>Marks the argument of a call that it writes; with a name, an optional one.</summary>
public readonly record struct Write(Slot Slot, string Name = "")
{
    public override string ToString() => Name.Length > 0 ? $"{Name}: {Slot}" : Slot.ToString();
}

/// <summary>A buffer that a call reads, as an optional argument.</summary>
public readonly record struct Named(string Name, Slot Slot)
{
    public override string ToString() => $"{Name}: {Slot}";
}

/// <summary>What a field or local of the constructor is made of: <c>new(…)</c>, <c>conv1.Positive()</c>.</summary>
public sealed record Making(string Callee, params IReadOnlyList<string> Arguments)
{
    public override string ToString() => $"{Callee}({string.Join(", ", Arguments)})";
}

/// <summary>A statement of the constructor, with the number of the layer that it belongs to.</summary>
public abstract record Setup(int Layer);

/// <summary>A kernel with its weights, made once at load.</summary>
/// <param name="Type">Such as <c>Conv</c>.</param>
/// <param name="Name">The field.</param>
/// <param name="Value">What it is made of.</param>
/// <param name="Layer">The number of the layer that it belongs to.</param>
public sealed record Kernel(string Type, string Name, Making Value, int Layer) : Setup(Layer);

/// <summary>A local of the constructor that several kernels are made of.</summary>
public sealed record Local(string Name, Making Value, int Layer) : Setup(Layer);

/// <summary>A kernel over weights alone, or a check of them.</summary>
public sealed record SetupCall(Call Call, int Layer) : Setup(Layer)
{
    /// <summary>The lines of its comment.</summary>
    public IReadOnlyList<string> Comment { get; init; } = [];
}

/// <summary>One line of the emitted network: a kernel over buffers.</summary>
public sealed record Call(string Callee, IReadOnlyList<object> Arguments)
{
    /// <summary>What is said behind it; may be empty.</summary>
    public string Comment { get; init; } = "";

    public IEnumerable<Slot> Slots => Arguments.SelectMany(a => a switch
    {
        Slot slot => [slot],
        Write write => [write.Slot],
        Named named => [named.Slot],
        IReadOnlyList<Slot> slots => slots,
        IReadOnlyList<Write> writes => writes.Select(w => w.Slot),
        Lambda lambda => lambda.Body.Slots,
        _ => Enumerable.Empty<Slot>(),
    });

    public IEnumerable<Slot> Written => Arguments.SelectMany(a => a switch
    {
        Write write => [write.Slot],
        IReadOnlyList<Write> writes => writes.Select(w => w.Slot),
        _ => Enumerable.Empty<Slot>(),
    });

    public override string ToString() => $"{Callee}({string.Join(", ", Arguments.Select(a => a switch
    {
        IReadOnlyList<Slot> slots => $"[{string.Join(", ", slots)}]",
        IReadOnlyList<Write> writes => $"[{string.Join(", ", writes)}]",
        _ => a.ToString(),
    }))});";
}

/// <summary>A call as an argument of another: <c>(x, y) => K.Slice(x, y, …)</c>.</summary>
public sealed record Lambda(string Parameters, Call Body)
{
    public override string ToString() => $"{Parameters} => {Body.ToString().TrimEnd(';')}";
}

/// <summary>What a layer takes, gives on and keeps of relevance: calls on the ledger of a frame.</summary>
/// <param name="layer">The layer's number.</param>
public sealed class Account(string layer)
{
    private readonly List<Call> _entries = [];

    public void Add(string entry, IReadOnlyList<object> arguments) => _entries.Add(new Call(entry, arguments));

    public void Gives(int input, IReadOnlyList<object> flow) => Add("Gives", input == 0 ? flow : [.. flow, Lowering.Option("input", input.ToString(System.Globalization.CultureInfo.InvariantCulture))]);

    public string Head { get; } = $"ledger.Layer({layer})";

    /// <summary>What follows on the head, entry by entry.</summary>
    public IReadOnlyList<string> Entries => [.. _entries.Select(e => "." + e.ToString().TrimEnd(';'))];
}

/// <summary>Where a layer's (first) output stands, and the relevance that comes back to it.</summary>
/// <param name="Value">The output.</param>
/// <param name="Relevance">R, or c; <c>null</c> where none comes back.</param>
/// <param name="Factor">With c, what it is a factor of.</param>
/// <param name="Vanishes">Whether R is 0 wherever the output is.</param>
/// <param name="Passes">Whether relevance passes it as it is, so that nothing runs.</param>
public sealed record LayerSlots(Slot Value, Slot? Relevance = null, Slot? Factor = null, bool Vanishes = false, bool Passes = false)
{
    public override string ToString() => $"new({string.Join(", ", new[] { Value.Name, Relevance?.Name, Factor?.Name, Vanishes && Factor is null ? "vanishes: true" : null, Passes ? "passes: true" : null }.OfType<string>())})";
}

/// <summary>The calls of one layer in one direction.</summary>
public sealed class Block(params IReadOnlyList<string> comment)
{
    /// <summary>The lines of its comment.</summary>
    public IReadOnlyList<string> Comment { get; set; } = comment;

    public List<Call> Calls { get; } = [];
}

/// <summary>A network as kernels over buffers, ready to be written.</summary>
public sealed record Program
{
    public required IReadOnlyList<Slot> Inputs { get; init; }

    public required Slot Logits { get; init; }

    public required IReadOnlyList<Slot> Outputs { get; init; }

    /// <summary>The relevance of the logits that a call starts with; <c>null</c> where the network only predicts.</summary>
    public required Slot? Start { get; init; }

    /// <summary>The relevance of each input, or <c>null</c> where none reaches it.</summary>
    public required IReadOnlyList<Slot?> Relevances { get; init; }

    /// <summary>Every buffer in the order in which it is first written.</summary>
    public required IReadOnlyList<Slot> Slots { get; init; }

    /// <summary>The constructor.</summary>
    public required IReadOnlyList<Setup> Setup { get; init; }

    public required IReadOnlyList<Block> Forward { get; init; }

    public required IReadOnlyList<Block> Head { get; init; }

    public required IReadOnlyList<Block> Backward { get; init; }

    /// <summary>What the way back computes whatever the target is.</summary>
    public required IReadOnlyList<Slot> TargetFree { get; init; }

    /// <summary>What each layer that relevance passes takes, gives and keeps; the last layer first.</summary>
    public required IReadOnlyList<Account> Accounts { get; init; }

    /// <summary>Whether buffers hold what one of several readers of a value gives back: <c>C1b</c>.</summary>
    public required bool HasShares { get; init; }

    /// <summary>Where the layers' values and their relevance stand, in the order of the table.</summary>
    public required IReadOnlyList<LayerSlots> Layers { get; init; }
}
