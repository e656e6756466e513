using Layerwise.Runtime;

namespace Layerwise.Kernels;

public static partial class Managed
{
    // Explanations with all that they bring along.
    public abstract unsafe partial class Network<TFrame>
    {
        /// <summary>What a way back starts with: a target, or a given relevance of all samples.</summary>
        private sealed record Beginning(Target Target, float[]? Relevance = null)
        {
            /// <summary>The hash of the given relevance, where the call is to be remembered.</summary>
            public string? Given { get; init; }
        }

        /// <summary>Explains several beginnings of one forward pass.</summary>
        /// <param name="inputs">The numbers of each input.</param>
        /// <param name="samples">How many samples they hold.</param>
        /// <param name="beginnings">What each explanation starts with.</param>
        /// <param name="options">What each brings along.</param>
        private List<Explanation> Explain(float[][] inputs, int samples, IReadOnlyList<Beginning> beginnings, ExplainOptions options)
        {
            if (samples == 0)
            {
                throw new ArgumentException("The inputs hold no sample: there is nothing to explain.", nameof(inputs));
            }

            foreach (var beginning in beginnings)
            {
                Check(beginning.Target, samples, options.Initial);
            }

            for (var i = 0; i < inputs.Length; i++)
            {
                Finite.Require<float>(inputs[i], Inputs[i].Name, nameof(inputs));
            }

            var trail = Remember(options, i => ("float32", ShapeOf(Inputs[i], samples), Evidence.Digest.Of(inputs[i], ShapeOf(Inputs[i], samples))));
            var (frame, runs) = (Rent(options.CancellationToken), Runs(samples));
            var (logits, output) = (new float[Length(Logits, samples)], new float[Length(Outputs[0], samples)]);
            var explained = beginnings.Select(b => new Explained(this, b, options, samples)).ToList();
            try
            {
                for (var run = 0; run < runs; run++)
                {
                    Forward(frame, inputs, run);
                    Take(frame.Logits, logits, run);
                    Take(frame.Written[0], output, Outputs[0].IsBatched ? run : 0);
                    foreach (var each in explained)
                    {
                        each.Run(frame, run, runs);
                        frame.KeepTargetFree(explained.Count > 1);
                    }

                    frame.KeepTargetFree(false);
                }
            }
            finally
            {
                Return(frame);
            }

            return [.. explained.Select(each => each.Result(Runtime.Result.Of(logits, ShapeOf(Logits, samples)), Runtime.Result.Of(output, ShapeOf(Outputs[0], samples)), trail))];
        }

        private void Forward(TFrame frame, float[][] inputs, int run)
        {
            for (var i = 0; i < inputs.Length; i++)
            {
                Load(frame.Read[i], inputs[i], Inputs[i].IsBatched ? run : 0);
            }

            Forward(frame);
            Head(frame);
        }

        private static long[] ShapeOf(Port port, int samples) => port.IsBatched ? [samples, .. port.Sample] : [.. port.Shape];

        /// <summary>One explanation in the making, sample by sample.</summary>
        private sealed class Explained
        {
            private readonly Network<TFrame> _network;
            private readonly Beginning _beginning;
            private readonly ExplainOptions _options;
            private readonly int _samples;
            private readonly float[][] _relevances;
            private readonly List<int> _classes = [];
            private readonly List<Conservation> _conservations = [];
            private readonly Kept[] _kept;

            public Explained(Network<TFrame> network, Beginning beginning, ExplainOptions options, int samples)
            {
                (_network, _beginning, _options, _samples) = (network, beginning, options, samples);
                _relevances = [.. network.Inputs.Select(i => new float[Length(i, samples)])];
                _kept = [.. options.Keep.Select(layer => new Kept(layer, IndexOf(network.Layers, layer, nameof(ExplainOptions.Keep)) + 1))];
            }

            public void Run(TFrame frame, int run, int runs)
            {
                Intervene(frame, run);
                Start(frame, run);
                _network.Backward(frame);
                frame.Interventions?.Restore();
                for (var i = 0; i < _relevances.Length; i++)
                {
                    TakeRelevance(frame, i, _relevances[i], _network.Inputs[i].IsBatched ? run : 0);
                }

                var ledger = _options.Conservation ? Balance(frame) : null;
                foreach (var kept in _kept)
                {
                    kept.Take(frame, ledger, run, runs);
                }

                frame.Interventions = null;
            }

            public Explanation Result(Result logits, Result output, Evidence.AuditTrail? trail) => new(
                logits,
                output,
                _classes,
                _beginning.Target.Against,
                [.. _relevances.Select((values, i) => Runtime.Result.Of(values, ShapeOf(_network.Inputs[i], _samples)))],
                [.. _kept.Select(kept => kept.Result())],
                _options.Conservation ? _conservations : null)
            {
                HasIndependentClasses = _network.HasIndependentClasses,
                Trail = trail is null ? null : trail with { Target = _beginning.Target, Given = _beginning.Given },
            };

            private void Intervene(TFrame frame, int run)
            {
                if (_options.Conditions.Count == 0 && _options.From is null)
                {
                    return;
                }

                frame.Interventions = new Interventions(frame, _network.Layers);
                foreach (var condition in _options.Conditions)
                {
                    frame.Interventions.Add(condition);
                }

                if (_options.From is { } from)
                {
                    var length = frame.Layers[IndexOf(_network.Layers, from, nameof(ExplainOptions.From))].Value.Length;
                    frame.Interventions.StartAt(from, _beginning.Relevance.AsSpan(run * length, length));
                }

                frame.Interventions.Begin();
            }

            private void Start(TFrame frame, int run)
            {
                var given = _beginning.Relevance;
                for (var row = 0; row < frame.Logits.Images; row++)
                {
                    _classes.Add(_beginning.Target.Of(run + row, RowOf(frame.Logits, row)));
                    if (given is null)
                    {
                        Begin(frame, row, _classes[^1], _beginning.Target.Against, _options.Initial);
                    }
                }

                if (given is not null)
                {
                    var start = new Span<float>(frame.Start.WriteRows(), frame.Start.Length);
                    start.Clear();
                    if (_options.From is null)
                    {
                        given.AsSpan(run * start.Length, start.Length).CopyTo(start);
                    }
                }
            }

            private Ledger Balance(TFrame frame)
            {
                var ledger = new Ledger(frame, _options.CancellationToken);
                _network.Account(frame, ledger);
                var input = frame.Returned.OfType<Buffer>().Sum(relevance => Ledger.Sum(relevance.Values, null));
                _conservations.Add(ledger.Close(
                    [frame.Interventions?.Started ?? Ledger.Sum(frame.Start.Values, null)], [input], [frame.Interventions?.Withheld ?? 0], _network.Layers)[0]);
                return ledger;
            }
        }

        /// <summary>A layer that an explanation brings along, sample by sample.</summary>
        private sealed class Kept(Layer layer, int number)
        {
            private readonly Dictionary<int, (float[] Values, long[] Shape)> _given = [];
            private float[]? _activation, _relevance;
            private long[] _shape = [];
            private bool _hasGiven;

            public void Take(TFrame frame, Ledger? ledger, int run, int runs)
            {
                var buffers = frame.Layers[number - 1];
                _shape = Shape(buffers.Value, runs);
                Append(ref _activation, buffers.Value.Values, run, runs);
                if (buffers.Relevance is { } came)
                {
                    Append(ref _relevance, Ledger.Product(frame.Taken(number, came), buffers.Factor), run, runs);
                }

                _hasGiven = ledger is not null;
                for (var input = 0; ledger is not null && input < layer.Inputs.Count; input++)
                {
                    if (ledger.Given(number, input) is { } share)
                    {
                        var all = _given.TryGetValue(input, out var before) ? before.Values : null;
                        Append(ref all, share, run, runs);
                        _given[input] = (all, Shape(ledger.InputOf(number, input), runs));
                    }
                }
            }

            public LayerExplanation Result() => new(
                layer,
                Runtime.Result.Of(_activation!, _shape),
                _relevance is null ? null : Runtime.Result.Of(_relevance, _shape),
                _hasGiven ? [.. layer.Inputs.Select((_, i) => _given.TryGetValue(i, out var share) ? Runtime.Result.Of(share.Values, share.Shape) : null)] : []);

            private static void Append([System.Diagnostics.CodeAnalysis.NotNull] ref float[]? all, ReadOnlySpan<float> values, int run, int runs)
            {
                all ??= new float[checked(values.Length * runs)];
                values.CopyTo(all.AsSpan(run * values.Length));
            }

            // The batch stands where the shape says.
            private static long[] Shape(Buffer buffer, int runs) => [.. buffer.Dims.Select(dim => dim < 0 ? -dim * runs : dim)];
        }
    }
}
