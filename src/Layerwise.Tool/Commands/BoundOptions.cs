using System.CommandLine;
using System.Globalization;
using Layerwise.Compiler;

namespace Layerwise.Tool.Commands;

/// <summary>Between which numbers the input lies, for the rules that need to know: ZBox, and DeepTaylor's first layer.</summary>
internal sealed class BoundOptions
{
    private readonly Option<double[]> _low = Numbers("--low", "The smallest value of the input, for EpsilonGammaBox and DeepTaylor: one number, or one a channel.");
    private readonly Option<double[]> _high = Numbers("--high", "The largest value of the input, as --low.");

    public BoundOptions(Command command)
    {
        command.Add(_low);
        command.Add(_high);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_low) is { Implicit: false } != result.GetResult(_high) is { Implicit: false })
            {
                result.AddError("Give --low and --high together.");
            }
        });
    }

    /// <summary>The bounds of the options in place of those of a composite file.</summary>
    public ExplainerSpec Apply(ParseResult parse, ExplainerSpec spec) => parse.GetValue(_low) is { Length: > 0 } low && parse.GetValue(_high) is { Length: > 0 } high
        ? spec with { Low = new(low), High = new(high) }
        : spec;

    private static Option<double[]> Numbers(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "x[,y,z]",
        CustomParser = result =>
        {
            var values = new List<double>();
            foreach (var text in result.Tokens[^1].Value.Split(','))
            {
                if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !double.IsFinite(value))
                {
                    result.AddError($"{name} takes numbers separated by commas, such as -1 or -2.1,-2,-1.8; '{text}' is none.");
                    return [];
                }

                values.Add(value);
            }

            return [.. values];
        },
    };
}
