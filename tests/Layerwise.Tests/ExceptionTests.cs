using Layerwise.Evidence;
using Layerwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Layerwise.Tests;

/// <summary>What a caller can ask an exception, and as what it can be caught. The page of them is docs/exceptions.md.</summary>
public sealed class ExceptionTests : IDisposable
{
    private readonly Emitted _net = new(
        new ModelBuilder().Input("x", "N", 3).Output("y", "N", 2).Tensor("w", [1f, -2, 3, 4, 5, -6], 2, 3).Node("Gemm", "x w", "y", "fc", ("transB", 1)),
        Emitted.Lrp("EpsilonPlus"));

    public void Dispose() => _net.Dispose();

    [Fact]
    public void A_shape_says_which_input_what_it_should_be_and_what_it_is()
    {
        using var wide = zeros(2, 4);
        var shape = Assert.Throws<ShapeException>(() => _net.Network.Predict(wide));
        Assert.Equal(("x", "[N, 3]", "[2, 4]", "inputs"), (shape.Name, shape.Expected, shape.Actual, shape.ParamName));

        var none = Assert.Throws<ShapeException>(() => _net.Network.Predict(Array.Empty<Tensor>()));
        Assert.Equal(("1 tensors", "0 tensors"), (none.Expected, none.Actual));

        using var fit = zeros(2, 3);
        using var relevance = ones(2, 3);
        var start = Assert.Throws<ShapeException>(() => _net.Network.Propagate([fit], relevance));
        Assert.Equal(("relevance", "[2, 2]", "[2, 3]"), (start.Name, start.Expected, start.Actual));
    }

    [Fact]
    public void A_target_says_of_which_output_and_what_there_is()
    {
        using var two = zeros(2, 3);
        var unknown = Assert.Throws<TargetException>(() => _net.Network.Explain([two], 7, InitialRelevance.OneHot));
        Assert.Equal(("y", "0 to 1", 7), (unknown.Output, unknown.Expected, unknown.Actual));
        var three = Assert.Throws<TargetException>(() => _net.Network.Explain([two], Target.PerSample(0, 1, 0), InitialRelevance.OneHot));
        Assert.Equal(("1 or 2 classes", 3), (three.Expected, three.Actual));
        Assert.IsAssignableFrom<ArgumentOutOfRangeException>(three);
    }

    [Theory]
    [InlineData(Compiler.Emit.Backend.Torch)]
    [InlineData(Compiler.Emit.Backend.Managed)]
    public void A_number_that_is_not_finite_is_not_explained(string backend)
    {
        // The Relu drops what is not a number on the way, on some kernels: the prediction may look as if nothing was wrong.
        const int Width = 37;
        var model = new ModelBuilder().Input("x", "N", Width).Output("y", "N", 2).Tensor("w", [.. Enumerable.Range(0, 2 * Width).Select(i => i - 30f)], 2, Width).Node("Relu", "x", "h", "relu").Node("Gemm", "h w", "y", "fc", ("transB", 1));
        using var net = new Emitted(model, Emitted.Lrp("EpsilonPlus") with { Backend = backend });
        var (numbers, relevance) = (new float[2 * Width], new float[2 * Width]);
        float[] wrong = [float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = wrong[i % 3];
            using var x = tensor(numbers, [2, Width]);
            using var wide = x.to(ScalarType.Float64);
            foreach (var call in new Action[]
            {
                () => net.Network.Explain(numbers, 0, InitialRelevance.OneHot),
                () => net.Network.Explain(numbers, 0, relevance, [], InitialRelevance.OneHot),
                () => net.Network.Explain([x], 0, InitialRelevance.OneHot),
                () => net.Network.ExplainEach([wide.t().contiguous().t()], [0, 1], ExplainOptions.Default),
            })
            {
                var error = Assert.Throws<NotFiniteException>(call);
                Assert.Equal(("x", i, (double)wrong[i % 3]), (error.Name, error.Index, error.Actual));
                Assert.Contains($"element {i} of {numbers.Length}", error.Message, StringComparison.Ordinal);
            }

            Assert.Equal(4, net.Network.Predict(numbers).Length); // that is the model's own affair
            numbers[i] = i;
        }

        using var fine = tensor(numbers, [2, Width]);
        using var start = tensor([1f, 0, float.NaN, 0], [2, 2]);
        Assert.Equal(("relevance", 2), Assert.Throws<NotFiniteException>(() => net.Network.Propagate([fine], start)) is var given ? (given.Name, given.Index) : default);
        net.Network.Explain([fine], 0, InitialRelevance.OneHot).Dispose();
    }

    [Theory]
    [InlineData("ids", "Identity", 1)]
    [InlineData("ids", "Cast", 1)]
    [InlineData("indices", "Neg", -1)] // computed: the input cannot be named
    public void An_id_outside_of_the_vocabulary_is_named_with_its_place(string name, string before, int sign)
    {
        var model = new ModelBuilder().IntInput("ids", "N", 3).Output("y", "N", 2).Tensor("table", [1f, 2, 3, 4, 5, 6, 7, 8], 4, 2);
        model = before == "Cast" ? model.Node("Cast", "ids", "i", "same", ("to", 7)) : model.Node(before, "ids", "i", "same");
        using var net = new Emitted(model.Node("Gather", "table i", "e", "embedding").Node("ReduceMean", "e", "y", "mean", ("axes", new[] { 1 }), ("keepdims", 0)), Emitted.Lrp("EpsilonPlus"));
        Tensor Ids(params long[] ids) => tensor([.. ids.Select(id => sign * id)], [2, 3], ScalarType.Int64);
        float[] Output(Tensor ids)
        {
            using (ids)
            {
                using var output = net.Network.Predict(ids);
                return [.. output.data<float>()];
            }
        }

        Assert.Equal(Output(Ids(0, 1, 2, 3, 1, 3)), Output(Ids(-4, -3, -2, -1, -3, 3))); // ONNX counts negative ones from the end
        foreach (var wrong in new[] { 4, -5, 1_000_000 })
        {
            using var ids = Ids(0, 1, 2, 3, wrong, 99);
            var unknown = Assert.Throws<UnknownIdException>(() => net.Network.Explain([ids], 0, InitialRelevance.OneHot));
            Assert.Equal((name, "-4 to 3", (long)wrong), (unknown.Name, unknown.Expected, unknown.Actual));
            Assert.Equal([1L, 1], unknown.Position);
            Assert.Contains($"{wrong} at [1, 1]", unknown.Message, StringComparison.Ordinal);
        }

        Assert.IsAssignableFrom<ArgumentException>(Assert.Throws<UnknownIdException>(() => Output(Ids(0, 0, 0, 0, 0, 4))));
    }

    [Theory]
    [InlineData("GatherElements", "axis", 2)]
    [InlineData("GatherND", "batch_dims", 2, 1)]
    [InlineData("ScatterElements", "axis", 2)]
    public void Every_operator_that_takes_indices_refuses_those_outside(string op, string attribute, params int[] shape)
    {
        object?[] sizes = ["N", .. shape];
        var model = new ModelBuilder(opset: 16).Input("x", "N", 3).IntInput("ids", sizes).Input("u", "N", 2).Output("y", "N", op[0] == 'S' ? 3 : 2)
            .Node(op, op[0] == 'S' ? "x ids u" : "x ids", "z", "at", (attribute, 1)).Node("ReduceMax", "u", "m", "max", ("axes", new[] { 1 })).Node("Add", "z m", "y", "sum");
        using var net = new Emitted(model, new Compiler.ExplainerSpec { ClassName = "Net", Method = "predict" });
        using var x = rand(2, 3);
        using var u = rand(2, 2);
        void Run(params long[] ids)
        {
            using var indices = tensor(ids, [2, .. shape], ScalarType.Int64);
            net.Network.Predict(x, indices, u).Dispose();
        }

        Run(0, -3, 2, 1);
        Assert.Equal([1L, 1], Assert.Throws<UnknownIdException>(() => Run(0, 1, 2, 3)).Position.Take(2));
        Assert.Equal([0L, 1], Assert.Throws<UnknownIdException>(() => Run(0, -4, 2, 1)).Position.Take(2));
    }

    [Fact]
    public void A_layer_that_cannot_be_asked_is_named()
    {
        using var x = ones(1, 3);
        using var why = _net.Network.Explain([x], Target.Top, InitialRelevance.OneHot);
        var fc = Assert.Single(_net.Network.Layers);
        Assert.Equal("fc", Assert.Throws<LayerException>(() => why.At(fc)).Layer);
        var channel = Assert.Throws<LayerException>(() => _net.Network.Explain([x], Target.Top, new ExplainOptions { Conditions = [new(fc, 5)] }));
        Assert.Equal(("fc", "channel 0 to 1", "channel 5"), (channel.Layer, channel.Expected, channel.Actual));
        Assert.IsAssignableFrom<ArgumentException>(channel);
    }

    [Fact]
    public void Weights_of_another_graph_say_tensor_and_both_shapes()
    {
        using var weights = Weights.Open(_net.ModelPath);
        var other = Assert.Throws<WeightsException>(() => weights.Read("w", 3, 3));
        Assert.Equal((_net.ModelPath, "w", "[3, 3]", "[2, 3]"), (other.Path, other.Tensor, other.Expected, other.Actual));
        Assert.Equal("missing", Assert.Throws<WeightsException>(() => weights.Read("v", 1)).Actual);
    }

    [Fact]
    public void One_catch_takes_every_model_file_that_cannot_be_used()
    {
        var damaged = _net.ModelPath + ".damaged";
        File.WriteAllText(damaged, "no model");

        Assert.IsAssignableFrom<IOException>(Assert.Throws<FileNotFoundException>(() => Weights.Open(_net.ModelPath + ".none")));
        var error = Assert.Throws<ModelFileException>(() => Weights.Open(damaged));
        Assert.Equal(damaged, error.Path);
        Assert.IsAssignableFrom<IOException>(error);
        Assert.IsAssignableFrom<ModelFileException>(new WeightsException("") { Path = "", Tensor = "", Expected = "", Actual = "" });
    }

    [Fact]
    public void Weights_that_a_composite_does_not_hold_for_say_the_layer_and_its_bias()
    {
        var model = new ModelBuilder().Input("x", "N", 1).Output("y", "N", 2).Tensor("w", [1f, 1], 2, 1).Tensor("b", [-1f, 0.5f], 2).Node("Gemm", "x w b", "y", "fc", ("transB", 1));
        var error = Assert.Throws<CompositeException>(() => new Emitted(model, Emitted.Lrp("DeepTaylor")));
        Assert.Equal((Composite.DeepTaylor, "fc", "biases of at most 0", "a bias of 0.5"), (error.Composite, error.Layer, error.Expected, error.Actual));
    }

    [Fact]
    public void A_record_says_where_it_is_wrong()
    {
        var error = Assert.Throws<AuditRecordException>(() => AuditRecord.Parse("""{ "schema": "other" }"""));
        Assert.Equal(("schema", "other"), (error.Path, error.Actual));
        Assert.IsAssignableFrom<FormatException>(error);
    }

    [Theory]
    [InlineData("/app/libLibTorchSharp.so: cannot open shared object file: No such file or directory\n/app/LibTorchSharp: cannot open shared object file: No such file or directory", "LibTorchSharp is in none of the folders where the loader looks")]
    [InlineData("/app/LibTorchSharp.so: cannot open shared object file: No such file or directory\nlibtorch_cpu.so: cannot open shared object file: No such file or directory", "libtorch_cpu.so: cannot open shared object file: No such file or directory")]
    [InlineData("/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)", "/lib/libstdc++.so.6: version `GLIBCXX_3.4.32' not found (required by /app/libLibTorchSharp.so)")]
    [InlineData("dlopen(/app/libLibTorchSharp.dylib, 0x0001): tried: '/app/libLibTorchSharp.dylib' (no such file)", "LibTorchSharp is in none of the folders where the loader looks")]
    public void What_the_loader_says_becomes_one_line(string places, string reason)
    {
        var cause = new DllNotFoundException("Unable to load shared library 'LibTorchSharp' or one of its dependencies. In order to help diagnose: \n" + places + "\n");
        var error = LibTorch.Refusal(cause);
        Assert.Equal(reason, error.Reason);
        Assert.Equal(cause, error.InnerException);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Contains("TorchSharp-cpu", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("libtorch-cpu-", error.Package, StringComparison.Ordinal);
        Assert.IsAssignableFrom<DllNotFoundException>(error);
    }

    [Fact]
    public void A_loader_that_says_one_line_is_quoted()
        => Assert.Equal("Unable to load DLL 'LibTorchSharp' or one of its dependencies: The specified module could not be found. (0x8007007E)", LibTorch.Refusal(new DllNotFoundException("Unable to load DLL 'LibTorchSharp' or one of its dependencies: The specified module could not be found. (0x8007007E)")).Reason);

    [Fact]
    public void Loading_twice_is_loading_once()
    {
        LibTorch.Load();
        LibTorch.Load();
    }

    [Fact]
    public void The_page_lists_every_exception()
    {
        var page = File.ReadAllText(Path.Combine(SharedFolder.RepositoryRoot, "docs", "exceptions.md"));
        var types = typeof(ShapeException).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Exception))).ToList();
        Assert.True(types.Count >= 10);
        Assert.All(types, type => Assert.Contains($"`{type.Name}`", page, StringComparison.Ordinal));
    }
}
