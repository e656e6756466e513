using System.Threading.RateLimiting;
using Layerwise.AspNetCore.Requests;

namespace Layerwise.AspNetCore.Operations;

/// <summary>
/// How many requests are under way: some compute, some wait or still come in, all others are refused at once. So the memory that bodies
/// take is bounded, and a slow sender keeps nobody from computing.
/// </summary>
internal sealed class Gate(ExplainerOptions options) : IDisposable
{
    private readonly ConcurrencyLimiter _places = new(new() { PermitLimit = options.MaxConcurrency + options.MaxQueue });

    private readonly ConcurrencyLimiter _turns = new(new() { PermitLimit = options.MaxConcurrency, QueueLimit = options.MaxQueue, QueueProcessingOrder = QueueProcessingOrder.OldestFirst });

    /// <summary>Whether a request would be refused now.</summary>
    public bool IsFull => _places.GetStatistics()!.CurrentAvailablePermits == 0;

    /// <summary>How many requests wait for their turn.</summary>
    public long Waiting => _turns.GetStatistics()!.CurrentQueuedCount;

    /// <summary>How many requests compute.</summary>
    public long Computing => options.MaxConcurrency - _turns.GetStatistics()!.CurrentAvailablePermits;

    /// <summary>Lets a request come in; dispose what is returned when it is answered.</summary>
    /// <exception cref="Refusal">Too many are under way.</exception>
    public IDisposable Enter()
    {
        var place = _places.AttemptAcquire();
        if (place.IsAcquired)
        {
            return place;
        }

        place.Dispose();
        throw Busy();
    }

    /// <summary>Waits for a turn to compute; dispose what is returned when it is done.</summary>
    public async ValueTask<IDisposable> Turn(CancellationToken cancellation)
    {
        var turn = await _turns.AcquireAsync(cancellationToken: cancellation);
        if (turn.IsAcquired)
        {
            return turn;
        }

        turn.Dispose();
        throw Busy();
    }

    public void Dispose()
    {
        _places.Dispose();
        _turns.Dispose();
    }

    private Refusal Busy() => Refusal.Busy("too-many-requests", $"{options.MaxConcurrency + options.MaxQueue} requests are under way, and no more are taken; try again in a moment.", TimeSpan.FromSeconds(1));
}
