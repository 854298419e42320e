using System.Text.Json.Serialization;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Entities;

/// <summary>
/// Writes autoencoders: <c>model.json</c> with the columns and what they hold, <c>network.safetensors</c>, the identifiers of the entities as JSON, and their features as little-endian arrays.
/// </summary>
public sealed class AutoencoderCodec : StageCodec<AutoencoderTransformer>
{
    private const string ConfigFile = "model.json", IdFile = "entities.json", NetworkFile = "network.safetensors", NumberFile = "numbers.f32", CategoryFile = "categories.i32", SizeFile = "set-sizes.i32", MemberFile = "set-members.i32";
    private const int FormatVersion = 1;

    /// <inheritdoc/>
    public override string Kind => "entity-autoencoder";

    /// <inheritdoc/>
    /// <remarks>Processors differ in the functions from which errors are made.</remarks>
    public override double ToleranceOf(ITransformer transformer) => 1e-4;

    /// <inheritdoc/>
    protected override void WriteStage(AutoencoderTransformer transformer, StageWriter writer)
    {
        var space = transformer.Model.Space;
        var config = new AutoencoderConfig(
            FormatVersion, transformer.Columns.Id, transformer.Columns.Separator.ToString(), transformer.EmbeddingColumn, transformer.ErrorColumn, space.Numbers, space.Categories, space.Sets);
        writer.AddJson(ConfigFile, "config", config, AutoencoderJson.Default.AutoencoderConfig);
        writer.AddJson(IdFile, "vocabulary", transformer.Ids, AutoencoderJson.Default.StringArray);
        writer.Add(NetworkFile, ArtifactEntry.WeightsRole, stream => SafetensorsWriter.Write(stream, [.. transformer.Model.Network.ToTensors()]));
        writer.AddArray<float>(NumberFile, ArtifactEntry.WeightsRole, [.. transformer.Rows.SelectMany(row => row.Numbers)]);
        writer.AddArray<int>(CategoryFile, ArtifactEntry.WeightsRole, [.. transformer.Rows.SelectMany(row => row.Categories)]);
        writer.AddArray<int>(SizeFile, ArtifactEntry.WeightsRole, [.. transformer.Rows.SelectMany(row => row.Sets).Select(set => set.Length)]);
        writer.AddArray<int>(MemberFile, ArtifactEntry.WeightsRole, [.. transformer.Rows.SelectMany(row => row.Sets).SelectMany(set => set)]);
    }

    /// <inheritdoc/>
    protected override AutoencoderTransformer ReadStage(StageReader reader)
    {
        var config = reader.ReadSettings(ConfigFile, AutoencoderJson.Default.AutoencoderConfig, FormatVersion);
        var space = SpaceOf(reader, config);
        string[] ids = reader.ReadJson(IdFile, AutoencoderJson.Default.StringArray);
        if (ids.Length == 0 || ids.Any(string.IsNullOrEmpty) || ids.Distinct(StringComparer.Ordinal).Count() < ids.Length)
            throw reader.Invalid(IdFile, "holds no identifiers, or empty or repeated ones");
        AutoencoderNetwork network;
        using (var stream = reader.OpenRead(NetworkFile))
        {
            try
            {
                using var checkpoint = Checkpoint.OpenSafetensors(stream, NetworkFile);
                network = AutoencoderNetwork.From(checkpoint, space.InputWidth, space.OutputWidth);
            }
            catch (CheckpointException e)
            {
                throw reader.Invalid(NetworkFile, $"is refused: {e.Message}", e);
            }
        }
        var columns = new EntityColumns(config.IdColumn, [.. space.Numbers.Select(f => f.Name)], [.. space.Categories.Select(f => f.Name)], [.. space.Sets.Select(f => f.Name)], config.Separator[0]);
        return new AutoencoderTransformer(new AutoencoderModel(space, network), columns, config.EmbeddingColumn, config.ErrorColumn, ids, ReadRows(reader, space, ids.Length));
    }

    private static FeatureSpace SpaceOf(StageReader reader, AutoencoderConfig config)
    {
        bool isWhole = config is { Separator.Length: 1, EmbeddingColumn.Length: > 0, ErrorColumn.Length: > 0, Numbers: not null, Categories: not null, Sets: not null }
            && config.Numbers.Length + config.Categories.Length + config.Sets.Length > 0
            && Array.TrueForAll(config.Numbers, number => number is { Name.Length: > 0, Deviation: > 0 } && float.IsFinite(number.Mean) && float.IsFinite(number.Deviation))
            && Array.TrueForAll(config.Categories, category => category is { Name.Length: > 0 } && Values(category.Values, category.Shares))
            && Array.TrueForAll(config.Sets, set => set is { Name.Length: > 0, MeanSize: > 0 } && float.IsFinite(set.MeanSize) && Values(set.Members, set.Shares));
        return isWhole ? new FeatureSpace(config.Numbers!, config.Categories!, config.Sets!) : throw reader.Invalid(ConfigFile, "lacks columns, or has one that is damaged");

        static bool Values(string[]? values, float[]? shares) =>
            values is { Length: > 0 and <= FeatureSpace.MostValues } && shares?.Length == values.Length && !values.Any(string.IsNullOrEmpty)
            && values.Distinct(StringComparer.Ordinal).Count() == values.Length && Array.TrueForAll(shares, share => share is >= 0 and <= 1);
    }

    private static EntityRow[] ReadRows(StageReader reader, FeatureSpace space, int count)
    {
        var numbers = reader.ReadArray<float>(NumberFile, (long)count * space.Numbers.Length);
        var categories = reader.ReadArray<int>(CategoryFile, (long)count * space.Categories.Length);
        var sizes = reader.ReadArray<int>(SizeFile, (long)count * space.Sets.Length);
        if (Array.Exists(numbers, float.IsInfinity))
            throw reader.Invalid(NumberFile, "holds a number that is infinite");
        if (Array.Exists(sizes, size => size < 0))
            throw reader.Invalid(SizeFile, "holds a negative size");
        var members = reader.ReadArray<int>(MemberFile, sizes.Sum(size => (long)size));
        var rows = new EntityRow[count];
        int next = 0;
        for (int row = 0; row < count; row++)
        {
            var sets = new int[space.Sets.Length][];
            for (int s = 0; s < sets.Length; s++)
            {
                sets[s] = members.AsSpan(next, sizes[row * sets.Length + s]).ToArray();
                next += sets[s].Length;
                for (int i = 0; i < sets[s].Length; i++)
                {
                    if (sets[s][i] <= (i == 0 ? -1 : sets[s][i - 1]) || sets[s][i] >= space.Sets[s].Members.Length)
                        throw reader.Invalid(MemberFile, "holds members out of order or range");
                }
            }
            rows[row] = new EntityRow(numbers.AsSpan(row * space.Numbers.Length, space.Numbers.Length).ToArray(), categories.AsSpan(row * space.Categories.Length, space.Categories.Length).ToArray(), sets);
            for (int c = 0; c < space.Categories.Length; c++)
            {
                if (rows[row].Categories[c] < EntityRow.Missing || rows[row].Categories[c] >= space.Categories[c].Values.Length)
                    throw reader.Invalid(CategoryFile, "holds a category out of range");
            }
        }
        return rows;
    }
}

/// <summary>What <c>model.json</c> holds.</summary>
internal sealed record AutoencoderConfig(
    int Format, string? IdColumn, string Separator, string EmbeddingColumn, string ErrorColumn, NumberFeature[]? Numbers, CategoryFeature[]? Categories, SetFeature[]? Sets) : IStageSettings;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 16)]
[JsonSerializable(typeof(AutoencoderConfig))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class AutoencoderJson : JsonSerializerContext;
