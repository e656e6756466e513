using System.CommandLine;
using System.Globalization;
using Layerwise.Fuzz;

var mutants = new Option<int>("--mutants") { Description = "How many to run.", HelpName = "N", DefaultValueFactory = _ => 20_000 };
var seconds = new Option<int>("--seconds") { Description = "When to stop at the latest.", HelpName = "S", DefaultValueFactory = _ => 1200 };
var seed = new Option<int>("--seed") { Description = "Which mutants.", HelpName = "K", DefaultValueFactory = _ => 1 };
var only = new Option<int?>("--only") { Description = "Runs one mutant in this process and keeps its file.", HelpName = "NUMBER" };
var root = new RootCommand("Runs damaged and hostile models through the reader, the compiler and the weights; reports whatever is neither a result nor a documented error.") { mutants, seconds, seed, only };
root.SetAction(parse =>
{
    var output = parse.InvocationConfiguration.Output;
    var defects = parse.GetValue(only) is { } number ? One(parse.GetValue(seed), number, output) : Many(parse.GetValue(seed), parse.GetValue(mutants), parse.GetValue(seconds), output, parse.InvocationConfiguration.Error);
    return defects.Count == 0 ? 0 : 1;
});

var range = new Argument<int[]>("SEED FROM TO") { Arity = new ArgumentArity(3, 3) };
var worker = new Command("worker") { range };
worker.Hidden = true;
worker.SetAction(parse =>
{
    var numbers = parse.GetRequiredValue(range);
    Campaign.Work(numbers[0], numbers[1], numbers[2], Console.Out);
});
root.Add(worker);
return root.Parse(args).Invoke();

static IReadOnlyList<Defect> Many(int seed, int mutants, int seconds, TextWriter output, TextWriter progress)
{
    var clock = System.Diagnostics.Stopwatch.StartNew();
    var (ran, emitted, defects) = Campaign.Run(seed, mutants, TimeSpan.FromSeconds(seconds), progress);
    foreach (var alike in defects.GroupBy(d => d.What).OrderByDescending(g => g.Count()))
    {
        var first = alike.First();
        output.WriteLine($"{alike.Count()} × {alike.Key}");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    --seed {seed} --only {first.Number}   {first.Origin}"));
        foreach (var line in first.Detail.Split('\n').Take(6))
        {
            output.WriteLine("    " + line.TrimEnd());
        }
    }

    output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{ran} mutants in {clock.Elapsed.TotalSeconds:F0} s, code for {emitted}, {defects.Count} defects of {defects.Select(d => d.What).Distinct().Count()} kinds; seed {seed}"));
    return defects;
}

static IReadOnlyList<Defect> One(int seed, int number, TextWriter output)
{
    var mutant = Mutant.Make(Seeds.All(), seed, number);
    var file = string.Create(CultureInfo.InvariantCulture, $"mutant-{seed}-{number}.onnx");
    File.WriteAllBytes(file, mutant.Bytes);
    output.WriteLine($"{file} is made of {mutant.Origin}");
    var folder = Directory.CreateTempSubdirectory("layerwise-fuzz-");
    try
    {
        var pipeline = new Pipeline(folder.FullName);
        Defect[] defects = [.. pipeline.Check(mutant), .. pipeline.CompileAll()];
        foreach (var defect in defects)
        {
            output.WriteLine($"{defect.What}\n{defect.Detail}");
        }

        return defects;
    }
    finally
    {
        folder.Delete(recursive: true);
    }
}
