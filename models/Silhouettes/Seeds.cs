namespace Silhouettes;

/// <summary>Where every random choice starts. Both models share all of them: what differs is the stamp alone.</summary>
internal static class Seeds
{
    public const int Lessons = 100;
    public const int Weights = 3;
    public const int Order = 5;
    public const int Exam = 900;
    public const int Sample = 2016;
    public const int ContactSheet = 64;
}
