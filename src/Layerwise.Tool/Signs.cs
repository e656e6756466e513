using Layerwise.Rendering;
using Layerwise.Runtime;

namespace Layerwise.Tool;

/// <summary>
/// Where relevance has another sign than a reader expects. The way back is linear: from a logit below 0 relevance has the other signs than from 1.
/// A last layer whose rule divides by its output shares out what adds up to the logit, so from the logit positive relevance is what raises it;
/// any other rule says that from 1.
/// </summary>
internal static class Signs
{
    /// <summary>Whether the relevance of a sample has the signs turned round.</summary>
    public static bool AreTurned(Network network, Explanation why, InitialRelevance initial, int sample)
    {
        var last = network.Layers.LastOrDefault(layer => layer.Rule is not null and not Rule.Pass)?.Rule;
        var divides = last is Rule.Epsilon or Rule.Gamma or Rule.ZBox or Rule.CaptumGamma or Rule.CaptumAlpha1Beta0 or Rule.Norm;
        if (divides != (initial == InitialRelevance.OneHot) || network.Rules?.Method == "saliency")
        {
            return false;
        }

        var scores = why.ClassesOf(sample: sample);
        return scores[why.Target[sample]].Logit < 0 || (why.Against is { } against && scores[against].Logit < 0);
    }

    /// <summary>Says of how many samples that holds.</summary>
    /// <param name="error">Where notes go.</param>
    /// <param name="initial">What relevance started with.</param>
    /// <param name="turned">Of each sample, whether it holds.</param>
    /// <param name="where">The model, where there are several.</param>
    public static void Note(TextWriter error, InitialRelevance initial, IReadOnlyCollection<bool> turned, string where = "")
    {
        var count = turned.Count(one => one);
        if (count == 0)
        {
            return;
        }

        var (start, other) = initial == InitialRelevance.OneHot ? ("1", "logit") : ("it", "one-hot");
        var samples = turned.Count == 1 ? "" : $" in {count} of {turned.Count} samples";
        error.WriteLine($"note: the logit of an explained class is below 0{samples}{where}; relevance that starts with {start} is positive there for what lowers the logit. --initial {other} turns the signs round");
    }
}
