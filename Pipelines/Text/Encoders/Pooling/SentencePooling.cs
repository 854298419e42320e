using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>How the hidden states of a text's tokens become one vector.</summary>
[Flags]
public enum PoolingModes
{
    /// <summary>The first token's.</summary>
    FirstToken = 1,

    /// <summary>Their mean.</summary>
    Mean = 2,

    /// <summary>Their largest value, element by element.</summary>
    Maximum = 4,

    /// <summary>Their sum over the square root of their number.</summary>
    MeanSquareRootLength = 8,
}

/// <summary>
/// Makes sentence embeddings of an encoder's hidden states (Reimers and Gurevych, "Sentence-BERT", 2019, <see href="https://arxiv.org/abs/1908.10084"/>).
/// Read from, and written to, the files of sentence-transformers: <c>modules.json</c>, <c>1_Pooling/config.json</c> and <c>sentence_bert_config.json</c>.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
/// <param name="Modes">How; the vectors of several are put one after the other, in the order of sentence-transformers: first token, maximum, mean, mean over the square root.</param>
/// <param name="Normalize">Whether vectors are scaled to length 1.</param>
/// <param name="MaximumTokens">To how many tokens texts are cut, special tokens included; <see langword="null"/> leaves it to the encoder.</param>
public sealed record SentencePooling(PoolingModes Modes = PoolingModes.Mean, bool Normalize = true, int? MaximumTokens = null)
{
    private const string ModulesFile = "modules.json";
    private const string BertConfigFile = "sentence_bert_config.json";

    private static readonly (string Key, PoolingModes Mode)[] Keys =
    [
        ("pooling_mode_cls_token", PoolingModes.FirstToken),
        ("pooling_mode_mean_tokens", PoolingModes.Mean),
        ("pooling_mode_max_tokens", PoolingModes.Maximum),
        ("pooling_mode_mean_sqrt_len_tokens", PoolingModes.MeanSquareRootLength),
    ];

    /// <summary>How many numbers an embedding has.</summary>
    /// <param name="config">The encoder's configuration.</param>
    public int SizeFor(EncoderConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.HiddenSize * int.PopCount((int)Modes);
    }

    /// <summary>Reads how a checkpoint of sentence-transformers pools; a checkpoint that says nothing is pooled by the mean, normalised.</summary>
    /// <param name="files">The checkpoint.</param>
    /// <exception cref="EncoderException">A file is damaged, or asks for something that is not understood.</exception>
    public static SentencePooling Read(EncoderFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (!files.Contains(ModulesFile))
            return new SentencePooling();
        var modes = PoolingModes.Mean;
        bool normalizes = false;
        Parse(files, ModulesFile, root =>
        {
            foreach (var module in root.EnumerateArray())
            {
                string type = module.GetProperty("type").GetString() ?? "";
                switch (type[(type.LastIndexOf('.') + 1)..])
                {
                    case "Transformer":
                        break;
                    case "Pooling":
                        modes = ReadModes(files, $"{module.GetProperty("path").GetString()}/config.json");
                        break;
                    case "Normalize":
                        normalizes = true;
                        break;
                    default:
                        throw TextErrors.BadFile($"{files.Location}: {ModulesFile}", $"it has a module of type '{type}'; understood are Transformer, Pooling and Normalize");
                }
            }
        });
        int? most = null;
        if (files.Contains(BertConfigFile))
            Parse(files, BertConfigFile, root => most = root.TryGetProperty("max_seq_length", out var length) && length.ValueKind == JsonValueKind.Number ? length.GetInt32() : null);
        return new SentencePooling(modes, normalizes, most);
    }

    /// <summary>The files that say so, beside a checkpoint, by name.</summary>
    /// <param name="config">The encoder's configuration.</param>
    public IReadOnlyDictionary<string, byte[]> ToFiles(EncoderConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        var modules = new List<object>
        {
            new { idx = 0, name = "0", path = "", type = "sentence_transformers.models.Transformer" },
            new { idx = 1, name = "1", path = "1_Pooling", type = "sentence_transformers.models.Pooling" },
        };
        if (Normalize)
            modules.Add(new { idx = 2, name = "2", path = "2_Normalize", type = "sentence_transformers.models.Normalize" });
        var pooling = new SortedDictionary<string, object>(StringComparer.Ordinal) { ["word_embedding_dimension"] = config.HiddenSize };
        foreach (var (key, mode) in Keys)
            pooling[key] = Modes.HasFlag(mode);
        return new Dictionary<string, byte[]>
        {
            [ModulesFile] = JsonSerializer.SerializeToUtf8Bytes(modules),
            ["1_Pooling/config.json"] = JsonSerializer.SerializeToUtf8Bytes(pooling),
            [BertConfigFile] = JsonSerializer.SerializeToUtf8Bytes(new { max_seq_length = Math.Min(MaximumTokens ?? int.MaxValue, config.MaximumTokens), do_lower_case = false }),
        };
    }

    /// <summary>Makes the embeddings of a batch.</summary>
    /// <param name="hidden">The last hidden state, [rows, tokens, width].</param>
    /// <param name="attentionMask">1 where there is a token and 0 where there is padding, [rows, tokens]; <see langword="null"/> where no row is padded.</param>
    /// <returns>Float32 [rows, size], of length 1 each if <see cref="Normalize"/>.</returns>
    public Tensor Pool(Tensor hidden, Tensor? attentionMask)
    {
        ArgumentNullException.ThrowIfNull(hidden);
        if (Modes == 0 || (int)Modes > 15)
            throw new InvalidOperationException($"{nameof(Modes)} is {Modes}; name at least one of {string.Join(", ", Enum.GetNames<PoolingModes>())}.");
        using var scope = NewDisposeScope();
        var wide = hidden.to(ScalarType.Float32);
        var mask = attentionMask?.to(ScalarType.Float32).unsqueeze(-1);
        var vectors = new List<Tensor>();
        if (Modes.HasFlag(PoolingModes.FirstToken))
            vectors.Add(wide.select(1, 0));
        if (Modes.HasFlag(PoolingModes.Maximum))
            vectors.Add((mask is null ? wide : wide.masked_fill(mask.eq(0), -1e9)).amax(1));
        if (Modes.HasFlag(PoolingModes.Mean) || Modes.HasFlag(PoolingModes.MeanSquareRootLength))
        {
            var sum = (mask is null ? wide : wide.mul(mask)).sum(1);
            var count = mask is null ? full([1, 1], hidden.shape[1], ScalarType.Float32, hidden.device) : mask.sum(1).clamp_min(1e-9);
            if (Modes.HasFlag(PoolingModes.Mean))
                vectors.Add(sum.div(count));
            if (Modes.HasFlag(PoolingModes.MeanSquareRootLength))
                vectors.Add(sum.div(count.sqrt()));
        }
        var vector = vectors.Count == 1 ? vectors[0] : cat(vectors, 1);
        if (Normalize)
            vector = vector.div(vector.square().sum(1, keepdim: true).sqrt().clamp_min(1e-12));
        return vector.MoveToOuterDisposeScope();
    }

    private static PoolingModes ReadModes(EncoderFiles files, string name)
    {
        PoolingModes modes = 0;
        Parse(files, name, root =>
        {
            foreach (var property in root.EnumerateObject())
            {
                if (!property.Name.StartsWith("pooling_mode_", StringComparison.Ordinal) || property.Value.ValueKind != JsonValueKind.True)
                    continue;
                var known = Array.Find(Keys, key => key.Key == property.Name);
                modes |= known.Key is null ? throw TextErrors.BadFile($"{files.Location}: {name}", $"it asks for '{property.Name}'; understood are {string.Join(", ", Keys.Select(key => key.Key))}") : known.Mode;
            }
        });
        return modes != 0 ? modes : throw TextErrors.BadFile($"{files.Location}: {name}", "it asks for no way of pooling");
    }

    private static void Parse(EncoderFiles files, string name, Action<JsonElement> read)
    {
        byte[] bytes = files.Read(name);
        try
        {
            using var document = JsonDocument.Parse(bytes);
            read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw TextErrors.BadFile($"{files.Location}: {name}", $"it is damaged: {exception.Message}");
        }
    }
}
