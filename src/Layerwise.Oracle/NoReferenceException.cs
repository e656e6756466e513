namespace Layerwise.Oracle;

/// <summary>The oracle has no reference for an operator or for a rule on it: it says so by name, and does not guess.</summary>
public sealed class NoReferenceException : Exception
{
    public NoReferenceException()
    {
    }

    /// <param name="message">Which operator or rule, and why.</param>
    public NoReferenceException(string message)
        : base(message)
    {
    }

    public NoReferenceException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
