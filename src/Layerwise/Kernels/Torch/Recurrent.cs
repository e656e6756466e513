using static TorchSharp.torch;

namespace Layerwise.Kernels;

public static partial class Torch
{
    /// <summary>What LSTM, GRU and RNN share: directions, lengths of sequences, the order of axes, activations. A cell makes one step.</summary>
    public abstract class Recurrent
    {
        private readonly string _direction;
        private readonly string[] _activations;
        private readonly float[] _alphas;
        private readonly float[] _betas;
        private readonly float _clip;
        private readonly bool _batchFirst;

        private protected Recurrent(Weight weight, Weight recurrent, Weight? bias, string direction, string[] activations, float[]? alphas, float[]? betas, float clip, bool batchFirst)
        {
            ArgumentNullException.ThrowIfNull(weight);
            ArgumentNullException.ThrowIfNull(recurrent);
            Weight = Load(weight);
            Recurrence = Load(recurrent);
            Bias = bias is null ? null : Load(bias);
            Hidden = recurrent.Shape[2];
            _direction = direction;

            // The usual ones stand for both directions.
            _activations = alphas is null && direction == "bidirectional" ? [.. activations, .. activations] : activations;
            _alphas = alphas ?? new float[_activations.Length];
            _betas = betas ?? new float[_activations.Length];
            _clip = clip;
            _batchFirst = batchFirst;
        }

        /// <summary>[directions, gates·hidden, features].</summary>
        private protected Tensor Weight { get; }

        /// <summary>[directions, gates·hidden, hidden].</summary>
        private protected Tensor Recurrence { get; }

        /// <summary>[directions, 2·gates·hidden]: of W, then of R.</summary>
        private protected Tensor? Bias { get; }

        private protected long Hidden { get; }

        private protected abstract int Gates { get; }

        /// <summary>One step.</summary>
        /// <param name="direction">0, or 1 for the second one of two.</param>
        /// <param name="input">W·x + <see cref="InputBias"/>: [N, gates·hidden].</param>
        /// <param name="state">[N, hidden].</param>
        /// <param name="cell">[N, hidden], of the LSTM.</param>
        private protected abstract (Tensor State, Tensor? Cell) Step(int direction, Tensor input, Tensor state, Tensor? cell);

        private protected abstract bool HasCell { get; }

        private protected void Run(Buffer x, Buffer y, Buffer? lengths, Buffer? first, Buffer? firstCell, Buffer? last, Buffer? lastCell)
        {
            using var scope = NewDisposeScope();
            var input = _batchFirst ? x.Value.transpose(0, 1) : x.Value; // [sequence, N, features]
            var directions = _direction == "bidirectional" ? 2 : 1;
            var runs = Enumerable.Range(0, directions).Select(d => Run(d, d == 1 || _direction == "reverse", input, lengths?.Value, At(first, d), At(firstCell, d))).ToList();
            var states = stack([.. runs.Select(r => r.States)], 1); // [sequence, directions, N, hidden]
            y.Set((_batchFirst ? states.permute(2, 0, 1, 3) : states).contiguous());
            last?.Set(Joined([.. runs.Select(r => r.Last)]));
            lastCell?.Set(Joined([.. runs.Select(r => r.LastCell!)]));

            Tensor? At(Buffer? buffer, int direction) => buffer?.Value.select(_batchFirst ? 1 : 0, direction);
            Tensor Joined(Tensor[] parts) => stack(parts, _batchFirst ? 1 : 0);
        }

        private (Tensor States, Tensor Last, Tensor? LastCell) Run(int direction, bool reverse, Tensor x, Tensor? lengths, Tensor? first, Tensor? firstCell)
        {
            var (length, samples) = (x.shape[0], x.shape[1]);
            var state = first ?? zeros([samples, Hidden], x.dtype, x.device);
            var cell = !HasCell ? null : firstCell ?? zeros([samples, Hidden], x.dtype, x.device);
            var inputs = nn.functional.linear(x, Weight[direction], InputBias(direction));
            var outputs = new Tensor[length];
            for (var i = 0L; i < length; i++)
            {
                using var step = NewDisposeScope();
                var at = reverse ? length - 1 - i : i;
                var (next, nextCell) = Step(direction, inputs[at], state, cell);
                outputs[at] = next;

                // Behind its end a sequence stays as it is and gives nothing.
                if (lengths is not null)
                {
                    var ended = lengths.le(at).unsqueeze(1);
                    outputs[at] = next.masked_fill(ended, 0).MoveToOuterDisposeScope();
                    next = where(ended, state, next);
                    nextCell = nextCell is null ? null : where(ended, cell!, nextCell);
                }

                state = next.MoveToOuterDisposeScope();
                cell = nextCell?.MoveToOuterDisposeScope();
            }

            return (length == 0 ? zeros([0, samples, Hidden], x.dtype, x.device) : stack(outputs), state.alias(), cell?.alias());
        }

        /// <summary>r = the transposed derivative towards x, by the usual activations without a clip or peepholes.</summary>
        /// <param name="x">x.</param>
        /// <param name="r">What comes back to it.</param>
        /// <param name="states">What comes back to all states; nothing unless given.</param>
        /// <param name="last">What comes back to the last one.</param>
        /// <param name="lastCell">What comes back to the last cell, of the LSTM.</param>
        /// <param name="lengths">As forward.</param>
        /// <param name="first">As forward.</param>
        /// <param name="firstCell">As forward.</param>
        /// <param name="toFirst">Written with what comes back to the first state.</param>
        /// <param name="toFirstCell">Written with what comes back to the first cell.</param>
        public void Back(
            Buffer x, Buffer r, Buffer? states = null, Buffer? last = null, Buffer? lastCell = null, Buffer? lengths = null, Buffer? first = null, Buffer? firstCell = null, Buffer? toFirst = null, Buffer? toFirstCell = null)
        {
            using var scope = NewDisposeScope();
            var input = _batchFirst ? x.Value.transpose(0, 1) : x.Value;
            var backs = states is null ? null : _batchFirst ? states.Value.permute(1, 2, 0, 3) : states.Value;
            var directions = _direction == "bidirectional" ? 2 : 1;
            var sum = zeros_like(input);
            var toStates = new List<(Tensor State, Tensor Cell)>();
            for (var d = 0; d < directions; d++)
            {
                var (share, state, cell) = Back(d, d == 1 || _direction == "reverse", input, lengths?.Value, At(first, d), At(firstCell, d), backs?.select(1, d), At(last, d), At(lastCell, d));
                sum = sum.add(share);
                toStates.Add((state, cell));
            }

            r.Set((_batchFirst ? sum.transpose(0, 1) : sum).contiguous());
            toFirst?.Set(stack([.. toStates.Select(t => t.State)], _batchFirst ? 1 : 0));
            toFirstCell?.Set(stack([.. toStates.Select(t => t.Cell)], _batchFirst ? 1 : 0));

            Tensor? At(Buffer? buffer, int direction) => buffer?.Value.select(_batchFirst ? 1 : 0, direction);
        }

        private (Tensor Share, Tensor State, Tensor Cell) Back(int direction, bool reverse, Tensor x, Tensor? lengths, Tensor? first, Tensor? firstCell, Tensor? states, Tensor? last, Tensor? lastCell)
        {
            // Forward once more, keeping the state before each step.
            var (length, samples) = (x.shape[0], x.shape[1]);
            var nothing = zeros([samples, Hidden], x.dtype, x.device);
            var inputs = nn.functional.linear(x, Weight[direction], InputBias(direction));
            var before = new List<(long At, Tensor State, Tensor? Cell, Tensor? Ended)>();
            var (state, cell) = (first ?? nothing, HasCell ? firstCell ?? nothing : null);
            for (var i = 0L; i < length; i++)
            {
                var at = reverse ? length - 1 - i : i;
                var ended = lengths?.le(at).unsqueeze(1);
                before.Add((at, state, cell, ended));
                var (next, nextCell) = Step(direction, inputs[at], state, cell);
                state = ended is null ? next : where(ended, state, next);
                cell = ended is null || nextCell is null ? nextCell : where(ended, cell!, nextCell);
            }

            var (toState, toCell) = (last ?? nothing, lastCell ?? nothing);
            var toInputs = zeros_like(inputs);
            foreach (var (at, state0, cell0, ended) in Enumerable.Reverse(before))
            {
                var own = states is null ? toState : toState.add(ended is null ? states[at] : states[at].masked_fill(ended, 0));
                var (toInput, toStateBefore, toCellBefore) = StepBack(direction, inputs[at], state0, cell0, ended is null ? own : own.masked_fill(ended, 0), ended is null ? toCell : toCell.masked_fill(ended, 0));
                toInputs[at].copy_(toInput);
                toState = ended is null ? toStateBefore : where(ended, toState, toStateBefore);
                toCell = ended is null ? toCellBefore : where(ended, toCell, toCellBefore);
            }

            return (toInputs.matmul(Weight[direction]), toState, toCell);
        }

        /// <summary>The transposed derivative of one step: what comes back to W·x, to the state before and to the cell before.</summary>
        private protected abstract (Tensor Input, Tensor State, Tensor Cell) StepBack(int direction, Tensor input, Tensor state, Tensor? cell, Tensor toState, Tensor toCell);

        private protected static Tensor SigmoidSlope(Tensor y) => y.mul(OneLess(y));

        private protected static Tensor TanhSlope(Tensor y) => OneLess(y.square());

        /// <summary>What is added to W·x before any step: both biases, unless the cell needs one of them apart.</summary>
        private protected virtual Tensor? InputBias(int direction)
            => Bias?[direction].narrow(0, 0, Gates * Hidden).add(Bias[direction].narrow(0, Gates * Hidden, Gates * Hidden));

        /// <summary>R·h.</summary>
        private protected Tensor Remembered(int direction, Tensor state) => nn.functional.linear(state, Recurrence[direction]);

        private protected Tensor Gate(Tensor gates, int index) => gates.narrow(1, index * Hidden, Hidden);

        /// <summary>An activation of a direction.</summary>
        private protected Tensor Activate(int direction, int index, Tensor x, bool clip = true)
        {
            var at = (direction * _activations.Length / (_direction == "bidirectional" ? 2 : 1)) + index;
            var (alpha, beta) = (_alphas[at], _betas[at]);
            var input = clip && _clip > 0 ? x.clamp(-_clip, _clip) : x;
            return _activations[at] switch
            {
                "Sigmoid" => input.sigmoid(),
                "Tanh" => input.tanh(),
                "Relu" => input.relu(),
                "Affine" => input.mul(alpha).add(beta),
                "Elu" => nn.functional.elu(input, alpha),
                "HardSigmoid" => input.mul(alpha).add(beta).clamp(0, 1),
                "LeakyRelu" => nn.functional.leaky_relu(input, alpha),
                "ScaledTanh" => input.mul(beta).tanh().mul(alpha),
                "Softplus" => nn.functional.softplus(input),
                "Softsign" => input.div(input.abs().add(1)),
                _ => input.mul(input.gt(alpha)),
            };
        }
    }

    /// <summary>A recurrent layer: h = f(W·x + R·h + b).</summary>
    public sealed class RNN : Recurrent
    {
        /// <param name="weight">[directions, hidden, features].</param>
        /// <param name="recurrent">[directions, hidden, hidden].</param>
        /// <param name="bias">[directions, 2·hidden], or <c>null</c>.</param>
        /// <param name="direction"><c>forward</c>, <c>reverse</c> or <c>bidirectional</c>.</param>
        /// <param name="activations">f, one a direction; tanh unless given.</param>
        /// <param name="alphas">Their first parameters.</param>
        /// <param name="betas">Their second parameters.</param>
        /// <param name="clip">The largest magnitude of what f sees; 0 for any.</param>
        /// <param name="batchFirst">Whether the samples stand before the sequence.</param>
        public RNN(Weight weight, Weight recurrent, Weight? bias = null, string direction = "forward", string[]? activations = null, float[]? alphas = null, float[]? betas = null, float clip = 0, bool batchFirst = false)
            : base(weight, recurrent, bias, direction, activations ?? ["Tanh"], alphas, betas, clip, batchFirst)
        {
        }

        private protected override int Gates => 1;

        private protected override bool HasCell => false;

        /// <summary>y = all states, last = the last one of each sequence.</summary>
        public void Forward(Buffer x, Buffer y, Buffer? lengths = null, Buffer? first = null, Buffer? last = null) => Run(x, y, lengths, first, null, last, null);

        private protected override (Tensor State, Tensor? Cell) Step(int direction, Tensor input, Tensor state, Tensor? cell) => (Activate(direction, 0, input.add(Remembered(direction, state))), null);

        private protected override (Tensor Input, Tensor State, Tensor Cell) StepBack(int direction, Tensor input, Tensor state, Tensor? cell, Tensor toState, Tensor toCell)
        {
            var back = toState.mul(TanhSlope(Step(direction, input, state, cell).State));
            return (back, back.matmul(Recurrence[direction]), toCell);
        }
    }

    /// <summary>A layer of gated recurrent units (Cho et al. 2014); gates: update, reset, hidden.</summary>
    public sealed class GRU : Recurrent
    {
        private readonly bool _resetAfter;

        /// <param name="weight">[directions, 3·hidden, features].</param>
        /// <param name="recurrent">[directions, 3·hidden, hidden].</param>
        /// <param name="bias">[directions, 6·hidden], or <c>null</c>.</param>
        /// <param name="direction"><c>forward</c>, <c>reverse</c> or <c>bidirectional</c>.</param>
        /// <param name="activations">Of the gates and of the hidden one, direction by direction; sigmoid and tanh unless given.</param>
        /// <param name="alphas">Their first parameters.</param>
        /// <param name="betas">Their second parameters.</param>
        /// <param name="clip">The largest magnitude of what gates see; 0 for any.</param>
        /// <param name="batchFirst">Whether the samples stand before the sequence.</param>
        /// <param name="resetAfter">Whether the reset gate stands behind the product R·h.</param>
        public GRU(
            Weight weight, Weight recurrent, Weight? bias = null, string direction = "forward", string[]? activations = null, float[]? alphas = null, float[]? betas = null, float clip = 0, bool batchFirst = false, bool resetAfter = false)
            : base(weight, recurrent, bias, direction, activations ?? ["Sigmoid", "Tanh"], alphas, betas, clip, batchFirst)
            => _resetAfter = resetAfter;

        private protected override int Gates => 3;

        private protected override bool HasCell => false;

        /// <summary>y = all states, last = the last one of each sequence.</summary>
        public void Forward(Buffer x, Buffer y, Buffer? lengths = null, Buffer? first = null, Buffer? last = null) => Run(x, y, lengths, first, null, last, null);

        private protected override (Tensor State, Tensor? Cell) Step(int direction, Tensor input, Tensor state, Tensor? cell)
        {
            var remembered = Remembered(direction, state);
            var update = Activate(direction, 0, Gate(input, 0).add(Gate(remembered, 0)));
            var reset = Activate(direction, 0, Gate(input, 1).add(Gate(remembered, 1)));
            var kept = _resetAfter
                ? reset.mul(HiddenBias(direction) is { } bias ? Gate(remembered, 2).add(bias) : Gate(remembered, 2))
                : nn.functional.linear(reset.mul(state), Recurrence[direction].narrow(0, 2 * Hidden, Hidden));
            var hidden = Activate(direction, 1, Gate(input, 2).add(kept));
            return (hidden.add(update.mul(state.sub(hidden))), null);
        }

        private protected override (Tensor Input, Tensor State, Tensor Cell) StepBack(int direction, Tensor input, Tensor state, Tensor? cell, Tensor toState, Tensor toCell)
        {
            var remembered = Remembered(direction, state);
            var update = Gate(input, 0).add(Gate(remembered, 0)).sigmoid();
            var reset = Gate(input, 1).add(Gate(remembered, 1)).sigmoid();
            var weight = Recurrence[direction].narrow(0, 2 * Hidden, Hidden);
            var product = _resetAfter && HiddenBias(direction) is { } bias ? Gate(remembered, 2).add(bias) : Gate(remembered, 2);
            var hidden = Gate(input, 2).add(_resetAfter ? reset.mul(product) : nn.functional.linear(reset.mul(state), weight)).tanh();

            var toUpdate = toState.mul(state.sub(hidden)).mul(SigmoidSlope(update));
            var toHidden = toState.mul(OneLess(update)).mul(TanhSlope(hidden));
            var behind = _resetAfter ? toHidden.mul(reset).matmul(weight) : toHidden.matmul(weight);
            var toReset = (_resetAfter ? toHidden.mul(product) : behind.mul(state)).mul(SigmoidSlope(reset));
            var toGates = cat([toUpdate, toReset], 1).matmul(Recurrence[direction].narrow(0, 0, 2 * Hidden));
            return (cat([toUpdate, toReset, toHidden], 1), toState.mul(update).add(_resetAfter ? behind : behind.mul(reset)).add(toGates), toCell);
        }

        /// <summary>A reset gate behind the product scales the hidden one's recurrent bias, too: it stays apart.</summary>
        private protected override Tensor? InputBias(int direction)
            => base.InputBias(direction) is { } both && _resetAfter ? cat([both.narrow(0, 0, 2 * Hidden), Bias![direction].narrow(0, 2 * Hidden, Hidden)]) : base.InputBias(direction);

        private Tensor? HiddenBias(int direction) => Bias?[direction].narrow(0, 5 * Hidden, Hidden);
    }

    /// <summary>A layer of long short-term memory (Hochreiter and Schmidhuber 1997); gates: input, output, forget, cell.</summary>
    public sealed class LSTM : Recurrent
    {
        private readonly Tensor? _peepholes;
        private readonly bool _coupled;

        /// <param name="weight">[directions, 4·hidden, features].</param>
        /// <param name="recurrent">[directions, 4·hidden, hidden].</param>
        /// <param name="bias">[directions, 8·hidden], or <c>null</c>.</param>
        /// <param name="peepholes">[directions, 3·hidden]: of input, output and forget gate; none unless given.</param>
        /// <param name="direction"><c>forward</c>, <c>reverse</c> or <c>bidirectional</c>.</param>
        /// <param name="activations">Of the gates, of the cell and of the output, direction by direction; sigmoid, tanh and tanh unless given.</param>
        /// <param name="alphas">Their first parameters.</param>
        /// <param name="betas">Their second parameters.</param>
        /// <param name="clip">The largest magnitude of what gates see; 0 for any.</param>
        /// <param name="batchFirst">Whether the samples stand before the sequence.</param>
        /// <param name="coupled">Whether the forget gate is 1 less the input gate.</param>
        public LSTM(
            Weight weight,
            Weight recurrent,
            Weight? bias = null,
            Weight? peepholes = null,
            string direction = "forward",
            string[]? activations = null,
            float[]? alphas = null,
            float[]? betas = null,
            float clip = 0,
            bool batchFirst = false,
            bool coupled = false)
            : base(weight, recurrent, bias, direction, activations ?? ["Sigmoid", "Tanh", "Tanh"], alphas, betas, clip, batchFirst)
        {
            _peepholes = peepholes is null ? null : Load(peepholes);
            _coupled = coupled;
        }

        private protected override int Gates => 4;

        private protected override bool HasCell => true;

        /// <summary>y = all states, last and lastCell = the last ones of each sequence.</summary>
        public void Forward(Buffer x, Buffer y, Buffer? lengths = null, Buffer? first = null, Buffer? firstCell = null, Buffer? last = null, Buffer? lastCell = null)
            => Run(x, y, lengths, first, firstCell, last, lastCell);

        private protected override (Tensor State, Tensor? Cell) Step(int direction, Tensor input, Tensor state, Tensor? cell)
        {
            var gates = input.add(Remembered(direction, state));
            var enter = Activate(direction, 0, Peep(Gate(gates, 0), cell!, 0));
            var forget = _coupled ? enter.neg().add(1) : Activate(direction, 0, Peep(Gate(gates, 2), cell!, 2));
            var next = forget.mul(cell!).add(enter.mul(Activate(direction, 1, Gate(gates, 3))));
            var leave = Activate(direction, 0, Peep(Gate(gates, 1), next, 1));

            // The clip bounds what gates see, not the cell: as ONNX Runtime has it.
            return (leave.mul(Activate(direction, 2, next, clip: false)), next);

            Tensor Peep(Tensor gate, Tensor at, int index) => _peepholes is null ? gate : gate.add(at.mul(_peepholes[direction].narrow(0, index * Hidden, Hidden)));
        }

        private protected override (Tensor Input, Tensor State, Tensor Cell) StepBack(int direction, Tensor input, Tensor state, Tensor? cell, Tensor toState, Tensor toCell)
        {
            var gates = input.add(Remembered(direction, state));
            var enter = Gate(gates, 0).sigmoid();
            var forget = _coupled ? OneLess(enter) : Gate(gates, 2).sigmoid();
            var (leave, fresh) = (Gate(gates, 1).sigmoid(), Gate(gates, 3).tanh());
            var seen = forget.mul(cell!).add(enter.mul(fresh)).tanh();

            var toNext = toCell.add(toState.mul(leave).mul(TanhSlope(seen)));
            var toLeave = toState.mul(seen).mul(SigmoidSlope(leave));
            var toEnter = toNext.mul(_coupled ? fresh.sub(cell!) : fresh).mul(SigmoidSlope(enter));
            var toForget = _coupled ? zeros_like(forget) : toNext.mul(cell!).mul(SigmoidSlope(forget));
            var toFresh = toNext.mul(enter).mul(TanhSlope(fresh));
            var toGates = cat([toEnter, toLeave, toForget, toFresh], 1);
            return (toGates, toGates.matmul(Recurrence[direction]), toNext.mul(forget));
        }
    }
}
