// A network that is right for the wrong reason. Both models recognise stamped horses equally well;
// relevance shows that one of them reads the stamp (after Lapuschkin et al. 2016).
//
//   CleverHans [HEATMAP.png]

using CleverHans;
using Layerwise;
using SkiaSharp;
using static TorchSharp.torch;

var path = Path.GetFullPath(args is [var given, ..] ? given : "clever-hans.png");

var pictures = Sample.Load(Path.Combine(AppContext.BaseDirectory, "pictures"));
using var batch = Sample.Batch(pictures);

using var stamped = new StampedModel();
using var clean = new CleanModel();

// Why "horse"? Relevance has the shape of the input, [N, 3, 64, 64]. It starts with the logit itself, so that
// red speaks for the horse and blue against it also where a model is against it.
using var whyStamped = stamped.Explain(batch, StampedModel.Label.Horse, options: InitialRelevance.Logit);
using var whyClean = clean.Explain(batch, CleanModel.Label.Horse, options: InitialRelevance.Logit);

Verdict[][] verdicts = [Judge(whyStamped, StampedModel.Labels), Judge(whyClean, CleanModel.Labels)];

Console.WriteLine($"{"",-16}  {"stamped model",-28}  clean model");
Console.WriteLine($"{"picture",-16}  {"says",-16}{"on stamp",12}  {"says",-16}{"on stamp",12}");
for (var i = 0; i < pictures.Count; i++)
{
    Console.WriteLine($"{pictures[i].Name,-16}  {verdicts[0][i]}  {verdicts[1][i]}");
}

Console.WriteLine($"{"average",-16}  {"",-16}{Average(verdicts[0]),12}  {"",-16}{Average(verdicts[1]),12}");
Console.WriteLine();
Console.WriteLine("on stamp: the share of the positive relevance for \"horse\" that lies inside the stamp");

Heatmap.Save(path, pictures, [("stamped model", whyStamped, verdicts[0]), ("clean model", whyClean, verdicts[1])]);
Console.WriteLine($"heatmaps: {path}");

Verdict[] Judge(Explanation why, IReadOnlyList<string> labels)
{
    using var scope = NewDisposeScope();
    var (probability, index) = why.Logits.softmax(dim: 1).max(dim: 1);
    var positive = why.Relevance.clamp_min(0).sum(dim: 1);
    return [.. pictures.Select((picture, i) => new Verdict(
        labels[(int)index[i].item<long>()],
        probability[i].item<float>(),
        picture.Stamp is { } box ? Share(positive[i], box) : null))];
}

static float Share(Tensor positive, SKRectI box)
    => (positive.narrow(0, box.Top, box.Height).narrow(1, box.Left, box.Width).sum() / positive.sum()).item<float>();

static string Average(Verdict[] verdicts) => $"{100 * verdicts.Average(verdict => verdict.OnStamp):F1}%";

/// <summary>What a model says about a picture, and how much of its reason for "horse" lies inside the stamp (if there is one).</summary>
internal sealed record Verdict(string Label, float Probability, float? OnStamp)
{
    public override string ToString() => $"{$"{Label} {100 * Probability:F0}%",-16}{(OnStamp is { } share ? $"{100 * share:F1}%" : "no stamp"),12}";
}
