using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPipelines.Generation;

/// <summary>Writes how a model decodes as <c>generation_config.json</c>, which <see cref="GenerationConfig"/> and Python's transformers read.</summary>
internal static class GenerationConfigWriter
{
    private static readonly GenerationOptions Defaults = new();

    /// <summary>The file's content: what differs from the defaults. Options that are texts (bad words, prefix, stop strings) have no keys there and are left out.</summary>
    public static byte[] Write(GenerationOptions options, SpecialIds ids)
    {
        var keys = new JsonObject { ["decoder_start_token_id"] = ids.StartId, ["pad_token_id"] = ids.PadId };
        if (ids.EndIds.Count > 0)
            keys["eos_token_id"] = ids.EndIds.Count == 1 ? ids.EndIds[0] : Array(ids.EndIds);
        Set("max_length", options => options.MaximumLength);
        Set("max_new_tokens", options => options.MaximumNewTokens);
        Set("min_length", options => options.MinimumLength);
        Set("min_new_tokens", options => options.MinimumNewTokens);
        Set("do_sample", options => options.Sample);
        Set("temperature", options => options.Temperature);
        Set("top_k", options => options.TopK);
        Set("top_p", options => options.TopP);
        Set("min_p", options => options.MinP);
        Set("typical_p", options => options.TypicalP);
        Set("epsilon_cutoff", options => options.EpsilonCutoff);
        Set("eta_cutoff", options => options.EtaCutoff);
        Set("num_beams", options => options.Beams);
        Set("num_beam_groups", options => options.BeamGroups);
        Set("diversity_penalty", options => options.DiversityPenalty);
        Set("length_penalty", options => options.LengthPenalty);
        Set("num_return_sequences", options => options.ReturnedSequences);
        Set("repetition_penalty", options => options.RepetitionPenalty);
        Set("encoder_repetition_penalty", options => options.PromptRepetitionPenalty);
        Set("no_repeat_ngram_size", options => options.NoRepeatNGramSize);
        Set("encoder_no_repeat_ngram_size", options => options.PromptNoRepeatNGramSize);
        Set("forced_bos_token_id", options => options.ForcedFirstId);
        Set("forced_eos_token_id", options => options.ForcedLastId);
        if (options.EarlyStopping != EarlyStopping.Heuristic)
            keys["early_stopping"] = options.EarlyStopping == EarlyStopping.WhenFull ? true : "never";
        if (options.SuppressedIds.Count > 0)
            keys["suppress_tokens"] = Array(options.SuppressedIds);
        if (options.BadWordIds.Count > 0)
            keys["bad_words_ids"] = new JsonArray([.. options.BadWordIds.Select(Array)]);
        return JsonSerializer.SerializeToUtf8Bytes(keys, JsonSerializerOptions.Web);

        void Set<T>(string key, Func<GenerationOptions, T> value)
        {
            if (!EqualityComparer<T>.Default.Equals(value(options), value(Defaults)))
                keys[key] = JsonValue.Create(value(options));
        }
    }

    private static JsonArray Array(IReadOnlyList<int> ids) => [.. ids.Select(id => JsonValue.Create(id))];
}
