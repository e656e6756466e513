using Layerwise.Testing;
using Reviews;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

const int Lessons = 16_000, Exam = 4_000, Epochs = 8, BatchSize = 64, Length = 48, Width = 12, Filters = 24;
const int Padding = 0, Unknown = 1;

if (Training.Folder(args, "its labels and words") is not { } folder)
{
    return 1;
}

Training.Begin();
var writer = new Random(100);
var lessons = Enumerable.Range(0, Lessons).Select(_ => Review.Draw(writer)).ToList();
var exam = Enumerable.Range(0, Exam).Select(_ => Review.Draw(writer)).ToList();
string[] words = ["[padding]", "[unknown]", .. lessons.SelectMany(review => review.Words).Distinct().Order(StringComparer.Ordinal)];
var ids = words.Index().ToDictionary(word => word.Item, word => word.Index);

// Some words are hidden while it learns, so that it makes nothing of one that it does not know.
var blots = new Random(7);
Tensor Rows(IEnumerable<Review> reviews, double hidden) => tensor(reviews.SelectMany(review =>
    review.Words.Select(word => blots.NextDouble() < hidden ? Unknown : ids.GetValueOrDefault(word, Unknown)).Concat(Enumerable.Repeat(Padding, Length)).Take(Length)).Select(id => (long)id).ToArray()).reshape(-1, Length);
Tensor Truth(IEnumerable<Review> reviews) => tensor(reviews.Select(review => review.IsGood ? 1L : 0L).ToArray());

// Without a bias, padding adds nothing. The sum over the places lets every word have its say.
var embedding = Embedding(words.Length, Width, padding_idx: Padding);
var convolution = Conv1d(Width, Filters, kernel_size: 3, padding: 1, bias: false);
var last = Linear(Filters, 2);
Tensor Forward(Tensor rows) => last.forward(functional.relu(convolution.forward(embedding.forward(rows).transpose(1, 2))).sum(2));

Training.Fit(Forward, [.. embedding.parameters(), .. convolution.parameters(), .. last.parameters()], Rows(lessons, hidden: 0.05), Truth(lessons), Epochs, BatchSize);

using (no_grad())
{
    var right = Forward(Rows(exam, hidden: 0)).argmax(1).eq(Truth(exam)).to(ScalarType.Float32).mean().item<float>();
    Console.WriteLine($"test accuracy {right:P1}, {words.Length} words, longest review {exam.Concat(lessons).Max(review => review.Words.Count)} words");
}

new ModelBuilder(opset: 13, producer: "reviews")
    .IntInput("words", "N", Length)
    .Tensor("embedding", embedding.weight!.data<float>().ToArray(), words.Length, Width)
    .Tensor("conv.weight", convolution.weight!.data<float>().ToArray(), Filters, Width, 3)
    .Tensor("axes", [2L], 1)
    .Tensor("fc.weight", last.weight!.data<float>().ToArray(), 2, Filters)
    .Tensor("fc.bias", last.bias!.data<float>().ToArray(), 2)
    .Node("Gather", "embedding words", "vectors", "embed")
    .Node("Transpose", "vectors", "turned", "turn", ("perm", new[] { 0, 2, 1 }))
    .Node("Conv", "turned conv.weight", "conv", "conv", ("kernel_shape", new[] { 3 }), ("pads", new[] { 1, 1 }))
    .Node("Relu", "conv", "relu", "relu")
    .Node("ReduceSum", "relu axes", "sum", "sum", ("keepdims", 0))
    .Node("Gemm", "sum fc.weight fc.bias", "logits", "fc", ("transB", 1))
    .Output("logits", "N", 2)
    .Save(Path.Combine(folder, "reviews.onnx"));
File.WriteAllLines(Path.Combine(folder, "reviews.txt"), ["complaint", "praise"]);
File.WriteAllLines(Path.Combine(folder, "reviews-words.txt"), words);
return 0;
