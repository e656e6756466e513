using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Layerwise.Fuzz;

/// <summary>
/// Runs mutants in processes of their own, so that one which overflows the stack, never ends or eats all memory is reported like any other,
/// and the rest goes on.
/// </summary>
internal static class Campaign
{
    private const int CompiledTogether = 20;
    private static readonly TimeSpan LongestMutant = TimeSpan.FromSeconds(30);

    /// <summary>A worker: runs a range of mutants and says on its output where it is and what it found.</summary>
    public static void Work(int seed, int from, int to, TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("layerwise-fuzz-");
        try
        {
            var (seeds, pipeline) = (Seeds.All(), new Pipeline(folder.FullName));
            for (var number = from; number < to; number++)
            {
                output.WriteLine(FormattableString.Invariant($"at {number}"));
                output.Flush();
                Report(pipeline.Check(Mutant.Make(seeds, seed, number)));
                if ((number - from) % CompiledTogether == CompiledTogether - 1 || number == to - 1)
                {
                    Report(pipeline.CompileAll());
                }
            }

            output.WriteLine(FormattableString.Invariant($"emitted {pipeline.Emitted}"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        void Report(IEnumerable<Defect> defects)
        {
            foreach (var defect in defects)
            {
                output.WriteLine("defect " + JsonSerializer.Serialize(defect));
            }
        }
    }

    /// <summary>Runs mutants until their number or the time is reached.</summary>
    /// <returns>How many ran, for how many code was emitted, and what was found.</returns>
    public static (int Ran, int Emitted, IReadOnlyList<Defect> Defects) Run(int seed, int mutants, TimeSpan time, TextWriter progress)
    {
        const int Share = 500;
        var (next, ran, emitted, clock, defects) = (0, 0, 0, Stopwatch.StartNew(), new List<Defect>());
        var threads = Enumerable.Range(0, Math.Max(1, Environment.ProcessorCount)).Select(_ => new Thread(() =>
        {
            while (clock.Elapsed < time && Interlocked.Add(ref next, Share) - Share is var from && from < mutants)
            {
                RunShare(from, Math.Min(mutants, from + Share));
            }
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return (ran, emitted, [.. defects.OrderBy(d => d.Number)]);

        void RunShare(int from, int to)
        {
            while (from < to && clock.Elapsed < time)
            {
                var (at, why) = Watch(from, to);
                lock (defects)
                {
                    if (why is not null)
                    {
                        defects.Add(new Defect(at, "", why.Split('\n')[0], why));
                    }

                    ran += at + 1 - from;
                    progress.WriteLine(FormattableString.Invariant($"{ran} of {mutants} mutants, {defects.Count} defects, {clock.Elapsed.TotalSeconds:F0} s"));
                }

                from = at + 1;
            }
        }

        // The mutant that the worker came to, and why it stopped there.
        (int At, string? Why) Watch(int from, int to)
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
            string[] arguments = [Environment.GetCommandLineArgs()[0], "worker", .. new[] { seed, from, to }.Select(n => n.ToString(CultureInfo.InvariantCulture))];
            foreach (var argument in arguments)
            {
                start.ArgumentList.Add(argument);
            }

            start.Environment["DOTNET_GCHeapHardLimit"] = "0x60000000";
            start.Environment["DOTNET_gcServer"] = "0";
            using var worker = Process.Start(start)!;
            var (at, errors, last) = (from, new List<string>(), Stopwatch.StartNew());
            worker.OutputDataReceived += (_, e) =>
            {
                if (e.Data is { } line)
                {
                    lock (defects)
                    {
                        last.Restart();
                        switch (line.Split(' ', 2))
                        {
                            case ["at", var number]:
                                at = int.Parse(number, CultureInfo.InvariantCulture);
                                break;
                            case ["emitted", var count]:
                                emitted += int.Parse(count, CultureInfo.InvariantCulture);
                                break;
                            case ["defect", var json]:
                                defects.Add(JsonSerializer.Deserialize<Defect>(json)!);
                                break;
                        }
                    }
                }
            };
            worker.ErrorDataReceived += (_, e) =>
            {
                if (e.Data is { } line && errors.Count < 40)
                {
                    errors.Add(line);
                }
            };
            worker.BeginOutputReadLine();
            worker.BeginErrorReadLine();
            while (!worker.WaitForExit(200))
            {
                if (last.Elapsed > LongestMutant)
                {
                    worker.Kill();
                    worker.WaitForExit();
                    return (at, $"it takes more than {LongestMutant.TotalSeconds} s");
                }
            }

            worker.WaitForExit();
            return worker.ExitCode == 0 ? (to - 1, null) : (at, $"the process ends with code {worker.ExitCode}\n{string.Join('\n', errors)}");
        }
    }
}
