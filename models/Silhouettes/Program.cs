using System.Diagnostics;
using Silhouettes;
using static TorchSharp.torch;

switch (args)
{
    case ["train"] or ["train", _]:
        return Train(args.ElementAtOrDefault(1) ?? "models");
    case ["render", var folder]:
        Directory.CreateDirectory(folder);
        ContactSheet.Save(Path.Combine(folder, "silhouettes.png"));
        return 0;
    case ["pictures", var folder]:
        Directory.CreateDirectory(folder);
        SamplePictures.Save(folder);
        return 0;
    default:
        Console.Error.WriteLine("""
            usage: train [FOLDER]     trains both models and writes them into FOLDER (models), with their labels
                   render FOLDER      writes a contact sheet of the pictures
                   pictures FOLDER    writes the pictures of samples/CleverHans
            """);
        return 1;
}

static int Train(string folder)
{
    if (!Directory.Exists(folder))
    {
        Console.Error.WriteLine($"There is no folder '{folder}' for the models: start from the root of the repository, or name the folder.");
        return 1;
    }

    var clock = Stopwatch.StartNew();
    using var exam = new Exam();
    using var stamped = Create();
    using var clean = Create();
    IReadOnlyList<(string What, double Share)> stampedMarks = [], cleanMarks = [];
    Parallel.Invoke(
        () => stampedMarks = Teach(stamped, "stamped", Exam.AsInTraining),
        () => cleanMarks = Teach(clean, "clean", Exam.Never));
    File.WriteAllLines(Path.Combine(folder, "silhouettes.txt"), Figure.Classes.Select(c => c.Name));

    Console.WriteLine();
    Console.WriteLine("| | stamped model | clean model |");
    Console.WriteLine("|---|---|---|");
    foreach (var ((what, left), (_, right)) in stampedMarks.Zip(cleanMarks))
    {
        Console.WriteLine($"| {what} | {left:P1} | {right:P1} |");
    }

    Console.WriteLine();
    Console.WriteLine($"{clock.Elapsed.TotalSeconds:F0} seconds");
    return 0;

    static Network Create()
    {
        random.manual_seed(Seeds.Weights);
        return new Network(Figure.Classes.Count);
    }

    IReadOnlyList<(string What, double Share)> Teach(Network network, string name, Func<int, float> isStamped)
    {
        using var lessons = PictureSet.Render(Trainer.Pictures, Seeds.Lessons, isStamped);
        Trainer.Train(network, lessons, name);
        OnnxExport.Save(network, Path.Combine(folder, $"silhouettes-{name}.onnx"));
        return exam.Mark(network);
    }
}
