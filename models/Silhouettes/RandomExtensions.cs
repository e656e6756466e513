namespace Silhouettes;

internal static class RandomExtensions
{
    /// <summary>A number between <paramref name="low"/> and <paramref name="high"/>, uniformly.</summary>
    public static float Between(this Random random, float low, float high) => low + (high - low) * random.NextSingle();

    /// <summary>A number at most <paramref name="spread"/> away from <paramref name="centre"/>, uniformly.</summary>
    public static float Around(this Random random, float centre, float spread) => random.Between(centre - spread, centre + spread);

    public static bool Chance(this Random random, float probability) => random.NextSingle() < probability;
}
