namespace Layerwise.AspNetCore.Requests;

/// <summary>A text as JSON.</summary>
internal sealed record TextBody
{
    /// <summary>The text.</summary>
    public required string Text { get; init; }
}
