using System.Globalization;
using Credit;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

const int Lessons = 20_000, Exam = 5_000, Epochs = 30, BatchSize = 128;

if (Training.Folder(args, "its labels and features") is not { } folder)
{
    return 1;
}

Training.Begin();
var people = new Random(100);
var lessons = Enumerable.Range(0, Lessons).Select(_ => Applicant.Draw(people)).ToList();
var exam = Enumerable.Range(0, Exam).Select(_ => Applicant.Draw(people)).ToList();

var count = Applicant.Features.Count;
float[] mean = [.. Enumerable.Range(0, count).Select(i => Rounded(lessons.Average(one => (double)one.Values[i])))];
float[] std = [.. Enumerable.Range(0, count).Select(i => Rounded(Math.Sqrt(lessons.Average(one => Math.Pow(one.Values[i] - mean[i], 2)))))];
float Rounded(double value) => float.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

Tensor Rows(IEnumerable<Applicant> applicants) => tensor(applicants.SelectMany(one => one.Values.Select((value, i) => (value - mean[i]) / std[i])).ToArray()).reshape(-1, count);
Tensor Truth(IEnumerable<Applicant> applicants) => tensor(applicants.Select(one => one.Repaid ? 1L : 0L).ToArray());

var (first, second, last) = (Linear(count, 16), Linear(16, 12), Linear(12, 2));
var network = Sequential(first, ReLU(), second, ReLU(), last);
Training.Fit(network.forward, network.parameters(), Rows(lessons), Truth(lessons), Epochs, BatchSize);

using (no_grad())
{
    var said = network.forward(Rows(exam)).argmax(1);
    Console.WriteLine($"test accuracy {said.eq(Truth(exam)).to(ScalarType.Float32).mean().item<float>():P1}, of {Exam} people {Truth(exam).sum().item<long>()} paid back");
}

var model = new ModelBuilder(opset: 13, producer: "credit").Input("applicant", "N", count).Output("logits", "N", 2);
foreach (var (name, layer) in new[] { ("fc1", first), ("fc2", second), ("fc3", last) })
{
    model.Tensor($"{name}.weight", layer.weight!.data<float>().ToArray(), layer.weight.shape).Tensor($"{name}.bias", layer.bias!.data<float>().ToArray(), layer.bias.shape);
}

model
    .Node("Gemm", "applicant fc1.weight fc1.bias", "fc1", "fc1", ("transB", 1))
    .Node("Relu", "fc1", "relu1", "relu1")
    .Node("Gemm", "relu1 fc2.weight fc2.bias", "fc2", "fc2", ("transB", 1))
    .Node("Relu", "fc2", "relu2", "relu2")
    .Node("Gemm", "relu2 fc3.weight fc3.bias", "logits", "fc3", ("transB", 1))
    .Save(Path.Combine(folder, "credit.onnx"));
File.WriteAllLines(Path.Combine(folder, "credit.txt"), ["not repaid", "repaid"]);
File.WriteAllLines(Path.Combine(folder, "credit-features.txt"), Applicant.Features);
Console.WriteLine($"mean {string.Join(", ", mean.Select(value => value.ToString(CultureInfo.InvariantCulture)))}");
Console.WriteLine($"std {string.Join(", ", std.Select(value => value.ToString(CultureInfo.InvariantCulture)))}");
return 0;
