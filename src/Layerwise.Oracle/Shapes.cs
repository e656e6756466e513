namespace Layerwise.Oracle;

/// <summary>Arithmetic of shapes.</summary>
internal static class Shapes
{
    public static int Size(ReadOnlySpan<int> shape)
    {
        var size = 1L;
        foreach (var dim in shape)
        {
            size *= dim;
        }

        return checked((int)size);
    }

    /// <summary>How far apart neighbours along each axis stand.</summary>
    public static int[] Strides(int[] shape)
    {
        var strides = new int[shape.Length];
        for (int axis = shape.Length - 1, step = 1; axis >= 0; step *= shape[axis--])
        {
            strides[axis] = step;
        }

        return strides;
    }

    /// <summary>The shape that several broadcast to, as numpy has it.</summary>
    public static int[] Broadcast(params IReadOnlyList<int[]> shapes)
    {
        var rank = shapes.Max(s => s.Length);
        var result = new int[rank];
        for (var axis = 0; axis < rank; axis++)
        {
            int[] own = [.. shapes.Where(s => axis - rank + s.Length >= 0).Select(s => s[axis - rank + s.Length])];
            result[axis] = own.Contains(0) ? 0 : own.Max();
            if (own.Any(d => d != 1 && d != result[axis]))
            {
                throw new ArgumentException($"the shapes {string.Join(" and ", shapes.Select(Text))} do not broadcast");
            }
        }

        return result;
    }

    /// <summary>For each element of a shape, which element of one that broadcasts to it stands there.</summary>
    public static int[] From(int[] shape, int[] to)
    {
        var (strides, lead) = (Strides(shape), to.Length - shape.Length);
        return Places(to, axis => axis < lead || shape[axis - lead] == 1 ? 0 : strides[axis - lead]);
    }

    /// <summary>For each element of a shape, a place that moves by a step along each axis.</summary>
    public static int[] Places(int[] shape, Func<int, int> step, int first = 0)
    {
        var places = new int[Size(shape)];
        var (at, steps, place) = (new int[shape.Length], shape.Select((_, axis) => step(axis)).ToArray(), first);
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = place;
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                place += steps[axis];
                if (++at[axis] < shape[axis])
                {
                    break;
                }

                place -= steps[axis] * shape[axis];
                at[axis] = 0;
            }
        }

        return places;
    }

    /// <summary>An axis counted from the front.</summary>
    public static int Axis(long axis, int rank) => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis) : throw new ArgumentException($"axis {axis} lies outside a shape of {rank}");

    public static string Text(int[] shape) => $"[{string.Join(", ", shape)}]";
}
