namespace Layerwise.Oracle.Linear;

/// <summary>
/// A layer that is linear in its inputs, as a matrix and a bias whose rows and columns are made when somebody asks. An entry may be 0:
/// it still says that the output sees the input.
/// </summary>
/// <param name="outputs">How many outputs it has.</param>
internal abstract class LinearMap(int outputs)
{
    public int Outputs => outputs;

    /// <summary>How many entries the matrix has, or a few more.</summary>
    public abstract long Entries { get; }

    /// <summary>Whether no row has more than one entry.</summary>
    public virtual bool IsThin => false;

    /// <summary>Whether it only moves values: rows of one entry of 1.</summary>
    public virtual bool OnlyMoves => false;

    /// <summary>Appends the inputs of an output with their weights, and adds its bias.</summary>
    public abstract void Row(int output, RowBuffer row);

    /// <summary>Appends the outputs that see an input with its weights there.</summary>
    public abstract void Column(int input, RowBuffer column);

    /// <summary>The one entry of a row of a thin map; an input of -1 where it has none.</summary>
    public virtual (int Input, double Weight, double Bias) Single(int output) => throw new InvalidOperationException("not thin");
}
