using System.Runtime.CompilerServices;

namespace Layerwise.Kernels;

// A channel's pixels taken together.
public static unsafe partial class Managed
{
    /// <summary>y = mean of x over its spatial axes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GlobalAveragePool(Buffer x, Buffer y)
    {
        float* from = x.Last(), to = y.WriteLast();
        new Span<float>(to, y.Length).Clear();
        for (var image = 0; image < x.Images; image++, to += x.Channels)
        {
            for (var pixel = 0; pixel < x.Area; pixel++, from += x.Channels)
            {
                for (var channel = 0; channel < x.Channels; channel++)
                {
                    to[channel] += from[channel];
                }
            }

            for (var channel = 0; channel < x.Channels; channel++)
            {
                to[channel] /= x.Area;
            }
        }
    }

    /// <summary>x = s, shared out evenly over the spatial axes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void GlobalAveragePoolBack(Buffer s, Buffer x)
    {
        float* from = s.Last(), to = x.WriteLast();
        for (var image = 0; image < x.Images; image++, from += x.Channels)
        {
            for (var pixel = 0; pixel < x.Area; pixel++, to += x.Channels)
            {
                for (var channel = 0; channel < x.Channels; channel++)
                {
                    to[channel] = from[channel] / x.Area;
                }
            }
        }
    }

    /// <summary>y = the largest of each channel.</summary>
    public static void GlobalMaxPool(Buffer x, Buffer y)
    {
        float* from = x.Last(), to = y.WriteLast();
        for (var image = 0; image < x.Images; image++, from += x.Area * x.Channels, to += x.Channels)
        {
            for (var channel = 0; channel < x.Channels; channel++)
            {
                to[channel] = from[(Largest(from + channel, x.Area, x.Channels) * x.Channels) + channel];
            }
        }
    }

    /// <summary>r = s at the largest of each channel; of equal ones the first.</summary>
    public static void GlobalMaxPoolBack(Buffer s, Buffer x, Buffer r)
    {
        float* from = x.Last(), share = s.Last(), to = r.WriteLast();
        new Span<float>(to, r.Length).Clear();
        for (var image = 0; image < x.Images; image++, from += x.Area * x.Channels, to += x.Area * x.Channels, share += x.Channels)
        {
            for (var channel = 0; channel < x.Channels; channel++)
            {
                to[(Largest(from + channel, x.Area, x.Channels) * x.Channels) + channel] = share[channel];
            }
        }
    }

    private static int Largest(float* values, int count, int step)
    {
        var at = 0;
        for (var i = 1; i < count; i++)
        {
            if (values[i * step] > values[at * step] || (float.IsNaN(values[i * step]) && !float.IsNaN(values[at * step])))
            {
                at = i;
            }
        }

        return at;
    }
}
