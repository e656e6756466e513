using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Layerwise.Compiler;
using Layerwise.Rendering;
using static TorchSharp.torch;

namespace Layerwise.Tool.Commands;

/// <summary><c>layerwise report</c>: an explanation as one HTML file.</summary>
internal sealed class ReportCommand
{
    private readonly Option<string> _output = new("--output", "-o") { Description = "Where to write the report.", HelpName = "FILE.html", Required = true };
    private readonly Option<int> _row = new("--sample") { Description = "Which sample of the arrays is explained, 0-based.", HelpName = "N" };
    private readonly Option<int> _classes = new("--classes") { Description = "How many of the likeliest classes are explained beside each other; 1 for the target alone.", HelpName = "N", DefaultValueFactory = _ => 3 };
    private readonly Option<string[]> _layers = new("--layers") { Description = "Layers whose relevance is shown too, by the names of 'layerwise inspect'.", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> _json = JsonOption.Create();
    private readonly ModelOptions _model;
    private readonly SampleOptions _sample;
    private readonly TargetOptions _target;
    private readonly SubjectOptions _subject;

    private ReportCommand(Command command)
    {
        _model = new ModelOptions(command);
        _sample = new SampleOptions(command);
        _target = new TargetOptions(command, InitialRelevance.Logit);
        foreach (var option in (Option[])[_output, _row, _classes, _layers, _json])
        {
            command.Add(option);
        }

        _subject = new SubjectOptions(command);
        _classes.Validators.Add(result =>
        {
            if (!result.Implicit && result.GetValue(_classes) is < 1 or > 12)
            {
                result.AddError("--classes takes 1 to 12.");
            }
        });
        command.SetAction(Run);
    }

    public static Command Create()
    {
        var command = new Command("report", "Explains one picture, row of a table, signal, volume or text in an HTML file of its own.");
        _ = new ReportCommand(command);
        return command;
    }

    private void Run(ParseResult parse)
    {
        var error = parse.InvocationConfiguration.Error;
        var output = parse.GetRequiredValue(_output);
        OutputFile.Check(output);
        var subject = _subject.Read(parse);
        var files = _sample.Read(parse);
        using var host = Terminal.Working(error, "Compiling", () => _model.Load(parse, _sample.Image(parse)));
        using var scope = NewDisposeScope();
        var network = host.Network;
        var sample = _sample.Fit(parse, files, network.Inputs);
        var inputs = One(sample.Inputs, network.Inputs, parse.GetValue(_row));

        var classes = new Classes(network.Logits.IsOpen ? int.MaxValue : network.Logits.Size, host.Compiled.Labels);
        var target = _target.Target(parse, classes, samples: 1);
        var shares = network.Layers.Any(layer => layer.Leak is not null); // a derivative shares nothing out that would add up
        var embedding = subject.Text is null ? null : Embedding.Of(network);
        Layer[] asked = [.. (parse.GetValue(_layers) ?? []).Select(name => InnerOptions.Find(network.Layers, name))];
        var options = new ExplainOptions { Initial = _target.Initial(parse), Conservation = shares, Keep = [.. asked.Union(embedding is null ? [] : [embedding])] };
        var clock = Stopwatch.StartNew();
        using var why = Terminal.Working(error, "Explaining", () => network.Explain(inputs, target, options));
        clock.Stop();

        var scores = why.ClassesOf(host.Compiled.Labels);
        var explained = scores[why.Target[0]];
        var ofIds = embedding is null ? null : Embedding.RelevanceOf(why, embedding);
        List<ReportPart> parts = [subject.Part(inputs[0], ofIds?[..Math.Min(ofIds.Length, subject.Tokens.Count)] ?? why.RelevanceOf(), sample, explained, shares ? why.Conservation.Target : null)];
        if (parse.GetValue(_classes) > 1 && why.Against is null && sample.Layout is { } layout && scores.Count > 1)
        {
            parts.Add(SideBySide(network, inputs, scores, layout, sample.Picture, parse.GetValue(_classes)));
        }

        if (why.LayersOf().Where(layer => asked.Any(one => one.Name == layer.Name)).ToList() is { Count: > 0 } kept)
        {
            parts.Add(ReportPart.Of("Layer by layer", LayerStrip.Draw(kept), "Relevance as it comes to the output of these layers, each in a scale of its own."));
        }

        var report = new Report
        {
            Model = ReportModel.Of(_model.Model(parse)),
            Input = files.Names + (sample.Inputs[0].shape[0] > 1 ? $", sample {parse.GetValue(_row)}" : ""),
            Classes = scores,
            Target = explained.Index,
            Against = why.Against,
            Parts = parts,
            Method = Method(_model.Method(parse), _model.Composite(parse, host.Compiled), _model.Spec(parse), options.Initial),
            Layers = network.Layers,
            Conservation = !shares ? null : ofIds is null ? why.Conservation : Embedding.Balance(why.Conservation, ofIds),
            Took = clock.Elapsed,
        };
        OutputFile.Write(output, Encoding.UTF8.GetBytes(report.ToHtml()));
        parse.InvocationConfiguration.Output.WriteLine(!parse.GetValue(_json) ? $"wrote {output}" : Json.Object(json =>
        {
            json.WriteString("model", _model.Model(parse));
            json.WriteString("method", _model.Method(parse));
            json.WriteString("composite", _model.Composite(parse, host.Compiled));
            json.WriteString("input", report.Input);
            json.WriteStartObject("target");
            json.WriteNumber("index", explained.Index);
            json.WriteString("label", explained.Label);
            Json.Number(json, "logit", explained.Logit);
            Json.Number(json, "probability", explained.Probability ?? double.NaN);
            json.WriteEndObject();
            json.WriteString("file", output);
        }));
        Signs.Note(error, options.Initial, [Signs.AreTurned(network, why, options.Initial, 0)]);
        if (sample.Layout is null && network.Layers.Any(layer => layer.Rule == Rule.Flat))
        {
            error.WriteLine("note: under Flat every feature of a table gets the same share; leave --composite out, and EpsilonPlus tells them apart");
        }
    }

    /// <summary>The likeliest classes, and which parts of the input speak for each.</summary>
    private static ReportPart SideBySide(Runtime.Network network, Tensor[] inputs, IReadOnlyList<ClassScore> scores, SampleLayout layout, Picture? picture, int count)
    {
        var best = scores.OrderByDescending(score => score.Logit).Take(count).ToList();
        var explanations = network.ExplainEach(inputs, [.. best.Select(score => Target.Class(score.Index))], InitialRelevance.Logit);
        try
        {
            var figure = ClassComparison.Draw(
                [.. best.Zip(explanations, (score, why) => ClassRelevance.Of(score, why.RelevanceOf()))],
                layout,
                picture);
            return ReportPart.Of("Beside other classes", figure, "The likeliest classes in one scale, each from its logit: red speaks for the class, blue against it.");
        }
        finally
        {
            foreach (var explanation in explanations)
            {
                explanation.Dispose();
            }
        }
    }

    private static Tensor[] One(Tensor[] inputs, IReadOnlyList<Port> ports, int row)
    {
        var samples = ports[0].IsBatched ? inputs[0].shape[0] : 1;
        return row >= 0 && row < samples
            ? [.. inputs.Zip(ports, (input, port) => port.IsBatched ? input.narrow(0, row, 1) : input)]
            : throw new ToolException($"there is no sample {row}: the input has {samples}, 0 to {samples - 1}");
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace("E-0", "e-", StringComparison.Ordinal);

    private static ReportMethod Method(string method, string? composite, ExplainerSpec spec, InitialRelevance initial)
    {
        var name = method switch
        {
            "lrp" => "Layer-wise Relevance Propagation (Bach et al. 2015)",
            "gradient" => "Gradient (Simonyan et al. 2014)",
            "saliency" => "Magnitude of the gradient (Simonyan et al. 2014)",
            _ => "Gradient times input (Shrikumar et al. 2016)",
        };
        var parameters = new List<KeyValuePair<string, string>>();
        if (composite is not null)
        {
            parameters.Add(new("ε of dense layers", Number(spec.Epsilon)));
            parameters.Add(new("ε of other rules", Number(spec.Stabilizer)));
            if (composite == nameof(Composite.EpsilonGammaBox))
            {
                parameters.Add(new("γ", Number(spec.Gamma)));
            }
        }

        return new ReportMethod(name, composite, initial == InitialRelevance.Logit ? "the target's logit" : "1 at the target", parameters);
    }
}
