using Api;
using Layerwise.Runtime;

namespace Layerwise.AspNetCore.Tests;

/// <summary>An explainer whose input is ten numbers, of which nothing more is known.</summary>
internal sealed class TenNumbers : IExplainer, IDisposable
{
    private readonly Loans _loans = new();

    public Network Network => ((IExplainer)_loans).Network;

    public IReadOnlyList<string> Labels => Loans.Labels;

    public void Dispose() => _loans.Dispose();
}

/// <summary>The ids of a review's words, as numbers of which nothing more is known.</summary>
internal sealed class ReviewIds : IExplainer, IDisposable
{
    private readonly Reviews _reviews = new();

    public Network Network => ((IExplainer)_reviews).Network;

    public IReadOnlyList<string> Labels => Reviews.Labels;

    public void Dispose() => _reviews.Dispose();
}

/// <summary>The sample's tokenizer of reviews.</summary>
internal static class Words
{
    private static readonly WordTokenizer Tokenizer = WordTokenizer.Load(Path.Combine(AppContext.BaseDirectory, "reviews-words.txt"));

    public static TokenizedText? Split(string text) => Tokenizer.Split(text);
}

/// <summary>Loans, which let each request run on when it has begun to compute only when it is allowed to.</summary>
internal sealed class PatientLoans : ITableExplainer, IDisposable
{
    private readonly Loans _loans = new();
    private int _asked;

    public ManualResetEventSlim Computes { get; } = new();

    public ManualResetEventSlim MayGoOn { get; } = new();

    public Network Network => ((IExplainer)_loans).Network;

    public IReadOnlyList<string> Labels => Loans.Labels;

    /// <summary>A request asks for it when it is read, and again when its row becomes the network's input.</summary>
    public TableInput Table
    {
        get
        {
            if (Interlocked.Increment(ref _asked) == 2)
            {
                Computes.Set();
                MayGoOn.Wait(TimeSpan.FromMinutes(1));
            }

            return ((ITableExplainer)_loans).Table;
        }
    }

    public void Dispose()
    {
        _loans.Dispose();
        Computes.Dispose();
        MayGoOn.Dispose();
    }
}

/// <summary>The same ten numbers, by an explainer which computes only when it is allowed to.</summary>
internal sealed class Patient : IExplainer, IDisposable
{
    private readonly TenNumbers _numbers = new();

    public ManualResetEventSlim MayCompute { get; } = new();

    // The service asks once when it loads, to say what it runs on.
    private int _started = -1;

    /// <summary>How often the network was asked for since it was loaded; once at least for each request that computes.</summary>
    public int Started => Volatile.Read(ref _started);

    public Network Network
    {
        get
        {
            if (Interlocked.Increment(ref _started) > 0)
            {
                MayCompute.Wait(TimeSpan.FromMinutes(1));
            }

            return _numbers.Network;
        }
    }

    public IReadOnlyList<string> Labels => _numbers.Labels;

    public async Task HasStarted(int count)
    {
        for (var i = 0; i < 600 && Started < count; i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal(count, Started);
    }

    public void Dispose()
    {
        _numbers.Dispose();
        MayCompute.Dispose();
    }
}
