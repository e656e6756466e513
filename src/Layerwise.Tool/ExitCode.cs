namespace Layerwise.Tool;

/// <summary>What the tool ends with; <c>docs/tool.md</c> tells the user.</summary>
internal static class ExitCode
{
    /// <summary>Done, and what was checked holds.</summary>
    public const int Done = 0;

    /// <summary>Refused: a file or a value that the user can put right.</summary>
    public const int Refused = 1;

    /// <summary>The command line was not understood.</summary>
    public const int NotUnderstood = 2;

    /// <summary>Done, and what was checked does not hold: a layer that differs, a record that is not reproduced, a picture that cannot be read.</summary>
    public const int DoesNotHold = 3;

    /// <summary>A fault of the tool.</summary>
    public const int Fault = 70;

    /// <summary>For the help.</summary>
    public const string Help = "Ends with 0 when done, 1 when a file or value is refused, 2 when the command line is not understood, 3 when done and what was checked does not hold (verify, replay, explain on a folder), 70 on a fault of its own.";
}
