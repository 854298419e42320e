using MLPipelines.Imaging.Schedulers;

namespace MLPipelines.Imaging;

/// <summary>What to do with prompts of more tokens than the text encoder takes at once (75 beside start and end).</summary>
public enum LongPrompts
{
    /// <summary>They are encoded in chunks, which follow each other.</summary>
    Chunk,

    /// <summary>The rest is left out, as diffusers does.</summary>
    Truncate,

    /// <summary>They are an error.</summary>
    Refuse,
}

/// <summary>Pictures to make. The defaults are those of diffusers, but for the size, which is the model's own.</summary>
public sealed class ImageRequest
{
    /// <summary>What is to be seen. The default value is the empty prompt: whatever the model likes.</summary>
    public string Prompt { get; set; } = "";

    /// <summary>What is not to be seen; used where <see cref="Guidance"/> is above 1. The default value is the empty prompt.</summary>
    public string NegativePrompt { get; set; } = "";

    /// <summary>
    /// Whether prompts may weigh their parts: <c>(this:1.3)</c> more, <c>(this)</c> 1.1 times, <c>[this]</c> a tenth less, <c>\(</c> for a bracket itself.
    /// A part's encoding is moved away from that of the empty prompt by its weight. The default value is <see langword="false"/>: brackets are text.
    /// </summary>
    public bool WeightedPrompts { get; set; }

    /// <summary>What to do with prompts of more than 75 tokens. The default value is <see cref="Imaging.LongPrompts.Chunk"/>.</summary>
    public LongPrompts LongPrompts { get; set; }

    /// <summary>The most chunks of a prompt; longer ones are an error. Legal range: 1 to 64. The default value is 8: 600 tokens.</summary>
    public int MaximumPromptChunks { get; set; } = 8;

    /// <summary>The width in pixels: a multiple of what a latent pixel covers, 8 for Stable Diffusion. Legal range: up to 16384. The default value is <see langword="null"/>: that of the first picture, or else the model's.</summary>
    public int? Width { get; set; }

    /// <summary>The height in pixels, as <see cref="Width"/>.</summary>
    public int? Height { get; set; }

    /// <summary>The number of steps. Legal range: 1 to 1000. The default value is 50; 20 do with DPM-Solver++, 4 with an LCM, 1 with Turbo.</summary>
    public int Steps { get; set; } = 50;

    /// <summary>How strongly the prompt pulls away from the negative one; 1 and less is without (and half the work). Legal range: 0 to 100. The default value is 7.5.</summary>
    public double Guidance { get; set; } = 7.5;

    /// <summary>The number of pictures. Legal range: 1 to 1000. The default value is 1.</summary>
    public int Count { get; set; } = 1;

    /// <summary>The seed of the first picture; each further one has the next. The default value is 0.</summary>
    public long Seed { get; set; }

    /// <summary>The seed of each picture, <see cref="Count"/> of them. The default value is <see langword="null"/>: from <see cref="Seed"/> on.</summary>
    public IReadOnlyList<long>? Seeds { get; set; }

    /// <summary>The scheduler. The default value is <see langword="null"/>: the model's own.</summary>
    public SchedulerOptions? Scheduler { get; set; }

    /// <summary>A picture to start from (image to image), or to repair (with <see cref="Mask"/>). The default value is <see langword="null"/>: from noise.</summary>
    public RgbImage? InitialImage { get; set; }

    /// <summary>How far to go from the first picture: the share of the steps that happen. Legal range: above 0, at most 1. The default value is 0.8.</summary>
    public double Strength { get; set; } = 0.8;

    /// <summary>What of the first picture is painted anew (inpainting): where it is bright. The default value is <see langword="null"/>: everything.</summary>
    public RgbImage? Mask { get; set; }

    /// <summary>Noise to start from instead of that of the seeds: for each picture 4 × height/8 × width/8 values of standard deviation 1. The default value is <see langword="null"/>.</summary>
    public IReadOnlyList<float[]>? Latents { get; set; }

    /// <summary>After how many steps each a preview is decoded into the progress: what the model believes the picture will be. A preview takes the time of a VAE decoding. Legal range: 0 to 1000. The default value is 0: none.</summary>
    public int PreviewEvery { get; set; }

    /// <summary>Told of every step. The default value is <see langword="null"/>.</summary>
    public IProgress<ImageProgress>? Progress { get; set; }

    /// <summary>Stops within a step: between two operators of the graph. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(ImageRequest))
        .If(Prompt is null, $"{nameof(Prompt)} is null; give a text, which may be empty")
        .If(NegativePrompt is null, $"{nameof(NegativePrompt)} is null; give a text, which may be empty")
        .OneOf(LongPrompts, nameof(LongPrompts))
        .Range(MaximumPromptChunks, 1, 64, nameof(MaximumPromptChunks))
        .If(Width is < 1 or > RgbImage.MaximumSide, $"{nameof(Width)} is {Width}; it must be 1 to {RgbImage.MaximumSide}")
        .If(Height is < 1 or > RgbImage.MaximumSide, $"{nameof(Height)} is {Height}; it must be 1 to {RgbImage.MaximumSide}")
        .Range(Steps, 1, 1000, nameof(Steps))
        .Range(Guidance, 0, 100, nameof(Guidance))
        .Range(Count, 1, 1000, nameof(Count))
        .If(Seeds != null && Seeds.Count != Count, $"{nameof(Seeds)} has {Seeds?.Count} seeds for {Count} pictures; give one for each")
        .If(Latents != null && Latents.Count != Count, $"{nameof(Latents)} has noise for {Latents?.Count} pictures of {Count}; give it for each")
        .Above(Strength, 0, 1, nameof(Strength))
        .If(Mask != null && InitialImage == null, $"{nameof(Mask)} is given without {nameof(InitialImage)}; give the picture to repair")
        .Range(PreviewEvery, 0, 1000, nameof(PreviewEvery))
        .Check(() => Scheduler?.Validate())
        .Throw();

    internal long SeedOf(int image) => Seeds?[image] ?? unchecked(Seed + image);

    internal ImageRequest Copy() => (ImageRequest)MemberwiseClone();
}

/// <summary>What a pipeline is at.</summary>
public enum ImageStage
{
    /// <summary>Prompts are encoded.</summary>
    Encoding,

    /// <summary>The first picture is made into latents.</summary>
    Preparing,

    /// <summary>Noise is taken away, step by step.</summary>
    Denoising,

    /// <summary>Latents are made into a picture.</summary>
    Decoding,
}

/// <summary>How far pictures have come.</summary>
/// <param name="Stage">What the pipeline is at.</param>
/// <param name="Image">The picture, counted from 0.</param>
/// <param name="Images">The number of pictures.</param>
/// <param name="Step">The evaluations of the UNet that are done for it.</param>
/// <param name="Steps">How many there are: with solvers of second order more than were asked for.</param>
/// <param name="Preview">What the picture looks like so far, where that was asked for.</param>
public sealed record ImageProgress(ImageStage Stage, int Image, int Images, int Step, int Steps, RgbImage? Preview = null);

/// <summary>A picture and what made it.</summary>
/// <param name="Image">The picture.</param>
/// <param name="Latents">What the VAE decoded, scaled as the UNet has it: channels × height × width.</param>
/// <param name="Parameters">Prompt, steps, seed and the like by name, as they are written into PNG files.</param>
public sealed record GeneratedImage(RgbImage Image, float[] Latents, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>The content of a PNG file with the parameters in its text chunks.</summary>
    public byte[] ToPng() => Image.ToPng(Parameters);

    /// <summary>Writes a .png file with the parameters, or a .jpg or .webp file without.</summary>
    public void Save(string path) => Image.Save(path, Parameters);
}
