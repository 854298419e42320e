using MLPipelines.Scoring;

namespace MLPipelines.Imaging;

/// <summary>Options of image generation over a column of prompts. <c>Fit</c> checks them and reports everything that is wrong at once.</summary>
public sealed class ImageGenerationOptions
{
    /// <summary>The folder of the pipeline: <c>model_index.json</c> and its parts, exported to ONNX. There is no default: it must be given.</summary>
    public string ModelFolder { get; set; } = "";

    /// <summary>Name of the text column with the prompts. Missing prompts count as empty. The default value is "Prompt".</summary>
    public string PromptColumnName { get; set; } = "Prompt";

    /// <summary>Name of the output column: the bytes of a PNG file, with the parameters in its text chunks. The default value is "Image".</summary>
    public string ImageColumnName { get; set; } = "Image";

    /// <summary>
    /// Steps, guidance, size, seed, scheduler and so on of every picture; each row has the same seed, so that a picture depends on its prompt alone. Its prompt, count,
    /// seeds, first picture, mask and latents are not for rows and must be left alone. The default value is that of a new <see cref="ImageRequest"/>.
    /// </summary>
    public ImageRequest Request { get; set; } = new();

    /// <summary>How the models are opened and how much memory they may take.</summary>
    public StableDiffusionOptions Model { get; set; } = new();

    /// <summary>Stops fitting and, within a step, the making of pictures. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some are out of range; the message lists all of them.</exception>
    public void Validate() => new OptionFaults(nameof(ImageGenerationOptions))
        .If(string.IsNullOrWhiteSpace(ModelFolder), $"{nameof(ModelFolder)} is empty; give the folder that holds {PipelineLayout.IndexName}")
        .Name(PromptColumnName, nameof(PromptColumnName))
        .Name(ImageColumnName, nameof(ImageColumnName))
        .If(Request is null, $"{nameof(Request)} is null; give one, or leave it alone")
        .Check(() => Request?.Validate())
        .If(Request is { Count: not 1 } or { Seeds: not null }, $"{nameof(Request)} asks for several pictures; a row has one")
        .If(Request is { InitialImage: not null } or { Latents: not null }, $"{nameof(Request)} has a first picture or latents, which rows do not take; use {nameof(StableDiffusionPipeline)} for those")
        .If(Request?.Prompt.Length > 0, $"{nameof(Request)} has a prompt; prompts are those of the column '{PromptColumnName}'")
        .If(Model is null, $"{nameof(Model)} is null; give options, or leave it alone")
        .Check(() => Model?.Validate())
        .Throw();
}
