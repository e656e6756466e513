using System.CommandLine;
using Layerwise.Conformance;

var path = new Option<string>("--path") { Description = "The torch backend's kernels: fast where this machine has them, or libtorch's own operators alone, portable.", DefaultValueFactory = _ => "fast" }.AcceptOnlyFromAmong("fast", "portable");
var device = new Option<string>("--device") { Description = "Where the networks run: cpu, cuda or cuda:N.", DefaultValueFactory = _ => "cpu" };
var root = new RootCommand("Runs folders of models through the whole pipeline and compares what they compute.");
var backend = new Option<string>("--backend") { Description = "Whose kernels: auto, torch or managed.", DefaultValueFactory = _ => "auto" }.AcceptOnlyFromAmong("auto", "torch", "managed");
root.Add(Create("onnx", "ONNX's backend test data: a folder a case.", (folder, filter, progress, parse) => Runner.Run([.. Cases.OfOnnx(folder).Where(c => c.Matches(filter))], parse.GetRequiredValue(backend), new(parse.GetRequiredValue(device)), progress), backend, path, device));
root.Add(Create("models", "Models with forward references: a folder a model.", (folder, filter, progress, parse) => Runner.Run([.. Cases.OfModels(folder).Where(c => c.Matches(filter))], parse.GetRequiredValue(backend), new(parse.GetRequiredValue(device)), progress), backend, path, device));
var method = new Option<string?>("--method") { Description = "Which methods: a name with * and ?.", HelpName = "GLOB" };
root.Add(Create("goldens", "Explanations that other tools computed: a folder a network.", (folder, filter, progress, parse) => GoldenRunner.Run([.. Golden.Of(folder, filter, parse.GetValue(method))], parse.GetRequiredValue(backend), new(parse.GetRequiredValue(device)), progress), method, backend, path, device));
return root.Parse(args).Invoke();

Command Create(string name, string description, Func<string, string?, TextWriter, ParseResult, IReadOnlyList<Outcome>> run, params Option[] options)
{
    var folder = new Argument<DirectoryInfo>("DIR") { Description = "The folder." };
    var filter = new Option<string?>("--filter") { Description = "Which cases: a name with * and ?.", HelpName = "GLOB" };
    var report = new Option<FileInfo?>("--report") { Description = "Where to write the outcomes as JSON.", HelpName = "FILE.json" };
    var command = new Command(name, description) { folder.AcceptExistingOnly(), filter, report };
    foreach (var option in options)
    {
        command.Add(option);
    }

    command.SetAction(parse =>
    {
        AppContext.SetSwitch("Layerwise.Portable", parse.GetRequiredValue(path) == "portable");
        var outcomes = run(parse.GetRequiredValue(folder).FullName, parse.GetValue(filter), parse.InvocationConfiguration.Error, parse);
        Report.Print(outcomes, parse.InvocationConfiguration.Output);
        if (parse.GetValue(report) is { } file)
        {
            Report.Write(outcomes, file.FullName);
        }

        return outcomes.Any(o => o.Status == "failed") ? 1 : 0;
    });
    return command;
}
