using System.Text.Json.Serialization;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using MLPipelines.Training;
using MLPipelines.Training.Checkpoints;
using TorchSharp;

namespace MLPipelines.Text;

/// <summary>
/// Writes the models of one kind: a checkpoint as Python's transformers opens it (<c>config.json</c>, <c>model.safetensors</c> in the type that the model predicts in, the tokenizer's
/// files), and <c>stage.json</c> with columns, temperature, thresholds and the like.
/// </summary>
/// <remarks>Stateless but for where models are loaded to; thread-safe.</remarks>
/// <typeparam name="TTransformer">The type of the models.</typeparam>
public abstract class EncoderStageCodec<TTransformer> : StageCodec<TTransformer> where TTransformer : EncoderTransformer
{
    private const string SettingsFile = "stage.json";
    private const int FormatVersion = 1;

    private readonly string _device;

    private protected EncoderStageCodec(string device)
    {
        new TrainingOptions { Device = device }.Validate();
        _device = device;
    }

    /// <inheritdoc/>
    /// <remarks>Processors differ in the order in which they add up products.</remarks>
    public override double ToleranceOf(ITransformer transformer) =>
        ((EncoderTransformer)transformer).Runner.Precision == torch.ScalarType.Float32 ? 1e-3 : 5e-2;

    /// <inheritdoc/>
    protected sealed override void WriteStage(TTransformer transformer, StageWriter writer)
    {
        var runner = transformer.Runner;
        var settings = Describe(transformer) with { Format = FormatVersion, MaximumTokens = runner.MaximumTokens, Precision = runner.Precision.ToString() };
        writer.AddJson(SettingsFile, "config", settings, EncoderStageJson.Default.EncoderStageSettings);
        runner.Exclusively(() =>
        {
            EncoderModels.Write(runner.Module, runner.Tokenizer, (name, write) => writer.Add(name, RoleOf(name), write));
            return 0;
        });
    }

    /// <inheritdoc/>
    protected sealed override TTransformer ReadStage(StageReader reader)
    {
        var settings = ReadSettings(reader);
        torch.nn.Module? module = null;
        try
        {
            var opened = OpenedEncoder.Of(EncoderFiles.From(reader.Names, reader.OpenRead, reader.Location));
            if (settings.MaximumTokens < 1 || settings.MaximumTokens > opened.Config.MaximumTokens)
                throw reader.Invalid(SettingsFile, $"has {settings.MaximumTokens} as its maximum of tokens; the encoder has positions for {opened.Config.MaximumTokens}");
            module = Make(opened);
            FineTuner.Ready(module, DeviceChoice.Device(new TrainingOptions { Device = _device }), Enum.Parse<torch.ScalarType>(settings.Precision));
            return Assemble(module, opened, settings, reason => reader.Invalid(SettingsFile, reason));
        }
        catch (Exception e)
        {
            module?.Dispose();
            if (e is EncoderException or CheckpointException or TokenizationException)
                throw reader.Invalid("", $"is not the checkpoint of an encoder: {e.Message}", e);
            throw;
        }
    }

    private protected abstract EncoderStageSettings Describe(TTransformer transformer);

    private protected virtual torch.nn.Module Make(OpenedEncoder opened) => EncoderModels.LoadSequenceClassifier(opened.Files!).Model;

    private protected abstract TTransformer Assemble(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings, Func<string, ArtifactException> invalid);

    private protected static EncoderRunner RunnerOf(torch.nn.Module module, OpenedEncoder opened, EncoderStageSettings settings) =>
        new((EncoderModel)module, opened.Tokenizer, settings.MaximumTokens);

    /// <summary>The values of a setting, one for each thing of its kind.</summary>
    private protected static T[] Values<T>(IReadOnlyList<T>? values, int count, Func<T, bool> isLegal, string name, Func<string, ArtifactException> invalid) =>
        values is not null && values.Count == count && values.All(isLegal) ? [.. values] : throw invalid($"needs {count} legal values of {name}");

    private protected static T Value<T>(T? value, Func<T, bool> isLegal, string name, Func<string, ArtifactException> invalid) where T : struct =>
        value is { } given && isLegal(given) ? given : throw invalid($"has no legal value of {name}");

    private protected static string[] Columns(EncoderStageSettings settings, int count, Func<string, ArtifactException> invalid) =>
        Values(settings.Columns, count, name => !string.IsNullOrWhiteSpace(name), "columns", invalid);

    private static string RoleOf(string name) => name switch
    {
        EncoderFiles.WeightsFile => ArtifactEntry.WeightsRole,
        EncoderFiles.ConfigFile => "config",
        _ => "tokenizer",
    };

    private static EncoderStageSettings ReadSettings(StageReader reader)
    {
        var settings = reader.ReadSettings(SettingsFile, EncoderStageJson.Default.EncoderStageSettings, FormatVersion);
        return settings.Precision is nameof(torch.ScalarType.Float32) or nameof(torch.ScalarType.BFloat16)
            ? settings
            : throw reader.Invalid(SettingsFile, $"has the precision '{settings.Precision}'; this library knows Float32 and BFloat16");
    }
}

/// <summary>What <c>stage.json</c> holds; each kind its own part of it.</summary>
internal sealed record EncoderStageSettings : IStageSettings
{
    public int Format { get; init; }

    /// <summary>The column that is read, then those that are added.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    public int MaximumTokens { get; init; }

    public string Precision { get; init; } = "";

    public double? Temperature { get; init; }

    public double? AbstainThreshold { get; init; }

    public IReadOnlyList<double>? Polarities { get; init; }

    public IReadOnlyList<float>? Thresholds { get; init; }

    public bool? PredictsAtLeastOne { get; init; }

    public string? Scheme { get; init; }

    public int? PoolingModes { get; init; }

    public bool? Normalizes { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 8)]
[JsonSerializable(typeof(EncoderStageSettings))]
internal sealed partial class EncoderStageJson : JsonSerializerContext;
