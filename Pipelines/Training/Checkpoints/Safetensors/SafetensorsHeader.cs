using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace MLPipelines.Training.Checkpoints;

/// <summary>Reads the header of a safetensors file and checks all that it claims against the file's length.</summary>
/// <remarks>Format: 8 bytes with the length of the header, little-endian; the header, a JSON object; the tensors' bytes without a gap.</remarks>
internal static class SafetensorsHeader
{
    /// <summary>The longest header that the format allows, in bytes.</summary>
    public const long MaximumLength = 100_000_000;

    public const string MetadataKey = "__metadata__";

    private const int PrefixLength = sizeof(ulong);

    /// <param name="source">The file.</param>
    /// <param name="metadata">Receives what the header says of the file as a whole.</param>
    /// <returns>The tensors in the order of their bytes.</returns>
    /// <exception cref="CheckpointException">The file is no safetensors file, or not a whole and consistent one.</exception>
    public static List<CheckpointTensor> Read(ByteSource source, Dictionary<string, string> metadata)
    {
        var header = ReadHeader(source);
        var entries = Parse(header, source.Name, metadata);
        return Place(entries, source, PrefixLength + header.Length);
    }

    private static byte[] ReadHeader(ByteSource source)
    {
        if (source.Length < PrefixLength)
            throw CheckpointErrors.Damaged(source.Name, FormattableString.Invariant($"it has {source.Length} bytes, fewer than the {PrefixLength} that a safetensors file begins with"));
        Span<byte> prefix = stackalloc byte[PrefixLength];
        source.Read(0, prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)MaximumLength)
            throw CheckpointErrors.Refused(source.Name, FormattableString.Invariant($"its header claims to have {length} bytes where safetensors allow at most {MaximumLength}, so it is not a safetensors file or is damaged"));
        if (length > (ulong)(source.Length - PrefixLength))
            throw CheckpointErrors.Damaged(source.Name, FormattableString.Invariant($"its header should have {length} bytes, but it is cut off after {source.Length - PrefixLength}"));
        var header = source.ReadAll(PrefixLength, (int)length);
        if (header.Length == 0 || header[0] != (byte)'{')
            throw CheckpointErrors.Refused(source.Name, "its header does not begin with '{', so it is not a safetensors file");
        if (!Utf8.IsValid(header))
            throw CheckpointErrors.Refused(source.Name, "its header is not valid UTF-8");
        return header;
    }

    private static List<Entry> Parse(byte[] header, string file, Dictionary<string, string> metadata)
    {
        var entries = new List<Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 8 });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                if (!names.Add(name))
                    throw CheckpointErrors.Refused(file, $"its header names '{CheckpointErrors.Printable(name)}' twice");
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                    throw CheckpointErrors.Refused(file, $"its header has no object at '{CheckpointErrors.Printable(name)}'");
                if (name == MetadataKey)
                    ParseMetadata(ref reader, file, metadata);
                else
                    entries.Add(ParseTensor(ref reader, file, name));
            }
            if (reader.Read())
                throw CheckpointErrors.Refused(file, "its header has something after its object");
        }
        catch (JsonException e)
        {
            throw CheckpointErrors.Refused(file, $"its header is not valid JSON ({e.Message.TrimEnd('.')})", e);
        }
        catch (InvalidOperationException e)
        {
            throw CheckpointErrors.Refused(file, "its header holds text with half a surrogate pair", e);
        }
        return entries;
    }

    private static void ParseMetadata(ref Utf8JsonReader reader, string file, Dictionary<string, string> metadata)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw CheckpointErrors.Refused(file, $"its metadata has something other than text at '{CheckpointErrors.Printable(key)}'");
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw CheckpointErrors.Refused(file, $"its metadata names '{CheckpointErrors.Printable(key)}' twice");
        }
    }

    private static Entry ParseTensor(ref Utf8JsonReader reader, string file, string name)
    {
        TensorDataType? type = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            bool isTwice = key switch { "dtype" => type != null, "shape" => shape != null, "data_offsets" => offsets != null, _ => false };
            if (isTwice)
                throw CheckpointErrors.Tensor(file, name, $"has '{key}' twice in the header");
            reader.Read();
            switch (key)
            {
                case "dtype":
                    type = ParseType(ref reader, file, name);
                    break;
                case "shape":
                    shape = ParseNumbers(ref reader, file, name, key, TensorShape.MaximumDimensions);
                    break;
                case "data_offsets":
                    offsets = ParseNumbers(ref reader, file, name, key, 2);
                    break;
                default:
                    throw CheckpointErrors.Tensor(file, name, $"has the unknown field '{CheckpointErrors.Printable(key)}' in the header; known are dtype, shape and data_offsets");
            }
        }
        if (type == null || shape == null || offsets is not [_, _])
            throw CheckpointErrors.Tensor(file, name, "lacks its dtype, its shape or its two data_offsets in the header");
        if (TensorShape.Bytes(shape, type.Value) is not { } bytes)
            throw CheckpointErrors.Tensor(file, name, $"has the shape {TensorShape.Text(shape)}, which has more bytes than 64 bits can count");
        if (offsets[0] > offsets[1])
            throw CheckpointErrors.Tensor(file, name, FormattableString.Invariant($"begins at byte {offsets[0]} and ends before, at {offsets[1]}"));
        if (offsets[1] - offsets[0] != bytes)
            throw CheckpointErrors.Tensor(file, name, FormattableString.Invariant($"has {offsets[1] - offsets[0]} bytes where {type.Value.SafetensorsName()} {TensorShape.Text(shape)} takes {bytes}"));
        return new Entry(name, type.Value, shape, offsets[0], offsets[1]);
    }

    private static TensorDataType ParseType(ref Utf8JsonReader reader, string file, string name)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : throw CheckpointErrors.Tensor(file, name, "has a dtype that is not text");
        return TensorDataTypeExtensions.FromSafetensorsName(text)
            ?? throw CheckpointErrors.Tensor(file, name, $"has the dtype '{CheckpointErrors.Printable(text)}'; those that can be read are {TensorDataTypeExtensions.AllSafetensorsNames}");
    }

    private static long[] ParseNumbers(ref Utf8JsonReader reader, string file, string name, string key, int atMost)
    {
        var numbers = new List<long>();
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.Number && numbers.Count < atMost && reader.TryGetInt64(out long number) && number >= 0)
                numbers.Add(number);
        }
        return reader.TokenType == JsonTokenType.EndArray
            ? [.. numbers]
            : throw CheckpointErrors.Tensor(file, name, FormattableString.Invariant($"has a {key} that is not an array of at most {atMost} whole numbers from 0 to 2^63 - 1"));
    }

    /// <summary>Asserts that the tensors' bytes follow one another up to the end of the file.</summary>
    private static List<CheckpointTensor> Place(List<Entry> entries, ByteSource source, long start)
    {
        entries.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : a.End.CompareTo(b.End));
        var tensors = new List<CheckpointTensor>(entries.Count);
        long end = 0;
        long available = source.Length - start;
        foreach (var entry in entries)
        {
            if (entry.Begin < end)
                throw CheckpointErrors.Tensor(source.Name, entry.Name, FormattableString.Invariant($"begins at byte {entry.Begin}, within the tensor before it, which ends at {end}"));
            if (entry.Begin > end)
                throw CheckpointErrors.Tensor(source.Name, entry.Name, FormattableString.Invariant($"begins at byte {entry.Begin}, leaving a hole after the tensor before it, which ends at {end}"));
            if (entry.End > available)
                throw CheckpointErrors.Damaged(source.Name, FormattableString.Invariant($"tensor '{CheckpointErrors.Printable(entry.Name)}' ends at byte {entry.End}, but the file is cut off after {available} bytes of tensors"));
            end = entry.End;
            tensors.Add(new CheckpointTensor(entry.Name, entry.Type, entry.Shape, source, start + entry.Begin));
        }
        if (end != available)
            throw CheckpointErrors.Refused(source.Name, FormattableString.Invariant($"its tensors end at byte {end}, but {available} bytes follow the header"));
        return tensors;
    }

    private sealed record Entry(string Name, TensorDataType Type, long[] Shape, long Begin, long End);
}
