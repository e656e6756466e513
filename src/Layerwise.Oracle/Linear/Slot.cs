namespace Layerwise.Oracle.Linear;

/// <summary>Values as they stand on the tape, from a place on.</summary>
/// <param name="first">Where the first one stands.</param>
/// <param name="count">How many they are.</param>
internal sealed class Slot(int first, int count) : LinearMap(count)
{
    public override long Entries => Outputs;

    public override bool IsThin => true;

    public override bool OnlyMoves => true;

    public override (int Input, double Weight, double Bias) Single(int output) => (first + output, 1, 0);

    public override void Row(int output, RowBuffer row) => row.Add(first + output, 1);

    public override void Column(int input, RowBuffer column)
    {
        if (input >= first && input < first + Outputs)
        {
            column.Add(input - first, 1);
        }
    }
}
