namespace MLPipelines.Imaging;

internal static partial class ImagingErrors
{
    public static ImagingException NoPipelineFolder(string folder) =>
        new($"The folder '{folder}' does not exist; give the one that holds {PipelineLayout.IndexName}, as diffusers' convert_stable_diffusion_checkpoint_to_onnx.py or Optimum writes it.");

    public static ImagingException MissingFile(string folder, string file) =>
        new($"The pipeline '{folder}' lacks the file {file}; a pipeline has {PipelineLayout.IndexName}, text_encoder/, tokenizer/, unet/, vae_decoder/ and scheduler/, and vae_encoder/ for pictures to start from.");

    public static ImagingException WrongPipeline(string file, string? name, IEnumerable<string> known) =>
        new($"'{file}' names the pipeline '{name}'; it must be one of {string.Join(", ", known)}.");

    public static ImagingException BadConfig(string where, string what, Exception? inner = null) => new($"The configuration '{where}' has {what.TrimEnd('.')}, which cannot be.", inner);

    public static ImagingException BadTokenizer(string folder, string reason, Exception? inner = null) => new($"The tokenizer '{folder}' {reason.TrimEnd('.')}.", inner);

    public static ImagingException WrongType(string where, string what, string expected) => new($"{where} has {what}; it must be {expected}.");

    public static ImagingException WrongShape(string where, string what, string expected) => new($"'{where}' has {what}; it must have {expected}.");

    public static ImagingException LongPrompt(int tokens, int most) =>
        new(FormattableString.Invariant($"The prompt has {tokens} tokens; at most {most} are taken here. Shorten it, raise MaximumPromptChunks, or set LongPrompts to Truncate."));

    public static ImagingException OtherVocabulary(string encoder, int highest, Exception inner) =>
        new(FormattableString.Invariant($"The tokenizer gives ids up to {highest}, more than the text encoder '{encoder}' has rows for: the two are not of one model."), inner);

    public static ImagingException PromptCharacters(int length, int most) =>
        new(FormattableString.Invariant($"The prompt has {length} characters; at most {most} are read."));

    public static ImagingException NeedsMask(string where) =>
        new($"The UNet '{where}' was trained for inpainting: it needs {nameof(ImageRequest.InitialImage)} and {nameof(ImageRequest.Mask)}.");

    public static ArgumentException WrongSize(int width, int height, int multiple) =>
        new(FormattableString.Invariant($"The size is {width} × {height}; both must be multiples of {multiple}: for instance {Nearest(width, multiple)} × {Nearest(height, multiple)}."));

    public static ArgumentException WrongImage(string option, int width, int height, int expectedWidth, int expectedHeight) =>
        new(FormattableString.Invariant($"{option} has {width} × {height} pixels and the picture to make {expectedWidth} × {expectedHeight}; resize it ({nameof(RgbImage)}.{nameof(RgbImage.Resize)})."));

    public static ArgumentException WrongLatents(int length, int channels, int height, int width) =>
        new(FormattableString.Invariant($"The latents given have {length} values; they must have {channels} × {height} × {width}."));

    public static ImagingException PromptLengths(int first, int end) =>
        new(FormattableString.Invariant($"The prompts of the animation's ends have {first} and {end} tokens, in chunks; make them equally long, or set LongPrompts to Truncate."));

    private static int Nearest(int value, int multiple) => Math.Max(multiple, (value + multiple / 2) / multiple * multiple);
}
