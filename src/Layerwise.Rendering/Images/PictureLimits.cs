namespace Layerwise.Rendering;

/// <summary>How much a picture may take, checked before memory is spent on it.</summary>
public sealed record PictureLimits
{
    /// <summary>Up to 100 million bytes and 100 million pixels (which take 1.6 GB while they are read): files of one's own.</summary>
    public static PictureLimits Default { get; } = new();

    /// <summary>The most bytes of a file or a stream; 100 million unless given.</summary>
    public long MaxBytes { get; init; } = 100_000_000;

    /// <summary>The most pixels that it may claim to hold; 100 million unless given, and never more. Reading takes 16 bytes a pixel.</summary>
    public long MaxPixels { get; init; } = Refuse.MaxPixels;
}

/// <summary>A picture that cannot be read, and why.</summary>
public sealed class PictureException : FormatException
{
    /// <summary>A picture of no known problem.</summary>
    public PictureException()
    {
    }

    /// <summary>A picture with a problem in words.</summary>
    /// <param name="message">What is wrong.</param>
    public PictureException(string message)
        : base(message)
    {
    }

    /// <summary>A picture with a problem in words.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">What caused it.</param>
    public PictureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>A picture with a problem.</summary>
    /// <param name="problem">Which.</param>
    /// <param name="message">The same in words.</param>
    public PictureException(PictureProblem problem, string message)
        : base(message) => Problem = problem;

    /// <summary>What is wrong with it.</summary>
    public PictureProblem Problem { get; }
}

/// <summary>Why a picture cannot be read.</summary>
public enum PictureProblem
{
    /// <summary>Not a PNG, JPEG, WebP, BMP or GIF file.</summary>
    NotAPicture,

    /// <summary>Cut short, or its data contradict themselves.</summary>
    Damaged,

    /// <summary>More bytes than <see cref="PictureLimits.MaxBytes"/>.</summary>
    TooManyBytes,

    /// <summary>More pixels than <see cref="PictureLimits.MaxPixels"/>.</summary>
    TooManyPixels,
}
