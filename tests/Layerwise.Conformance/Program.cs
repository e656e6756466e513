using System.CommandLine;
using Layerwise.Conformance;

var root = new RootCommand("Runs folders of models through the whole pipeline and compares what they compute.");
root.Add(Create("onnx", "ONNX's backend test data: a folder a case.", Cases.OfOnnx));
root.Add(Create("models", "Models with forward references: a folder a model.", Cases.OfModels));
return root.Parse(args).Invoke();

static Command Create(string name, string description, Func<string, IEnumerable<Case>> find)
{
    var folder = new Argument<DirectoryInfo>("DIR") { Description = "The folder." };
    var filter = new Option<string?>("--filter") { Description = "Which cases: a name with * and ?.", HelpName = "GLOB" };
    var report = new Option<FileInfo?>("--report") { Description = "Where to write the outcomes as JSON.", HelpName = "FILE.json" };
    var command = new Command(name, description) { folder.AcceptExistingOnly(), filter, report };
    command.SetAction(parse =>
    {
        var cases = find(parse.GetRequiredValue(folder).FullName).Where(c => c.Matches(parse.GetValue(filter))).ToList();
        var outcomes = Runner.Run(cases, parse.InvocationConfiguration.Error);
        Report.Print(outcomes, parse.InvocationConfiguration.Output);
        if (parse.GetValue(report) is { } file)
        {
            Report.Write(outcomes, file.FullName);
        }

        return outcomes.Any(o => o.Status == "failed") ? 1 : 0;
    });
    return command;
}
