namespace MLPipelines.Imaging;

/// <summary>A picture: 8 bits each of red, green and blue a pixel, rows from the top.</summary>
/// <remarks>Thread-safe for reading. Pixels may be changed by whoever made it.</remarks>
public sealed class RgbImage
{
    /// <summary>The most pixels to a side.</summary>
    public const int MaximumSide = 16_384;

    /// <summary>A black picture.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A side is not 1 to <see cref="MaximumSide"/>.</exception>
    public RgbImage(int width, int height)
        : this(width, height, null)
    {
    }

    /// <summary>A picture over pixels, which are not copied.</summary>
    /// <param name="width">Pixels to a row. Legal range: 1 to <see cref="MaximumSide"/>.</param>
    /// <param name="height">Rows. Legal range: 1 to <see cref="MaximumSide"/>.</param>
    /// <param name="pixels">Red, green and blue of every pixel: width × height × 3 bytes.</param>
    public RgbImage(int width, int height, byte[]? pixels)
    {
        if (width is < 1 or > MaximumSide)
            throw ImagingErrors.Side(nameof(width), width);
        if (height is < 1 or > MaximumSide)
            throw ImagingErrors.Side(nameof(height), height);
        long bytes = 3L * width * height;
        if (bytes > Array.MaxLength || pixels != null && pixels.Length != bytes)
            throw ImagingErrors.PixelBytes(width, height, bytes, pixels?.Length);
        (Width, Height, Pixels) = (width, height, pixels ?? new byte[bytes]);
    }

    /// <summary>Pixels to a row.</summary>
    public int Width { get; }

    /// <summary>The number of rows.</summary>
    public int Height { get; }

    /// <summary>Red, green and blue of every pixel.</summary>
    public byte[] Pixels { get; }

    /// <summary>Red, green and blue of a pixel.</summary>
    public Span<byte> this[int x, int y] => Pixels.AsSpan(3 * (y * Width + x), 3);

    /// <summary>Reads a PNG, JPEG, WebP, GIF or BMP file; of an animation, its first picture.</summary>
    /// <exception cref="ImagingException">The file is missing, of another format, damaged or too large.</exception>
    public static RgbImage Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return ImageLibrary.Decode(File.ReadAllBytes(path), $"The image '{path}'");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ImagingErrors.Unreadable(path, e);
        }
    }

    /// <summary>Reads the content of an image file.</summary>
    /// <inheritdoc cref="Load(string)" path="/exception"/>
    public static RgbImage Decode(byte[] content)
    {
        ArgumentNullException.ThrowIfNull(content);
        return ImageLibrary.Decode(content, "The image");
    }

    /// <summary>The content of a PNG file.</summary>
    /// <param name="text">What to say in its text chunks, by keyword (1 to 79 characters of Latin-1).</param>
    public byte[] ToPng(IReadOnlyDictionary<string, string>? text = null) => PngFile.Encode(this, text);

    /// <summary>Writes a file: .png (with the texts), .jpg or .webp.</summary>
    /// <exception cref="ImagingException">The extension is another, or the file cannot be written.</exception>
    public void Save(string path, IReadOnlyDictionary<string, string>? text = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var content = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => ToPng(text),
            ".jpg" or ".jpeg" => ImageLibrary.ToJpeg(this),
            ".webp" => ImageLibrary.ToWebP(this),
            var other => throw ImagingErrors.Extension(path, other, ".png, .jpg or .webp"),
        };
        ImageFiles.Write(path, content);
    }

    /// <summary>The picture in another size, filtered by Lanczos' kernel.</summary>
    public RgbImage Resize(int width, int height) => width == Width && height == Height ? this : ImageLibrary.Resize(this, width, height);

    /// <summary>A copy.</summary>
    public RgbImage Copy() => new(Width, Height, (byte[])Pixels.Clone());

    /// <summary>The picture that a network's values mean: three planes of height × width values, -1 to 1.</summary>
    internal static RgbImage FromPlanes(ReadOnlySpan<float> planes, int width, int height)
    {
        var image = new RgbImage(width, height);
        int size = width * height;
        for (int channel = 0; channel < 3; channel++)
        {
            var plane = planes.Slice(channel * size, size);
            for (int i = 0; i < size; i++)
            {
                float value = Math.Clamp(plane[i] / 2 + 0.5f, 0, 1);
                image.Pixels[3 * i + channel] = float.IsNaN(value) ? (byte)0 : (byte)MathF.Round(value * 255);
            }
        }
        return image;
    }

    /// <summary>Three planes of height × width values, -1 to 1.</summary>
    internal float[] ToPlanes()
    {
        int size = Width * Height;
        var planes = new float[3 * size];
        for (int i = 0; i < size; i++)
        {
            for (int channel = 0; channel < 3; channel++)
                planes[channel * size + i] = Pixels[3 * i + channel] / 127.5f - 1;
        }
        return planes;
    }

    /// <summary>The brightness of a pixel, 0 to 255, by the weights of Rec. 601.</summary>
    internal float Luminance(int index) => 0.299f * Pixels[3 * index] + 0.587f * Pixels[3 * index + 1] + 0.114f * Pixels[3 * index + 2];
}

/// <summary>Writes image files so that a half-written one is never found.</summary>
internal static class ImageFiles
{
    public static void Write(string path, byte[] content)
    {
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            Directory.CreateDirectory(folder);
            var temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
            try
            {
                File.WriteAllBytes(temporary, content);
                File.Move(temporary, path, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ImagingErrors.Unwritable(path, e);
        }
    }
}
