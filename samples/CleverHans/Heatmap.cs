using Layerwise;
using Layerwise.Rendering;

namespace CleverHans;

/// <summary>Draws each picture beside its relevance under each model: red speaks for the class, blue against it.</summary>
internal static class Heatmap
{
    public static void Save(string path, IReadOnlyList<Sample> samples, IReadOnlyList<(string Name, Explanation Why, Verdict[] Verdicts)> models)
    {
        var layout = SampleLayout.Of(models[0].Why.Relevance.shape[1..])!;
        var cells = new List<SheetCell>();
        for (var i = 0; i < samples.Count; i++)
        {
            cells.Add(new SheetCell(Raster.FromBitmap(samples[i].Bitmap), samples[i].Name));
            foreach (var (name, why, verdicts) in models)
            {
                var map = Layerwise.Rendering.Heatmap.Alone(why.RelevanceOf(i), layout, new HeatmapOptions { MinSide = 1 });
                var share = verdicts[i].OnStamp is { } onStamp ? $", stamp {100 * onStamp:F0} %" : "";
                cells.Add(new SheetCell(map, name, $"{verdicts[i].Label} {100 * verdicts[i].Probability:F0} %{share}"));
            }
        }

        var legend = ColorBar.Draw(new RelevanceScale(0), against: "speaks against horse", speaksFor: "speaks for horse", width: 320);
        var sheet = ContactSheet.Draw(cells, columns: 2 * (1 + models.Count), legend: legend, description: "Pictures, and what each model looks at.");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllBytes(path, sheet.ToPng(scale: 1.5));
    }
}
