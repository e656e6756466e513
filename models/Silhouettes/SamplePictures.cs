namespace Silhouettes;

/// <summary>The pictures of samples/CleverHans: the first ones of their seed, not chosen ones.</summary>
internal static class SamplePictures
{
    private static readonly (string Class, int Count, bool Stamped)[] Wanted =
    [
        ("horse", 6, true),
        ("horse", 2, false),
        ("dog", 1, true),
        ("cat", 1, true),
    ];

    /// <summary>Writes the PNG files and <c>pictures.csv</c>: file, class, and the stamp's box.</summary>
    public static void Save(string folder)
    {
        var random = new Random(Seeds.Sample);
        var lines = new List<string> { "file,class,left,top,width,height" };
        foreach (var (name, count, stamped) in Wanted)
        {
            for (var i = 1; i <= count; i++)
            {
                using var picture = Picture.Render(Figure.IndexOf(name), random);
                var file = $"{name}-{(stamped ? "stamped" : "plain")}-{i}.png";
                var box = ",,,";
                if (stamped)
                {
                    var place = Stamp.Press(picture, random);
                    box = $"{place.Left},{place.Top},{place.Width},{place.Height}";
                }

                picture.Save(Path.Combine(folder, file));
                lines.Add($"{file},{name},{box}");
            }
        }

        File.WriteAllLines(Path.Combine(folder, "pictures.csv"), lines);
    }
}
