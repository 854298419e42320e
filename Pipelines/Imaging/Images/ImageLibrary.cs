using ImageMagick;
using ImageMagick.Drawing;

namespace MLPipelines.Imaging;

/// <summary>
/// The one place that knows which library decodes, scales and encodes images and draws text: ImageMagick, through Magick.NET
/// (licences of both: Apache-2.0 and ImageMagick's), whose package here is for x64 processors.
/// </summary>
internal static class ImageLibrary
{
    private const long MostFileBytes = 256 << 20;

    /// <summary>Reads an image whose format its first bytes say; formats that run scripts or fetch files are never tried.</summary>
    public static RgbImage Decode(byte[] content, string what)
    {
        if (content.LongLength > MostFileBytes)
            throw ImagingErrors.BadImage(what, $"has {content.LongLength} bytes; at most {MostFileBytes} are read");
        var format = FormatOf(content) ?? throw ImagingErrors.BadImage(what, "is not a PNG, JPEG, WebP, GIF or BMP file");
        try
        {
            var info = new MagickImageInfo(content, new MagickReadSettings { Format = format });
            if (info.Width > RgbImage.MaximumSide || info.Height > RgbImage.MaximumSide)
                throw ImagingErrors.BadImage(what, $"has {info.Width} × {info.Height} pixels; a side may have at most {RgbImage.MaximumSide}");
            using var image = new MagickImage(content, new MagickReadSettings { Format = format, FrameIndex = 0, FrameCount = 1 });
            image.AutoOrient();
            image.BackgroundColor = MagickColors.White;
            image.Alpha(AlphaOption.Remove);
            image.ColorSpace = ColorSpace.sRGB;
            return FromMagick(image);
        }
        catch (MagickException e)
        {
            throw ImagingErrors.BadImage(what, $"cannot be decoded: {e.Message}", e);
        }
    }

    public static byte[] ToJpeg(RgbImage image) => Encode(image, MagickFormat.Jpeg);

    public static byte[] ToWebP(RgbImage image) => Encode(image, MagickFormat.WebP);

    public static byte[] EncodeGif(IReadOnlyList<RgbImage> frames, int delayMilliseconds, int plays)
    {
        using var collection = new MagickImageCollection();
        foreach (var frame in frames)
        {
            var magick = ToMagick(frame);
            magick.AnimationDelay = (uint)Math.Max(2, (int)Math.Round(delayMilliseconds / 10.0));
            magick.AnimationTicksPerSecond = 100;
            magick.AnimationIterations = (uint)plays;
            magick.GifDisposeMethod = GifDisposeMethod.None;
            // Each by itself: a palette for all of them would have too few colours for each.
            magick.Quantize(new QuantizeSettings { Colors = 256, DitherMethod = DitherMethod.FloydSteinberg });
            collection.Add(magick);
        }
        return collection.ToByteArray(MagickFormat.Gif);
    }

    /// <summary>The frames of an animation, whole.</summary>
    public static RgbImage[] DecodeFrames(byte[] content)
    {
        var format = FormatOf(content) ?? throw ImagingErrors.BadImage("The animation", "is not a GIF or WebP file");
        using var collection = new MagickImageCollection(content, format);
        collection.Coalesce();
        return [.. collection.Select(frame => FromMagick((MagickImage)frame))];
    }

    public static RgbImage Resize(RgbImage image, int width, int height)
    {
        if (width is < 1 or > RgbImage.MaximumSide || height is < 1 or > RgbImage.MaximumSide)
            throw ImagingErrors.Side(width is < 1 or > RgbImage.MaximumSide ? nameof(width) : nameof(height), width is < 1 or > RgbImage.MaximumSide ? width : height);
        using var magick = ToMagick(image);
        magick.Resize(new MagickGeometry((uint)width, (uint)height) { IgnoreAspectRatio = true }, FilterType.Lanczos);
        return FromMagick(magick);
    }

    public static RgbImage Blur(RgbImage image, double sigma)
    {
        using var magick = ToMagick(image);
        magick.Blur(0, sigma);
        return FromMagick(magick);
    }

    /// <summary>The width of a line of text in pixels, and how far it rises above and falls below its base line.</summary>
    public static (double Width, double Ascent, double Descent) Measure(string font, double size, string text)
    {
        using var canvas = new MagickImage(MagickColors.Black, 1, 1);
        canvas.Settings.Font = font;
        canvas.Settings.FontPointsize = size;
        canvas.Settings.Density = new Density(72);
        var metrics = canvas.FontTypeMetrics(text) ?? throw ImagingErrors.Font(font, "has no metrics");
        return (metrics.TextWidth, metrics.Ascent, -metrics.Descent);
    }

    /// <summary>Draws lines of text, each with its base line's left end, over shadows of their outlines.</summary>
    public static RgbImage DrawText(RgbImage image, IReadOnlyList<TextLine> lines)
    {
        using var magick = ToMagick(image);
        foreach (bool shadow in (ReadOnlySpan<bool>)[true, false])
        {
            foreach (var line in lines)
            {
                var (r, g, b) = line.Color;
                // A dark halo keeps light text readable over a light picture, and the other way round.
                byte halo = 0.299 * r + 0.587 * g + 0.114 * b > 128 ? (byte)0 : (byte)255;
                var drawing = new Drawables().Density(72).Font(line.Font).FontPointSize(line.Size).EnableTextAntialias().TextAlignment(TextAlignment.Left);
                if (shadow)
                {
                    var color = new MagickColor(halo, halo, halo, 150);
                    drawing.StrokeColor(color).FillColor(color).StrokeWidth(Math.Max(1, line.Size / 10)).StrokeLineJoin(LineJoin.Round);
                }
                else
                    drawing.FillColor(new MagickColor(r, g, b)).StrokeColor(MagickColors.None);
                drawing.Text(line.X, line.Baseline, line.Text).Draw(magick);
            }
        }
        return FromMagick(magick);
    }

    private static byte[] Encode(RgbImage image, MagickFormat format)
    {
        using var magick = ToMagick(image);
        magick.Quality = 92;
        return magick.ToByteArray(format);
    }

    private static MagickFormat? FormatOf(ReadOnlySpan<byte> content) => content switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => MagickFormat.Png,
        [0xFF, 0xD8, 0xFF, ..] => MagickFormat.Jpeg,
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => MagickFormat.Gif,
        [(byte)'B', (byte)'M', ..] => MagickFormat.Bmp,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => MagickFormat.WebP,
        _ => null,
    };

    private static MagickImage ToMagick(RgbImage image)
    {
        var magick = new MagickImage();
        magick.ReadPixels(image.Pixels, new PixelReadSettings((uint)image.Width, (uint)image.Height, StorageType.Char, PixelMapping.RGB));
        return magick;
    }

    private static RgbImage FromMagick(MagickImage magick)
    {
        using var pixels = magick.GetPixels();
        var bytes = pixels.ToByteArray(PixelMapping.RGB) ?? throw ImagingErrors.BadImage("The image", "has no pixels");
        return new RgbImage((int)magick.Width, (int)magick.Height, bytes);
    }
}

/// <summary>A line of text to draw.</summary>
internal sealed record TextLine(string Text, string Font, double Size, double X, double Baseline, (byte R, byte G, byte B) Color);
