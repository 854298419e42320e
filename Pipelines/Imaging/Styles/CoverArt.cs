namespace MLPipelines.Imaging;

/// <summary>A cover: a picture for a persona and a mood, with a title and a subtitle over it.</summary>
public sealed class CoverArtOptions
{
    /// <summary>The title, written over the picture. There is no default: it must be given.</summary>
    public string Title { get; set; } = "";

    /// <summary>The subtitle, below the title. The default value is empty: none.</summary>
    public string Subtitle { get; set; } = "";

    /// <summary>Whom the cover is for, such as "Academic Warrior". The default value is empty.</summary>
    public string Persona { get; set; } = "";

    /// <summary>The mood: joy (positive), sadness (negative), anger, fear, surprise, love, calm, curiosity, pride, or neutral; other words go into the prompt as they are. The default value is "neutral".</summary>
    public string PrimaryEmotion { get; set; } = "neutral";

    /// <summary>A style of the picture. The default value is <see langword="null"/>: none in particular.</summary>
    public ImageStyle? Style { get; set; }

    /// <summary>Words that are added to the prompt. The default value is "cover art, highly detailed, dramatic composition".</summary>
    public string ExtraPrompt { get; set; } = "cover art, highly detailed, dramatic composition";

    /// <summary>A TrueType or OpenType file for the texts. The default value is <see langword="null"/>: one that is installed.</summary>
    public string? FontFile { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(CoverArtOptions))
        .If(string.IsNullOrWhiteSpace(Title), $"{nameof(Title)} is empty; give one")
        .If(Title?.Length > 300, $"{nameof(Title)} has {Title?.Length} characters; it may have 300")
        .If(Subtitle?.Length > 600, $"{nameof(Subtitle)} has {Subtitle?.Length} characters; it may have 600")
        .If(Style is { } style && !Enum.IsDefined(style), $"{nameof(Style)} is {Style}; it must be one of {string.Join(", ", Enum.GetNames<ImageStyle>())}")
        .Throw();
}

/// <summary>Makes covers.</summary>
public static class CoverArt
{
    /// <summary>What models put into pictures that text will be written over.</summary>
    private const string Unwanted = "text, letters, watermark, signature, blurry, low quality";

    private static readonly Dictionary<string, (string Words, (byte, byte, byte) Accent)> Moods = new(StringComparer.OrdinalIgnoreCase)
    {
        ["joy"] = ("radiant warm light, golden and coral colours, uplifting mood", (255, 214, 102)),
        ["sadness"] = ("muted blues, soft rain, melancholic mood", (148, 184, 230)),
        ["anger"] = ("crimson and black, sparks, intense mood", (255, 112, 92)),
        ["fear"] = ("deep shadows, cold violet light, uneasy mood", (190, 160, 255)),
        ["surprise"] = ("bursting colours, confetti of light, astonished mood", (255, 170, 240)),
        ["love"] = ("rose and magenta glow, tender mood", (255, 150, 180)),
        ["calm"] = ("still water, teal and sand colours, serene mood", (150, 226, 214)),
        ["curiosity"] = ("starry depths, emerald highlights, wondering mood", (140, 240, 170)),
        ["pride"] = ("royal purple and gold, monumental, triumphant mood", (240, 200, 120)),
        ["neutral"] = ("balanced light, clean colours", (255, 255, 255)),
    };

    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["positive"] = "joy", ["happy"] = "joy", ["happiness"] = "joy", ["excitement"] = "surprise", ["negative"] = "sadness", ["sad"] = "sadness", ["angry"] = "anger",
        ["frustration"] = "anger", ["afraid"] = "fear", ["anxiety"] = "fear", ["trust"] = "calm", ["serenity"] = "calm", ["curious"] = "curiosity", [""] = "neutral",
    };

    /// <summary>The prompt of a cover.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    public static string PromptOf(CoverArtOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var mood = MoodOf(options.PrimaryEmotion) is { } known ? Moods[known].Words : $"{options.PrimaryEmotion.Trim()} mood";
        string?[] parts =
        [
            string.IsNullOrWhiteSpace(options.Persona) ? $"an image for \"{options.Title.Trim()}\"" : $"portrait of a {options.Persona.Trim()}",
            mood, options.Style is { } style ? StyleVariations.PromptOf(style) : null, options.ExtraPrompt,
        ];
        return string.Join(", ", parts.Where(part => !string.IsNullOrWhiteSpace(part)));
    }

    /// <summary>A cover by a model: the prompt made from the options, and the texts over the picture.</summary>
    /// <param name="pipeline">The model.</param>
    /// <param name="options">The cover.</param>
    /// <param name="request">Size, steps, seed and so on; its prompt, where there is one, stands before the cover's. The default is one picture as the model has it.</param>
    /// <exception cref="ArgumentException">Options or request are out of range.</exception>
    /// <exception cref="ImagingException">There is no font.</exception>
    /// <exception cref="OperationCanceledException">The token of the request was cancelled.</exception>
    public static IReadOnlyList<GeneratedImage> Generate(StableDiffusionPipeline pipeline, CoverArtOptions options, ImageRequest? request = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        var prompt = PromptOf(options);
        // Before the picture, which takes its time, and not after it.
        foreach (var text in new[] { options.Title, options.Subtitle })
            Fonts.File(options.FontFile, text ?? "");
        var cover = request?.Copy() ?? new ImageRequest();
        cover.Prompt = string.IsNullOrWhiteSpace(cover.Prompt) ? prompt : $"{cover.Prompt}, {prompt}";
        if (string.IsNullOrWhiteSpace(cover.NegativePrompt))
            cover.NegativePrompt = Unwanted;
        return [.. pipeline.Generate(cover).Select(image => image with
        {
            Image = Compose(image.Image, options),
            Parameters = new Dictionary<string, string>(image.Parameters) { ["Title"] = options.Title, ["Author"] = options.Persona ?? "" },
        })];
    }

    /// <summary>Any picture as a cover: darkened where the texts stand, with title and subtitle.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ImagingException">There is no font.</exception>
    public static RgbImage Compose(RgbImage image, CoverArtOptions options)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var accent = MoodOf(options.PrimaryEmotion) is { } known ? Moods[known].Accent : Moods["neutral"].Accent;
        var overlays = new List<TextOverlay> { new() { Text = options.Title, FontFile = options.FontFile, Size = 0.11, MaximumLines = 3, Color = (255, 255, 255) } };
        if (!string.IsNullOrWhiteSpace(options.Subtitle))
            overlays.Add(new TextOverlay { Text = options.Subtitle, FontFile = options.FontFile, Size = 0.05, MaximumLines = 3, Color = accent });
        return TextOverlay.Draw(Darken(image), overlays);
    }

    /// <summary>Fades the lower half towards a third of its light, so that texts can be read over any picture.</summary>
    private static RgbImage Darken(RgbImage image)
    {
        var dark = image.Copy();
        for (int y = image.Height / 2; y < image.Height; y++)
        {
            double light = 1 - 0.67 * (y - image.Height / 2) / Math.Max(1, image.Height / 2);
            foreach (ref byte value in dark.Pixels.AsSpan(3 * y * image.Width, 3 * image.Width))
                value = (byte)(value * light);
        }
        return dark;
    }

    private static string? MoodOf(string? emotion)
    {
        var name = (emotion ?? "").Trim();
        return Moods.ContainsKey(name) ? name : Synonyms.GetValueOrDefault(name);
    }
}
