using System.Globalization;

namespace Layerwise.Compiler.Ir;

/// <summary>The names of a graph's values, for whoever makes a value: a file may have taken any name.</summary>
public sealed class ValueNames(IEnumerable<string> taken)
{
    private readonly HashSet<string> _taken = [.. taken];
    private int _last = 1;

    /// <summary>Of a graph whose shapes are known.</summary>
    public static ValueNames Of(Graph graph) => new(graph.Shapes.Keys.Concat(graph.Constants.Keys).Concat(graph.Known.Keys));

    /// <summary>The name, with a number behind it where a value has it already.</summary>
    public string Fresh(string name)
    {
        var fresh = name;
        while (!_taken.Add(fresh))
        {
            fresh = name + "'" + (++_last).ToString(CultureInfo.InvariantCulture);
        }

        return fresh;
    }
}
