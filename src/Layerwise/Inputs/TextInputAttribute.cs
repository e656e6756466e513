namespace Layerwise;

/// <summary>
/// Says, beside an <see cref="ExplainerAttribute"/>, that the model's inputs are the tokens of a text: ids, and a mask, types or positions
/// where it has such inputs. The class then is an <see cref="ITextExplainer"/>, and explanations have the relevance of each token.
/// </summary>
/// <remarks>
/// Inputs are known by the names that exporters give them: <c>input_ids</c>, <c>attention_mask</c> (<c>input_mask</c>), <c>token_type_ids</c>
/// (<c>segment_ids</c>) and <c>position_ids</c>; a model's only input holds the ids whatever its name.
/// </remarks>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TextInputAttribute : Attribute
{
    /// <summary>The number of tokens, where the model takes any but texts are to have one length; 0, the text's own, unless given.</summary>
    public int Length { get; set; }

    /// <summary>The id that stands behind the last token; 0 unless given.</summary>
    public long Padding { get; set; }
}
