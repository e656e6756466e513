using System.CommandLine;

namespace Layerwise.Tool.Commands;

/// <summary><c>--json</c>, the same for every command.</summary>
internal static class JsonOption
{
    public static Option<bool> Create(bool lines = false) => new("--json")
    {
        Description = lines ? "Prints one JSON object a line and nothing else on the standard output." : "Prints one JSON object and nothing else on the standard output.",
    };
}
