using System.Text.Json.Serialization;
using Microsoft.ML;
using MLPipelines.Artifacts;

namespace MLPipelines.Scoring;

/// <summary>Writes ONNX scoring: <c>stage.json</c> with inputs, outputs and batches, and the model with all files that hold its values. How it is run is the host's choice.</summary>
/// <param name="session">How loaded models are opened; null for the defaults.</param>
public sealed class OnnxBatchCodec(OnnxSessionOptions? session = null) : StageCodec<OnnxBatchTransformer>
{
    private const string SettingsFile = "stage.json";
    private const string ModelName = "model.onnx";
    private const int FormatVersion = 1;
    private const double Tolerance = 1e-3;

    /// <inheritdoc/>
    public override string Kind => "onnx";

    /// <inheritdoc/>
    public override double ToleranceOf(ITransformer transformer) => Tolerance;

    /// <inheritdoc/>
    protected override void WriteStage(OnnxBatchTransformer transformer, StageWriter writer)
    {
        var options = transformer.Options;
        var settings = new OnnxStageSettings(
            FormatVersion,
            [.. options.Inputs.Select(input => new OnnxStageInput(input.Name, input.Kind.ToString(), input.ColumnName, input.PadValue, input.RowShape))],
            [.. options.Outputs.Select(output => new OnnxStageOutput(output.Name, output.ColumnName))],
            options.BatchSize, options.BatchElements, options.MaximumPadding, options.WindowRows, options.ConcurrentBatches);
        writer.AddJson(SettingsFile, "config", settings, OnnxStageJson.Default.OnnxStageSettings);
        AddFile(ModelName, transformer.ModelFile);
        foreach (string file in transformer.Model.ExternalFiles)
            AddFile(file, Path.Combine(Path.GetDirectoryName(transformer.ModelFile)!, file));

        void AddFile(string name, string path) => writer.Add(name, ArtifactEntry.WeightsRole, stream =>
        {
            using var source = File.OpenRead(path);
            source.CopyTo(stream);
        });
    }

    /// <inheritdoc/>
    protected override OnnxBatchTransformer ReadStage(StageReader reader)
    {
        var files = new ExtractedFiles();
        try
        {
            var options = Options(reader, ReadSettings(reader));
            string hash = files.Extract(reader, reader.Names.Where(name => name != SettingsFile));
            string path = files.PathOf(ModelName);
            var model = Open(reader, path, hash);
            try
            {
                return new OnnxBatchTransformer(model, options, path, files);
            }
            catch (OnnxException e)
            {
                model.Dispose();
                throw reader.Invalid(SettingsFile, $"does not fit the model: {e.Message}", e);
            }
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    private OnnxModel Open(StageReader reader, string path, string hash)
    {
        try
        {
            return OnnxModel.Open(path, hash, session ?? OnnxSessionOptions.Default);
        }
        catch (OnnxException e)
        {
            throw reader.Invalid(ModelName, $"is refused: {e.Message}", e);
        }
    }

    private static OnnxBatchOptions Options(StageReader reader, OnnxStageSettings settings)
    {
        var options = new OnnxBatchOptions
        {
            ModelFile = ModelName,
            Inputs = [.. settings.Inputs.Select(input => Input(reader, input))],
            Outputs = [.. settings.Outputs.Select(output => new OnnxOutput(output.Name, output.ColumnName))],
            BatchSize = settings.BatchSize,
            BatchElements = settings.BatchElements,
            MaximumPadding = settings.MaximumPadding,
            WindowRows = settings.WindowRows,
            ConcurrentBatches = settings.ConcurrentBatches,
        };
        try
        {
            options.Validate();
            return options;
        }
        catch (ArgumentException e)
        {
            throw reader.Invalid(SettingsFile, $"is not valid: {e.Message}", e);
        }
    }

    private static OnnxInput Input(StageReader reader, OnnxStageInput input) => input.Kind switch
    {
        nameof(OnnxInputKind.Column) => OnnxInput.Column(input.Name, input.ColumnName, input.PadValue, input.RowShape),
        nameof(OnnxInputKind.Mask) => OnnxInput.Mask(input.Name),
        nameof(OnnxInputKind.Constant) => OnnxInput.Constant(input.Name, input.PadValue ?? 0),
        _ => throw reader.Invalid(SettingsFile, $"has an input of the kind '{input.Kind}'"),
    };

    private static OnnxStageSettings ReadSettings(StageReader reader)
    {
        var settings = reader.ReadSettings(SettingsFile, OnnxStageJson.Default.OnnxStageSettings, FormatVersion);
        bool isComplete = settings is { Inputs: not null, Outputs: not null } && settings.Inputs.All(input => input?.Name is not null) && settings.Outputs.All(output => output?.Name is not null);
        return isComplete ? settings : throw reader.Invalid(SettingsFile, "lacks inputs or outputs");
    }
}

/// <summary>What <c>stage.json</c> holds.</summary>
internal sealed record OnnxStageSettings(
    int Format, IReadOnlyList<OnnxStageInput> Inputs, IReadOnlyList<OnnxStageOutput> Outputs, int BatchSize, int BatchElements, double MaximumPadding, int WindowRows, int ConcurrentBatches) : IStageSettings;

internal sealed record OnnxStageInput(string Name, string Kind, string? ColumnName, double? PadValue, IReadOnlyList<long>? RowShape);

internal sealed record OnnxStageOutput(string Name, string? ColumnName);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, MaxDepth = 8)]
[JsonSerializable(typeof(OnnxStageSettings))]
internal sealed partial class OnnxStageJson : JsonSerializerContext;
