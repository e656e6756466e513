namespace Layerwise.Tool.Tests;

public sealed class ClassesTests
{
    private static readonly Classes Animals = new(5, ["tabby, tabby cat", "Egyptian cat", "crane, bird", "crane, machine", "goldfish, Carassius auratus"]);

    [Theory]
    [InlineData("Egyptian cat", 1)]
    [InlineData("EGYPTIAN CAT", 1)]
    [InlineData("tabby cat", 0)] // a synonym
    [InlineData("tabby, tabby cat", 0)] // the whole line
    [InlineData("crane, machine", 3)]
    [InlineData("4", 4)]
    public void A_label_or_an_index_is_a_target(string text, int expected) => Assert.Equal(Target.Class(expected), Animals.Parse(text, samples: 1));

    [Fact]
    public void Top_is_the_arg_max() => Assert.True(Animals.Parse("top", samples: 3).IsTop);

    [Fact]
    public void Several_indices_are_one_a_sample() => Assert.Equal(Target.PerSample(1, 0, 4), Animals.Parse("1,0,4", samples: 3));

    [Theory]
    [InlineData("egipshian cat", "Egyptian cat")]
    [InlineData("gold", "goldfish")] // the beginning of a label
    [InlineData("crane", "2, 3")] // two classes: both indices
    [InlineData("5", "0 to 4")]
    [InlineData("99999999999", "0 to 4")]
    [InlineData("1,2", "3 sample")]
    [InlineData("-1", "no class is labelled '-1'")]
    public void What_names_no_class_is_refused_with_what_would(string text, string expected)
        => Assert.Contains(expected, Assert.Throws<ToolException>(() => Animals.Parse(text, samples: 3)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_model_of_one_class_has_class_0_alone()
        => Assert.Equal("there is no class 1: the model has one, 0", Assert.Throws<ToolException>(() => new Classes(1, []).Parse("1", samples: 1)).Message);

    [Fact]
    public void Three_near_labels_are_named()
    {
        var message = Assert.Throws<ToolException>(() => Animals.Parse("tabbi", samples: 1)).Message;
        Assert.Equal(3, message[message.IndexOf("nearest", StringComparison.Ordinal)..].Count(c => c == '('));
        Assert.Contains("'tabby' (0)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_labels_the_labels_file_is_asked_for()
        => Assert.Contains("--labels", Assert.Throws<ToolException>(() => new Classes(10, []).Parse("cat", samples: 1)).Message, StringComparison.Ordinal);
}
