using System.Text.Json;

namespace MLPipelines.Generation;

/// <summary>What <c>config.json</c> and <c>generation_config.json</c> say, the latter first.</summary>
internal sealed class GenerationConfig
{
    public const string ModelFile = "config.json";
    public const string GenerationFile = "generation_config.json";

    private readonly JsonElement _model;
    private readonly JsonElement? _generation;
    private readonly string _modelPath;
    private readonly string _generationPath;

    private GenerationConfig(JsonElement model, string modelPath, JsonElement? generation, string generationPath)
    {
        (_model, _modelPath, _generation, _generationPath) = (model, modelPath, generation, generationPath);
        int start = Integer("decoder_start_token_id") ?? Integer("bos_token_id")
            ?? throw GenerationErrors.BadConfig(modelPath, "has neither decoder_start_token_id nor bos_token_id; one of them must name the token that the decoder starts with");
        var ends = Integers("eos_token_id");
        SpecialIds = new SpecialIds(start, ends, Integer("pad_token_id") ?? (ends.Length > 0 ? ends[0] : 0));
    }

    public SpecialIds SpecialIds { get; }

    /// <summary>The number of tokens that the model has embeddings for, padding rows included; null where the file does not say.</summary>
    public int? VocabularySize => Number(_model, _modelPath, "vocab_size") is { } size ? (int)size : null;

    /// <summary>The heads of the decoder and the size of each; null where the file does not say.</summary>
    public (int Heads, int HeadSize)? DecoderHeads
    {
        get
        {
            double? heads = Number(_model, _modelPath, "decoder_attention_heads") ?? Number(_model, _modelPath, "num_heads") ?? Number(_model, _modelPath, "num_attention_heads");
            double? size = Number(_model, _modelPath, "d_kv") ?? (Number(_model, _modelPath, "d_model") ?? Number(_model, _modelPath, "hidden_size")) / heads;
            return heads is > 0 && size is > 0 ? ((int)heads, (int)size) : null;
        }
    }

    /// <summary>(tokens) The maximum length where options give none; 20 where the files do not say either, as in transformers.</summary>
    public int MaximumLength => Integer("max_length") ?? 20;

    public static GenerationConfig Read(string folder)
    {
        string model = Path.Combine(folder, ModelFile), generation = Path.Combine(folder, GenerationFile);
        return new(Parse(model), model, File.Exists(generation) ? Parse(generation) : null, generation);
    }

    /// <summary>Options as the model's makers set them.</summary>
    public GenerationOptions MakeOptions()
    {
        var options = new GenerationOptions
        {
            MaximumLength = Integer("max_length"),
            MaximumNewTokens = Integer("max_new_tokens"),
            MinimumLength = Integer("min_length") ?? 0,
            MinimumNewTokens = Integer("min_new_tokens") ?? 0,
            Sample = Truth("do_sample") ?? false,
            Beams = Integer("num_beams") ?? 1,
            BeamGroups = Integer("num_beam_groups") ?? 1,
            DiversityPenalty = Float("diversity_penalty") ?? 0,
            LengthPenalty = Float("length_penalty") ?? 1,
            ReturnedSequences = Integer("num_return_sequences") ?? 1,
            Temperature = Float("temperature") ?? 1,
            TopK = Integer("top_k") ?? 50,
            TopP = Float("top_p") ?? 1,
            MinP = Float("min_p") ?? 0,
            TypicalP = Float("typical_p") ?? 1,
            EpsilonCutoff = Float("epsilon_cutoff") ?? 0,
            EtaCutoff = Float("eta_cutoff") ?? 0,
            RepetitionPenalty = Float("repetition_penalty") ?? 1,
            PromptRepetitionPenalty = Float("encoder_repetition_penalty") ?? 1,
            NoRepeatNGramSize = Integer("no_repeat_ngram_size") ?? 0,
            PromptNoRepeatNGramSize = Integer("encoder_no_repeat_ngram_size") ?? 0,
            ForcedFirstId = Integer("forced_bos_token_id"),
            ForcedLastId = Integers("forced_eos_token_id") is [var last, ..] ? last : null,
            SuppressedIds = Integers("suppress_tokens"),
            BadWordIds = Sequences("bad_words_ids"),
            EarlyStopping = Find("early_stopping") is var (value, path)
                ? value.ValueKind switch
                {
                    JsonValueKind.True => EarlyStopping.WhenFull,
                    JsonValueKind.False or JsonValueKind.Null => EarlyStopping.Heuristic,
                    JsonValueKind.String when value.GetString() == "never" => EarlyStopping.Never,
                    _ => throw Bad(path, "early_stopping", value, "true, false or \"never\""),
                }
                : EarlyStopping.Heuristic,
        };
        try
        {
            options.Validate();
        }
        catch (ArgumentException e)
        {
            throw GenerationErrors.BadConfig(_generation is null ? _modelPath : _generationPath, $"asks for what cannot be: {e.Message}", e);
        }
        return options;
    }

    private static JsonElement Parse(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw GenerationErrors.BadConfig(path, $"is a JSON {document.RootElement.ValueKind}; it must be an object");
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw GenerationErrors.BadConfig(path, $"is not valid JSON: {e.Message}", e);
        }
    }

    private (JsonElement Value, string Path)? Find(string name)
    {
        if (_generation is { } generation && generation.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            return (value, _generationPath);
        return _model.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null ? (value, _modelPath) : null;
    }

    private int? Integer(string name) => Find(name) is var (value, path)
        ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : throw Bad(path, name, value, "an integer")
        : null;

    private float? Float(string name) => Find(name) is var (value, path)
        ? value.ValueKind == JsonValueKind.Number ? value.GetSingle() : throw Bad(path, name, value, "a number")
        : null;

    private bool? Truth(string name) => Find(name) is var (value, path)
        ? value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Bad(path, name, value, "true or false")
        : null;

    private int[] Integers(string name)
    {
        if (Find(name) is not var (value, path))
            return [];
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int single))
            return [single];
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _))
            ? [.. value.EnumerateArray().Select(item => item.GetInt32())]
            : throw Bad(path, name, value, "an integer, or a list of them");
    }

    private int[][] Sequences(string name)
    {
        if (Find(name) is not var (value, path))
            return [];
        return value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(list => list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.TryGetInt32(out _)))
            ? [.. value.EnumerateArray().Select(list => list.EnumerateArray().Select(item => item.GetInt32()).ToArray())]
            : throw Bad(path, name, value, "a list of lists of integers");
    }

    private static double? Number(JsonElement element, string path, string name) =>
        !element.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.Number ? value.GetDouble() : throw Bad(path, name, value, "a number");

    private static GenerationException Bad(string path, string name, JsonElement value, string expected)
    {
        string text = value.GetRawText();
        return GenerationErrors.BadConfig(path, $"has {(text.Length > 60 ? text[..60] + "…" : text)} as {name}; it must be {expected}");
    }
}
