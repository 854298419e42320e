using System.Text.Json.Serialization;
using MLPipelines.Artifacts;
using MLPipelines.Imaging.Schedulers;

namespace MLPipelines.Imaging;

/// <summary>
/// Writes image generation: the pipeline's own files, which other programs open as well, and <c>stage.json</c> with columns and request. Reading
/// copies them to a temporary folder, which goes away with the transformer.
/// </summary>
/// <param name="options">How loaded models are opened; null for the defaults.</param>
public sealed class StableDiffusionCodec(StableDiffusionOptions? options = null) : StageCodec<ImageGenerationTransformer>
{
    private const string SettingsFile = "stage.json";
    private const int FormatVersion = 1;

    /// <inheritdoc/>
    public override string Kind => "stable-diffusion";

    /// <inheritdoc/>
    protected override void WriteStage(ImageGenerationTransformer transformer, StageWriter writer)
    {
        var request = transformer.Settings;
        var settings = new ImageStageSettings(
            FormatVersion, transformer.Pipeline.Name, transformer.PromptColumn, transformer.ImageColumn, request.NegativePrompt, request.WeightedPrompts, request.LongPrompts, request.MaximumPromptChunks, request.Width, request.Height,
            request.Steps, request.Guidance, request.Seed, request.Scheduler);
        writer.AddJson(SettingsFile, "config", settings, ImageStageJson.Default.ImageStageSettings);
        foreach (var name in transformer.Pipeline.Layout.Files())
        {
            var path = Path.Combine(transformer.Pipeline.Folder, name);
            var role = name.StartsWith("tokenizer/", StringComparison.Ordinal) ? "tokenizer" : name.EndsWith(".json", StringComparison.Ordinal) ? "config" : "weights";
            writer.Add(name, role, target =>
            {
                using var source = File.OpenRead(path);
                source.CopyTo(target);
            });
        }
    }

    /// <inheritdoc/>
    protected override ImageGenerationTransformer ReadStage(StageReader reader)
    {
        var settings = ReadSettings(reader);
        var folder = new OwnedFolder();
        try
        {
            foreach (var name in reader.Names.Where(name => name != SettingsFile))
                Copy(reader, name, folder.Path);
            var request = settings.ToRequest();
            request.Validate();
            var pipeline = StableDiffusionPipeline.Open(folder.Path, options, settings.ModelName, folder);
            return new ImageGenerationTransformer(pipeline, request, settings.PromptColumn, settings.ImageColumn);
        }
        catch (Exception e)
        {
            folder.Dispose();
            if (e is ImagingException or ArgumentException)
                throw reader.Invalid("", $"is no pipeline of Stable Diffusion: {e.Message}", e);
            throw;
        }
    }

    private static ImageStageSettings ReadSettings(StageReader reader)
    {
        var settings = reader.ReadSettings(SettingsFile, ImageStageJson.Default.ImageStageSettings, FormatVersion);
        return settings is { ModelName.Length: > 0, PromptColumn.Length: > 0, ImageColumn.Length: > 0, NegativePrompt: not null } ? settings : throw reader.Invalid(SettingsFile, "lacks names");
    }

    /// <summary>Copies an entry into the folder; the artifact's reader has refused names that lead out of it, and so does this.</summary>
    private static void Copy(StageReader reader, string name, string folder)
    {
        var path = Path.GetFullPath(Path.Combine(folder, name));
        if (!path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw reader.Invalid(name, "leads out of its folder");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var source = reader.OpenRead(name);
        using var target = File.Create(path);
        source.CopyTo(target);
    }

    /// <summary>A temporary folder that goes away when disposed of, or, forgotten, when collected.</summary>
    private sealed class OwnedFolder : IDisposable
    {
        public OwnedFolder() => Path = Directory.CreateTempSubdirectory("mlpipelines-diffusion-").FullName;

        ~OwnedFolder() => Delete();

        public string Path { get; }

        public void Dispose()
        {
            GC.SuppressFinalize(this);
            Delete();
        }

        private void Delete()
        {
            try
            {
                Directory.Delete(Path, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A file that is still open on Windows: the system's own cleaning gets it.
            }
        }
    }
}

/// <summary>What is kept of image generation beside the pipeline's files.</summary>
internal sealed record ImageStageSettings(
    int Format, string ModelName, string PromptColumn, string ImageColumn, string NegativePrompt, bool WeightedPrompts, LongPrompts LongPrompts, int MaximumPromptChunks, int? Width, int? Height,
    int Steps, double Guidance, long Seed, SchedulerOptions? Scheduler) : IStageSettings
{
    public ImageRequest ToRequest() => new()
    {
        NegativePrompt = NegativePrompt, WeightedPrompts = WeightedPrompts, LongPrompts = LongPrompts, MaximumPromptChunks = MaximumPromptChunks, Width = Width, Height = Height,
        Steps = Steps, Guidance = Guidance, Seed = Seed, Scheduler = Scheduler,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(ImageStageSettings))]
internal sealed partial class ImageStageJson : JsonSerializerContext;
