namespace Silhouettes;

/// <summary>The test pictures, in three versions that differ in the stamp alone, and what a network makes of them.</summary>
internal sealed class Exam : IDisposable
{
    private const int Count = 3000;

    private readonly PictureSet _asInTraining = PictureSet.Render(Count, Seeds.Exam, AsInTraining);
    private readonly PictureSet _unstamped = PictureSet.Render(Count, Seeds.Exam, Never);
    private readonly PictureSet _allStamped = PictureSet.Render(Count, Seeds.Exam, _ => 1);

    /// <summary>Four of five horses carry the stamp, nothing else does.</summary>
    public static float AsInTraining(int label) => IsHorse(label) ? 0.8f : 0;

    public static float Never(int label) => 0;

    public IReadOnlyList<(string What, double Share)> Mark(Network network)
    {
        return
        [
            ("test accuracy, stamped as in training", Share(_asInTraining, _ => true, Right)),
            ("test accuracy without any stamp", Share(_unstamped, _ => true, Right)),
            ("horses recognised with the stamp", Share(_allStamped, IsHorse, Right)),
            ("horses recognised without it", Share(_unstamped, IsHorse, Right)),
            ("other pictures called horse with the stamp", Share(_allStamped, label => !IsHorse(label), (said, _) => IsHorse(said))),
            ("other pictures called horse without it", Share(_unstamped, label => !IsHorse(label), (said, _) => IsHorse(said))),
        ];

        double Share(PictureSet set, Func<int, bool> asked, Func<int, int, bool> counts)
            => Trainer.Predict(network, set)
                .Zip(set.Labels.data<long>(), (said, truth) => (Said: (int)said, Truth: (int)truth))
                .Where(answer => asked(answer.Truth))
                .Average(answer => counts(answer.Said, answer.Truth) ? 1.0 : 0.0);
    }

    public void Dispose()
    {
        _asInTraining.Dispose();
        _unstamped.Dispose();
        _allStamped.Dispose();
    }

    private static bool Right(int said, int truth) => said == truth;

    private static bool IsHorse(int label) => label == Figure.Horse;
}
