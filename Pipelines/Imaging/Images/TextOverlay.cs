namespace MLPipelines.Imaging;

/// <summary>Where a block of text stands.</summary>
public enum TextPosition
{
    /// <summary>At the upper edge.</summary>
    Top,

    /// <summary>In the middle.</summary>
    Middle,

    /// <summary>At the lower edge.</summary>
    Bottom,
}

/// <summary>
/// Text over a picture: wrapped to its width between words (and between characters of Chinese and Japanese), made smaller where it would not fit, centred. A word that does not fit at half
/// the size is broken.
/// </summary>
public sealed class TextOverlay
{
    /// <summary>The text; line ends are kept. There is no default: it must be given.</summary>
    public string Text { get; set; } = "";

    /// <summary>A TrueType or OpenType file. The default value is <see langword="null"/>: DejaVu Sans, Liberation Sans, Noto Sans or Arial, or else any that is installed and has all characters of the text.</summary>
    public string? FontFile { get; set; }

    /// <summary>The height of the font as a share of the picture's height. Legal range: 0.005 to 0.5. The default value is 0.09.</summary>
    public double Size { get; set; } = 0.09;

    /// <summary>The most lines; the font shrinks until the text fits. Legal range: 1 to 50. The default value is 3.</summary>
    public int MaximumLines { get; set; } = 3;

    /// <summary>What is left free at both sides and at the edge, as a share of the picture's side. Legal range: 0 to 0.4. The default value is 0.06.</summary>
    public double Margin { get; set; } = 0.06;

    /// <summary>Where it stands. The default value is <see cref="TextPosition.Bottom"/>.</summary>
    public TextPosition Position { get; set; } = TextPosition.Bottom;

    /// <summary>Red, green and blue. The default value is white.</summary>
    public (byte Red, byte Green, byte Blue) Color { get; set; } = (255, 255, 255);

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(TextOverlay))
        .If(string.IsNullOrWhiteSpace(Text), $"{nameof(Text)} is empty; give what to write")
        .Range(Size, 0.005, 0.5, nameof(Size))
        .Range(MaximumLines, 1, 50, nameof(MaximumLines))
        .Range(Margin, 0, 0.4, nameof(Margin))
        .Throw();

    /// <summary>The picture with texts over it; those at the same place stand under each other.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ImagingException">There is no font, or none with all characters of a text.</exception>
    public static RgbImage Draw(RgbImage image, params IReadOnlyList<TextOverlay> overlays)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(overlays);
        foreach (var overlay in overlays)
            overlay.Validate();
        var lines = new List<TextLine>();
        foreach (var place in overlays.GroupBy(overlay => overlay.Position))
        {
            var blocks = place.Select(overlay => overlay.Lay(image)).ToArray();
            double gap = 0.02 * image.Height, height = blocks.Sum(block => block.Height) + gap * (blocks.Length - 1), margin = place.Max(overlay => overlay.Margin) * image.Height;
            double y = place.Key switch { TextPosition.Top => margin, TextPosition.Middle => (image.Height - height) / 2, _ => image.Height - margin - height };
            foreach (var block in blocks)
            {
                foreach (var (text, width) in block.Lines)
                {
                    lines.Add(new TextLine(text, block.Font, block.Size, (image.Width - width) / 2, y + block.Ascent, block.Color));
                    y += block.LineHeight;
                }
                y += gap;
            }
        }
        return ImageLibrary.DrawText(image, lines);
    }

    // A word is broken before the font would be smaller than this share of its size.
    private const double SmallestWhole = 0.5;

    /// <summary>Breaks the text into lines, at a size at which it fits.</summary>
    private Block Lay(RgbImage image)
    {
        var font = Fonts.File(FontFile, Text);
        double room = image.Width * (1 - 2 * Margin), size = Math.Max(4, Size * image.Height);
        while (true)
        {
            var (lines, fits) = LineBreaks.Wrap(Text, room, text => ImageLibrary.Measure(font, size, text).Width, breaksWords: size < SmallestWhole * Size * image.Height);
            if (fits && lines.Count <= MaximumLines || size <= 4)
            {
                var (_, ascent, descent) = ImageLibrary.Measure(font, size, "Ag");
                return new Block(lines, font, size, ascent, 1.1 * (ascent + descent), Color);
            }
            size = Math.Max(4, size * 0.9);
        }
    }

    private sealed record Block(List<(string Text, double Width)> Lines, string Font, double Size, double Ascent, double LineHeight, (byte, byte, byte) Color)
    {
        public double Height => Lines.Count * LineHeight;
    }
}
