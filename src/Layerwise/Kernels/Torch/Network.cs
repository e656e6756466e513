using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>A network whose kernels are these. Safe to call from many threads: each call has a frame of its own.</summary>
    /// <typeparam name="TFrame">The network's buffers.</typeparam>
    public abstract class Network<TFrame> : Runtime.Network
        where TFrame : Frame
    {
        private readonly Weights _weights;
        private int _disposed;

        /// <param name="weights">The weights; freed with the network.</param>
        /// <exception cref="LibTorchException">libtorch cannot be loaded.</exception>
        protected Network(Weights weights)
        {
            ArgumentNullException.ThrowIfNull(weights);
            LibTorch.Load(); // before a kernel of the network makes its first tensor
            _weights = weights;
            Arena.Enter();
        }

        /// <summary>The frame of these buffers.</summary>
        protected abstract TFrame NewFrame(Buffers buffers);

        /// <summary>Inputs to logits.</summary>
        protected abstract void Forward(TFrame f);

        /// <summary>Logits to the model's own output, where that is something else.</summary>
        protected virtual void Head(TFrame f)
        {
        }

        /// <summary>Relevance of the logits to relevance of the inputs.</summary>
        protected virtual void Backward(TFrame f) => throw new NotSupportedException("The network was compiled to predict alone, and explains nothing.");

        /// <summary>Writes down what each layer takes, gives on and keeps.</summary>
        protected virtual void Account(TFrame f, Ledger ledger) => throw new NotSupportedException("A derivative shares nothing out, so that there is nothing to add up: conservation is of relevance.");

        /// <inheritdoc/>
        public override string Kernels => (WhyPortable is { } why ? $"libtorch's own operators: {why}" : IsOnCpu ? $"oneDNN and kernels in C#, {Lanes.Bits}-bit vectors" : $"libtorch's own operators and kernels in CUDA, on {_weights.Device}")
            + (!_weights.AsksForBFloat16 ? "" : RunsBFloat16 ? ", bfloat16" : $"; float32 in place of bfloat16{(WhyPortable is null && IsOnCpu ? $": {BFloat16Tensors.WhyNot}" : "")}");

        // What the kernels beyond libtorch's own operators lack; null where they run.
        private string? WhyPortable => IsOnCpu ? OneDnn.WhyNot : CudaKernels.WhyNot(_weights.Device);

        private bool IsOnCpu => _weights.Device.type == TorchSharp.DeviceType.CPU;

        private bool RunsBFloat16 => _weights.AsksForBFloat16 && IsOnCpu && WhyPortable is null && BFloat16Tensors.WhyNot is null;

        private protected override Evidence.AuditedExecution Execution => new(
            Backend.Torch,
            (WhyPortable is null, IsOnCpu) switch
            {
                (true, false) => "libtorch and CUDA",
                (var isFast, _) => $"{(isFast ? "oneDNN" : "libtorch")}, {Lanes.Bits}-bit vectors{(RunsBFloat16 ? ", bfloat16" : "")}",
            },
            _weights.Device.ToString(),
            _weights.Threads ?? get_num_threads(),
            $"TorchSharp {typeof(Tensor).Assembly.GetName().Version!.ToString(3)}, libtorch {__version__}",
            System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
            System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier);

        private protected override IReadOnlyList<Evidence.AuditedFile> Files => _weights.Audit();

        /// <inheritdoc/>
        public override Tensor Predict(ReadOnlySpan<Tensor> inputs, CancellationToken cancellationToken)
            => Run(inputs, static frame => TakeOutput(frame, 0), cancellationToken);

        /// <inheritdoc/>
        public override Tensor PredictLogits(ReadOnlySpan<Tensor> inputs, CancellationToken cancellationToken)
            => Run(inputs, static frame => Array.IndexOf(frame.Inputs, frame.Logits) >= 0 ? frame.Logits.Value.clone().DetachFromDisposeScope() : frame.Logits.Take(), cancellationToken);

        /// <inheritdoc/>
        public override Tensor[] PredictAll(ReadOnlySpan<Tensor> inputs, CancellationToken cancellationToken)
            => Run(inputs, static frame => frame.Outputs.Select((_, i) => TakeOutput(frame, i)).ToArray(), cancellationToken);

        /// <summary>Runs forward, for what is taken out of the frame then.</summary>
        private T Run<T>(ReadOnlySpan<Tensor> inputs, Func<TFrame, T> take, CancellationToken cancellationToken)
        {
            using var threads = new Threads(_weights.Threads);
            using var scope = InHand(cancellationToken);
            var frame = NewFrame(new Buffers());
            frame.Watch(cancellationToken);
            try
            {
                RunForward(frame, inputs);
                return take(frame);
            }
            finally
            {
                frame.FreeAll();
            }
        }

        /// <summary>Frees what a kernel has in hand when it is cancelled.</summary>
        private static DisposeScope? InHand(CancellationToken cancellationToken) => cancellationToken.CanBeCanceled ? NewDisposeScope() : null;

        /// <inheritdoc/>
        public override Explanation Explain(ReadOnlySpan<Tensor> inputs, Target target, ExplainOptions options)
            => ExplainEach(inputs, [target], options)[0];

        /// <inheritdoc/>
        public override IReadOnlyList<Explanation> ExplainEach(ReadOnlySpan<Tensor> inputs, IReadOnlyList<Target> targets, ExplainOptions options)
        {
            ArgumentNullException.ThrowIfNull(targets);
            ArgumentNullException.ThrowIfNull(options);
            return targets.Count == 0 ? throw new ArgumentException("There is no target: give at least one.", nameof(targets))
                : !Enum.IsDefined(options.Initial) ? throw new ArgumentOutOfRangeException(nameof(options), options.Initial, "There is no such initial relevance.")
                : options.From is not null ? throw new ArgumentException("A target's relevance starts at the logits: From goes with a relevance that is given as a tensor.", nameof(options))
                : Explain(inputs, options, logits => [.. targets.Select(target =>
                {
                    var classes = Target.Resolve(target, logits, Logits.Name);
                    return new Beginning(() => StartOf(logits, classes, target.Against, options.Initial), classes, target);
                })]);
        }

        /// <inheritdoc/>
        public override Explanation Propagate(ReadOnlySpan<Tensor> inputs, Tensor relevance, ExplainOptions? options = null)
        {
            ArgumentNullException.ThrowIfNull(relevance);
            options ??= ExplainOptions.Default;
            Runtime.Finite.Require(relevance, nameof(relevance), nameof(relevance));
            return Explain(inputs, options, logits =>
            {
                if (options.From is null && !relevance.shape.AsSpan().SequenceEqual(logits.shape))
                {
                    throw Runtime.TensorInputs.OtherRelevance(relevance.shape, logits.shape, nameof(relevance));
                }

                return [new Beginning(
                    () =>
                    {
                        using var detached = relevance.detach();
                        return options.From is null ? detached.to(ScalarType.Float32, logits.device, copy: true) : zeros_like(logits);
                    },
                    Target.Resolve(Target.Top, logits, Logits.Name),
                    Target.Top) { Inside = options.From is null ? null : relevance, Given = options.Audit is null ? null : Hash(relevance, ScalarType.Float32).Sha256 }];
            })[0];
        }

        /// <summary>What a way back starts with, and what it explains.</summary>
        private sealed record Beginning(Func<Tensor> Start, int[] Classes, Target Target)
        {
            /// <summary>The hash of the given relevance, where the call is to be remembered.</summary>
            public string? Given { get; init; }

            /// <summary>The relevance that starts at a layer, in place of the logits.</summary>
            public Tensor? Inside { get; init; }
        }

        private List<Explanation> Explain(ReadOnlySpan<Tensor> inputs, ExplainOptions options, Func<Tensor, Beginning[]> begin)
        {
            using var threads = new Threads(_weights.Threads);
            using var scope = InHand(options.CancellationToken);
            var frame = NewFrame(options);
            var explanations = new List<Explanation>();
            try
            {
                RunForward(frame, inputs, mustBeFinite: true);
                var given = inputs.ToArray();
                var trail = Remember(options, i => Hash(given[i], Inputs[i].Type));
                if (frame.Logits.Value.numel() == 0)
                {
                    throw new ArgumentException("The inputs hold no sample: there is nothing to explain.", nameof(inputs));
                }

                using var noGradient = no_grad();
                var beginnings = begin(frame.Logits.Value);
                foreach (var beginning in beginnings[..^1])
                {
                    var copy = NewFrame(options);
                    try
                    {
                        copy.Share(frame);
                        Frame.Keep(copy.TargetFree);
                        explanations.Add(Explain(copy, beginning, options, trail));
                        frame.ShareTargetFree(copy);
                    }
                    finally
                    {
                        copy.FreeAll();
                    }
                }

                if (beginnings.Length > 1)
                {
                    Frame.Keep(frame.TargetFree);
                }

                explanations.Add(Explain(frame, beginnings[^1], options, trail));
                return explanations;
            }
            catch
            {
                explanations.ForEach(e => e.Dispose());
                throw;
            }
            finally
            {
                frame.FreeAll();
            }
        }

        /// <summary>A frame that keeps what the options ask for.</summary>
        private TFrame NewFrame(ExplainOptions options)
        {
            var frame = NewFrame(new Buffers());
            frame.Watch(options.CancellationToken);
            if (options.Conservation)
            {
                Frame.Keep(frame.All);
            }

            foreach (var layer in options.Keep)
            {
                Frame.Keep(frame.Layers[IndexOf(Layers, layer, nameof(ExplainOptions.Keep))]);
            }

            if (options.From is { } from)
            {
                Frame.Keep(frame.Layers[IndexOf(Layers, from, nameof(ExplainOptions.From))]);
            }

            return frame;
        }

        /// <summary>The way back of a frame that has gone forward.</summary>
        private Explanation Explain(TFrame frame, Beginning beginning, ExplainOptions options, Evidence.AuditTrail? trail)
        {
            frame.Start.Set(beginning.Start());
            if (options.Conditions.Count > 0 || options.From is not null)
            {
                frame.Interventions = new Interventions(frame, Layers);
                foreach (var condition in options.Conditions)
                {
                    frame.Interventions.Add(condition);
                }

                if (options.From is { } from)
                {
                    frame.Interventions.StartAt(from, beginning.Inside!);
                }
            }

            Backward(frame);
            frame.Interventions?.Restore();
            var ledger = options.Conservation ? new Ledger(frame, Logits.IsBatched ? checked((int)frame.Logits.Shape[0]) : 1, options.CancellationToken) : null;
            var conservations = ledger is null ? null : Balance(frame, ledger);
            var layers = new List<LayerExplanation>();
            try
            {
                foreach (var layer in options.Keep)
                {
                    layers.Add(frame.Explain(layer, IndexOf(Layers, layer, nameof(ExplainOptions.Keep)) + 1, ledger));
                }

                var relevances = TakeRelevances(frame);
                var output = TakeOutput(frame, 0);
                var logits = frame.Logits.IsEmpty ? output.alias().DetachFromDisposeScope() : frame.Logits.Take();
                return new Explanation(Runtime.Result.Of(logits), Runtime.Result.Of(output), beginning.Classes, beginning.Target.Against, [.. relevances.Select(r => Runtime.Result.Of(r))], layers, conservations)
                {
                    HasIndependentClasses = HasIndependentClasses,
                    Trail = trail is null ? null : trail with { Target = beginning.Target, Given = beginning.Given },
                };
            }
            catch
            {
                layers.ForEach(layer => layer.Dispose());
                throw;
            }
        }

        private IReadOnlyList<Conservation> Balance(TFrame frame, Ledger ledger)
        {
            Account(frame, ledger);
            var input = new double[ledger.Samples];
            foreach (var relevance in frame.Relevances.OfType<Buffer>())
            {
                var sums = ledger.Sum(relevance.Value, relevance);
                for (var i = 0; i < input.Length; i++)
                {
                    input[i] += sums[i];
                }
            }

            return ledger.Close(
                frame.Interventions?.Started(ledger) ?? ledger.Sum(frame.Start.Value, frame.Start),
                input,
                frame.Interventions?.Withheld(ledger) ?? new double[ledger.Samples],
                Layers);
        }

        /// <inheritdoc/>
        protected override void Dispose(bool disposing)
        {
            if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                _weights.Dispose();
                Arena.Leave();
            }
        }

        /// <summary>The relevance of each input: zeros where none reaches it, a copy where another input of the same sum has the same buffer.</summary>
        private static Tensor[] TakeRelevances(TFrame frame)
        {
            var buffers = frame.Relevances;
            return [.. buffers.Select((relevance, i) => (relevance, Array.IndexOf(buffers, relevance, i + 1) >= 0) switch
            {
                (null, _) => zeros_like(frame.Inputs[i].Value).DetachFromDisposeScope(),
                (_, true) => relevance.Value.clone().DetachFromDisposeScope(),
                _ => relevance.Take(),
            })];
        }

        /// <summary>An output; a copy where it is an input, whose memory may be the caller's, or is there twice.</summary>
        private static Tensor TakeOutput(TFrame frame, int index)
        {
            var output = frame.Outputs[index];
            return Array.IndexOf(frame.Inputs, output) >= 0 || Array.IndexOf(frame.Outputs, output, index + 1) >= 0
                ? output.Value.clone().DetachFromDisposeScope()
                : output.Take();
        }

        private void RunForward(TFrame frame, ReadOnlySpan<Tensor> inputs, bool mustBeFinite = false)
        {
            ObjectDisposedException.ThrowIf(_disposed != 0, this);
            Load(frame, inputs, mustBeFinite);
            using (no_grad())
            {
                Forward(frame);
                Head(frame);
            }
        }

        private void Load(TFrame frame, ReadOnlySpan<Tensor> inputs, bool mustBeFinite)
        {
            Runtime.TensorInputs.Fit(inputs, Inputs);
            for (var i = 0; i < inputs.Length; i++)
            {
                // Numbers from the host are looked at there: the device is not waited for.
                var (input, port) = (frame.Inputs[i], Inputs[i]);
                using var detached = inputs[i].detach();
                using var typed = detached.to(port.Type);
                if (mustBeFinite && port.IsFloat)
                {
                    Runtime.Finite.Require(typed, port.Name, nameof(inputs));
                }

                using var moved = typed.to(_weights.Device);
                input.Set(moved.contiguous());
                input.Name = port.Name;
                if (!port.IsFloat && typed.device_type == TorchSharp.DeviceType.CPU && _weights.Device.type != TorchSharp.DeviceType.CPU)
                {
                    input.Range = Interval.Of(typed);
                }
            }
        }

        private static (string Type, IReadOnlyList<long> Shape, string Sha256) Hash(Tensor values, ScalarType type)
        {
            using var detached = values.detach();
            using var moved = detached.to(type, CPU);
            using var host = moved.contiguous();
            var name = type == ScalarType.Byte ? "uint8" : type.ToString().ToLowerInvariant();
            return (name, host.shape, Evidence.Digest.Of(name, Runtime.TensorMemory.Bytes(host), host.shape));
        }

        private static Tensor StartOf(Tensor logits, int[] classes, int? against, InitialRelevance initial)
        {
            if (against is { } other)
            {
                using var favoured = StartOf(logits, classes, null, initial);
                using var compared = StartOf(logits, [.. classes.Select(_ => other)], null, initial);
                return favoured.sub(compared);
            }

            using var indices = tensor(classes.Select(c => (long)c).ToArray(), [classes.Length, 1], ScalarType.Int64, logits.device);
            using var flat = logits.reshape(logits.shape[0], -1);
            using var picked = initial == InitialRelevance.Logit ? flat.gather(1, indices) : ones([logits.shape[0], 1], device: logits.device);
            using var start = zeros_like(flat);
            start.scatter_(1, indices, picked);
            return start.reshape(logits.shape);
        }
    }
}
