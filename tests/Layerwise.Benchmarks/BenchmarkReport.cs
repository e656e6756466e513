using System.Globalization;
using System.Text;

namespace Layerwise.Benchmarks;

/// <summary>What building and loading a network took.</summary>
/// <param name="Model">The network.</param>
/// <param name="Method">The composite, or <c>predict</c>.</param>
/// <param name="BuildMs">From the .onnx file to an assembly.</param>
/// <param name="LoadMs">From the file to a network that is ready.</param>
/// <param name="ResidentBytes">How much resident memory that took.</param>
/// <param name="FileBytes">The size of the model's file.</param>
internal sealed record Load(string Model, string Method, double BuildMs, double LoadMs, long ResidentBytes, long FileBytes);

/// <summary>All that was measured.</summary>
internal sealed record BenchmarkReport(Machine Machine, List<Result> Results, List<Load> Loads)
{
    private const double MiB = 1 << 20;

    /// <summary>As Markdown: times, their ratios, memory, loading.</summary>
    public string Page()
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"One core: {Machine.Flops / 1e9:F0} GFLOP/s of multiply-adds, {Machine.Bandwidth / 1e9:F1} GB/s read from memory; medians in milliseconds, all in one run and in turn.\n");
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

        page.Append("\n### Building and loading\n\n| network | method | build ms | load ms | resident × file |\n|---|---|---|---|---|\n");
        foreach (var load in Loads)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {load.Model} | {load.Method} | {load.BuildMs:F0} | {load.LoadMs:F0} | {(double)load.ResidentBytes / load.FileBytes:F2} |\n");
        }

        return page.ToString();
    }

    private static string Ms(double value) => value.ToString(value < 1 ? "F4" : value < 100 ? "F2" : "F0", CultureInfo.InvariantCulture);
}
