using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Layerwise.Rendering;

namespace Layerwise.Tool.Commands;

/// <summary>A picture as the model's input, and how its pixels become numbers.</summary>
internal sealed class PictureOptions
{
    /// <summary>What the names of pictures end in.</summary>
    public static readonly IReadOnlyList<string> Endings = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"];

    private readonly Option<string?> _image;

    private readonly Option<float[]> _mean = Numbers("--mean", "Subtracted, one number or one a channel in the model's channel order.", "a,b,c", 0);
    private readonly Option<float[]> _std = Numbers("--std", "Divides, one number or one a channel.", "a,b,c", 1);
    private readonly Option<float[]> _scale = Numbers("--scale", "Multiplies pixels of 0 to 255; 1/255 brings them to 0 to 1.", "s", 1 / 255f);

    private readonly Option<bool> _bgr = new("--bgr") { Description = "The model takes blue, green, red; --mean and --std stand in that order." };

    private readonly Option<(int Width, int Height)?> _resize = new("--resize")
    {
        Description = "The size to bring the picture to; the model's own unless given. The aspect ratio is not kept.",
        HelpName = "WxH",
        CustomParser = ParseSize,
    };

    /// <param name="command">The command.</param>
    /// <param name="folders">Whether a folder of pictures is of use to it.</param>
    public PictureOptions(Command command, bool folders)
    {
        _image = new Option<string?>("--image")
        {
            Description = $"A picture (PNG, JPEG, WebP, BMP, GIF){(folders ? " or a folder of them" : "")}, resized to the model's input. Each number is (pixel · scale − mean) / std, pixels being 0 to 255.",
            HelpName = folders ? "FILE|FOLDER" : "FILE",
        };
        _scale.Validators.Add(result => RefuseUnless(result, _scale, values => values.Length == 1, "one number"));
        _std.Validators.Add(result => RefuseUnless(result, _std, values => values.All(value => value > 0), "numbers above 0"));
        _scale.Validators.Add(result => RefuseUnless(result, _scale, values => values.All(value => value != 0), "a number other than 0"));
        Option[] preparation = [_mean, _std, _scale, _bgr, _resize];
        command.Add(_image);
        foreach (var option in preparation)
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            foreach (var option in preparation.Where(option => !IsGiven(result) && result.GetResult(option) is { Implicit: false }))
            {
                result.AddError($"{option.Name} prepares a picture: it needs --image.");
            }
        });
    }

    public static bool IsPicture(string path) => Endings.Contains(System.IO.Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    public bool IsGiven(CommandResult result) => result.GetResult(_image) is { Implicit: false };

    public string? Path(ParseResult parse) => parse.GetValue(_image);

    /// <summary>The picture of <c>--image</c>, or <c>null</c>.</summary>
    public Picture? Load(ParseResult parse) => parse.GetValue(_image) is { } path ? Picture.Load(path) : null;

    /// <summary>Brings the picture to the model's size; where the model takes any, to that of <c>--resize</c> or the picture's own.</summary>
    /// <returns>The picture and how its numbers lie in a sample.</returns>
    /// <exception cref="ToolException">The model does not take one picture, or not of the size of <c>--resize</c>.</exception>
    public (Picture Picture, SampleLayout Layout) Fit(ParseResult parse, Picture picture, IReadOnlyList<Port> inputs)
    {
        if (inputs is not [var input])
        {
            throw new ToolException($"--image feeds one input, the model has {inputs.Count}: give arrays with --input NAME=FILE.npy");
        }

        var asked = parse.GetValue(_resize);
        var (wantedWidth, wantedHeight) = asked ?? (picture.Width, picture.Height);
        if (SampleLayout.Of([.. input.Shape.Skip(1)], wantedHeight, wantedWidth) is not { Channels: 1 or 3, Space: [var height, var width] } layout)
        {
            throw new ToolException($"--image needs an input of 1 or 3 channels, [N, C, H, W] or [N, H, W, C]; '{input.Name}' is {input.ShapeText}");
        }

        return asked is not { } size || size == (width, height)
            ? (picture.Resize(width, height), layout)
            : throw new ToolException($"--resize {size.Width}x{size.Height} does not fit the model: '{input.Name}' takes {width}x{height}");
    }

    /// <summary>How pixels become numbers; <c>null</c> where there is no picture.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="layout">How the numbers lie in a sample.</param>
    /// <exception cref="ToolException">The numbers are for another number of channels.</exception>
    public ImageInput Input(ParseResult parse, SampleLayout layout)
    {
        var input = Input(parse) with { Width = layout.Space[1], Height = layout.Space[0] };
        return new[] { input.Mean.Count, input.Std.Count }.All(count => count == 1 || count == layout.Channels)
            ? input
            : throw new ToolException($"--mean and --std take one number or one a channel; the model's input has {layout.Channels}");
    }

    /// <summary>The same for a picture of any size.</summary>
    public ImageInput Input(ParseResult parse) => new()
    {
        Scale = parse.GetRequiredValue(_scale)[0],
        Mean = parse.GetRequiredValue(_mean),
        Std = parse.GetRequiredValue(_std),
        Order = parse.GetValue(_bgr) ? ChannelOrder.Bgr : ChannelOrder.Rgb,
    };

    private static Option<float[]> Numbers(string name, string description, string helpName, float unlessGiven) => new(name)
    {
        Description = description,
        HelpName = helpName,
        DefaultValueFactory = _ => [unlessGiven],
        CustomParser = result =>
        {
            var values = new List<float>();
            foreach (var text in result.Tokens[^1].Value.Split(','))
            {
                if (!float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !float.IsFinite(value))
                {
                    result.AddError($"{name} takes numbers separated by commas, such as 0.5 or 104,117,123; '{text}' is none.");
                    return [];
                }

                values.Add(value);
            }

            return [.. values];
        },
    };

    private static void RefuseUnless(OptionResult result, Option<float[]> option, Func<float[], bool> holds, string what)
    {
        if (!result.Implicit && result.GetValue(option) is { Length: > 0 } values && !holds(values))
        {
            result.AddError($"{option.Name} takes {what}.");
        }
    }

    private static (int Width, int Height)? ParseSize(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (text.Split('x', 'X') is [var w, var h]
            && int.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out var width)
            && int.TryParse(h, NumberStyles.None, CultureInfo.InvariantCulture, out var height)
            && width > 0 && height > 0)
        {
            return (width, height);
        }

        result.AddError($"--resize takes WIDTHxHEIGHT in pixels, such as 224x224; '{text}' is none.");
        return null;
    }
}
