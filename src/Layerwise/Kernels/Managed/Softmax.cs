namespace Layerwise.Kernels;

// Numbers along an axis brought to shares of 1.
public static unsafe partial class Managed
{
    /// <summary>y = eˣ/Σeˣ along an axis.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="toEnd">Whether the sum goes over all axes from there on.</param>
    public static void Softmax(Buffer x, Buffer y, int axis, bool toEnd = false)
    {
        float* from = x.Rows(), to = y.WriteRows();
        var (count, step) = Along(x, axis, toEnd);
        for (var start = 0; start < x.Length; start = Next(start, count, step))
        {
            var (largest, sum) = Exponentials(from + start, count, step);
            for (var i = 0; i < count; i++)
            {
                to[start + (i * step)] = (float)(Math.Exp(from[start + (i * step)] - largest) / sum);
            }
        }
    }

    /// <summary>y = x − ln Σeˣ along an axis.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="toEnd">Whether the sum goes over all axes from there on.</param>
    public static void LogSoftmax(Buffer x, Buffer y, int axis, bool toEnd = false)
    {
        float* from = x.Rows(), to = y.WriteRows();
        var (count, step) = Along(x, axis, toEnd);
        for (var start = 0; start < x.Length; start = Next(start, count, step))
        {
            var (largest, sum) = Exponentials(from + start, count, step);
            for (var i = 0; i < count; i++)
            {
                to[start + (i * step)] = (float)(from[start + (i * step)] - largest - Math.Log(sum));
            }
        }
    }

    /// <summary>x = y ⊙ (s − Σ y·s): the transposed derivative.</summary>
    /// <param name="s">s.</param>
    /// <param name="y">y.</param>
    /// <param name="x">x.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="toEnd">Whether the sum goes over all axes from there on.</param>
    public static void SoftmaxBack(Buffer s, Buffer y, Buffer x, int axis, bool toEnd = false)
    {
        float* share = s.Rows(), of = y.Rows(), to = x.WriteRows();
        var (count, step) = Along(x, axis, toEnd);
        for (var start = 0; start < x.Length; start = Next(start, count, step))
        {
            var sum = 0.0;
            for (var i = start; i < start + (count * step); i += step)
            {
                sum += (double)share[i] * of[i];
            }

            for (var i = start; i < start + (count * step); i += step)
            {
                to[i] = (float)(of[i] * (share[i] - sum));
            }
        }
    }

    private static (int Count, int Step) Along(Buffer x, int axis, bool toEnd)
    {
        var step = 1;
        for (var i = x.Size.Length - 1; i > axis; i--)
        {
            step *= x.Size[i];
        }

        return toEnd ? (x.Size[axis] * step, 1) : (x.Size[axis], step);
    }

    // The first element of the next row along an axis.
    private static int Next(int start, int count, int step) => (start + 1) % step == 0 ? start + 1 + ((count - 1) * step) : start + 1;

    private static (double Largest, double Sum) Exponentials(float* row, int count, int step)
    {
        var (largest, sum) = (double.NegativeInfinity, 0.0);
        for (var i = 0; i < count; i++)
        {
            largest = Math.Max(largest, row[i * step]);
        }

        for (var i = 0; i < count; i++)
        {
            sum += Math.Exp(row[i * step] - largest);
        }

        return (largest, sum);
    }
}
