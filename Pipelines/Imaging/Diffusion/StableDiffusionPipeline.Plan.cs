using System.Globalization;
using MLPipelines.Imaging.Schedulers;
using MLPipelines.Scoring;

namespace MLPipelines.Imaging;

public sealed partial class StableDiffusionPipeline
{
    /// <summary>What a request comes to for this model: sizes, scheduler, first picture and mask.</summary>
    private sealed class Plan
    {
        private readonly StableDiffusionPipeline _pipeline;
        private readonly PipelineLayout _layout;
        private float[]? _image;
        private float[]? _mask;
        private float[]? _masked;

        public Plan(StableDiffusionPipeline pipeline, ImageRequest request)
        {
            (_pipeline, _layout, Request) = (pipeline, pipeline.Layout, request);
            int side = _layout.PixelsPerLatent;
            PixelWidth = request.Width ?? request.InitialImage?.Width ?? pipeline.NativeSize;
            PixelHeight = request.Height ?? request.InitialImage?.Height ?? pipeline.NativeSize;
            if (PixelWidth % side != 0 || PixelHeight % side != 0)
                throw ImagingErrors.WrongSize(PixelWidth, PixelHeight, side);
            (Width, Height) = (PixelWidth / side, PixelHeight / side);
            CheckImage(request.InitialImage, nameof(ImageRequest.InitialImage));
            CheckImage(request.Mask, nameof(ImageRequest.Mask));
            if (request.InitialImage != null && pipeline._encoder == null)
                throw ImagingErrors.MissingFile(_layout.Folder, $"vae_encoder/{PipelineLayout.ModelName}");
            foreach (var latents in request.Latents ?? [])
            {
                if (latents?.Length != LatentSize)
                    throw ImagingErrors.WrongLatents(latents?.Length ?? 0, _layout.LatentChannels, Height, Width);
            }
            Scheduler = request.Scheduler ?? pipeline._scheduler;
            Strength = request.InitialImage != null ? request.Strength : 1;
            var trial = DiffusionScheduler.Create(Scheduler, request.Steps, Strength);
            Evaluations = trial.Timesteps.Count - trial.FirstIndex;
        }

        public ImageRequest Request { get; }

        public int PixelWidth { get; }

        public int PixelHeight { get; }

        public int Width { get; }

        public int Height { get; }

        public int LatentSize => _layout.LatentChannels * Height * Width;

        public SchedulerOptions Scheduler { get; }

        public double Strength { get; }

        public int Evaluations { get; }

        /// <summary>Makes latents of the first picture, and of what of it is kept.</summary>
        public void Encode(float[] planes)
        {
            var image = Request.InitialImage!;
            _image = _pipeline._vae.Encode(planes, PixelHeight, PixelWidth, Request.CancellationToken);
            if (Request.Mask == null)
                return;
            _mask = LatentMask(Request.Mask);
            var kept = image.Copy();
            for (int i = 0; i < PixelWidth * PixelHeight; i++)
            {
                if (Request.Mask.Luminance(i) >= 127.5f)
                    kept.Pixels.AsSpan(3 * i, 3).Fill(127);
            }
            _masked = _pipeline._vae.Encode(kept.ToPlanes(), PixelHeight, PixelWidth, Request.CancellationToken);
        }

        /// <summary>The sample that a run starts from, and the noise in it.</summary>
        public (float[] Sample, float[] Noise) Start(DiffusionScheduler scheduler, int first, int count, NoiseSource noise)
        {
            var drawn = new float[count * LatentSize];
            if (Request.Latents == null)
                noise(drawn);
            else
            {
                for (int i = 0; i < count; i++)
                    Request.Latents[first + i].CopyTo(drawn, i * LatentSize);
            }
            var sample = new float[drawn.Length];
            if (_image == null || Strength == 1 && _mask != null)
            {
                for (int i = 0; i < sample.Length; i++)
                    sample[i] = (float)(drawn[i] * scheduler.InitialNoiseScale);
            }
            else
                scheduler.AddNoise(Repeat(_image, count), drawn, scheduler.FirstIndex, sample);
            return (sample, drawn);
        }

        /// <summary>How the mask reaches the UNet: as channels where it has nine, else by keeping what is not masked.</summary>
        public MaskChannels MaskFor(OnnxModel unet)
        {
            long channels = unet.Input("sample") is { Dimensions: [_, > 0 and var given, ..] } ? given : _layout.LatentChannels;
            if (channels == 2 * _layout.LatentChannels + 1)
                return _mask != null ? new MaskChannels((int)channels, [.. _mask, .. _masked!], false) : throw ImagingErrors.NeedsMask(unet.Location);
            return new MaskChannels(_layout.LatentChannels, [], _mask != null);
        }

        /// <summary>Puts the first picture, with the noise of the next step, back where it is not masked.</summary>
        public void KeepUnmasked(DiffusionScheduler scheduler, int next, float[] sample, float[] noise, int count)
        {
            var kept = Repeat(_image!, count);
            if (next < scheduler.Timesteps.Count)
                scheduler.AddNoise(kept, noise, next, kept);
            int plane = Height * Width;
            for (int i = 0; i < sample.Length; i++)
            {
                float mask = _mask![i % plane];
                sample[i] = mask * sample[i] + (1 - mask) * kept[i];
            }
        }

        public RgbImage Picture(ReadOnlySpan<float> latents) =>
            RgbImage.FromPlanes(_pipeline._vae.Decode(latents, Height, Width, Request.CancellationToken), PixelWidth, PixelHeight);

        public IReadOnlyDictionary<string, string> ParametersOf(int image)
        {
            var culture = CultureInfo.InvariantCulture;
            var parameters = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["Software"] = "MLPipelines",
                ["Prompt"] = Request.Prompt,
            };
            if (Request.Guidance > 1)
                parameters["Negative prompt"] = Request.NegativePrompt;
            parameters["Model"] = _pipeline.Name;
            parameters["Scheduler"] = Scheduler.ToString();
            parameters["Steps"] = Request.Steps.ToString(culture);
            parameters["Guidance"] = Request.Guidance.ToString(culture);
            parameters["Seed"] = Request.Latents == null ? Request.SeedOf(image).ToString(culture) : "given latents";
            parameters["Size"] = string.Create(culture, $"{PixelWidth}x{PixelHeight}");
            if (Request.InitialImage != null)
                parameters["Strength"] = Request.Strength.ToString(culture);
            return parameters;
        }

        private float[] Repeat(float[] latents, int count)
        {
            var repeated = new float[count * latents.Length];
            for (int i = 0; i < count; i++)
                latents.CopyTo(repeated, i * latents.Length);
            return repeated;
        }

        /// <summary>1 where a latent pixel is painted anew: where its middle is bright in the mask.</summary>
        private float[] LatentMask(RgbImage mask)
        {
            int side = _layout.PixelsPerLatent;
            var values = new float[Height * Width];
            for (int y = 0; y < Height; y++)
            {
                for (int x = 0; x < Width; x++)
                    values[y * Width + x] = mask.Luminance((y * side + side / 2) * PixelWidth + x * side + side / 2) >= 127.5f ? 1 : 0;
            }
            return values;
        }

        private void CheckImage(RgbImage? image, string option)
        {
            if (image != null && (image.Width != PixelWidth || image.Height != PixelHeight))
                throw ImagingErrors.WrongImage(option, image.Width, image.Height, PixelWidth, PixelHeight);
        }
    }

    /// <summary>What is joined to the latents before the UNet sees them: mask and masked picture, or nothing.</summary>
    private sealed record MaskChannels(int Channels, float[] Values, bool Blends)
    {
        public void Join(float[] latents, int count, float[] input)
        {
            int size = latents.Length / count, whole = size + Values.Length;
            for (int i = 0; i < count; i++)
            {
                latents.AsSpan(i * size, size).CopyTo(input.AsSpan(i * whole));
                Values.CopyTo(input, i * whole + size);
            }
        }
    }
}
