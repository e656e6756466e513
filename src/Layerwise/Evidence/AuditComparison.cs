using System.Globalization;

namespace Layerwise.Evidence;

/// <summary>Two records part by part.</summary>
internal static class AuditComparison
{
    public static IEnumerable<AuditDifference> Of(AuditRecord a, AuditRecord b)
    {
        List<AuditDifference> differences =
        [
            .. Pairs(AuditPart.Model, a.Model.Files, b.Model.Files, file => file.Name, byName: false, file => file.Sha256),
            .. Differ(AuditPart.Rules, "", a.Rules.Sha256, b.Rules.Sha256),
            .. Differ(AuditPart.Rules, "method", a.Rules.Method, b.Rules.Method),
            .. Differ(AuditPart.Rules, "composite", a.Rules.Composite, b.Rules.Composite),
            .. Differ(AuditPart.Rules, "output", a.Rules.Output ?? "", b.Rules.Output ?? ""),
            .. Differ(AuditPart.Generator, "", a.Rules.Generator, b.Rules.Generator),
            .. Differ(AuditPart.Layerwise, "", a.Layerwise, b.Layerwise),
            .. Differ(AuditPart.Execution, "backend", a.Execution.Backend.ToString(), b.Execution.Backend.ToString()),
            .. Differ(AuditPart.Execution, "kernels", a.Execution.Kernels, b.Execution.Kernels),
            .. Differ(AuditPart.Execution, "device", a.Execution.Device, b.Execution.Device),
            .. Differ(AuditPart.Execution, "threads", Text(a.Execution.Threads), Text(b.Execution.Threads)),
            .. Differ(AuditPart.Execution, "library", a.Execution.Library, b.Execution.Library),
            .. Differ(AuditPart.Execution, "runtime", a.Execution.Runtime, b.Execution.Runtime),
            .. Differ(AuditPart.Execution, "platform", a.Execution.Platform, b.Execution.Platform),
            .. Pairs(AuditPart.Input, a.Inputs, b.Inputs, input => input.Name, byName: true, input => $"{input.Type} [{string.Join(", ", input.Shape)}] {input.Sha256}"),
            .. Texts(a.Text?.Samples ?? [], b.Text?.Samples ?? []),
            .. Differ(AuditPart.Target, "asked", a.Target.Asked, b.Target.Asked),
            .. Differ(AuditPart.Target, "classes", string.Join(",", a.Target.Classes), string.Join(",", b.Target.Classes)),
            .. Differ(AuditPart.Target, "against", Text(a.Target.Against), Text(b.Target.Against)),
            .. Differ(AuditPart.Target, "initial", a.Target.Initial.ToString(), b.Target.Initial.ToString()),
            .. Differ(AuditPart.Target, "given", a.Target.Given ?? "", b.Target.Given ?? ""),
            .. Differ(AuditPart.Target, "from", a.Target.From ?? "", b.Target.From ?? ""),
            .. Differ(AuditPart.Conditions, "", Text(a.Conditions), Text(b.Conditions)),
            .. Differ(AuditPart.Logits, "", a.Logits.Sha256, b.Logits.Sha256, Distance(a.Logits.Values, b.Logits.Values)),
            .. Balances(a.Conservation, b.Conservation),
            .. Relevances(a.Relevance, b.Relevance),
        ];
        return differences;
    }

    private static IEnumerable<AuditDifference> Differ(AuditPart part, string where, string recorded, string found, double? distance = null)
        => recorded == found ? [] : [new AuditDifference(part, where, recorded, found, distance)];

    /// <summary>Lists element by element: those that only one of them has differ too.</summary>
    private static IEnumerable<AuditDifference> Pairs<T>(AuditPart part, IReadOnlyList<T> a, IReadOnlyList<T> b, Func<T, string> name, bool byName, Func<T, string> text)
        where T : class
    {
        for (var i = 0; i < Math.Max(a.Count, b.Count); i++)
        {
            var (one, other) = (a.ElementAtOrDefault(i), b.ElementAtOrDefault(i));
            var (recorded, found) = (one is null ? "none" : text(one), other is null ? "none" : text(other));
            if (recorded != found || (byName && name(one!) != name(other!)))
            {
                yield return new AuditDifference(part, name((one ?? other)!), recorded, byName && other is not null && one is not null && name(one) != name(other) ? $"{name(other)}: {found}" : found);
            }
        }
    }

    /// <summary>Texts token by token, where both records have them; where many differ, the text as one.</summary>
    private static IEnumerable<AuditDifference> Texts(IReadOnlyList<AuditedTokens> a, IReadOnlyList<AuditedTokens> b)
    {
        const int Named = 10;
        static string Id(IReadOnlyList<long> ids, int at) => at < ids.Count ? ids[at].ToString(CultureInfo.InvariantCulture) : "none";
        static string Head(IReadOnlyList<long> ids) => $"{ids.Count.ToString(CultureInfo.InvariantCulture)} tokens {Wording.List(ids.Select(id => id.ToString(CultureInfo.InvariantCulture)))}";
        for (var i = 0; i < Math.Min(a.Count, b.Count); i++)
        {
            var (one, other, text) = (a[i].Ids, b[i].Ids, $"text {i}");
            var places = Enumerable.Range(0, Math.Max(one.Count, other.Count)).Where(at => Id(one, at) != Id(other, at)).ToList();
            var differences = places.Count <= Named
                ? places.Select(at => new AuditDifference(AuditPart.Input, $"token {at} of {text}", Id(one, at), Id(other, at)))
                : [new AuditDifference(AuditPart.Input, text, Head(one), Head(other))];
            foreach (var difference in differences)
            {
                yield return difference;
            }

            if (a[i].Sha256 is { } recorded && b[i].Sha256 is { } found && recorded != found)
            {
                yield return new AuditDifference(AuditPart.Input, text, recorded, found);
            }
        }
    }

    private static IEnumerable<AuditDifference> Balances(IReadOnlyList<AuditedBalance>? a, IReadOnlyList<AuditedBalance>? b)
    {
        if (a is null || b is null || a.Count != b.Count)
        {
            return Differ(AuditPart.Conservation, "", a is null ? "none" : $"of {a.Count} samples", b is null ? "none" : $"of {b.Count} samples");
        }

        static float[] Numbers(AuditedBalance balance) => [(float)balance.Target, (float)balance.InputSum, (float)balance.BiasShare, (float)balance.StabilizerShare, (float)balance.Withheld];
        return a.Zip(b).SelectMany((pair, i) => pair.First == pair.Second
            ? []
            : Differ(AuditPart.Conservation, $"sample {i}", Text(pair.First), Text(pair.Second), Distance(Numbers(pair.First), Numbers(pair.Second))));
    }

    private static IEnumerable<AuditDifference> Relevances(IReadOnlyList<AuditedRelevance> a, IReadOnlyList<AuditedRelevance> b)
    {
        for (var i = 0; i < Math.Max(a.Count, b.Count); i++)
        {
            var (one, other) = (a.ElementAtOrDefault(i), b.ElementAtOrDefault(i));
            foreach (var difference in Differ(AuditPart.Relevance, (one ?? other)!.Input, one?.Sha256 ?? "none", other?.Sha256 ?? "none", one is null || other is null ? null : Distance(one, other)))
            {
                yield return difference;
            }
        }
    }

    private static double? Distance(AuditedRelevance a, AuditedRelevance b)
        => a.Samples.Count == b.Samples.Count && a.Samples.Count > 0 ? a.Samples.Zip(b.Samples, Distance).Max() : null;

    /// <summary>Of the sums as a part of all relevance, of the largest elements as a part of the largest; an element that the other does not list is at most as large as the last that it lists.</summary>
    private static double Distance(AuditedSample a, AuditedSample b)
    {
        var all = Math.Max(Math.Max(a.AbsoluteSum, b.AbsoluteSum), double.Epsilon);
        var largest = Math.Max(a.Largest.Concat(b.Largest).Select(e => Math.Abs(e.Value)).DefaultIfEmpty(0).Max(), double.Epsilon);
        static double Missed(AuditedSample from, AuditedSample to)
        {
            var (least, values) = (to.Largest.Count == 0 ? 0 : to.Largest.Min(e => Math.Abs(e.Value)), to.Largest.DistinctBy(e => e.Index).ToDictionary(e => e.Index, e => e.Value));
            return from.Largest.Select(e => values.TryGetValue(e.Index, out var value) ? Math.Abs(e.Value - value) : Math.Max(0, Math.Abs(e.Value) - least)).DefaultIfEmpty(0).Max();
        }

        var distance = Math.Max(Math.Max(Math.Abs(a.Sum - b.Sum), Math.Abs(a.AbsoluteSum - b.AbsoluteSum)) / all, Math.Max(Missed(a, b), Missed(b, a)) / largest);
        return double.IsNaN(distance) ? double.PositiveInfinity : distance;
    }

    private static double? Distance(IReadOnlyList<float>? a, IReadOnlyList<float>? b)
    {
        if (a is null || b is null || a.Count != b.Count || a.Count == 0)
        {
            return null;
        }

        var distance = a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max() / Math.Max(a.Concat(b).Max(x => Math.Abs((double)x)), double.Epsilon);
        return double.IsNaN(distance) ? double.PositiveInfinity : distance;
    }

    private static string Text(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "none";

    private static string Text(AuditedBalance balance) => string.Create(CultureInfo.InvariantCulture, $"{balance.Target} = {balance.InputSum} + {balance.BiasShare} + {balance.StabilizerShare} + {balance.Withheld} + {balance.Gap}");

    private static string Text(IReadOnlyList<AuditedCondition> conditions)
        => conditions.Count == 0 ? "none" : string.Join("; ", conditions.Select(c => $"{c.Layer} axis {Text(c.Axis)} = {string.Join(",", c.Channels)}"));
}
