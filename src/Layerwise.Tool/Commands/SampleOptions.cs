using System.CommandLine;
using Layerwise.Rendering;
using static TorchSharp.torch;

namespace Layerwise.Tool.Commands;

/// <summary>What is explained: arrays, or a picture.</summary>
internal sealed class SampleOptions
{
    private readonly Option<string[]> _inputs = new("--input")
    {
        Description = "An array [N, …]; NAME=FILE.npy where the model has several inputs. Repeatable.",
        HelpName = "[NAME=]FILE.npy",
    };

    private readonly PictureOptions _picture;

    /// <param name="command">The command.</param>
    /// <param name="folders">Whether a folder of pictures is of use to it.</param>
    public SampleOptions(Command command, bool folders = false)
    {
        command.Add(_inputs);
        _picture = new PictureOptions(command, folders);
        command.Validators.Add(result =>
        {
            if (_picture.IsGiven(result) == result.GetResult(_inputs) is { Implicit: false })
            {
                result.AddError("Give either --input FILE.npy or --image FILE.");
            }
        });
    }

    /// <summary>Reads the files, before any work is done for them.</summary>
    public Files Read(ParseResult parse) => new([.. (parse.GetValue(_inputs) ?? []).Select(InputFile.Read)], _picture.Load(parse), _picture.Path(parse));

    /// <summary>The pictures of the folder that <c>--image</c> names, in the order of their names; <c>null</c> where it names none.</summary>
    /// <exception cref="ToolException">The folder has no picture.</exception>
    public IReadOnlyList<string>? Folder(ParseResult parse)
    {
        if (_picture.Path(parse) is not { } folder || !Directory.Exists(folder))
        {
            return null;
        }

        string[] pictures = [.. Directory.EnumerateFiles(folder).Where(PictureOptions.IsPicture).Order(StringComparer.Ordinal)];
        return pictures.Length > 0 ? pictures : throw new ToolException($"the folder '{folder}' has no picture: no file that ends in {string.Join(", ", PictureOptions.Endings)}");
    }

    /// <summary>One picture of a folder.</summary>
    public static Files ReadPicture(string path) => new([], Picture.Load(path), path);

    /// <summary>The files as the model's inputs.</summary>
    public Sample Fit(ParseResult parse, Files files, IReadOnlyList<Port> ports)
    {
        if (files.Picture is null)
        {
            var inputs = InputFile.Bind(files.Arrays, ports);
            return new Sample(inputs, null, SampleLayout.Of(inputs[0].shape[1..]), null);
        }

        var (picture, layout) = _picture.Fit(parse, files.Picture, ports);
        var input = _picture.Input(parse, layout);
        return new Sample([tensor(picture.ToSample(layout, input), [1, .. layout.Shape])], picture, layout, input);
    }

    /// <summary>How pixels become numbers, where a picture is given.</summary>
    public ImageInput? Image(ParseResult parse) => _picture.Path(parse) is null ? null : _picture.Input(parse);

    /// <summary>What the options name, read.</summary>
    internal sealed record Files(IReadOnlyList<InputFile> Arrays, Picture? Picture, string? PicturePath)
    {
        /// <summary>The files' names, without their folders.</summary>
        public string Names => PicturePath is { } path ? Path.GetFileName(path) : string.Join(", ", Arrays.Select(array => Path.GetFileName(array.Path)));
    }

    /// <summary>One or more samples as the model takes them.</summary>
    /// <param name="Inputs">One tensor an input, [N, …].</param>
    /// <param name="Picture">What the tensor was made of, in the model's size.</param>
    /// <param name="Layout">How a sample of the first input lies; <c>null</c> where it cannot be drawn as a picture.</param>
    /// <param name="Image">How its pixels became numbers; <c>null</c> without a picture.</param>
    internal sealed record Sample(Tensor[] Inputs, Picture? Picture, SampleLayout? Layout, ImageInput? Image);
}
