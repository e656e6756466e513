using System.CommandLine;
using System.CommandLine.Parsing;
using Layerwise.Compiler;
using Layerwise.Oracle.Graph;
using Layerwise.Tool.Verification;
using static TorchSharp.torch;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise verify</c>: whether an emitted network computes and explains what it should, layer by layer.</summary>
internal sealed class VerifyCommand
{
    // Of random inputs, where the options give none.
    private static readonly double[] Low = [-1], High = [1];

    private readonly Option<string[]> _inputs = new("--input")
    {
        Description = "An array [N, …] to explain, in place of random numbers; NAME=FILE.npy where the model has several inputs. Repeatable.",
        HelpName = "[NAME=]FILE.npy",
    };

    private readonly Option<bool> _all = new("--all") { Description = "Verifies every composite, less those that are none for the model." };
    private readonly Option<int> _seed = new("--seed") { Description = "Where random numbers start.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _samples = new("--samples") { Description = "How many random samples are explained.", HelpName = "N", DefaultValueFactory = _ => 1 };

    private readonly Option<long> _budget = new("--budget")
    {
        Description = "Multiplications that the oracle may spend on a layer; of a larger one it compares a sample of the elements.",
        HelpName = "N",
        DefaultValueFactory = _ => 20_000_000,
    };

    private readonly Option<bool> _json = JsonOption.Create();
    private readonly ModelOptions _model;

    private VerifyCommand(Command command)
    {
        _model = new ModelOptions(command);
        foreach (var option in (Option[])[_inputs, _all, _seed, _samples, _budget, _json])
        {
            command.Add(option);
        }

        AtLeastOne(_samples);
        AtLeastOne(_budget);
        command.SetAction(Run);
    }

    public static Command Create()
    {
        var command = new Command("verify", "Verifies the emitted network of a model layer by layer: whether relevance adds up, and whether outputs and relevance are those of an independent float64 reference.");
        _ = new VerifyCommand(command);
        return command;
    }

    private static void AtLeastOne<T>(Option<T> option)
        where T : System.Numerics.INumber<T>
        => option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<T>() is { } number && number < T.One)
            {
                result.AddError($"{option.Name} is {number}; it must be 1 or more.");
            }
        });

    private int Run(ParseResult parse)
    {
        var (output, error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        InputFile[] files = [.. (parse.GetValue(_inputs) ?? []).Select(InputFile.Read)];
        var model = OracleModel.Read(_model.Model(parse));
        var reports = Terminal.Working(error, "Compiling", at => Specs(parse).Select(spec => Verify(parse, spec.Name, spec.Spec, model, files, now => at(spec.Name is null ? now : $"{spec.Name}: {now}"))).ToList());
        if (parse.GetValue(_json))
        {
            output.WriteLine(VerificationReport.ToJson(_model.Model(parse), reports));
        }
        else
        {
            reports.ForEach(report => report.Print(output));
        }

        return reports.All(r => r.Failures.Count == 0) && reports.Any(r => r.Refusal is null) ? ExitCode.Done : ExitCode.DoesNotHold;
    }

    private IEnumerable<(string? Name, ExplainerSpec Spec)> Specs(ParseResult parse)
    {
        // Random numbers lie between these bounds.
        static ExplainerSpec Bounded(ExplainerSpec spec) => spec.Low.Count == 0 && string.Equals(spec.Composite, nameof(Composite.EpsilonGammaBox), StringComparison.OrdinalIgnoreCase)
            ? spec with { Low = new(Low), High = new(High) }
            : spec;
        var own = _model.Spec(parse);
        return parse.GetValue(_all)
            ? Enum.GetValues<Composite>().Where(c => c != Composite.Custom).Select(c => ((string?)c.ToString(), Bounded(own with { Method = "lrp", Composite = c.ToString() })))
            : [(null, Bounded(own))];
    }

    private VerificationReport Verify(ParseResult parse, string? name, ExplainerSpec spec, OracleModel model, InputFile[] files, Action<string> at)
    {
        ModelHost host;
        try
        {
            host = ModelHost.Load(_model.Model(parse), _model.Labels(parse), spec);
        }
        catch (Exception e) when (parse.GetValue(_all) && e is ToolException or CompositeException)
        {
            return new VerificationReport(name ?? _model.Method(parse)) { Refusal = e.Message };
        }

        using (host)
        using (NewDisposeScope())
        {
            var random = new Random(parse.GetValue(_seed));
            var own = _model.Spec(parse);
            var (balances, layers) = (new List<Conservation>(), new List<VerifiedLayer>());
            foreach (var sample in files.Length > 0 ? Samples(InputFile.Bind(files, host.Network.Inputs), host.Network.Inputs) : Enumerable.Range(0, parse.GetValue(_samples)).Select(_ => Draw(host.Network.Inputs, random, own)))
            {
                var (balance, verified) = new Verifier(host, model, parse.GetValue(_budget), random).Run(sample, Target.Top, at);
                if (balance is not null)
                {
                    balances.Add(balance);
                }

                layers = layers.Count == 0 ? [.. verified] : [.. layers.Zip(verified, (a, b) => a.With(b))];
            }

            return new VerificationReport(name ?? _model.Composite(parse, host.Compiled) ?? _model.Method(parse)) { Balances = balances, Layers = layers };
        }
    }

    // The oracle takes one sample at a time, as models are exported.
    private static IEnumerable<Tensor[]> Samples(Tensor[] inputs, IReadOnlyList<Port> ports)
        => ports.All(p => p.IsBatched) ? Enumerable.Range(0, (int)inputs[0].shape[0]).Select(i => inputs.Select(t => t.narrow(0, i, 1)).ToArray()) : [inputs];

    // Numbers between the bounds of the options.
    private static Tensor[] Draw(IReadOnlyList<Port> ports, Random random, ExplainerSpec spec) => [.. ports.Select(port =>
    {
        if (port.IsOpen)
        {
            throw new ToolException($"the input '{port.Name}' {port.ShapeText} takes any size: give --input {(ports.Count == 1 ? "" : port.Name + "=")}FILE.npy");
        }

        long[] shape = [.. port.Shape.Select(d => Math.Abs(d))];
        var (low, high) = (Bounds(spec.Low, Low), Bounds(spec.High, High));
        float[] values = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => (float)(low(i) + ((high(i) - low(i)) * random.NextDouble())))];
        return port.IsFloat ? tensor(values, shape).to(port.Type) : tensor(values, shape).gt(0).to(port.Type);

        // One number, one a channel, or one for each element of a sample.
        Func<int, double> Bounds(IReadOnlyList<double> given, double[] unlessGiven)
        {
            var numbers = given.Count == 0 ? unlessGiven : given;
            var sample = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
            var channel = shape.Length > 2 && numbers.Count == shape[1] ? sample / shape[1] : 1;
            return i => numbers[(int)(i % sample / channel % numbers.Count)];
        }
    })];
}
