using System.Globalization;
using System.Text;

namespace Layerwise.Benchmarks;

/// <summary>What building and loading a network took.</summary>
/// <param name="Model">The network.</param>
/// <param name="Method">The composite, or <c>predict</c>.</param>
/// <param name="BuildMs">From the .onnx file to an assembly.</param>
/// <param name="LoadMs">From the file to a network that is ready.</param>
/// <param name="FirstMs">What the first call took.</param>
/// <param name="ResidentBytes">How much resident memory that took, the first call with it.</param>
/// <param name="FileBytes">The size of the model's file.</param>
internal sealed record Load(string Model, string Method, double BuildMs, double LoadMs, double FirstMs, long ResidentBytes, long FileBytes);

/// <summary>Many explanations one after the other.</summary>
/// <param name="Model">The network.</param>
/// <param name="Calls">How many.</param>
/// <param name="GrownBytes">How much resident memory grew in the second half of them.</param>
internal sealed record Soak(string Model, int Calls, long GrownBytes);

/// <summary>All that was measured.</summary>
internal sealed record BenchmarkReport(Machine Machine, List<Result> Results, List<Load> Loads, List<Soak> Soaks)
{
    private const double MiB = 1 << 20;

    // A smaller model's memory is not told apart from what the process gives back meanwhile.
    private const long LeastTold = 8 << 20;

    /// <summary>As Markdown: times, their ratios, memory, loading.</summary>
    public string Page()
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"{(Machine.Device.type == TorchSharp.DeviceType.CPU ? "One core" : $"{Machine.Device}")}: {Machine.Flops / 1e9:F0} GFLOP/s of multiply-adds, {Machine.Bandwidth / 1e9:F1} GB/s read from memory; medians in milliseconds, all in one run and in turn.\n");
        foreach (var group in Results.GroupBy(r => (r.Model, r.Batch)))
        {
            page.Append(CultureInfo.InvariantCulture, $"\n### {group.Key.Model}, batch {group.Key.Batch}\n\n| what | threads | ms | × floor | × own forward | managed bytes | peak MiB |\n|---|---|---|---|---|---|---|\n");
            var forward = group.First(r => r is { Variant: "forward", Threads: 1 }).MedianMs;
            foreach (var result in group.Where(r => !r.Variant.StartsWith("floor", StringComparison.Ordinal)))
            {
                var floor = group.FirstOrDefault(r => r.Variant == "floor:" + result.Variant[(result.Variant.LastIndexOf(':') + 1)..].Replace("-onnxruntime", "", StringComparison.Ordinal).Replace("-torchsharp", "", StringComparison.Ordinal));
                page.Append(CultureInfo.InvariantCulture, $"| {result.Variant} | {result.Threads} | {Ms(result.MedianMs)} | {(floor is null ? "" : (result.MedianMs / floor.MedianMs).ToString("F2", CultureInfo.InvariantCulture))} | {result.MedianMs / forward:F2} | {result.AllocatedBytes} | {result.PeakBytes / MiB:F1} |\n");
            }
        }

        page.Append("\n### Building and loading\n\n| network | method | build ms | load ms | first call ms | resident × file |\n|---|---|---|---|---|---|\n");
        foreach (var load in Loads)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {load.Model} | {load.Method} | {load.BuildMs:F0} | {load.LoadMs:F0} | {load.FirstMs:F0} | {(load.FileBytes < LeastTold ? "" : ((double)load.ResidentBytes / load.FileBytes).ToString("F2", CultureInfo.InvariantCulture))} |\n");
        }

        foreach (var soak in Soaks)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n{soak.Calls} explanations of {soak.Model}: in their second half resident memory grew by {soak.GrownBytes / 1024} KiB.\n");
        }

        return page.ToString();
    }

    private static string Ms(double value) => value.ToString(value < 1 ? "F4" : value < 100 ? "F2" : "F0", CultureInfo.InvariantCulture);
}
