namespace MLPipelines.Imaging;

/// <summary>How pictures turn into each other.</summary>
public sealed class AnimationOptions
{
    /// <summary>The number of pictures. Legal range: 2 to 1000. The default value is 12.</summary>
    public int Frames { get; set; } = 12;

    /// <summary>The seed of the noise that the sequence moves to. The default value is <see langword="null"/>: one more than the request's.</summary>
    public long? EndSeed { get; set; }

    /// <summary>The prompt that the sequence moves to. The default value is <see langword="null"/>: the prompt stays.</summary>
    public string? EndPrompt { get; set; }

    /// <summary>
    /// Whether the last picture leads back to the first: the noise then goes once round a circle through both ends, and the prompt there and back. The default
    /// value is <see langword="true"/>.
    /// </summary>
    public bool Loop { get; set; } = true;

    /// <summary>How long each picture is seen, in milliseconds. Legal range: 20 to 10,000. The default value is 120.</summary>
    public int DelayMilliseconds { get; set; } = 120;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(AnimationOptions))
        .Range(Frames, 2, 1000, nameof(Frames))
        .Range(DelayMilliseconds, 20, 10_000, nameof(DelayMilliseconds))
        .Throw();
}

/// <summary>Animations by interpolation: noise on a great circle between two seeds (Shoemake 1985; White 2016), prompts on a line between their encodings.</summary>
public static class AnimatedSequence
{
    /// <summary>Makes the pictures of an animation.</summary>
    /// <param name="pipeline">The model.</param>
    /// <param name="request">The prompt, steps, seed and so on of the first picture. Schedulers that add noise add the same to every picture.</param>
    /// <param name="options">How it moves; null for the defaults.</param>
    /// <exception cref="ArgumentException">Request or options are out of range.</exception>
    /// <exception cref="OperationCanceledException">The token of the request was cancelled.</exception>
    public static Animation Generate(StableDiffusionPipeline pipeline, ImageRequest request, AnimationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        ArgumentNullException.ThrowIfNull(request);
        options ??= new();
        options.Validate();
        request.Validate();
        using var use = pipeline.Use();
        int size = LatentSize(pipeline, request);
        float[] from = new float[size], to = new float[size];
        new GaussianNoise(request.SeedOf(0)).Fill(from);
        new GaussianNoise(options.EndSeed ?? unchecked(request.SeedOf(0) + 1)).Fill(to);
        var prompts = pipeline.EncodePrompts(request);
        var end = options.EndPrompt == null ? prompts : pipeline.EncodePrompts(request, options.EndPrompt);
        if (end.Prompt.Tokens != prompts.Prompt.Tokens)
            throw ImagingErrors.PromptLengths(prompts.Prompt.Tokens, end.Prompt.Tokens);

        var parameters = new Dictionary<string, string>();
        var frames = new RgbImage[options.Frames];
        for (int frame = 0; frame < frames.Length; frame++)
        {
            double turn = options.Loop ? 2 * Math.PI * frame / frames.Length : 0;
            double share = options.Loop ? (1 - Math.Cos(turn)) / 2 : frame / (double)(frames.Length - 1);
            var moved = request.Copy();
            moved.Count = 1;
            moved.Seeds = [request.SeedOf(0)];
            moved.Latents = [options.Loop ? Circle(from, to, turn) : Slerp(from, to, share)];
            moved.Progress = request.Progress == null ? null : new OfFrame(request.Progress, frame, frames.Length);
            var prompt = new EncodedPrompt(Lerp(prompts.Prompt.Values, end.Prompt.Values, share), prompts.Prompt.Tokens, prompts.Prompt.Width);
            var generated = pipeline.Generate(moved, image => new GaussianNoise(request.SeedOf(0) ^ 0x5EED).Fill, (prompt, prompts.Negative))[0];
            frames[frame] = generated.Image;
            if (frame == 0)
                parameters = new(generated.Parameters);
        }
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        parameters["Seed"] = request.SeedOf(0).ToString(culture);
        parameters["Frames"] = frames.Length.ToString(culture);
        if (options.EndPrompt != null)
            parameters["End prompt"] = options.EndPrompt;
        if (options.EndSeed is { } seed)
            parameters["End seed"] = seed.ToString(culture);
        return new Animation(frames, options.DelayMilliseconds) { Parameters = parameters };
    }

    /// <summary>Along the great circle between two vectors; along the line where they point the same way.</summary>
    internal static float[] Slerp(float[] from, float[] to, double share)
    {
        double dot = 0, a = 0, b = 0;
        for (int i = 0; i < from.Length; i++)
        {
            dot += (double)from[i] * to[i];
            a += (double)from[i] * from[i];
            b += (double)to[i] * to[i];
        }
        double cosine = dot / Math.Sqrt(a * b);
        if (!(Math.Abs(cosine) < 0.9995))
            return Lerp(from, to, share);
        double angle = Math.Acos(cosine), sine = Math.Sin(angle);
        return Mix(from, Math.Sin((1 - share) * angle) / sine, to, Math.Sin(share * angle) / sine);
    }

    /// <summary>Round the circle through two independent vectors of the same length: as random as they are, everywhere.</summary>
    private static float[] Circle(float[] from, float[] to, double turn) => Mix(from, Math.Cos(turn), to, Math.Sin(turn));

    private static float[] Lerp(float[] from, float[] to, double share) => ReferenceEquals(from, to) ? from : Mix(from, 1 - share, to, share);

    private static float[] Mix(float[] from, double a, float[] to, double b)
    {
        var mixed = new float[from.Length];
        for (int i = 0; i < mixed.Length; i++)
            mixed[i] = (float)(a * from[i] + b * to[i]);
        return mixed;
    }

    private static int LatentSize(StableDiffusionPipeline pipeline, ImageRequest request)
    {
        int side = pipeline.Layout.PixelsPerLatent;
        int width = request.Width ?? request.InitialImage?.Width ?? pipeline.NativeSize, height = request.Height ?? request.InitialImage?.Height ?? pipeline.NativeSize;
        return pipeline.Layout.LatentChannels * (width / side) * (height / side);
    }

    private sealed class OfFrame(IProgress<ImageProgress> progress, int frame, int frames) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => progress.Report(value with { Image = frame, Images = frames });
    }
}
