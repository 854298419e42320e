using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Entities;

/// <summary>
/// Writes autoencoders: <c>model.json</c> with the columns and what they hold, <c>network.safetensors</c>, the identifiers of the entities as JSON, and their features as little-endian arrays.
/// </summary>
public sealed class AutoencoderCodec : StageCodec
{
    private const string ConfigFile = "model.json", IdFile = "entities.json", NetworkFile = "network.safetensors", NumberFile = "numbers.f32", CategoryFile = "categories.i32", SizeFile = "set-sizes.i32", MemberFile = "set-members.i32";
    private const int FormatVersion = 1;

    /// <inheritdoc/>
    public override string Kind => "entity-autoencoder";

    /// <inheritdoc/>
    public override bool CanWrite(ITransformer transformer) => transformer is AutoencoderTransformer;

    /// <inheritdoc/>
    /// <remarks>Processors differ in the functions from which errors are made.</remarks>
    public override double ToleranceOf(ITransformer transformer) => 1e-4;

    /// <inheritdoc/>
    public override void Write(ITransformer transformer, StageWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var entities = (AutoencoderTransformer)transformer;
        var space = entities.Model.Space;
        var config = new AutoencoderConfig(
            FormatVersion, entities.Columns.Id, entities.Columns.Separator.ToString(), entities.EmbeddingColumn, entities.ErrorColumn, space.Numbers, space.Categories, space.Sets);
        writer.Add(ConfigFile, "config", JsonSerializer.SerializeToUtf8Bytes(config, AutoencoderJson.Default.AutoencoderConfig));
        writer.Add(IdFile, "vocabulary", JsonSerializer.SerializeToUtf8Bytes(entities.Ids, AutoencoderJson.Default.StringArray));
        writer.Add(NetworkFile, ArtifactEntry.WeightsRole, stream => SafetensorsWriter.Write(stream, [.. entities.Model.Network.ToTensors()]));
        AddArray(NumberFile, [.. entities.Rows.SelectMany(row => row.Numbers)]);
        AddArray(CategoryFile, [.. entities.Rows.SelectMany(row => row.Categories)]);
        AddArray(SizeFile, [.. entities.Rows.SelectMany(row => row.Sets).Select(set => set.Length)]);
        AddArray(MemberFile, [.. entities.Rows.SelectMany(row => row.Sets).SelectMany(set => set)]);

        void AddArray<T>(string name, T[] values) where T : unmanaged => writer.Add(name, ArtifactEntry.WeightsRole, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
    }

    /// <inheritdoc/>
    public override ITransformer Read(StageReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var config = Parse(reader, ConfigFile, AutoencoderJson.Default.AutoencoderConfig);
        if (config.Format != FormatVersion)
            throw reader.Invalid(ConfigFile, $"has format {config.Format}; this library reads format {FormatVersion}");
        var space = SpaceOf(reader, config);
        string[] ids = Parse(reader, IdFile, AutoencoderJson.Default.StringArray);
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
        var numbers = ReadArray<float>(reader, NumberFile, (long)count * space.Numbers.Length);
        var categories = ReadArray<int>(reader, CategoryFile, (long)count * space.Categories.Length);
        var sizes = ReadArray<int>(reader, SizeFile, (long)count * space.Sets.Length);
        if (Array.Exists(numbers, float.IsInfinity))
            throw reader.Invalid(NumberFile, "holds a number that is infinite");
        if (Array.Exists(sizes, size => size < 0))
            throw reader.Invalid(SizeFile, "holds a negative size");
        var members = ReadArray<int>(reader, MemberFile, sizes.Sum(size => (long)size));
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

    private static T[] ReadArray<T>(StageReader reader, string file, long length) where T : unmanaged
    {
        byte[] bytes = reader.Read(file);
        return bytes.Length == length * Marshal.SizeOf<T>() ? MemoryMarshal.Cast<byte, T>(bytes).ToArray() : throw reader.Invalid(file, $"has {bytes.Length} bytes where {length} values of {Marshal.SizeOf<T>()} bytes are expected");
    }

    private static T Parse<T>(StageReader reader, string file, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(reader.Read(file), type) ?? throw reader.Invalid(file, "is empty");
        }
        catch (JsonException e)
        {
            throw reader.Invalid(file, $"is not valid: {e.Message}", e);
        }
    }
}

/// <summary>What <c>model.json</c> holds.</summary>
internal sealed record AutoencoderConfig(
    int Format, string? IdColumn, string Separator, string EmbeddingColumn, string ErrorColumn, NumberFeature[]? Numbers, CategoryFeature[]? Categories, SetFeature[]? Sets);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 16)]
[JsonSerializable(typeof(AutoencoderConfig))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class AutoencoderJson : JsonSerializerContext;
