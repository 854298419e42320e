using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace MLPipelines.Training.Checkpoints;

/// <summary>The index of a checkpoint in several files: <c>{"metadata": {…}, "weight_map": {"tensor": "file"}}</c>.</summary>
internal static class ShardIndex
{
    private const long MaximumLength = 100_000_000;

    /// <summary>Which file holds each tensor.</summary>
    /// <exception cref="CheckpointException">It is not valid, or names a file outside its folder.</exception>
    public static Dictionary<string, string> Read(ByteSource source)
    {
        if (source.Length > MaximumLength)
            throw CheckpointErrors.Refused(source.Name, FormattableString.Invariant($"it has {source.Length} bytes where an index may have {MaximumLength}"));
        var bytes = source.ReadAll(0, (int)source.Length);
        if (!Utf8.IsValid(bytes))
            throw CheckpointErrors.Refused(source.Name, "it is not valid UTF-8");
        Dictionary<string, string>? map = null;
        try
        {
            var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 32 });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw CheckpointErrors.Refused(source.Name, "it is not a JSON object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isMap = reader.ValueTextEquals("weight_map"u8);
                reader.Read();
                if (!isMap)
                    reader.Skip();
                else if (map != null)
                    throw CheckpointErrors.Refused(source.Name, "it has 'weight_map' twice");
                else
                    map = ReadMap(ref reader, source.Name);
            }
            if (reader.Read())
                throw CheckpointErrors.Refused(source.Name, "it has something after its object");
        }
        catch (JsonException e)
        {
            throw CheckpointErrors.Refused(source.Name, $"it is not valid JSON ({e.Message.TrimEnd('.')})", e);
        }
        catch (InvalidOperationException e)
        {
            throw CheckpointErrors.Refused(source.Name, "it holds text with half a surrogate pair", e);
        }
        return map is { Count: > 0 } ? map : throw CheckpointErrors.Refused(source.Name, "it has no 'weight_map' that says which file holds each tensor");
    }

    /// <summary>The index as Python's <c>transformers</c> writes it.</summary>
    public static byte[] Write(List<List<TensorToWrite>> shards, IReadOnlyList<string> files)
    {
        var map = shards.SelectMany((shard, i) => shard.Select(tensor => (tensor.Name, File: files[i]))).OrderBy(pair => pair.Name, StringComparer.Ordinal);
        var json = new StringBuilder();
        json.Append(CultureInfo.InvariantCulture, $"{{\n  \"metadata\": {{\n    \"total_size\": {shards.Sum(shard => shard.Sum(tensor => tensor.ByteLength))}\n  }},\n  \"weight_map\": {{\n");
        json.AppendJoin(",\n", map.Select(pair => $"    {JsonText.Quote(pair.Name)}: {JsonText.Quote(pair.File)}"));
        json.Append("\n  }\n}\n");
        return JsonText.Utf8(json.ToString());
    }

    /// <summary>Whether a name is that of a file right in the folder, on every system.</summary>
    public static bool IsPlainName(string name) =>
        name.Length is > 0 and <= 255 && !name.AsSpan().ContainsAny("/\\:*?\"<>|") && !name.Any(char.IsControl) && name is not ("." or "..") && !name.EndsWith('.') && !name.EndsWith(' ');

    private static Dictionary<string, string> ReadMap(ref Utf8JsonReader reader, string file)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (reader.TokenType != JsonTokenType.StartObject)
            throw CheckpointErrors.Refused(file, "its 'weight_map' is not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var tensor = reader.GetString()!;
            reader.Read();
            var shard = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw CheckpointErrors.Tensor(file, tensor, "has something other than the name of a file in the 'weight_map'");
            if (!IsPlainName(shard))
                throw CheckpointErrors.Tensor(file, tensor, $"is said to be in '{CheckpointErrors.Printable(shard)}', which is not the name of a file in the same folder");
            if (!map.TryAdd(tensor, shard))
                throw CheckpointErrors.Tensor(file, tensor, "stands twice in the 'weight_map'");
        }
        return map;
    }
}
