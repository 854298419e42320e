using System.Text.Json;

namespace MLPipelines.Imaging;

/// <summary>The folder of a pipeline as diffusers and Optimum export it to ONNX: <c>model_index.json</c> and a folder for each part.</summary>
internal sealed class PipelineLayout
{
    public const string IndexName = "model_index.json";
    public const string ModelName = "model.onnx";

    private const int MostJsonBytes = 4 << 20;

    private static readonly string[] Classes =
        ["OnnxStableDiffusionPipeline", "StableDiffusionPipeline", "OnnxStableDiffusionImg2ImgPipeline", "StableDiffusionImg2ImgPipeline", "OnnxStableDiffusionInpaintPipeline", "StableDiffusionInpaintPipeline", "ORTStableDiffusionPipeline", "ORTStableDiffusionImg2ImgPipeline", "ORTStableDiffusionInpaintPipeline", "LatentConsistencyModelPipeline", "ORTLatentConsistencyModelPipeline", "LatentConsistencyModelImg2ImgPipeline"];

    public PipelineLayout(string folder)
    {
        Folder = Path.GetFullPath(folder);
        if (!Directory.Exists(Folder))
            throw ImagingErrors.NoPipelineFolder(folder);
        var index = Json(IndexName);
        var name = index.TryGetProperty("_class_name", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (!Classes.Contains(name))
            throw ImagingErrors.WrongPipeline(Path.Combine(Folder, IndexName), name, Classes);
        Required("text_encoder", ModelName);
        Required("unet", ModelName);
        Required("vae_decoder", ModelName);
        Required("scheduler", Schedulers.SchedulerConfigFile.FileName);
        if (!Directory.Exists(Path.Combine(Folder, "tokenizer")))
            throw ImagingErrors.MissingFile(Folder, "tokenizer/vocab.json");
        HasSafetyChecker = File.Exists(Path.Combine(Folder, "safety_checker", ModelName));
        HasVaeEncoder = File.Exists(Path.Combine(Folder, "vae_encoder", ModelName));

        var vae = Config("vae_decoder");
        ScalingFactor = Number(vae, "scaling_factor") ?? 0.18215;
        LatentChannels = (int)(Number(vae, "latent_channels") ?? 4);
        PixelsPerLatent = 1 << Math.Max(0, (vae.TryGetProperty("block_out_channels", out var blocks) && blocks.ValueKind == JsonValueKind.Array ? blocks.GetArrayLength() : 4) - 1);
        var unet = Config("unet");
        SampleSize = unet.TryGetProperty("sample_size", out var size) && size.ValueKind == JsonValueKind.Array ? size[0].GetInt32() : (int)(Number(unet, "sample_size") ?? 64);
        TimeConditionSize = (int)(Number(unet, "time_cond_proj_dim") ?? 0);
        if (!(ScalingFactor > 0) || LatentChannels is < 1 or > 64 || PixelsPerLatent > 64 || SampleSize is < 1 or > RgbImage.MaximumSide || TimeConditionSize is < 0 or > 65_536)
            throw ImagingErrors.BadConfig(Folder, FormattableString.Invariant($"scaling factor {ScalingFactor}, {LatentChannels} latent channels, {PixelsPerLatent} pixels to a latent, sample size {SampleSize}, time condition {TimeConditionSize}"));
    }

    public string Folder { get; }

    public bool HasVaeEncoder { get; }

    public bool HasSafetyChecker { get; }

    /// <summary>What latents are multiplied by for the UNet.</summary>
    public double ScalingFactor { get; }

    public int LatentChannels { get; }

    /// <summary>How many pixels of a picture's side one latent pixel covers.</summary>
    public int PixelsPerLatent { get; }

    /// <summary>The side of the latents that the UNet was trained on.</summary>
    public int SampleSize { get; }

    /// <summary>The length of the embedding of the guidance that a distilled UNet takes; 0 where it takes none.</summary>
    public int TimeConditionSize { get; }

    public string Model(string part) => Path.Combine(Folder, part, ModelName);

    /// <summary>The files of the pipeline that are needed to run it, relative to its folder, with forward slashes.</summary>
    public IEnumerable<string> Files()
    {
        yield return IndexName;
        string[] parts = ["text_encoder", "tokenizer", "unet", "vae_decoder", "vae_encoder", "scheduler"];
        foreach (var part in parts.Where(part => Directory.Exists(Path.Combine(Folder, part))))
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(Folder, part)).Order(StringComparer.Ordinal))
                yield return $"{part}/{Path.GetFileName(file)}";
        }
    }

    private void Required(string part, string file)
    {
        if (!File.Exists(Path.Combine(Folder, part, file)))
            throw ImagingErrors.MissingFile(Folder, $"{part}/{file}");
    }

    private JsonElement Config(string part) =>
        File.Exists(Path.Combine(Folder, part, "config.json")) ? Json($"{part}/config.json") : Empty;

    private static readonly JsonElement Empty = JsonDocument.Parse("{}").RootElement.Clone();

    private JsonElement Json(string name)
    {
        var path = Path.Combine(Folder, name);
        var info = new FileInfo(path);
        if (!info.Exists)
            throw ImagingErrors.MissingFile(Folder, name);
        if (info.Length > MostJsonBytes)
            throw ImagingErrors.BadConfig(path, $"{info.Length} bytes, of which at most {MostJsonBytes} are read");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw ImagingErrors.BadConfig(path, "no JSON object");
        }
        catch (JsonException e)
        {
            throw ImagingErrors.BadConfig(path, e.Message, e);
        }
    }

    private static double? Number(JsonElement config, string key) =>
        config.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
