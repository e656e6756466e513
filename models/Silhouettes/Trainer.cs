using TorchSharp;
using static TorchSharp.torch;

namespace Silhouettes;

internal static class Trainer
{
    /// <summary>Pictures to learn from.</summary>
    public const int Pictures = 7200;

    private const int Epochs = 10;
    private const int BatchSize = 64;

    /// <summary>Trains a network, on one thread: the sums of a gradient, and so the figures, depend on how many add them up.</summary>
    public static void Train(Network network, PictureSet set, string name)
    {
        set_num_threads(1);
        using var scope = NewDisposeScope();
        var order = Enumerable.Range(0, Pictures).Select(i => (long)i).ToArray();
        var shuffle = new Random(Seeds.Order);
        var optimizer = optim.AdamW(network.parameters(), weight_decay: 1e-2);
        var schedule = optim.lr_scheduler.OneCycleLR(optimizer, max_lr: 4e-3, epochs: Epochs, steps_per_epoch: Pictures / BatchSize);
        var loss = nn.CrossEntropyLoss();
        network.train();
        for (var epoch = 1; epoch <= Epochs; epoch++)
        {
            shuffle.Shuffle(order);
            var sum = 0f;
            foreach (var indices in order.Chunk(BatchSize).Where(chunk => chunk.Length == BatchSize))
            {
                using var step = NewDisposeScope();
                var batch = tensor(indices);
                optimizer.zero_grad();
                var error = loss.forward(network.forward(set.Pictures.index_select(0, batch)), set.Labels.index_select(0, batch));
                error.backward();
                optimizer.step();
                schedule.step();
                sum += error.item<float>();
            }

            Console.WriteLine($"{name}: epoch {epoch} of {Epochs}, loss {sum / (Pictures / BatchSize):F4}");
        }

        network.eval();
    }

    /// <summary>The class that an evaluated network gives each picture.</summary>
    public static long[] Predict(Network network, PictureSet set)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return [.. set.Pictures.split(256).SelectMany(batch => network.forward(batch).argmax(1).data<long>().ToArray())];
    }
}
