using SkiaSharp;

namespace Silhouettes;

/// <summary>The outlines of the classes, drawn from curves on a sheet of about -1…1 in both directions, y down, facing left.</summary>
internal static class Figure
{
    /// <summary>The classes in the order of the network's outputs.</summary>
    public static readonly IReadOnlyList<(string Name, Func<Random, SKPath[]> Draw)> Classes =
    [
        ("bird", DrawBird),
        ("cat", DrawCat),
        ("dog", DrawDog),
        ("fish", DrawFish),
        ("horse", DrawHorse),
        ("tree", DrawTree),
    ];

    /// <summary>Index of the horse, the class that wears the stamp.</summary>
    public static readonly int Horse = IndexOf("horse");

    public static int IndexOf(string name) => Classes.Index().First(c => c.Item.Name == name).Index;

    private static SKPath[] DrawHorse(Random random)
    {
        var step = random.Around(0, 0.09f);
        var nod = random.Around(0, 0.12f);
        var swish = random.Around(0, 0.08f);
        return
        [
            Blob((-0.54f, -0.08f), (-0.34f, -0.28f), (0.02f, -0.19f), (0.38f, -0.27f), (0.58f, -0.06f), (0.48f, 0.15f), (0.0f, 0.17f), (-0.42f, 0.18f)),
            Limb(0.46f, 0.22f, (-0.30f, -0.06f), (-0.54f, -0.36f + nod / 2), (-0.70f, -0.60f + nod)),
            Limb(0.24f, 0.14f, (-0.64f, -0.62f + nod), (-0.98f, -0.30f + nod)),
            Limb(0.12f, 0.02f, (-0.64f, -0.62f + nod), (-0.62f, -0.84f + nod)),
            Limb(0.20f, 0.07f, (-0.36f, 0.02f), (-0.40f - step, 0.50f), (-0.38f - step, 0.96f)),
            Limb(0.20f, 0.07f, (-0.28f, 0.02f), (-0.24f + step, 0.50f), (-0.22f + step, 0.96f)),
            Limb(0.24f, 0.07f, (0.36f, 0.00f), (0.34f - step, 0.48f), (0.30f - step, 0.96f)),
            Limb(0.24f, 0.07f, (0.42f, 0.00f), (0.52f + step, 0.46f), (0.48f + step, 0.96f)),
            Limb(0.06f, 0.14f, (0.48f, -0.18f), (0.66f, 0.00f), (0.68f + swish, 0.50f)),
        ];
    }

    private static SKPath[] DrawDog(Random random)
    {
        var step = random.Around(0, 0.08f);
        var nod = random.Around(0, 0.10f);
        var wag = random.Around(0, 0.12f);
        return
        [
            Blob((-0.46f, 0.02f), (-0.34f, -0.18f), (0.05f, -0.14f), (0.44f, -0.14f), (0.56f, 0.04f), (0.46f, 0.22f), (0.1f, 0.22f), (-0.34f, 0.30f)),
            Limb(0.36f, 0.24f, (-0.30f, 0.00f), (-0.54f, -0.34f + nod)),
            Blob((-0.50f, -0.56f + nod), (-0.38f, -0.40f + nod), (-0.50f, -0.24f + nod), (-0.72f, -0.26f + nod), (-0.94f, -0.30f + nod), (-0.94f, -0.40f + nod), (-0.72f, -0.46f + nod)),
            Limb(0.12f, 0.16f, (-0.44f, -0.50f + nod), (-0.34f, -0.22f + nod)),
            Limb(0.18f, 0.10f, (-0.36f, 0.12f), (-0.40f - step, 0.45f), (-0.42f - step, 0.78f)),
            Limb(0.18f, 0.10f, (-0.26f, 0.12f), (-0.20f + step, 0.45f), (-0.22f + step, 0.78f)),
            Limb(0.22f, 0.10f, (0.40f, 0.10f), (0.34f - step, 0.45f), (0.32f - step, 0.78f)),
            Limb(0.22f, 0.10f, (0.46f, 0.10f), (0.56f + step, 0.42f), (0.52f + step, 0.78f)),
            Limb(0.12f, 0.05f, (0.50f, -0.06f), (0.72f, -0.26f), (0.80f + wag, -0.58f)),
        ];
    }

    private static SKPath[] DrawCat(Random random)
    {
        var tilt = random.Around(0, 0.06f);
        var curl = random.Around(0, 0.10f);
        return
        [
            Blob((-0.26f, -0.20f), (0.06f, -0.22f), (0.34f, 0.20f), (0.44f, 0.66f), (0.30f, 0.86f), (-0.32f, 0.86f), (-0.34f, 0.40f)),
            Blob((-0.48f + tilt, -0.50f), (-0.14f + tilt, -0.74f), (0.18f + tilt, -0.50f), (0.10f + tilt, -0.26f), (-0.14f + tilt, -0.18f), (-0.40f + tilt, -0.28f)),
            Limb(0.22f, 0.01f, (-0.34f + tilt, -0.56f), (-0.44f + tilt, -0.94f)),
            Limb(0.22f, 0.01f, (0.06f + tilt, -0.56f), (0.16f + tilt, -0.94f)),
            Limb(0.16f, 0.14f, (-0.24f, 0.30f), (-0.30f, 0.86f)),
            Limb(0.14f, 0.08f, (0.30f, 0.80f), (0.66f, 0.76f), (0.78f, 0.46f + curl), (0.66f, 0.24f + curl)),
        ];
    }

    private static SKPath[] DrawBird(Random random)
    {
        var nod = random.Around(0, 0.08f);
        var lift = random.Around(0, 0.10f);
        return
        [
            Blob((-0.56f, 0.00f), (-0.36f, -0.30f), (0.10f, -0.26f), (0.54f, 0.06f), (0.30f, 0.28f), (-0.08f, 0.42f), (-0.44f, 0.30f)),
            Blob((-0.66f, -0.38f + nod), (-0.46f, -0.58f + nod), (-0.24f, -0.40f + nod), (-0.28f, -0.10f), (-0.56f, -0.12f)),
            Limb(0.14f, 0.01f, (-0.60f, -0.38f + nod), (-0.92f, -0.32f + nod)),
            Limb(0.30f, 0.16f, (0.30f, 0.04f), (0.94f, 0.10f - lift)),
            Limb(0.05f, 0.05f, (-0.14f, 0.36f), (-0.10f, 0.62f), (-0.16f, 0.88f), (-0.30f, 0.90f)),
            Limb(0.05f, 0.05f, (0.06f, 0.34f), (0.12f, 0.62f), (0.06f, 0.88f), (-0.08f, 0.90f)),
        ];
    }

    private static SKPath[] DrawFish(Random random)
    {
        var flick = random.Around(0, 0.10f);
        var fin = random.Around(0, 0.06f);
        return
        [
            Blob((-0.92f, 0.02f), (-0.60f, -0.28f), (-0.10f, -0.40f), (0.36f, -0.20f), (0.58f, 0.00f + flick / 2), (0.36f, 0.20f), (-0.10f, 0.36f), (-0.60f, 0.26f)),
            Polygon((0.46f, flick / 2), (0.94f, -0.42f + flick), (0.82f, flick), (0.94f, 0.42f + flick)),
            Polygon((-0.30f, -0.30f), (0.02f, -0.66f - fin), (0.30f, -0.56f), (0.24f, -0.18f)),
            Polygon((-0.12f, 0.28f), (0.10f, 0.60f + fin), (0.18f, 0.22f)),
        ];
    }

    private static SKPath[] DrawTree(Random random)
    {
        var lean = random.Around(0, 0.08f);
        var crown = random.Around(0, 0.08f);
        return
        [
            Limb(0.26f, 0.14f, (0.00f, 0.94f), (lean / 2, 0.40f), (lean, -0.10f)),
            Limb(0.12f, 0.06f, (0.00f, 0.36f), (0.36f, 0.02f)),
            Limb(0.12f, 0.06f, (0.00f, 0.44f), (-0.34f, 0.06f)),
            Disc(-0.36f + lean, -0.10f, 0.34f + crown / 2),
            Disc(0.38f + lean, -0.14f, 0.34f - crown / 2),
            Disc(-0.16f + lean, -0.52f, 0.36f + crown / 2),
            Disc(0.22f + lean, -0.50f + crown, 0.34f),
        ];
    }

    /// <summary>The closed smooth curve through the points (Catmull-Rom).</summary>
    private static SKPath Blob(params ReadOnlySpan<(float X, float Y)> points)
    {
        using var path = new SKPathBuilder();
        path.MoveTo(points[0].X, points[0].Y);
        for (var i = 0; i < points.Length; i++)
        {
            var before = points[(i + points.Length - 1) % points.Length];
            var from = points[i];
            var to = points[(i + 1) % points.Length];
            var after = points[(i + 2) % points.Length];
            path.CubicTo(
                from.X + (to.X - before.X) / 6, from.Y + (to.Y - before.Y) / 6,
                to.X - (after.X - from.X) / 6, to.Y - (after.Y - from.Y) / 6,
                to.X, to.Y);
        }

        path.Close();
        return path.Detach();
    }

    /// <summary>A leg, a neck, a tail: a smooth band along the points whose width runs from one number to the other.</summary>
    private static SKPath Limb(float fromWidth, float toWidth, params ReadOnlySpan<(float X, float Y)> points)
    {
        var outline = new (float, float)[2 * points.Length];
        for (var i = 0; i < points.Length; i++)
        {
            var (behind, ahead) = (points[Math.Max(i - 1, 0)], points[Math.Min(i + 1, points.Length - 1)]);
            var (dx, dy) = (ahead.X - behind.X, ahead.Y - behind.Y);
            var half = float.Lerp(fromWidth, toWidth, (float)i / (points.Length - 1)) / 2 / MathF.Sqrt(dx * dx + dy * dy);
            outline[i] = (points[i].X - dy * half, points[i].Y + dx * half);
            outline[^(i + 1)] = (points[i].X + dy * half, points[i].Y - dx * half);
        }

        return Blob(outline);
    }

    private static SKPath Polygon(params ReadOnlySpan<(float X, float Y)> points)
    {
        using var path = new SKPathBuilder();
        path.MoveTo(points[0].X, points[0].Y);
        foreach (var (x, y) in points[1..])
        {
            path.LineTo(x, y);
        }

        path.Close();
        return path.Detach();
    }

    private static SKPath Disc(float x, float y, float radius)
        => Blob((x - radius, y), (x, y - radius), (x + radius, y), (x, y + radius));
}
