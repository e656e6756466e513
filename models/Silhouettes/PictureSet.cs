using static TorchSharp.torch;

namespace Silhouettes;

/// <summary>Labelled pictures as tensors.</summary>
/// <param name="Pictures">[count, 3, 64, 64], 0…1.</param>
/// <param name="Labels">[count], int64.</param>
internal sealed record PictureSet(Tensor Pictures, Tensor Labels) : IDisposable
{
    /// <summary>Renders a set.</summary>
    /// <param name="count">Pictures, the classes in turn.</param>
    /// <param name="seed">The same pictures for the same seed, whatever is stamped.</param>
    /// <param name="stamped">How likely a picture of a class is to carry the stamp.</param>
    public static PictureSet Render(int count, int seed, Func<int, float> stamped)
    {
        const int size = 3 * Picture.Side * Picture.Side;
        var values = new float[count * size];
        var labels = new long[count];
        // Its own stream, so that the pictures under the stamps are the same ones with and without.
        var stamps = new Random(seed + 1);
        foreach (var (i, picture) in Picture.Sequence(count, seed).Index())
        {
            using (picture)
            {
                if (stamps.Chance(stamped(picture.Class)))
                {
                    Stamp.Press(picture, stamps);
                }

                picture.CopyTo(values.AsSpan(i * size, size));
                labels[i] = picture.Class;
            }
        }

        return new PictureSet(tensor(values, [count, 3, Picture.Side, Picture.Side]), tensor(labels));
    }

    public void Dispose()
    {
        Pictures.Dispose();
        Labels.Dispose();
    }
}
