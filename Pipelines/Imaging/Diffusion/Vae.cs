using MLPipelines.Scoring;

namespace MLPipelines.Imaging;

/// <summary>The autoencoder between pictures and latents, in tiles where those are asked for.</summary>
internal sealed class Vae(PipelineLayout layout, ModelPart decoder, ModelPart? encoder, int tilePixels)
{
    private int Tile => tilePixels == 0 ? int.MaxValue : Math.Max(8, tilePixels / layout.PixelsPerLatent);

    /// <summary>The picture of one picture's latents, scaled as the UNet has them: three planes, about -1 to 1.</summary>
    public float[] Decode(ReadOnlySpan<float> latents, int height, int width, CancellationToken cancellation)
    {
        using var lease = decoder.Use(cancellation);
        var model = lease.Model;
        var unscaled = new float[latents.Length];
        for (int i = 0; i < unscaled.Length; i++)
            unscaled[i] = (float)(latents[i] / layout.ScalingFactor);
        int scale = layout.PixelsPerLatent;
        if (height <= Tile && width <= Tile)
            return Run(model, "latent_sample", "sample", unscaled, layout.LatentChannels, height, width, 3, height * scale, width * scale, cancellation);
        int tileHeight = Math.Min(Tile, height), tileWidth = Math.Min(Tile, width);
        var planes = new float[3 * height * scale * width * scale];
        Tiles.Blend(height, width, Tile, 3, scale, planes, 1, (top, left) => Run(
            model, "latent_sample", "sample", Tiles.Cut(unscaled, layout.LatentChannels, height, width, top, left, tileHeight, tileWidth),
            layout.LatentChannels, tileHeight, tileWidth, 3, tileHeight * scale, tileWidth * scale, cancellation));
        return planes;
    }

    /// <summary>The latents of a picture, scaled for the UNet: the mean of what the encoder gives.</summary>
    public float[] Encode(float[] planes, int height, int width, CancellationToken cancellation)
    {
        using var lease = (encoder ?? throw ImagingErrors.MissingFile(layout.Folder, $"vae_encoder/{PipelineLayout.ModelName}")).Use(cancellation);
        var model = lease.Model;
        int scale = layout.PixelsPerLatent, latentHeight = height / scale, latentWidth = width / scale;
        var latents = new float[layout.LatentChannels * latentHeight * latentWidth];
        if (latentHeight <= Tile && latentWidth <= Tile)
            Part(planes, latentHeight, latentWidth).CopyTo(latents, 0);
        else
        {
            int tileHeight = Math.Min(Tile, latentHeight), tileWidth = Math.Min(Tile, latentWidth);
            Tiles.Blend(latentHeight, latentWidth, Tile, layout.LatentChannels, 1, latents, 1, (top, left) => Part(
                Tiles.Cut(planes, 3, height, width, top * scale, left * scale, tileHeight * scale, tileWidth * scale), tileHeight, tileWidth));
        }
        for (int i = 0; i < latents.Length; i++)
            latents[i] = (float)(latents[i] * layout.ScalingFactor);
        return latents;

        float[] Part(float[] pixels, int tileHeight, int tileWidth)
        {
            // Optimum's exports give mean and logarithm of the variance in one tensor, whose first half is the mean.
            bool both = model.HasOutput("latent_parameters");
            int channels = both ? 2 * layout.LatentChannels : layout.LatentChannels;
            var output = both ? "latent_parameters" : model.HasOutput("latent_sample") ? "latent_sample" : model.Outputs[0].Name;
            var values = Run(model, "sample", output, pixels, 3, tileHeight * scale, tileWidth * scale, channels, tileHeight, tileWidth, cancellation);
            return both ? values[..(values.Length / 2)] : values;
        }
    }

    private static float[] Run(
        OnnxModel model, string inputName, string outputName, float[] values, int channels, int height, int width, int outChannels, int outHeight, int outWidth, CancellationToken cancellation)
    {
        var info = model.Input(inputName);
        if (info.Dimensions.Count != 4 || info.Dimensions[2] > 0 && info.Dimensions[2] != height || info.Dimensions[3] > 0 && info.Dimensions[3] != width)
            throw ImagingErrors.WrongShape(model.Location, info.ToString(), FormattableString.Invariant($"1 × {channels} × {height} × {width}, which were asked for"));
        using var input = OnnxTensors.Allocate(info.ElementType, 1, channels, height, width);
        Unet.Write(input, 0, values);
        var outputs = model.Run([inputName], [input], [model.HasOutput(outputName) ? outputName : model.Outputs[0].Name], cancellation);
        try
        {
            var result = OnnxTensors.ToFloats(outputs[0]);
            return result.Length == outChannels * outHeight * outWidth
                ? result
                : throw ImagingErrors.WrongShape(model.Location, $"an output of {string.Join(" × ", OnnxTensors.ShapeOf(outputs[0]))}", FormattableString.Invariant($"1 × {outChannels} × {outHeight} × {outWidth}"));
        }
        finally
        {
            outputs[0].Dispose();
        }
    }
}
