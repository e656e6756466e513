using System.Globalization;
using SkiaSharp;

namespace Layerwise.Rendering;

/// <summary>
/// Predicts and explains pictures: whatever an explainer's <c>[ImageInput]</c> says is done to them first. Files and streams are read within
/// <see cref="PictureLimits.Default"/>; for other limits give what <see cref="Picture.Load(Stream, PictureLimits)"/> returns.
/// </summary>
public static class ImageExplainers
{
    /// <summary>Explains pictures in one batch.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="pictures">One or more, of any size (of one size, where the network takes any).</param>
    /// <param name="target">The explained class of each; the arg-max unless given.</param>
    /// <param name="options">What the relevance starts with, and what the explanation brings along.</param>
    /// <exception cref="ShapeException">The pictures do not fit the network or each other.</exception>
    /// <exception cref="TargetException">The network has no such class, or the batch another number of samples.</exception>
    /// <exception cref="LayerException">The options name a layer that is none of the network's, or cannot be asked.</exception>
    /// <exception cref="PictureException">A picture becomes too large.</exception>
    public static ImageExplanation Explain(this IImageExplainer explainer, IReadOnlyList<Picture> pictures, Target target = default, ExplainOptions? options = null)
    {
        var batch = ImageBatch.Of(explainer, pictures);
        return new ImageExplanation(Explain(explainer.Network, batch, target, options ?? ExplainOptions.Default), batch, explainer.Labels);
    }

    /// <inheritdoc cref="Explain(IImageExplainer, IReadOnlyList{Picture}, Target, ExplainOptions)"/>
    /// <param name="picture">Of any size.</param>
#pragma warning disable CS1573 // The other parameters are inherited.
    public static ImageExplanation Explain(this IImageExplainer explainer, Picture picture, Target target = default, ExplainOptions? options = null)
        => explainer.Explain([picture], target, options);

    /// <inheritdoc cref="Explain(IImageExplainer, IReadOnlyList{Picture}, Target, ExplainOptions)"/>
    /// <param name="path">A PNG, JPEG, WebP, BMP or GIF file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ImageExplanation Explain(this IImageExplainer explainer, string path, Target target = default, ExplainOptions? options = null)
        => explainer.Explain(Picture.Load(path), target, options);

    /// <inheritdoc cref="Explain(IImageExplainer, IReadOnlyList{Picture}, Target, ExplainOptions)"/>
    /// <param name="stream">A picture file's bytes, to the end.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static ImageExplanation Explain(this IImageExplainer explainer, Stream stream, Target target = default, ExplainOptions? options = null)
        => explainer.Explain(Picture.Load(stream), target, options);

    /// <inheritdoc cref="Explain(IImageExplainer, IReadOnlyList{Picture}, Target, ExplainOptions)"/>
    /// <param name="bitmap">Of any colour type and size.</param>
    public static ImageExplanation Explain(this IImageExplainer explainer, SKBitmap bitmap, Target target = default, ExplainOptions? options = null)
        => explainer.Explain(Picture.FromBitmap(bitmap), target, options);

    /// <inheritdoc cref="Explain(IImageExplainer, IReadOnlyList{Picture}, Target, ExplainOptions)"/>
    /// <param name="label">The explained class of all.</param>
    public static ImageExplanation Explain<TLabel>(this IImageExplainer<TLabel> explainer, IReadOnlyList<Picture> pictures, TLabel label, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.Explain(pictures, Target.Class(label), options);

    /// <inheritdoc cref="Explain(IImageExplainer, IReadOnlyList{Picture}, Target, ExplainOptions)"/>
    /// <param name="picture">Of any size.</param>
    /// <param name="label">The explained class.</param>
    public static ImageExplanation Explain<TLabel>(this IImageExplainer<TLabel> explainer, Picture picture, TLabel label, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.Explain([picture], Target.Class(label), options);

    /// <inheritdoc cref="Explain(IImageExplainer, string, Target, ExplainOptions)"/>
    /// <param name="label">The explained class.</param>
    public static ImageExplanation Explain<TLabel>(this IImageExplainer<TLabel> explainer, string path, TLabel label, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.Explain(Picture.Load(path), Target.Class(label), options);

    /// <inheritdoc cref="Explain(IImageExplainer, Stream, Target, ExplainOptions)"/>
    /// <param name="label">The explained class.</param>
    public static ImageExplanation Explain<TLabel>(this IImageExplainer<TLabel> explainer, Stream stream, TLabel label, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.Explain(Picture.Load(stream), Target.Class(label), options);

    /// <inheritdoc cref="Explain(IImageExplainer, SKBitmap, Target, ExplainOptions)"/>
    /// <param name="label">The explained class.</param>
    public static ImageExplanation Explain<TLabel>(this IImageExplainer<TLabel> explainer, SKBitmap bitmap, TLabel label, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.Explain(Picture.FromBitmap(bitmap), Target.Class(label), options);

    /// <inheritdoc cref="Explain(IImageExplainer, IReadOnlyList{Picture}, Target, ExplainOptions)"/>
    /// <summary>Explains why one class rather than another.</summary>
    /// <param name="picture">Of any size.</param>
    /// <param name="label">The class that is favoured.</param>
    /// <param name="against">The class that it is compared with.</param>
    public static ImageExplanation Explain<TLabel>(this IImageExplainer<TLabel> explainer, Picture picture, TLabel label, TLabel against, ExplainOptions? options = null)
        where TLabel : struct, Enum => explainer.Explain([picture], Target.Difference(Convert.ToInt32(label, CultureInfo.InvariantCulture), Convert.ToInt32(against, CultureInfo.InvariantCulture)), options);

    /// <summary>Explains several targets of one forward pass.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="picture">Of any size.</param>
    /// <param name="targets">One or more.</param>
    /// <param name="options">What each relevance starts with, and what each explanation brings along.</param>
    /// <returns>An explanation for each target, each the caller's to dispose.</returns>
    /// <exception cref="ShapeException">The picture does not fit the network.</exception>
    /// <exception cref="TargetException">The network has no such class.</exception>
    /// <exception cref="ArgumentException">There is no target.</exception>
    public static IReadOnlyList<ImageExplanation> ExplainEach(this IImageExplainer explainer, Picture picture, IReadOnlyList<Target> targets, ExplainOptions? options = null)
    {
        var batch = ImageBatch.Of(explainer, [picture]);
        using var tensor = batch.ToTensor();
        return [.. explainer.Network.ExplainEach([tensor], targets, options ?? ExplainOptions.Default).Select(why => new ImageExplanation(why, batch, explainer.Labels))];
    }

    /// <inheritdoc cref="ExplainEach(IImageExplainer, Picture, IReadOnlyList{Target}, ExplainOptions)"/>
    /// <param name="labels">One or more classes.</param>
    public static IReadOnlyList<ImageExplanation> ExplainEach<TLabel>(this IImageExplainer<TLabel> explainer, Picture picture, IReadOnlyList<TLabel> labels, ExplainOptions? options = null)
        where TLabel : struct, Enum
    {
        ArgumentNullException.ThrowIfNull(labels);
        return explainer.ExplainEach(picture, [.. labels.Select(label => Target.Class(label))], options);
    }

    /// <summary>Runs the network forward.</summary>
    /// <param name="explainer">The explainer.</param>
    /// <param name="pictures">One or more, of any size (of one size, where the network takes any).</param>
    /// <param name="cancellationToken">Cancels the call, from any thread, at the next value that a layer computes.</param>
    /// <returns>The model's output for each picture in row-major order.</returns>
    /// <exception cref="ShapeException">The pictures do not fit the network or each other.</exception>
    /// <exception cref="PictureException">A picture becomes too large.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public static float[] Predict(this IImageExplainer explainer, IReadOnlyList<Picture> pictures, CancellationToken cancellationToken = default)
    {
        var batch = ImageBatch.Of(explainer, pictures);
        if (!explainer.Network.Inputs[0].IsOpen)
        {
            return explainer.Network.Predict(batch.Values, cancellationToken);
        }

        using var tensor = batch.ToTensor();
        using var output = explainer.Network.Predict([tensor], cancellationToken);
        using var onCpu = output.cpu();
        return [.. onCpu.data<float>()];
    }

    /// <inheritdoc cref="Predict(IImageExplainer, IReadOnlyList{Picture}, CancellationToken)"/>
    /// <param name="picture">Of any size.</param>
    public static float[] Predict(this IImageExplainer explainer, Picture picture, CancellationToken cancellationToken = default) => explainer.Predict([picture], cancellationToken);

    /// <inheritdoc cref="Predict(IImageExplainer, IReadOnlyList{Picture}, CancellationToken)"/>
    /// <param name="path">A PNG, JPEG, WebP, BMP or GIF file.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static float[] Predict(this IImageExplainer explainer, string path, CancellationToken cancellationToken = default) => explainer.Predict([Picture.Load(path)], cancellationToken);

    /// <inheritdoc cref="Predict(IImageExplainer, IReadOnlyList{Picture}, CancellationToken)"/>
    /// <param name="stream">A picture file's bytes, to the end.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static float[] Predict(this IImageExplainer explainer, Stream stream, CancellationToken cancellationToken = default) => explainer.Predict([Picture.Load(stream)], cancellationToken);

    /// <inheritdoc cref="Predict(IImageExplainer, IReadOnlyList{Picture}, CancellationToken)"/>
    /// <param name="bitmap">Of any colour type and size.</param>
    public static float[] Predict(this IImageExplainer explainer, SKBitmap bitmap, CancellationToken cancellationToken = default) => explainer.Predict([Picture.FromBitmap(bitmap)], cancellationToken);
#pragma warning restore CS1573

    private static Explanation Explain(Runtime.Network network, ImageBatch batch, Target target, ExplainOptions options)
    {
        if (!network.Inputs[0].IsOpen)
        {
            return network.Explain(batch.Values, target, options);
        }

        using var tensor = batch.ToTensor();
        return network.Explain([tensor], target, options);
    }
}
