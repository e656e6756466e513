using Layerwise.Compiler.Ir;
using Layerwise.Compiler.Manifest;
using Layerwise.Compiler.Relevance;

namespace Layerwise.Compiler.Inputs;

/// <summary>A picture, as the runtime's <c>ImageInput</c>: value = (pixel · scale − mean) / std.</summary>
public sealed record ImageSpec : InputSpec
{
    private const string Stretch = nameof(Stretch);

    /// <summary>0 where the model's own is meant, or any.</summary>
    public int Width { get; init; }

    /// <summary>As <see cref="Width"/>.</summary>
    public int Height { get; init; }

    /// <summary>Pixels of the shorter side before the middle is cut out; 0 for the longer of width and height.</summary>
    public int Resize { get; init; }

    /// <summary>Applied to pixels of 0 to 255.</summary>
    public double Scale { get; init; } = 1 / 255.0;

    /// <summary>One number or one a channel.</summary>
    public EquatableList<double> Mean { get; init; } = new([0]);

    /// <summary>As <see cref="Mean"/>.</summary>
    public EquatableList<double> Std { get; init; } = new([1]);

    /// <summary>A member of the runtime's <c>ChannelOrder</c>.</summary>
    public string Order { get; init; } = "Rgb";

    /// <summary>A member of the runtime's <c>ImageFit</c>.</summary>
    public string Fit { get; init; } = Stretch;

    /// <summary>The values of black and white are the bounds of ZBox.</summary>
    public override ExplainerSpec Complete(ExplainerSpec spec)
    {
        if (Problem is not null)
        {
            return spec;
        }

        EquatableList<double> low = new(Bounds(Math.Min)), high = new(Bounds(Math.Max));
        Rule Bounded(Rule rule) => rule.Kind == RuleKind.ZBox && rule.Low.Count == 0 && rule.High.Count == 0 ? rule with { Low = low, High = high } : rule;
        var rules = new EquatableList<LayerRule>(spec.Rules.Select(line => line with { Rule = Bounded(line.Rule) }));
        return spec.Low.Count == 0 && spec.High.Count == 0 ? spec with { Low = low, High = high, Rules = rules } : spec with { Rules = rules };
    }

    public override InputSpec For(Graph graph, GraphManifest model)
    {
        if (Problem is { } problem)
        {
            throw new CompilationException("LW0006", $"The ImageInput is out of range: {problem}.");
        }

        CompilationException Unfit(string what) => new("LW0007", $"The ImageInput does not fit the model: {what}.");
        if (graph.Inputs is not [var input])
        {
            throw Unfit($"it is the one input of a model, and this one has {graph.Inputs.Count} ({Wording.List(graph.Inputs.Select(i => $"'{i}'"))})");
        }

        var shape = graph.Shapes[input];
        if (Layout(shape) is not var (channels, height, width) || !graph.Types[input].IsFloat())
        {
            throw Unfit($"'{input}' is {shape} of {graph.Types[input]}; a picture is [N, C, H, W] or [N, H, W, C] with 1 or 3 channels, of floating-point numbers");
        }

        foreach (var (name, count) in new[] { (nameof(Mean), Mean.Count), (nameof(Std), Std.Count) })
        {
            if (count != 1 && count != channels)
            {
                throw Unfit($"{name} has {count} numbers; '{input}' is {shape}, so give one, or one for each of {channels} channels");
            }
        }

        if (channels == 1 && Order != "Rgb")
        {
            throw Unfit($"'{input}' is {shape}, whose one channel has no order; leave Order out");
        }

        int Side(string name, int asked, Dim model) => model.IsOpen ? asked
            : asked == 0 || asked == model.Count ? (int)model.Count
            : throw Unfit($"{name} is {asked}, but '{input}' is {shape}; leave it out, or give {model.Count}");
        var fitted = this with { Width = Side(nameof(Width), Width, width), Height = Side(nameof(Height), Height, height) };
        var (shorter, longer) = (Math.Min(fitted.Width, fitted.Height), Math.Max(fitted.Width, fitted.Height));
        return Fit == Stretch ? fitted with { Resize = 0 }
            : shorter == 0 ? throw Unfit($"CenterCrop cuts out Width × Height pixels, and '{input}' is {shape}, which takes any; give both")
            : Resize != 0 && Resize < longer ? throw Unfit($"Resize is {Resize}, but {fitted.Width}×{fitted.Height} pixels are to be cut out of what it leaves; give {longer} or more")
            : fitted with { Resize = Resize == 0 ? longer : Resize };
    }

    /// <summary>A layer behind what changes the values, such as a model's own normalization, has other bounds than the picture.</summary>
    public override IEnumerable<Problem> Check(ExplainerSpec asked, Graph graph, RelevancePlan plan)
    {
        EquatableList<double> low = new(Bounds(Math.Min)), high = new(Bounds(Math.Max));
        bool IsGiven(Rule rule) => asked.Rules.Any(line => line.Rule == rule) || (asked.Low.Equals(low) && asked.High.Equals(high));
        foreach (var node in graph.Nodes.Where(n => plan.Rules.TryGetValue(n, out var planned) && planned.Rule is { Kind: RuleKind.ZBox } rule && rule.Low.Equals(low) && rule.High.Equals(high) && !IsGiven(rule)))
        {
            var before = graph.Before(node.Inputs[0]);
            var changes = graph.Nodes.Where(n => before.Contains(n) && n.Operator.Class is not (OperatorClass.Movement or OperatorClass.MaxPool or OperatorClass.AveragePool)).ToList();
            if (changes.Count > 0)
            {
                yield return new("LW0305", $"The ImageInput gives ZBox the bounds of the picture, but '{node.Name}' reads its values behind {Wording.List(changes.Select(n => $"{n.Operator.Name} '{n.Name}'"))}. Give Low and High: the smallest and the largest value that '{node.Name}' reads, one number or one a channel.");
            }
        }
    }

    private string? Problem
    {
        get
        {
            static bool IsNumber(double value) => !float.IsNaN((float)value) && !float.IsInfinity((float)value);
            return (Width, Height, Resize) is not ( >= 0, >= 0, >= 0) ? $"Width, Height and Resize are pixels, and {Math.Min(Width, Math.Min(Height, Resize))} is less than 0"
                : !IsNumber(Scale) || (float)Scale == 0 ? $"Scale is {Rule.Text(Scale)}; it must be a finite number other than 0, such as 1.0 / 255"
                : Mean.Count == 0 || !Mean.All(IsNumber) ? "Mean must be one finite number, or one a channel"
                : Std.Count == 0 || !Std.All(std => IsNumber(std) && (float)std > 0) ? $"Std is {string.Join(", ", Std.Select(Rule.Text))}; it must be one finite number above 0, or one a channel"
                : Resize > 0 && Fit == Stretch ? "Resize is the shorter side before Fit = ImageFit.CenterCrop cuts out the middle; a picture that is stretched has none"
                : null;
        }
    }

    /// <summary>As the runtime computes them, in single precision.</summary>
    private IEnumerable<double> Bounds(Func<double, double, double> choose)
    {
        for (var channel = 0; channel < Math.Max(Mean.Count, Std.Count); channel++)
        {
            var mean = (float)Mean[Mean.Count == 1 ? 0 : channel];
            var std = (float)Std[Std.Count == 1 ? 0 : channel];
            yield return choose((0 - mean) / std, ((255 * (float)Scale) - mean) / std);
        }
    }

    private static (long Channels, Dim Height, Dim Width)? Layout(Shape shape) => shape.Rank != 4 ? null
        : IsChannels(shape[1]) ? (shape[1].Count, shape[2], shape[3])
        : IsChannels(shape[3]) ? (shape[3].Count, shape[1], shape[2])
        : null;

    private static bool IsChannels(Dim dim) => dim is { IsOpen: false, IsBatch: false, Count: 1 or 3 };
}
