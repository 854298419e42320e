namespace MLPipelines.Imaging;

/// <summary>The same picture in several styles.</summary>
public static class StyleVariations
{
    private static readonly Dictionary<ImageStyle, string> Words = new()
    {
        [ImageStyle.Neon] = "neon lights, glowing magenta and cyan outlines, dark night, cyberpunk",
        [ImageStyle.Hologram] = "translucent hologram, blue projection, scan lines, science fiction",
        [ImageStyle.Glitch] = "glitch art, digital distortion, shifted colour channels",
        [ImageStyle.Plasma] = "plasma energy, flowing electric colours, vivid gradients",
        [ImageStyle.Ethereal] = "ethereal, dreamlike, soft light, pale colours, mist",
    };

    /// <summary>The words that a style adds to a prompt.</summary>
    public static string PromptOf(ImageStyle style) => Words.TryGetValue(style, out var words)
        ? words
        : throw new ArgumentOutOfRangeException(nameof(style), style, $"The style is {style}; it must be one of {string.Join(", ", Enum.GetNames<ImageStyle>())}.");

    /// <summary>Paints a picture anew in styles, by image to image: its shapes stay, the more so the less the strength.</summary>
    /// <param name="pipeline">The model.</param>
    /// <param name="image">The picture.</param>
    /// <param name="styles">The styles.</param>
    /// <param name="request">Prompt, steps, strength, seed and so on; its first picture is not used.</param>
    /// <returns>A picture for each style, in order.</returns>
    /// <exception cref="ArgumentException">The request is out of range.</exception>
    /// <exception cref="OperationCanceledException">The token of the request was cancelled.</exception>
    public static IReadOnlyList<GeneratedImage> Generate(StableDiffusionPipeline pipeline, RgbImage image, IReadOnlyList<ImageStyle> styles, ImageRequest request)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(styles);
        ArgumentNullException.ThrowIfNull(request);
        return [.. styles.Select(style =>
        {
            var styled = request.Copy();
            styled.InitialImage = image;
            styled.Count = 1;
            styled.Seeds = null;
            styled.Prompt = string.IsNullOrWhiteSpace(request.Prompt) ? PromptOf(style) : $"{request.Prompt}, {PromptOf(style)}";
            return pipeline.Generate(styled)[0];
        })];
    }
}
