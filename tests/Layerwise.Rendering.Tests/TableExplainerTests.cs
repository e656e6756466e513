namespace Layerwise.Rendering.Tests;

[Explainer("credit.onnx")]
[TableInput(
    Record = typeof(Customer),
    Mean = new[] { 3000.0, 9000, 48, 300, 5000, 1, 6, 2, 0.5, 45 },
    Std = new[] { 1500.0, 8000, 24, 400, 7000, 1.5, 5, 1.4, 0.5, 14 })]
public partial class Credit;

public enum Home
{
    Rented,
    Owned,
}

/// <summary>A row as a program has it: other types, other spellings, another order, and more than the model asks for.</summary>
public record Customer(string Name, int Age, double MonthlyIncome, decimal LoanAmount, byte LoanMonths, float OtherDebtPayments, double Savings, int MissedPayments, float YearsEmployed, long OpenLoans)
{
    public Home OwnsHome { get; init; }
}

public sealed class TableExplainerTests
{
    private static readonly float[] Row = [2400, 9000, 36, 120, 3500, 1, 4.5f, 2, 1, 41];

    private static readonly Customer Same = new("A. Person", 41, 2400, 9000, 36, 120, 3500, 1, 4.5f, 2) { OwnsHome = Home.Owned };

    [Fact]
    public void A_record_is_explained_feature_by_feature()
    {
        using var net = new Credit();
        using var why = net.Explain(Same, Credit.Label.Repaid, InitialRelevance.Logit);
        using var bare = net.Explain(Credit.Table.ToSample(Row), Credit.Label.Repaid, InitialRelevance.Logit);

        Assert.Equal(Credit.Table.Features, why.ByFeature().Select(f => f.Name));
        Assert.Equal(Row, why.ByFeature().Select(f => f.Value));
        Assert.Equal(bare.RelevanceValues.ToArray(), why.ByFeature().Select(f => f.Relevance));
        Assert.Equal(why.ByFeature(strongestFirst: true).Select(f => MathF.Abs(f.Relevance)), why.ByFeature().Select(f => MathF.Abs(f.Relevance)).OrderDescending());
        Assert.True(why.ByFeature().Select(f => f.Relevance).Distinct().Count() > 5, "every feature has the same share");
        Assert.Equal(why.LogitValues[(int)Credit.Label.Repaid], (float)why.StartOf()!.Value);
        Assert.Equal(["not repaid", "repaid"], why.Labels);
    }

    [Fact]
    public void The_number_0_is_the_class_of_that_index()
    {
        using var net = new Credit();
        var values = Credit.Table.ToSample(Row);
        using var label = net.Explain(values, Credit.Label.NotRepaid);
        using var zero = net.Explain(values, 0);
        using var tensor = net.Explain(TorchSharp.torch.tensor(values, [1, values.Length]), 0);
        using var record = net.Explain(Same, 0);
        using var records = net.Explain([Same], 0);
        var into = new float[values.Length];
        net.Explain(values, 0, into);

        Assert.All(new[] { zero, tensor, record, records }, why => Assert.Equal([0], why.Target));
        Assert.Equal(label.RelevanceValues.ToArray(), zero.RelevanceValues.ToArray());
        Assert.Equal(label.RelevanceValues.ToArray(), into);
    }

    [Fact]
    public void A_row_comes_as_a_record_by_name_or_by_place()
    {
        using var net = new Credit();
        var named = Credit.Table.Features.Zip(Row).Reverse().ToDictionary(pair => pair.First, pair => pair.Second);
        using var byPlace = net.ExplainRow(Row, Credit.Label.Repaid);
        using var byName = net.ExplainRow(named, Credit.Label.Repaid);
        using var byRecord = net.Explain(Same, Credit.Label.Repaid);
        using var batch = net.Explain([Same, Same with { MissedPayments = 5 }], Credit.Label.Repaid);

        Assert.Equal(byPlace.ByFeature(), byName.ByFeature());
        Assert.Equal(byPlace.ByFeature(), byRecord.ByFeature());
        Assert.Equal(5, batch.ByFeature(1)[5].Value);
        Assert.Equal(net.PredictRow(Row), net.Predict(Same));
        Assert.Equal(net.PredictRow(named), net.Predict([Same]));
        Assert.Equal(1, byPlace.StartOf());
    }

    [Fact]
    public void A_row_that_does_not_fit_is_refused_by_name()
    {
        using var net = new Credit();
        var named = Credit.Table.Features.Zip(Row).ToDictionary(pair => pair.First, pair => pair.Second);
        named.Remove("savings");
        named["saving"] = 3;

        var strange = Assert.Throws<FeatureException>(() => net.ExplainRow(named));
        Assert.Contains("lacks 'savings' and has 'saving', which the table has not", strange.Message, StringComparison.Ordinal);
        Assert.Equal(("savings", "saving"), (Assert.Single(strange.Missing), Assert.Single(strange.Unknown)));
        Assert.Contains("The row has 9 numbers; the table has 10 features", Assert.Throws<ShapeException>(() => net.ExplainRow(Row.AsSpan(1))).Message, StringComparison.Ordinal);
        var broken = Assert.Throws<NotFiniteException>(() => net.ExplainRow([1, 1, 1, 1, float.NaN, 1, 1, 1, 1, 1]));
        Assert.Contains("'savings' is NaN", broken.Message, StringComparison.Ordinal);
        Assert.Equal(("savings", 4, double.NaN), (broken.Name, broken.Index, broken.Actual));
        Assert.Contains("no row", Assert.Throws<ArgumentException>(() => net.ExplainRows([])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => net.Explain((Customer)null!));
    }

    [Fact]
    public void Standardized_numbers_are_what_the_network_gets()
    {
        var table = new TableInput(["a", "b"]) { Mean = [10, 20], Std = [2] };
        Assert.Equal([-5f, -9.5f], table.ToSample([0, 1]));
        Assert.Equal(table, new TableInput(["a", "b"]) { Mean = [10, 20], Std = [2] });
        Assert.Throws<ArgumentException>(() => new TableInput(["a", "b", "a"]));
        Assert.Throws<ArgumentException>(() => table with { Std = [1, 0] });
    }

    [Fact]
    public void The_waterfall_ends_at_the_logit()
    {
        using var net = new Credit();
        using var why = net.Explain(Same, Credit.Label.Repaid, InitialRelevance.Logit);
        var svg = why.Waterfall().ToSvg();

        Assert.All(Credit.Table.Features, name => Assert.Contains(name, svg, StringComparison.Ordinal));
        Assert.Contains("repaid", svg, StringComparison.Ordinal);
        Samples.Keep(why.Waterfall().ToPng(), "credit.png");
    }
}
