using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace MLPipelines.Training.Checkpoints;

/// <summary>
/// Writes safetensors files: byte for byte what Python's <c>safetensors</c> writes for the same tensors, whatever the order
/// in which they are given.
/// </summary>
/// <remarks>Thread-safe. Format: https://github.com/huggingface/safetensors#format</remarks>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>What Python's <c>transformers</c> demands: tensors as torch lays them out.</summary>
    private static readonly IReadOnlyDictionary<string, string> DefaultMetadata = new Dictionary<string, string> { ["format"] = "pt" };

    /// <summary>Writes one file. Tensors stand sorted by their type, widest first, and then by name, so that each is aligned.</summary>
    /// <param name="stream">Written from where it stands; it is not closed.</param>
    /// <param name="tensors">The tensors, in any order.</param>
    /// <param name="metadata">What to say of the file as a whole. The default is { "format": "pt" }.</param>
    /// <param name="cancellationToken">Honoured once per tensor.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name, a text has half a surrogate pair, or the header would be longer than 100 MB.</exception>
    public static void Write(Stream stream, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        var sorted = Sort(tensors);
        var header = Header(sorted, metadata ?? DefaultMetadata);
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (var tensor in sorted)
        {
            cancellationToken.ThrowIfCancellationRequested();
            tensor.WriteTo(stream);
        }
    }

    /// <summary>
    /// Writes <c>model.safetensors</c> into a folder, or several files with an index where one would be too long. Each file
    /// gets its name only when it is whole; weights of an earlier save that would be read instead are removed at the end.
    /// </summary>
    /// <param name="folder">Made where it does not exist.</param>
    /// <param name="tensors">The tensors, in any order.</param>
    /// <param name="metadata">What to say of each file as a whole. The default is { "format": "pt" }.</param>
    /// <param name="maximumShardBytes">The most bytes of tensors in a file, 1 or more; a larger tensor gets a file of its own. The default value is 5 GB.</param>
    /// <param name="cancellationToken">Honoured once per tensor.</param>
    /// <returns>The names of the files written, the index last.</returns>
    /// <exception cref="ArgumentException">As <see cref="Write"/>.</exception>
    public static IReadOnlyList<string> WriteSharded(
        string folder, IReadOnlyList<TensorToWrite> tensors, IReadOnlyDictionary<string, string>? metadata = null, long maximumShardBytes = 5_000_000_000, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumShardBytes, 1);
        var shards = Split(Sort(tensors), maximumShardBytes);
        var names = shards.Count == 1
            ? [WeightFiles.Safetensors]
            : Enumerable.Range(1, shards.Count).Select(i => string.Create(CultureInfo.InvariantCulture, $"model-{i:D5}-of-{shards.Count:D5}.safetensors")).ToList();
        Directory.CreateDirectory(folder);
        for (int i = 0; i < shards.Count; i++)
            WriteFile(Path.Combine(folder, names[i]), stream => Write(stream, shards[i], metadata, cancellationToken));
        if (shards.Count > 1)
        {
            names.Add(WeightFiles.SafetensorsIndex);
            WriteFile(Path.Combine(folder, WeightFiles.SafetensorsIndex), stream => stream.Write(ShardIndex.Write(shards, names)));
        }
        RemoveStale(folder, names);
        return names;
    }

    private static List<TensorToWrite> Sort(IReadOnlyList<TensorToWrite> tensors)
    {
        var sorted = tensors.Select(tensor => (Tensor: tensor, Key: JsonText.Utf8(tensor.Name))).ToList();
        sorted.Sort((a, b) => a.Tensor.DataType != b.Tensor.DataType ? b.Tensor.DataType.CompareTo(a.Tensor.DataType) : a.Key.AsSpan().SequenceCompareTo(b.Key));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (tensor, _) in sorted)
        {
            if (!names.Add(tensor.Name))
                throw CheckpointErrors.CannotWrite(tensor.Name, "there are two of that name");
        }
        return [.. sorted.Select(pair => pair.Tensor)];
    }

    private static byte[] Header(List<TensorToWrite> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var json = new StringBuilder("{");
        if (metadata.Count > 0)
        {
            var pairs = metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{JsonText.Quote(pair.Key)}:{JsonText.Quote(pair.Value)}");
            json.Append('"').Append(SafetensorsHeader.MetadataKey).Append("\":{").AppendJoin(',', pairs).Append('}');
        }
        long offset = 0;
        foreach (var tensor in tensors)
        {
            if (json.Length > 1)
                json.Append(',');
            if (offset > long.MaxValue - tensor.ByteLength)
                throw CheckpointErrors.CannotWrite(tensor.Name, "with it the file would have more bytes than 64 bits can count");
            long end = offset + tensor.ByteLength;
            json.Append(CultureInfo.InvariantCulture, $"{JsonText.Quote(tensor.Name)}:{{\"dtype\":\"{tensor.DataType.SafetensorsName()}\",\"shape\":[");
            json.AppendJoin(',', tensor.Shape.Select(size => size.ToString(CultureInfo.InvariantCulture)));
            json.Append(CultureInfo.InvariantCulture, $"],\"data_offsets\":[{offset},{end}]}}");
            offset = end;
        }
        json.Append('}');
        var text = JsonText.Utf8(json.ToString());
        var header = new byte[(text.Length + Alignment - 1) / Alignment * Alignment];
        if (header.Length > SafetensorsHeader.MaximumLength)
            throw new ArgumentException(FormattableString.Invariant($"The header of {tensors.Count} tensors would have {header.Length} bytes where safetensors allow {SafetensorsHeader.MaximumLength}; write fewer tensors to a file."), nameof(tensors));
        header.AsSpan().Fill((byte)' ');
        text.CopyTo(header, 0);
        return header;
    }

    private static List<List<TensorToWrite>> Split(List<TensorToWrite> tensors, long maximumBytes)
    {
        var shards = new List<List<TensorToWrite>> { new() };
        long bytes = 0;
        foreach (var tensor in tensors)
        {
            if (shards[^1].Count > 0 && tensor.ByteLength > maximumBytes - bytes)
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            bytes += tensor.ByteLength;
        }
        return shards;
    }

    private static void WriteFile(string path, Action<Stream> write)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void RemoveStale(string folder, List<string> written)
    {
        string[] own = [WeightFiles.Safetensors, WeightFiles.SafetensorsIndex, .. Directory.EnumerateFiles(folder, "model-?????-of-?????.safetensors").Select(file => Path.GetFileName(file))];
        foreach (var name in own.Except(written, StringComparer.Ordinal))
            File.Delete(Path.Combine(folder, name));
    }
}
