// Says what is in a picture, and draws why.
//
//   dotnet run [PICTURE [HEATMAP.png]]

using Layerwise;
using Layerwise.Rendering;
using LayerwiseConsole;

var picture = args.ElementAtOrDefault(0) ?? Path.Combine(AppContext.BaseDirectory, "pictures", "horse.png");
var heatmap = args.ElementAtOrDefault(1) ?? "why.png";

using var net = new Silhouettes();
using var why = net.Explain(picture, options: new ExplainOptions { Conservation = true });

foreach (var score in why.ClassesOf(Silhouettes.Labels).OrderByDescending(score => score.Logit).Take(3))
{
    Console.WriteLine($"{score.Name,-8} {score.Probability,6:P1}");
}

// Relevance starts with 1 at the class. What does not reach the pixels, biases and stabilizers keep.
var balance = why.Conservation;
Console.WriteLine($"relevance {balance.Target:F4} = pixels {balance.InputSum:F4} + biases {balance.BiasShare:F4} + stabilizers {balance.StabilizerShare:F4}");

why.Draw().ToRaster().Save(heatmap);
Console.WriteLine($"wrote {Path.GetFullPath(heatmap)}: red speaks for {Silhouettes.Labels[why.Target[0]]}, blue against it");
