using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPipelines.Text.Encoders;

/// <summary>A <c>config.json</c> as it was read, so that it can be written again with what has changed since.</summary>
internal sealed class EncoderConfigFile
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };
    private static readonly Dictionary<string, EncoderProblemType> ProblemTypes = new(StringComparer.Ordinal)
    {
        ["single_label_classification"] = EncoderProblemType.SingleLabel,
        ["multi_label_classification"] = EncoderProblemType.MultiLabel,
        ["regression"] = EncoderProblemType.Regression,
    };

    private readonly JsonObject _keys;
    private EncoderConfig? _read;

    private EncoderConfigFile(JsonObject keys) => _keys = keys;

    public static EncoderConfigFile Empty { get; } = new([]);

    public static EncoderConfig Parse(ReadOnlySpan<byte> json)
    {
        JsonObject keys;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
            using var document = JsonDocument.ParseValue(ref reader);
            if (reader.Read())
                throw TextErrors.BadConfig(["there is more after the JSON object"]);
            keys = document.RootElement.ValueKind == JsonValueKind.Object
                ? JsonNode.Parse(document.RootElement.GetRawText())!.AsObject()
                : throw TextErrors.BadConfig([$"it holds a JSON {document.RootElement.ValueKind.ToString().ToLowerInvariant()}, not an object"]);
            _ = keys.Count; // Fails here, not later, where a key occurs twice.
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw TextErrors.NotJson(exception);
        }
        var faults = new List<string>();
        var values = new Values(keys, faults);
        string type = values.Text("model_type", "");
        if (EncoderConfigKeys.Of(type) is not { } names)
            throw TextErrors.UnknownModelType(type);
        var file = new EncoderConfigFile(keys);
        var config = new EncoderConfig
        {
            ModelType = type,
            VocabularySize = values.Whole(names.VocabularySize, names.DefaultVocabularySize),
            HiddenSize = values.Whole(names.HiddenSize, 768),
            Layers = values.Whole(names.Layers, names.DefaultLayers),
            Heads = values.Whole(names.Heads, 12),
            IntermediateSize = values.Whole(names.IntermediateSize, 3072),
            MaximumPositions = values.Whole(names.MaximumPositions, 512),
            TypeVocabularySize = names.TypeVocabularySize is { } typeKey ? values.Whole(typeKey, 2) : 0,
            LayerNormEpsilon = names.LayerNormEpsilon is { } epsilonKey ? values.Number(epsilonKey, 1e-12) : 1e-12,
            Activation = values.Text(names.Activation, "gelu"),
            HiddenDropout = values.Number(names.HiddenDropout, 0.1),
            AttentionDropout = values.Number(names.AttentionDropout, 0.1),
            ClassifierDropout = values.Has(names.ClassifierDropout) ? values.Number(names.ClassifierDropout, 0) : names.DefaultClassifierDropout,
            PadId = values.Whole(names.PadId, names.DefaultPadId),
            InitializerRange = values.Number(names.InitializerRange, 0.02),
            Labels = values.Labels(),
            ProblemType = values.OneOf("problem_type", ProblemTypes),
            TieWordEmbeddings = values.Flag("tie_word_embeddings", true),
            SinusoidalPositions = names.SinusoidalPositions is { } sinusoidalKey && values.Flag(sinusoidalKey, false),
            Architectures = values.Texts("architectures"),
            File = file,
        };
        if (values.Text("position_embedding_type", "absolute") is var positions and not "absolute")
            faults.Add($"position_embedding_type is '{positions}'; only 'absolute' can be built");
        foreach (string key in (string[])["is_decoder", "add_cross_attention"])
        {
            if (values.Flag(key, false))
                faults.Add($"{key} is true; only encoders can be built");
        }
        config.AddFaults(faults);
        if (faults.Count > 0)
            throw TextErrors.BadConfig(faults);
        file._read = config;
        return config;
    }

    /// <summary>Writes a configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="weightType">The type of the weights beside it, or <see langword="null"/> to leave what the file said.</param>
    public byte[] Write(EncoderConfig config, string? weightType = null)
    {
        var names = EncoderConfigKeys.Of(config.ModelType) ?? throw TextErrors.UnknownModelType(config.ModelType);
        var keys = _keys.DeepClone().AsObject();
        Set("model_type", config.ModelType, _read?.ModelType);
        Set(names.VocabularySize, config.VocabularySize, _read?.VocabularySize);
        Set(names.HiddenSize, config.HiddenSize, _read?.HiddenSize);
        Set(names.Layers, config.Layers, _read?.Layers);
        Set(names.Heads, config.Heads, _read?.Heads);
        Set(names.IntermediateSize, config.IntermediateSize, _read?.IntermediateSize);
        Set(names.MaximumPositions, config.MaximumPositions, _read?.MaximumPositions);
        if (names.TypeVocabularySize is { } typeKey)
            Set(typeKey, config.TypeVocabularySize, _read?.TypeVocabularySize);
        if (names.LayerNormEpsilon is { } epsilonKey)
            Set(epsilonKey, config.LayerNormEpsilon, _read?.LayerNormEpsilon);
        Set(names.Activation, config.Activation, _read?.Activation);
        Set(names.HiddenDropout, config.HiddenDropout, _read?.HiddenDropout);
        Set(names.AttentionDropout, config.AttentionDropout, _read?.AttentionDropout);
        if (_read is null || config.ClassifierDropout != _read.ClassifierDropout)
            keys[names.ClassifierDropout] = config.ClassifierDropout ?? (names.DefaultClassifierDropout is null ? null : config.HiddenDropout);
        Set(names.PadId, config.PadId, _read?.PadId);
        Set(names.InitializerRange, config.InitializerRange, _read?.InitializerRange);
        if (names.SinusoidalPositions is { } sinusoidalKey)
            Set(sinusoidalKey, config.SinusoidalPositions, _read?.SinusoidalPositions);
        if (_read is null ? !config.TieWordEmbeddings : config.TieWordEmbeddings != _read.TieWordEmbeddings)
            keys["tie_word_embeddings"] = config.TieWordEmbeddings;
        if (_read is null || !config.Labels.SequenceEqual(_read.Labels))
        {
            keys.Remove("num_labels");
            keys["id2label"] = new JsonObject(config.Labels.Select((label, i) => KeyValuePair.Create(i.ToString(CultureInfo.InvariantCulture), (JsonNode?)label)));
            keys["label2id"] = new JsonObject(config.Labels.Select((label, i) => KeyValuePair.Create(label, (JsonNode?)i)));
        }
        if (config.ProblemType is { } problem && problem != _read?.ProblemType)
            keys["problem_type"] = ProblemTypes.First(pair => pair.Value == problem).Key;
        else if (config.ProblemType is null && _read?.ProblemType is not null)
            keys.Remove("problem_type");
        if (config.Architectures.Count > 0 && (_read is null || !config.Architectures.SequenceEqual(_read.Architectures)))
            keys["architectures"] = new JsonArray([.. config.Architectures.Select(name => (JsonNode?)name)]);

        if (weightType is not null)
            keys["torch_dtype"] = weightType;

        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Indented))
            new JsonObject(keys.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()))).WriteTo(writer);
        stream.WriteByte((byte)'\n');
        return stream.ToArray();

        // What has not changed since it was read stays as it stood there, even where it stood for a default by being absent.
        void Set<T>(string key, T value, object? read)
        {
            if (!Equals(value, read))
                keys[key] = JsonValue.Create(value);
        }
    }

    /// <summary>Reads values of keys, and notes down those that are of the wrong kind.</summary>
    private sealed class Values(JsonObject keys, List<string> faults)
    {
        public bool Has(string key) => keys[key] is not null;

        public int Whole(string key, int otherwise) => Read(key, otherwise, "a whole number", static (JsonElement value, out int result) =>
        {
            // Files written by Python may hold 512.0.
            result = 0;
            if (value.ValueKind != JsonValueKind.Number)
                return false;
            if (value.TryGetInt32(out result))
                return true;
            bool whole = value.TryGetDouble(out double number) && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue;
            result = whole ? (int)number : 0;
            return whole;
        });

        public double Number(string key, double otherwise) => Read(key, otherwise, "a number", static (JsonElement value, out double result) =>
        {
            result = 0;
            return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out result);
        });

        public string Text(string key, string otherwise) => Read(key, otherwise, "text", static (JsonElement value, out string result) =>
        {
            result = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
            return value.ValueKind == JsonValueKind.String;
        });

        public bool Flag(string key, bool otherwise) => Read(key, otherwise, "true or false", static (JsonElement value, out bool result) =>
        {
            result = value.ValueKind == JsonValueKind.True;
            return value.ValueKind is JsonValueKind.True or JsonValueKind.False;
        });

        public T? OneOf<T>(string key, Dictionary<string, T> values)
            where T : struct
        {
            if (!Has(key))
                return null;
            string name = Text(key, "");
            if (values.TryGetValue(name, out var value))
                return value;
            faults.Add($"{key} is '{name}'; known are {string.Join(", ", values.Keys)}");
            return null;
        }

        public string[] Texts(string key)
        {
            if (keys[key] is not { } node)
                return [];
            if (node is JsonArray array && array.All(item => item?.GetValueKind() == JsonValueKind.String))
                return [.. array.Select(item => item!.GetValue<string>())];
            faults.Add($"{key} is not a list of texts");
            return [];
        }

        public string[] Labels()
        {
            if (keys["id2label"] is not { } node)
            {
                int count = Whole("num_labels", 2);
                if (count is < 1 or > 1_000_000)
                    faults.Add($"num_labels is {count}; it must be 1 to 1000000");
                return [.. Enumerable.Range(0, Math.Clamp(count, 1, 1_000_000)).Select(i => $"LABEL_{i}")];
            }
            if (node is not JsonObject map)
            {
                faults.Add("id2label is not an object");
                return ["LABEL_0"];
            }
            var labels = new string?[map.Count];
            foreach (var (key, value) in map)
            {
                if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id >= labels.Length)
                    faults.Add($"id2label has the key '{key}'; its {labels.Length} keys must be 0 to {labels.Length - 1}");
                else if (value?.GetValueKind() is not (JsonValueKind.String or JsonValueKind.Number))
                    faults.Add($"id2label names label {id} by something that is not text");
                else
                    labels[id] = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
            }
            return [.. labels.Select((label, i) => label ?? $"LABEL_{i}")];
        }

        private T Read<T>(string key, T otherwise, string kind, TryRead<T> read)
        {
            if (keys[key] is not { } node)
                return otherwise;
            if (node is JsonValue && read(node.GetValue<JsonElement>(), out var value))
                return value;
            string text = node.ToJsonString();
            faults.Add($"{key} is {(text.Length > 40 ? text[..40] + "…" : text)}; it must be {kind}");
            return otherwise;
        }

        private delegate bool TryRead<T>(JsonElement value, out T result);
    }
}
