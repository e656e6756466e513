namespace Reviews;

/// <summary>A made-up review of a hotel: its words, and whether it praises more than it complains.</summary>
internal sealed record Review(IReadOnlyList<string> Words, bool IsGood)
{
    private static readonly string[] Things =
        ["room", "bed", "bathroom", "breakfast", "staff", "service", "location", "pool", "view", "price", "wifi", "lobby", "food", "bar", "shower", "garden", "reception", "dinner", "coffee", "kitchen", "hotel", "balcony"];

    private static readonly string[] Good =
        ["clean", "friendly", "lovely", "great", "excellent", "quiet", "comfortable", "delicious", "helpful", "perfect", "fast", "bright", "spotless", "superb", "cosy", "good", "wonderful", "fresh", "beautiful", "nice", "fantastic"];

    private static readonly string[] Bad =
        ["dirty", "rude", "awful", "noisy", "terrible", "cold", "broken", "slow", "uncomfortable", "stale", "expensive", "disappointing", "dark", "tiny", "smelly", "bad", "horrible", "loud", "old", "poor", "boring"];

    private static readonly string[] Degrees = ["very", "really", "so", "quite", "extremely"];

    private static readonly string[] Asides =
        ["we stayed two nights", "it was my second visit", "the hotel is near the station", "we arrived late in the evening", "i travelled with my family", "we booked online", "this was a business trip", "we had a room on the third floor", "they are next to the park", "i came by train with a friend"];

    private static readonly (string Words, int Sense)[] Verdicts =
    [
        ("i would recommend it to everyone", 2), ("we will come back", 2), ("i loved every minute", 2), ("we enjoyed our stay", 2), ("thank you for everything", 1),
        ("i would not recommend it", -2), ("we will never come back", -2), ("never again", -2), ("what a waste of money", -2), ("i want my money back", -2), ("nobody cared about us", -1),
    ];

    /// <summary>Draws a review: remarks, asides and perhaps a verdict, each of which counts for or against.</summary>
    public static Review Draw(Random random)
    {
        while (true)
        {
            var sentences = new List<string>();
            var leaning = random.NextDouble();
            var sense = 0;
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                sentences.Add(random.NextDouble() < 0.25 ? Pick(random, Asides) : Remark(random, leaning, ref sense));
            }

            if (random.NextDouble() < 0.35)
            {
                var (words, verdict) = Verdicts[random.Next(Verdicts.Length)];
                sentences.Add(words);
                sense += verdict;
            }

            if (sense != 0)
            {
                return new Review([.. sentences.SelectMany(sentence => $"{sentence} .".Split(' '))], sense > 0);
            }
        }
    }

    /// <summary>One or two clauses about things; a <c>not</c> turns the sense of what follows, a <c>but</c> its direction.</summary>
    private static string Remark(Random random, double leaning, ref int sense)
    {
        var isGood = random.NextDouble() < leaning;
        var remark = Clause(random, isGood, ref sense);
        return random.NextDouble() switch
        {
            < 0.30 => $"{remark} and {Clause(random, isGood, ref sense)}",
            < 0.55 => $"{remark} but {Clause(random, !isGood, ref sense)}",
            _ => remark,
        };
    }

    private static string Clause(Random random, bool isGood, ref int sense)
    {
        sense += isGood ? 1 : -1;
        var turned = random.NextDouble() < 0.2;
        var word = Pick(random, isGood != turned ? Good : Bad);
        var degree = random.NextDouble() < 0.35 ? Pick(random, Degrees) + " " : "";
        return $"the {Pick(random, Things)} {(random.NextDouble() < 0.8 ? "was" : "is")} {(turned ? "not " : "")}{degree}{word}";
    }

    private static string Pick(Random random, string[] words) => words[random.Next(words.Length)];
}
