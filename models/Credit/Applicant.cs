namespace Credit;

/// <summary>A made-up person who asks a made-up bank for a loan, and whether it was paid back.</summary>
internal sealed record Applicant(float[] Values, bool Repaid)
{
    /// <summary>The features in the order of the network's input.</summary>
    public static readonly IReadOnlyList<string> Features =
    [
        "monthly income", "loan amount", "loan months", "other debt payments", "savings", "missed payments", "years employed", "open loans", "owns home", "age",
    ];

    /// <summary>
    /// Draws a person. What decides is how much of the income the payments take, what was missed before, savings and how steady the work is.
    /// Age decides nothing: it only goes along with the years of work.
    /// </summary>
    public static Applicant Draw(Random random)
    {
        var age = MathF.Round(20 + 50 * random.NextSingle());
        var years = MathF.Round(MathF.Min(age - 18, 25 * random.NextSingle() * random.NextSingle()), 1);
        var income = Round(1200 * MathF.Exp(0.45f * Normal(random) + 0.02f * years + 0.5f), 50);
        var months = 12 * random.Next(1, 8);
        var amount = Round(MathF.Max(1000, income * (1 + 9 * random.NextSingle() * random.NextSingle())), 500);
        var debts = random.NextSingle() < 0.4f ? 0 : Round(income * 0.35f * random.NextSingle(), 10);
        var savings = Round(income * 6 * MathF.Pow(random.NextSingle(), 3), 100);
        var missed = random.NextSingle() < 0.65f ? 0 : random.Next(1, 6);
        var loans = random.Next(0, 5);
        var home = random.NextSingle() < 0.15f + 0.012f * (age - 20) ? 1 : 0;

        var burden = (amount / months * 1.06f + debts) / income;
        var score = 3.2f - 9 * burden - 0.75f * missed + 0.9f * MathF.Log(1 + savings / income) + 0.5f * MathF.Min(years, 6) / 3 - 0.2f * loans + 0.5f * home;
        var repaid = random.NextSingle() < 1 / (1 + MathF.Exp(-1.6f * score));
        return new Applicant([income, amount, months, debts, savings, missed, years, loans, home, age], repaid);
    }

    private static float Round(float value, float step) => MathF.Round(value / step) * step;

    private static float Normal(Random random) => MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
}
