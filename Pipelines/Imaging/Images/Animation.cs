namespace MLPipelines.Imaging;

/// <summary>Pictures that follow each other.</summary>
public sealed class Animation
{
    /// <summary>An animation.</summary>
    /// <param name="frames">At least one picture, all of one size.</param>
    /// <param name="delayMilliseconds">How long each is seen. Legal range: 20 to 10,000; GIF rounds it to hundredths of a second.</param>
    /// <param name="plays">How often it plays; 0 is for ever.</param>
    public Animation(IReadOnlyList<RgbImage> frames, int delayMilliseconds = 100, int plays = 0)
    {
        ArgumentNullException.ThrowIfNull(frames);
        new OptionFaults(nameof(Animation))
            .If(frames.Count == 0, "there are no frames; give at least one")
            .If(frames.Any(frame => frame.Width != frames[0].Width || frame.Height != frames[0].Height), "the frames are of several sizes; resize them to one")
            .Range(delayMilliseconds, 20, 10_000, nameof(delayMilliseconds))
            .Range(plays, 0, 65_535, nameof(plays))
            .Throw();
        (Frames, DelayMilliseconds, Plays) = (frames, delayMilliseconds, plays);
    }

    /// <summary>The pictures.</summary>
    public IReadOnlyList<RgbImage> Frames { get; }

    /// <summary>How long each is seen, in milliseconds.</summary>
    public int DelayMilliseconds { get; }

    /// <summary>How often it plays; 0 is for ever.</summary>
    public int Plays { get; }

    /// <summary>What made it, by name, as it is written into PNG files; empty for an animation of any pictures.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>();

    /// <summary>The content of a GIF file: 256 colours a frame, dithered.</summary>
    public byte[] ToGif() => ImageLibrary.EncodeGif(Frames, DelayMilliseconds, Plays);

    /// <summary>The content of an APNG file: all colours; where animations are not known, its first frame is seen.</summary>
    /// <param name="text">What to say in its text chunks; null for <see cref="Parameters"/>.</param>
    public byte[] ToApng(IReadOnlyDictionary<string, string>? text = null) => PngFile.EncodeAnimation(Frames, DelayMilliseconds, Plays, text ?? Parameters);

    /// <summary>Writes a file: .gif, or .png or .apng (with the texts, or else <see cref="Parameters"/>).</summary>
    /// <exception cref="ImagingException">The extension is another, or the file cannot be written.</exception>
    public void Save(string path, IReadOnlyDictionary<string, string>? text = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ImageFiles.Write(path, Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".gif" => ToGif(),
            ".png" or ".apng" => ToApng(text),
            var other => throw ImagingErrors.Extension(path, other, ".gif, .png or .apng"),
        });
    }
}
