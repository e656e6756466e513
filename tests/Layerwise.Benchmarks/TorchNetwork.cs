using Layerwise.Oracle.Onnx;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Layerwise.Benchmarks;

/// <summary>
/// A network as one writes it with TorchSharp's own operators, for comparison: its forward pass, its gradient by autograd, and relevance the way
/// tools on top of autograd compute it: each layer's modified forwards, then their gradient.
/// </summary>
internal sealed class TorchNetwork : IDisposable
{
    private const float Epsilon = 1e-6f, Gamma = 0.25f;

    private readonly List<NodeProto> _nodes;
    private readonly Dictionary<string, Tensor> _weights;
    private readonly string _input, _output;

    public TorchNetwork(ModelProto model, Device device)
    {
        _nodes = [.. model.Graph.Node];
        _weights = model.Graph.Initializer.ToDictionary(i => i.Name, i => tensor(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(i.RawData.Span).ToArray(), [.. i.Dims]).to(device).DetachFromDisposeScope());
        (_input, _output) = (model.Graph.Input[0].Name, model.Graph.Output[0].Name);
    }

    public void Dispose()
    {
        foreach (var weight in _weights.Values)
        {
            weight.Dispose();
        }
    }

    public void Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        Values(x);
    }

    public void Gradient(Tensor x)
    {
        using var scope = NewDisposeScope();
        var input = x.detach().requires_grad_();
        var logits = Values(input)[_output];
        autograd.grad([logits.max(1).values.sum()], [input]);
    }

    public void Relevance(Tensor x, string composite)
    {
        using var scope = NewDisposeScope();
        Dictionary<string, Tensor> values;
        using (no_grad())
        {
            values = Values(x);
        }

        var logits = values[_output];
        var relevance = new Dictionary<string, Tensor> { [_output] = zeros_like(logits).scatter_(1, logits.argmax(1, keepdim: true), ones([logits.shape[0], 1], device: logits.device)) };
        foreach (var node in _nodes.AsEnumerable().Reverse())
        {
            var r = relevance[node.Output[0]];
            foreach (var (name, part) in Back(node, values, r, composite))
            {
                relevance[name] = relevance.TryGetValue(name, out var other) ? other + part : part;
            }
        }
    }

    private Dictionary<string, Tensor> Values(Tensor x)
    {
        var values = new Dictionary<string, Tensor> { [_input] = x };
        foreach (var node in _nodes)
        {
            values[node.Output[0]] = node.OpType is "Conv" or "Gemm"
                ? Linear(node, values[node.Input[0]], _weights[node.Input[1]], _weights[node.Input[2]])
                : Apply(node, [.. node.Input.Where(values.ContainsKey).Select(i => values[i])]);
        }

        return values;
    }

    private static Tensor Apply(NodeProto node, Tensor[] inputs) => node.OpType switch
    {
        "Relu" => inputs[0].relu(),
        "Clip" => inputs[0].clamp(0, 6),
        "MaxPool" => functional.max_pool2d(inputs[0], Ints(node, "kernel_shape"), Ints(node, "strides"), Ints(node, "pads")[..2]),
        "GlobalAveragePool" => inputs[0].mean([2, 3], keepdim: true),
        "Flatten" => inputs[0].flatten(1),
        "Add" => inputs[0].add(inputs[1]),
        var op => throw new NotSupportedException(op),
    };

    private static Tensor Linear(NodeProto node, Tensor x, Tensor weight, Tensor? bias) => node.OpType == "Gemm"
        ? functional.linear(x, weight, bias)
        : functional.conv2d(x, weight, bias, Ints(node, "strides"), Ints(node, "pads")[..2], groups: node.Attribute.Single(a => a.Name == "group").I);

    private IEnumerable<(string, Tensor)> Back(NodeProto node, Dictionary<string, Tensor> values, Tensor r, string composite)
    {
        var x = values[node.Input[0]];
        switch (node.OpType)
        {
            case "Relu" or "Clip":
                return [(node.Input[0], r)];
            case "Conv" or "Gemm":
                return [(node.Input[0], LinearBack(node, x, r, Rule(node, composite)))];
            case "Add":
                var (a, b) = (x, values[node.Input[1]]);
                var share = r / Stable(a + b);
                return [(node.Input[0], a * share), (node.Input[1], b * share)];
            default:
                var input = x.detach().requires_grad_();
                var output = Apply(node, [input]);
                var isMean = node.OpType == "GlobalAveragePool";
                var gradient = autograd.grad([output], [input], [isMean ? r / Stable(output.detach()) : r])[0];
                return [(node.Input[0], isMean ? x * gradient : gradient)];
        }
    }

    private string Rule(NodeProto node, string composite)
    {
        var isFirst = node.Input[0] == _input;
        return (composite, isFirst, node.OpType) switch
        {
            ("EpsilonGammaBox", true, "Conv") => "box",
            ("EpsilonPlusFlat" or "EpsilonAlpha2Beta1Flat", true, _) => "flat",
            (_, _, "Gemm") => "epsilon",
            ("EpsilonGammaBox", _, _) => "gamma",
            ("EpsilonPlusFlat", _, _) => "plus",
            _ => "alpha2beta1",
        };
    }

    // The weights are modified at each call, as these tools do.
    private Tensor LinearBack(NodeProto node, Tensor x, Tensor r, string rule)
    {
        var (w, b) = (_weights[node.Input[1]], _weights[node.Input[2]]);
        switch (rule)
        {
            case "epsilon":
                return Pull([(x, w, b)], z => r / Stable(z[0]));
            case "flat":
                return Pull([(ones_like(x), ones_like(w), null)], z => r / Stable(z[0]));
            case "plus":
                return Pull([(x.clamp_min(0), w.clamp_min(0), b.clamp_min(0)), (x.clamp_max(0), w.clamp_max(0), null)], z => r / Stable(z[0] + z[1]));
            case "alpha2beta1":
                var positive = Pull([(x.clamp_min(0), w.clamp_min(0), b.clamp_min(0)), (x.clamp_max(0), w.clamp_max(0), null)], z => r / Stable(z[0] + z[1]));
                var negative = Pull([(x.clamp_min(0), w.clamp_max(0), b.clamp_max(0)), (x.clamp_max(0), w.clamp_min(0), null)], z => r / Stable(z[0] + z[1]));
                return (2 * positive) - negative;
            case "box":
                return Pull([(x, w, b), (full_like(x, -3), -w.clamp_min(0), null), (full_like(x, 3), -w.clamp_max(0), null)], z => r / Stable(z[0] + z[1] + z[2]));
            default:
                var (up, down) = (w + (Gamma * w.clamp_min(0)), w + (Gamma * w.clamp_max(0)));
                var (upBias, downBias) = (b + (Gamma * b.clamp_min(0)), b + (Gamma * b.clamp_max(0)));
                Tensor z0;
                using (no_grad())
                {
                    z0 = Linear(node, x, w, b);
                }

                return Pull([(x.clamp_min(0), up, upBias), (x.clamp_max(0), down, null)], z => z0.gt(0) * r / Stable(z[0] + z[1]))
                    + Pull([(x.clamp_max(0), up, null), (x.clamp_min(0), down, downBias)], z => z0.lt(0) * r / Stable(z[0] + z[1]));
        }

        Tensor Pull((Tensor X, Tensor W, Tensor? B)[] forwards, Func<Tensor[], Tensor> factor)
        {
            Tensor[] inputs = [.. forwards.Select(f => f.X.detach().requires_grad_())];
            Tensor[] outputs = [.. forwards.Select((f, i) => Linear(node, inputs[i], f.W, f.B))];
            var s = factor([.. outputs.Select(o => o.detach())]);
            var gradients = autograd.grad(outputs, inputs, [.. outputs.Select(_ => s)]);
            return inputs.Zip(gradients, (input, gradient) => input.detach() * gradient).Aggregate((a, c) => a + c);
        }
    }

    private static Tensor Stable(Tensor z) => z + where(z.ge(0), tensor(Epsilon), tensor(-Epsilon));

    private static long[] Ints(NodeProto node, string name) => [.. node.Attribute.Single(a => a.Name == name).Ints];
}
