// What the composites show of the same pictures: one contact sheet, docs/composites.png.
//
//   Composites [SHEET.png]

using Composites;
using Layerwise;
using Layerwise.Rendering;

var path = Path.GetFullPath(args is [var given, ..] ? given : "composites.png");

var folder = Path.Combine(AppContext.BaseDirectory, "pictures");
Picture[] pictures = [.. new[] { "horse-plain-1", "horse-plain-2", "cat-stamped-1", "dog-stamped-1" }.Select(name => Picture.Load(Path.Combine(folder, name + ".png")))];
var layout = new SampleLayout(3, [pictures[0].Height, pictures[0].Width]);
float[] batch = [.. pictures.SelectMany(picture => picture.ToSample(layout, new ImageInput()))];

List<SheetCell> cells = [new(Raster.Grid([.. pictures.Select(picture => picture.ToRaster())]), "The pictures", "what the network saw")];
Add("EpsilonPlus", () => new EpsilonPlus());
Add("EpsilonPlusFlat", () => new EpsilonPlusFlat());
Add("EpsilonGammaBox", () => new EpsilonGammaBox());
Add("EpsilonAlpha2Beta1", () => new EpsilonAlpha2Beta1());
Add("EpsilonAlpha2Beta1Flat", () => new EpsilonAlpha2Beta1Flat());
Add("ExcitationBackprop", () => new ExcitationBackprop());
Add("DeepTaylor, ZeroBias", () => new DeepTaylor());
Add("DeconvNet", () => new DeconvNet());
Add("GuidedBackprop", () => new GuidedBackprop());
Add("BetaSmooth", () => new BetaSmooth());
Add("Gradient", () => new Gradient());

var legend = ColorBar.Draw(new RelevanceScale(0), against: "speaks against the class", speaksFor: "speaks for it", width: 320);
var sheet = ContactSheet.Draw(cells, columns: 4, cellWidth: 216, legend, "Four pictures of animals, and what each composite says of them; each heatmap in a scale of its own.");
File.WriteAllBytes(path, sheet.ToPng());
Console.WriteLine($"sheet: {path}");

// Why the class that the network names?
void Add<T>(string name, Func<T> make)
    where T : IExplainer, IDisposable
{
    using var explainer = make();
    var shares = explainer.Network.Layers.Any(layer => layer.Leak is not null); // a derivative shares nothing out
    using var why = explainer.Network.Explain(batch, Target.Top, new ExplainOptions { Initial = InitialRelevance.Logit, Conservation = shares });
    var maps = Enumerable.Range(0, pictures.Length).Select(i => Heatmap.Alone(why.RelevanceOf(i), layout, new HeatmapOptions { MinSide = 1 }));
    var note = shares ? $"conserves: {100 * why.Conservations.Average(balance => balance.InputSum / balance.Target):F0} % reach the picture" : "a derivative: does not conserve";
    cells.Add(new SheetCell(Raster.Grid([.. maps]), name, note));
    Console.WriteLine($"{name,-24} {note}");
}
