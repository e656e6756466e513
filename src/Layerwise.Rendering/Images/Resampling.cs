namespace Layerwise.Rendering;

/// <summary>
/// Bilinear resampling, antialiased where it shrinks: a triangle as wide as one pixel of the coarser grid, along one axis after the other.
/// The numbers are those of PyTorch's <c>interpolate(mode="bilinear", antialias=True)</c>, which models are trained with.
/// </summary>
internal static class Resampling
{
    /// <summary>Resamples pixels of [height, width, 3].</summary>
    public static float[] Resize(float[] pixels, int width, int height, int newWidth, int newHeight)
    {
        var narrow = Along(pixels, height, width, newWidth, stride: 3);
        return Along(narrow, 1, height, newHeight, stride: newWidth * 3);
    }

    /// <summary>Resamples the middle axis of [outer, length, stride].</summary>
    private static float[] Along(float[] from, int outer, int length, int newLength, int stride)
    {
        if (length == newLength)
        {
            return from;
        }

        var to = new float[checked(outer * newLength * stride)];
        for (var i = 0; i < newLength; i++)
        {
            var (first, weights) = Weights(i, length, newLength);
            for (var o = 0; o < outer; o++)
            {
                var target = to.AsSpan((o * newLength + i) * stride, stride);
                for (var k = 0; k < weights.Length; k++)
                {
                    var source = from.AsSpan((o * length + first + k) * stride, stride);
                    for (var s = 0; s < stride; s++)
                    {
                        target[s] += weights[k] * source[s];
                    }
                }
            }
        }

        return to;
    }

    private static (int First, float[] Weights) Weights(int index, int length, int newLength)
    {
        var step = (double)length / newLength;
        var reach = Math.Max(step, 1);
        var center = (index + 0.5) * step;
        var first = Math.Max((int)(center - reach + 0.5), 0);
        var end = Math.Min((int)(center + reach + 0.5), length);
        var weights = new double[end - first];
        for (var k = 0; k < weights.Length; k++)
        {
            weights[k] = Math.Max(0, 1 - Math.Abs(first + k + 0.5 - center) / reach);
        }

        var sum = weights.Sum();
        return (first, Array.ConvertAll(weights, weight => (float)(weight / sum)));
    }
}
