namespace MLPipelines.Imaging;

/// <summary>Overlapping tiles over a plane, and how much each counts where they overlap.</summary>
internal static class Tiles
{
    /// <summary>Where tiles start along a side: the first at 0, the last at the end, neighbours overlapping by at least a quarter.</summary>
    public static int[] Starts(int length, int tile)
    {
        if (tile >= length)
            return [0];
        int stride = Math.Max(1, tile * 3 / 4), count = (length - tile + stride - 1) / stride + 1;
        return [.. Enumerable.Range(0, count).Select(i => (int)((long)i * (length - tile) / (count - 1)))];
    }

    /// <summary>Calls for every tile and adds its result, weighed less towards edges that other tiles cover.</summary>
    /// <param name="height">Of the plane, in latent pixels.</param>
    /// <param name="width">Of the plane, in latent pixels.</param>
    /// <param name="tile">The side of a tile, in latent pixels.</param>
    /// <param name="channels">Of the result.</param>
    /// <param name="scale">How many pixels of the result's side a latent pixel is.</param>
    /// <param name="result">The planes of the result, for each picture.</param>
    /// <param name="images">How many pictures.</param>
    /// <param name="compute">Gives the result of the tile at a row and column.</param>
    public static void Blend(int height, int width, int tile, int channels, int scale, Span<float> result, int images, Func<int, int, float[]> compute)
    {
        int tileHeight = Math.Min(tile, height), tileWidth = Math.Min(tile, width);
        int outHeight = height * scale, outWidth = width * scale, th = tileHeight * scale, tw = tileWidth * scale;
        var total = new float[outHeight * outWidth];
        result.Clear();
        foreach (int top in Starts(height, tile))
        {
            foreach (int left in Starts(width, tile))
            {
                var part = compute(top, left);
                for (int y = 0; y < th; y++)
                {
                    float row = Ramp(y, th, top > 0, top + tileHeight < height);
                    for (int x = 0; x < tw; x++)
                    {
                        float weight = row * Ramp(x, tw, left > 0, left + tileWidth < width);
                        int at = (top * scale + y) * outWidth + left * scale + x;
                        total[at] += weight;
                        for (int plane = 0; plane < images * channels; plane++)
                            result[plane * outHeight * outWidth + at] += weight * part[(plane * th + y) * tw + x];
                    }
                }
            }
        }
        for (int i = 0; i < result.Length; i++)
            result[i] /= total[i % total.Length];
    }

    /// <summary>A rectangle of planes.</summary>
    public static float[] Cut(ReadOnlySpan<float> planes, int count, int height, int width, int top, int left, int cutHeight, int cutWidth)
    {
        var cut = new float[count * cutHeight * cutWidth];
        for (int plane = 0; plane < count; plane++)
        {
            for (int y = 0; y < cutHeight; y++)
                planes.Slice((plane * height + top + y) * width + left, cutWidth).CopyTo(cut.AsSpan((plane * cutHeight + y) * cutWidth));
        }
        return cut;
    }

    /// <summary>Rises over the quarter that the tile before covers, and falls over that of the next.</summary>
    private static float Ramp(int at, int length, bool before, bool after)
    {
        float quarter = Math.Max(1, length / 4f), weight = 1;
        if (before)
            weight = Math.Min(weight, (at + 0.5f) / quarter);
        if (after)
            weight = Math.Min(weight, (length - at - 0.5f) / quarter);
        return Math.Min(weight, 1);
    }
}
