using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/// <summary>What the programs that train the small models have in common.</summary>
internal static class Training
{
    /// <summary>The folder that a model is written into, of the command <c>train [FOLDER]</c>; <c>null</c>, with a word on what is wrong, where there is none.</summary>
    /// <param name="args">The command.</param>
    /// <param name="beside">What is written beside the model: its labels and words.</param>
    public static string? Folder(string[] args, string beside)
    {
        if (args is not (["train"] or ["train", _]))
        {
            Console.Error.WriteLine($"usage: train [FOLDER]     trains the model and writes it into FOLDER (models), with {beside}");
            return null;
        }

        var folder = args.ElementAtOrDefault(1) ?? "models";
        if (!Directory.Exists(folder))
        {
            Console.Error.WriteLine($"There is no folder '{folder}' for the model: start from the root of the repository, or name the folder.");
            return null;
        }

        return folder;
    }

    /// <summary>Makes a run repeatable: the sums of a gradient, and so the weights, depend on how many threads add them up.</summary>
    public static void Begin()
    {
        set_num_threads(1);
        random.manual_seed(3);
    }

    /// <summary>Teaches a classifier by AdamW, in batches drawn anew in each epoch.</summary>
    /// <param name="forward">From rows to logits.</param>
    /// <param name="parameters">What is learned.</param>
    /// <param name="rows">The samples.</param>
    /// <param name="truth">The class of each.</param>
    /// <param name="epochs">How often all are seen.</param>
    /// <param name="batchSize">How many at once.</param>
    public static void Fit(Func<Tensor, Tensor> forward, IEnumerable<Parameter> parameters, Tensor rows, Tensor truth, int epochs, int batchSize)
    {
        var optimizer = optim.AdamW(parameters, lr: 3e-3, weight_decay: 1e-2);
        var loss = CrossEntropyLoss();
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            using var scope = NewDisposeScope();
            foreach (var batch in randperm(rows.shape[0]).split(batchSize))
            {
                optimizer.zero_grad();
                loss.forward(forward(rows.index_select(0, batch)), truth.index_select(0, batch)).backward();
                optimizer.step();
            }
        }
    }
}
