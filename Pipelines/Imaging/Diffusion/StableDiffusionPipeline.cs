using MLPipelines.Imaging.Schedulers;
using MLPipelines.Scoring;
using MLPipelines.Tokenization;

namespace MLPipelines.Imaging;

/// <summary>
/// Stable Diffusion (1.x, 2.x, Turbo, LCM) from the folder that diffusers or Optimum exports to ONNX: text to image, image to image, and
/// inpainting, with UNets of four channels and with those of nine that were trained for it (Rombach et al. 2022).
/// </summary>
/// <remarks>
/// Thread-safe: several requests may run at once, and share the models. Holds native memory and must be disposed. The same request gives the same
/// picture on every run on the same machine; other processors may differ in the last bits. A safety checker in the folder is not run.
/// </remarks>
public sealed partial class StableDiffusionPipeline : IDisposable
{
    private readonly StableDiffusionOptions _options;
    private readonly PromptEncoder _prompts;
    private readonly ModelPart _textEncoder;
    private readonly ModelPart _unet;
    private readonly ModelPart _decoder;
    private readonly ModelPart? _encoder;
    private readonly Vae _vae;
    private readonly SchedulerOptions _scheduler;
    private readonly UseCount _uses;

    private StableDiffusionPipeline(PipelineLayout layout, StableDiffusionOptions options)
    {
        _uses = new UseCount(nameof(StableDiffusionPipeline), Close);
        (Layout, _options, Name) = (layout, options, Path.GetFileName(layout.Folder.TrimEnd(Path.DirectorySeparatorChar)));
        _scheduler = SchedulerOptions.Read(Path.Combine(layout.Folder, "scheduler"));
        var tokenizer = Path.Combine(layout.Folder, "tokenizer");
        try
        {
            _prompts = new PromptEncoder(TextTokenizer.Load(tokenizer), tokenizer);
        }
        catch (TokenizationException e)
        {
            throw ImagingErrors.BadTokenizer(tokenizer, $"cannot be read: {e.Message}", e);
        }
        _textEncoder = Part("text_encoder", PartAttention.AsExported);
        _unet = Part("unet", PartAttention.AsChosen);
        // Small autoencoders (TAESD) have no attention.
        _decoder = Part("vae_decoder", PartAttention.AsChosenIfAny);
        _encoder = layout.HasVaeEncoder ? Part("vae_encoder", PartAttention.AsChosenIfAny) : null;
        _vae = new Vae(layout, _decoder, _encoder, options.VaeTileSize);

        ModelPart Part(string name, PartAttention attention) => new(layout.Model(name), options, attention);
    }

    /// <summary>The folder.</summary>
    public string Folder => Layout.Folder;

    /// <summary>The scheduler that the folder names; a copy to change.</summary>
    public SchedulerOptions Scheduler => _scheduler.Copy();

    /// <summary>The side in pixels of the pictures that the model was trained on.</summary>
    public int NativeSize => Layout.SampleSize * Layout.PixelsPerLatent;

    internal PipelineLayout Layout { get; }

    /// <summary>What the parameters of pictures call the model: its folder's name, or that of the folder which an artifact was made of.</summary>
    internal string Name { get; init; }

    /// <summary>What goes away when the models are closed; null for nothing.</summary>
    internal IDisposable? Owned { get; init; }

    internal PromptEncoder Prompts => _prompts;

    /// <summary>Opens a folder: checks its files, its tokenizer and its scheduler. The models are opened when they are first used.</summary>
    /// <param name="folder">The folder with <c>model_index.json</c>.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="ImagingException">A file of the layout is missing or cannot be used.</exception>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    public static StableDiffusionPipeline Open(string folder, StableDiffusionOptions? options = null) => Open(folder, options, null, null);

    internal static StableDiffusionPipeline Open(string folder, StableDiffusionOptions? options, string? name, IDisposable? owned)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        options = options?.Copy() ?? new();
        options.Validate();
        options.CancellationToken.ThrowIfCancellationRequested();
        var layout = new PipelineLayout(folder);
        return name == null ? new StableDiffusionPipeline(layout, options) : new StableDiffusionPipeline(layout, options) { Name = name, Owned = owned };
    }

    /// <summary>Makes pictures.</summary>
    /// <exception cref="ArgumentException">Options of the request are out of range, or a picture, mask or size does not fit the model.</exception>
    /// <exception cref="ImagingException">The prompt is too long, or the models do not fit each other.</exception>
    /// <exception cref="OnnxException">A model is damaged, or has other inputs than those of Stable Diffusion.</exception>
    /// <exception cref="OperationCanceledException">The token of the request was cancelled.</exception>
    public IReadOnlyList<GeneratedImage> Generate(ImageRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var use = Use();
        return Generate(request, image => new GaussianNoise(request.SeedOf(image)).Fill, null);
    }

    /// <summary><see cref="Generate(ImageRequest)"/> on another thread.</summary>
    public Task<IReadOnlyList<GeneratedImage>> GenerateAsync(ImageRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Task.Run(() => Generate(request), request.CancellationToken);
    }

    /// <summary>Closes all models; requests in progress are completed first.</summary>
    public void Dispose() => _uses.Close();

    /// <summary>Keeps the models from being closed until it is disposed of: whatever else is internal here is to be called within.</summary>
    internal IDisposable Use() => _uses.Enter();

    /// <summary>Encodes the prompt and the negative prompt of a request, or what stands in for them.</summary>
    internal (EncodedPrompt Prompt, EncodedPrompt Negative) EncodePrompts(ImageRequest request, string? prompt = null)
    {
        using var lease = _textEncoder.Use(request.CancellationToken);
        var encoded = _prompts.Encode(lease.Model, [prompt ?? request.Prompt, request.Guidance > 1 ? request.NegativePrompt : ""], request);
        return (encoded[0], encoded[1]);
    }

    /// <summary>Makes pictures with noise from anywhere, of prompts that may be encoded already, and a first picture that may be given as planes.</summary>
    internal IReadOnlyList<GeneratedImage> Generate(ImageRequest request, Func<int, NoiseSource> noiseOf, (EncodedPrompt Prompt, EncodedPrompt Negative)? encoded, float[]? initialPlanes = null)
    {
        request.Validate();
        var plan = new Plan(this, request);
        Report(ImageStage.Encoding, 0);
        request.CancellationToken.ThrowIfCancellationRequested();
        var prompts = encoded ?? EncodePrompts(request);
        if (request.InitialImage != null)
        {
            Report(ImageStage.Preparing, 0);
            plan.Encode(initialPlanes ?? request.InitialImage.ToPlanes());
        }
        var latents = new float[request.Count][];
        using (var lease = _unet.Use(request.CancellationToken))
        {
            for (int first = 0; first < request.Count; first += _options.ImagesPerRun)
            {
                int count = Math.Min(_options.ImagesPerRun, request.Count - first);
                Denoise(lease.Model, plan, prompts, first, count, noiseOf, latents);
            }
        }
        var images = new GeneratedImage[request.Count];
        for (int i = 0; i < images.Length; i++)
        {
            Report(ImageStage.Decoding, i);
            images[i] = new GeneratedImage(plan.Picture(latents[i]), latents[i], plan.ParametersOf(i));
        }
        return images;

        void Report(ImageStage stage, int image) => request.Progress?.Report(new ImageProgress(stage, image, request.Count, 0, plan.Evaluations));
    }

    private void Close()
    {
        _textEncoder.Dispose();
        _unet.Dispose();
        _decoder.Dispose();
        _encoder?.Dispose();
        Owned?.Dispose();
    }

    private void Denoise(
        OnnxModel model, Plan plan, (EncodedPrompt Prompt, EncodedPrompt Negative) prompts, int first, int count, Func<int, NoiseSource> noiseOf, float[][] results)
    {
        var request = plan.Request;
        int size = plan.LatentSize;
        var sources = Enumerable.Range(first, count).Select(noiseOf).ToArray();
        NoiseSource noise = values =>
        {
            for (int i = 0; i < count; i++)
                sources[i](values.Slice(i * size, size));
        };
        var scheduler = DiffusionScheduler.Create(plan.Scheduler, request.Steps, plan.Strength);
        var (sample, initial) = plan.Start(scheduler, first, count, noise);
        var mask = plan.MaskFor(model);
        int channels = mask.Channels;
        int tile = _options.UnetTileSize == 0 ? int.MaxValue : Math.Max(8, _options.UnetTileSize / Layout.PixelsPerLatent);
        int tileHeight = Math.Min(tile, plan.Height), tileWidth = Math.Min(tile, plan.Width);
        using var unet = new Unet(model, Layout, count, tileHeight, tileWidth, channels, prompts.Prompt, prompts.Negative, request.Guidance, _options.SplitsGuidance);
        var input = new float[count * channels * plan.Height * plan.Width];
        var scaled = new float[count * size];
        var output = new float[count * size];
        for (int i = scheduler.FirstIndex; i < scheduler.Timesteps.Count; i++)
        {
            request.CancellationToken.ThrowIfCancellationRequested();
            scheduler.ScaleInput(sample, i, scaled);
            mask.Join(scaled, count, input);
            Predict(scheduler.Timesteps[i]);
            bool previews = request.PreviewEvery > 0 && request.Progress != null && (i - scheduler.FirstIndex + 1) % request.PreviewEvery == 0;
            var seen = previews ? new float[sample.Length] : [];
            if (previews)
                scheduler.PredictOriginal(output, sample, i, seen);
            scheduler.Step(output, i, sample, noise);
            if (mask.Blends)
                plan.KeepUnmasked(scheduler, i + 1, sample, initial, count);
            for (int image = 0; request.Progress != null && image < count; image++)
            {
                var preview = previews ? plan.Picture(seen.AsSpan(image * size, size)) : null;
                request.Progress.Report(new ImageProgress(ImageStage.Denoising, first + image, request.Count, i - scheduler.FirstIndex + 1, scheduler.Timesteps.Count - scheduler.FirstIndex, preview));
            }
        }
        for (int image = 0; image < count; image++)
            results[first + image] = sample[(image * size)..((image + 1) * size)];

        void Predict(double timestep)
        {
            if (tile >= plan.Height && tile >= plan.Width)
            {
                unet.Predict(input, timestep, output, request.CancellationToken);
                return;
            }
            Tiles.Blend(plan.Height, plan.Width, tile, Layout.LatentChannels, 1, output, count, (top, left) =>
            {
                var part = new float[count * Layout.LatentChannels * tileHeight * tileWidth];
                unet.Predict(Tiles.Cut(input, count * channels, plan.Height, plan.Width, top, left, tileHeight, tileWidth), timestep, part, request.CancellationToken);
                return part;
            });
        }
    }
}
