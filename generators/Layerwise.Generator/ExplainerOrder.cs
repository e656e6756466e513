using System.Collections.Immutable;
using Layerwise.Compiler;

namespace Layerwise.Generator;

/// <summary>A request and the manifest that it names.</summary>
/// <param name="TypeName">Full name of the user's class.</param>
/// <param name="Spec">What to compile; <c>null</c> where not even a stub can be added.</param>
/// <param name="Manifest">The manifest's text; <c>null</c> where there are problems.</param>
/// <param name="Problems">Why there is nothing to compile.</param>
internal sealed record ExplainerOrder(string TypeName, ExplainerSpec? Spec, string? Manifest, EquatableList<Problem> Problems)
{
    private const int Listed = 10;

    public static ExplainerOrder Match(ExplainerRequest request, ImmutableArray<ModelManifest> manifests)
    {
        if (request.Problems.Count > 0)
        {
            return new(request.TypeName, request.Spec, null, request.Problems);
        }

        // A whole path is never ambiguous with a longer one.
        var found = manifests.Where(m => m.Name == request.Model).ToList();
        found = found.Count > 0 ? found : manifests.Where(m => m.EndsIn(request.Model)).ToList();
        return found switch
        {
            [var manifest] => new(request.TypeName, request.Spec, manifest.Text, EquatableList<Problem>.Empty),
            [] => Failed(new(Diagnostics.UnknownModel.Id, Unknown(request.Model, manifests))),
            _ => Failed(new(Diagnostics.AmbiguousModel.Id, Ambiguous(request.Model, found))),
        };

        ExplainerOrder Failed(Problem problem) => new(request.TypeName, request.Spec, null, new([problem]));
    }

    private static string Unknown(string model, ImmutableArray<ModelManifest> manifests)
    {
        if (manifests.IsEmpty)
        {
            return $"The project has no model; add <LayerwiseModel Include=\"{model}\" /> to the project file.";
        }

        var hint = Closest(model, [.. manifests.Select(m => m.Name)]) is { } closest && Spelling.Distance(model, closest) <= Math.Max(2, model.Length / 4) ? $" Did you mean \"{closest}\"?" : "";
        return $"No LayerwiseModel item of the project is \"{model}\" or ends in it.{hint} There {(manifests.Length == 1 ? "is" : "are")} {List(manifests)}.";
    }

    /// <summary>The name of the model that is most like a name that no model has: the end of its path, where no other ends in that; <c>null</c> where there is no model.</summary>
    public static string? Closest(string model, IReadOnlyCollection<string> models) => models
        .SelectMany(path => new[] { path, path.Substring(path.LastIndexOf('/') + 1) })
        .Where(name => models.Count(path => ModelManifest.EndsIn(path, name)) == 1)
        .OrderBy(name => Spelling.Distance(model, name)).ThenBy(name => name, StringComparer.Ordinal)
        .FirstOrDefault();

    private static string Ambiguous(string model, List<ModelManifest> found) => found.Select(m => m.Name).Distinct().Count() == 1
        ? $"{found.Count} LayerwiseModel items are {List(found.Take(1))}; give each its own path in the output folder."
        : $"\"{model}\" names {found.Count} models: {List(found)}. Write more of the path.";

    private static string List(IEnumerable<ModelManifest> manifests)
    {
        var names = manifests.Select(m => $"\"{m.Name}\"").OrderBy(name => name, StringComparer.Ordinal).ToList();
        return names.Count <= Listed ? string.Join(", ", names) : $"{string.Join(", ", names.Take(Listed))} and {names.Count - Listed} more";
    }
}
