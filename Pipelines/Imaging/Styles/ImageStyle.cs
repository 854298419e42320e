namespace MLPipelines.Imaging;

/// <summary>Styles of pictures, each a prompt for image to image and an effect over the pixels.</summary>
public enum ImageStyle
{
    /// <summary>Glowing outlines in magenta and cyan over a dark picture.</summary>
    Neon,

    /// <summary>A blue projection with scan lines and a shifted ghost.</summary>
    Hologram,

    /// <summary>Torn bands and colours that have come apart.</summary>
    Glitch,

    /// <summary>Waves of hot colours that follow the picture's light.</summary>
    Plasma,

    /// <summary>Pale colours in a soft bloom.</summary>
    Ethereal,
}

/// <summary>
/// Style effects over pixels, without any model: pure functions of picture, style, strength and seed. For styles by the model itself see
/// <see cref="StyleVariations"/>.
/// </summary>
public static class ImageEffects
{
    /// <summary>The picture in a style.</summary>
    /// <param name="image">The picture, which is not changed.</param>
    /// <param name="style">The style.</param>
    /// <param name="strength">How much of it. Legal range: 0 (the picture itself) to 1.</param>
    /// <param name="seed">What <see cref="ImageStyle.Glitch"/> and <see cref="ImageStyle.Plasma"/> vary with.</param>
    /// <exception cref="ArgumentOutOfRangeException">The strength is out of range, or the style is none.</exception>
    public static RgbImage Apply(RgbImage image, ImageStyle style, double strength = 1, long seed = 0)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (!(strength is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(strength), strength, FormattableString.Invariant($"The strength is {strength}; it must be 0 to 1."));
        var styled = style switch
        {
            ImageStyle.Neon => Neon(image),
            ImageStyle.Hologram => Hologram(image),
            ImageStyle.Glitch => Glitch(image, new GaussianNoise(seed)),
            ImageStyle.Plasma => Plasma(image, new GaussianNoise(seed)),
            ImageStyle.Ethereal => Ethereal(image),
            _ => throw new ArgumentOutOfRangeException(nameof(style), style, $"The style is {style}; it must be one of {string.Join(", ", Enum.GetNames<ImageStyle>())}."),
        };
        return strength == 1 ? styled : Map(image, (i, channel) => (float)(image.Pixels[3 * i + channel] * (1 - strength) + styled.Pixels[3 * i + channel] * strength));
    }

    private static RgbImage Neon(RgbImage image)
    {
        int width = image.Width, height = image.Height;
        var smooth = ImageLibrary.Blur(image, Math.Max(0.5, Side(image) / 400));
        var edges = Edges(smooth);
        var lines = Map(image, (i, channel) =>
        {
            // From magenta on the left to cyan on the right, along the picture's own light.
            float hue = Math.Clamp((i % width) / (float)width * 0.7f + smooth.Luminance(i) / 255 * 0.3f, 0, 1);
            float color = channel switch { 0 => 255 * (1 - hue), 1 => 40 + 200 * hue, _ => 255 };
            return color * edges[i];
        });
        var glow = ImageLibrary.Blur(lines, Math.Max(1, Side(image) / 60));
        return Map(image, (i, channel) =>
        {
            float dark = image.Pixels[3 * i + channel] * (channel == 1 ? 0.18f : 0.3f);
            return Screen(Screen(dark, Math.Min(255, glow.Pixels[3 * i + channel] * 1.8f)), lines.Pixels[3 * i + channel]);
        });
    }

    private static RgbImage Hologram(RgbImage image)
    {
        int width = image.Width, shift = Math.Max(1, width / 60), line = Math.Max(2, image.Height / 128);
        var edges = Edges(image);
        var soft = ImageLibrary.Blur(image, Math.Max(0.5, Side(image) / 200));
        return Map(image, (i, channel) =>
        {
            int x = i % width, y = i / width;
            float here = image.Luminance(i), ghost = soft.Luminance(y * width + Math.Min(width - 1, x + shift));
            float light = Math.Min(255, 0.75f * here + 0.3f * ghost + 150 * edges[i]);
            float scan = y / line % 2 == 0 ? 1f : 0.62f;
            float tint = channel switch { 0 => 0.25f + 0.25f * light / 255, 1 => 0.85f, _ => 1.1f };
            float ground = channel switch { 0 => 4, 1 => 18, _ => 38 };
            return ground + light * tint * scan * 0.9f;
        });
    }

    private static RgbImage Glitch(RgbImage image, GaussianNoise noise)
    {
        int width = image.Width, height = image.Height, split = Math.Max(1, width / 70);
        var shifts = new int[height];
        for (int y = 0; y < height;)
        {
            int band = Math.Max(1, (int)(noise.Uniform() * height / 10)), shift = noise.Uniform() < 0.45 ? (int)((noise.Uniform() - 0.5) * width / 4) : 0;
            for (int end = Math.Min(height, y + band); y < end; y++)
                shifts[y] = shift;
        }
        var result = Map(image, (i, channel) =>
        {
            int x = i % width, y = i / width;
            int from = x - shifts[y] + (channel - 1) * split;
            return image.Pixels[3 * (y * width + ((from % width) + width) % width) + channel] * (y % 3 == 2 ? 0.85f : 1);
        });
        for (int block = 0; block < 12; block++)
        {
            int w = Math.Min(width, Math.Max(2, (int)(noise.Uniform() * width / 5))), h = Math.Max(1, (int)(noise.Uniform() * height / 40));
            int left = (int)(noise.Uniform() * (width - w)), top = (int)(noise.Uniform() * (height - h)), channel = (int)(noise.Uniform() * 3);
            for (int y = top; y < top + h; y++)
            {
                for (int x = left; x < left + w; x++)
                    result[x, y][channel] = (byte)(255 - result[x, y][channel]);
            }
        }
        return result;
    }

    private static RgbImage Plasma(RgbImage image, GaussianNoise noise)
    {
        int width = image.Width, height = image.Height;
        double a = noise.Uniform() * 2 * Math.PI, b = noise.Uniform() * 2 * Math.PI, c = noise.Uniform() * 2 * Math.PI;
        var soft = ImageLibrary.Blur(image, Math.Max(1, Side(image) / 80));
        var field = new float[width * height];
        for (int i = 0; i < field.Length; i++)
        {
            double x = (i % width) / (double)width * 6, y = i / width / (double)height * 6, light = soft.Luminance(i) / 255.0;
            field[i] = (float)((Math.Sin(x + a + 3 * light) + Math.Sin(y + b) + Math.Sin((x + y) / 1.5 + c) + Math.Sin(Math.Sqrt((x - 3) * (x - 3) + (y - 3) * (y - 3)) * 2 + a)) / 4);
        }
        return Map(image, (i, channel) =>
        {
            double phase = Math.PI * (field[i] * 1.5 + channel * 0.55);
            float wave = (float)(127.5 + 127.5 * Math.Sin(phase)) * (channel == 1 ? 0.6f : 1);
            float light = image.Luminance(i) / 255;
            return Math.Clamp(wave * (0.25f + 0.9f * light) + image.Pixels[3 * i + channel] * 0.3f, 0, 255);
        });
    }

    private static RgbImage Ethereal(RgbImage image)
    {
        int width = image.Width, height = image.Height;
        var bloom = ImageLibrary.Blur(image, Math.Max(1, Side(image) / 30));
        return Map(image, (i, channel) =>
        {
            float gray = image.Luminance(i);
            float pale = gray + 0.6f * (image.Pixels[3 * i + channel] - gray);
            float soft = Screen(pale * 0.85f, bloom.Pixels[3 * i + channel] * 0.65f);
            double dx = (i % width - width / 2.0) / width, dy = (i / width - height / 2.0) / height;
            float mist = (float)Math.Clamp((dx * dx + dy * dy) * 1.6, 0, 0.7);
            float white = channel switch { 0 => 238, 1 => 240, _ => 255 };
            return soft * (1 - mist) + white * mist;
        });
    }

    /// <summary>How sharply the light changes at each pixel, 0 to 1: Sobel's gradient, of which the strongest hundredth is full.</summary>
    private static float[] Edges(RgbImage image)
    {
        int width = image.Width, height = image.Height;
        var strengths = new float[width * height];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                float At(int dx, int dy) => image.Luminance(Math.Clamp(y + dy, 0, height - 1) * width + Math.Clamp(x + dx, 0, width - 1));
                float gx = At(1, -1) + 2 * At(1, 0) + At(1, 1) - At(-1, -1) - 2 * At(-1, 0) - At(-1, 1);
                float gy = At(-1, 1) + 2 * At(0, 1) + At(1, 1) - At(-1, -1) - 2 * At(0, -1) - At(1, -1);
                strengths[y * width + x] = MathF.Sqrt(gx * gx + gy * gy);
            }
        }
        var sorted = (float[])strengths.Clone();
        Array.Sort(sorted);
        float full = Math.Max(24, sorted[(int)(sorted.Length * 0.99)]);
        return Array.ConvertAll(strengths, value => Math.Min(1, value / full));
    }

    private static RgbImage Map(RgbImage image, Func<int, int, float> value)
    {
        var result = new RgbImage(image.Width, image.Height);
        Parallel.For(0, image.Height, y =>
        {
            for (int i = y * image.Width; i < (y + 1) * image.Width; i++)
            {
                for (int channel = 0; channel < 3; channel++)
                    result.Pixels[3 * i + channel] = (byte)Math.Clamp(MathF.Round(value(i, channel)), 0, 255);
            }
        });
        return result;
    }

    private static float Screen(float a, float b) => 255 - (255 - a) * (255 - b) / 255;

    private static double Side(RgbImage image) => Math.Min(image.Width, image.Height);
}
