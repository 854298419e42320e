namespace MLPipelines.Training.Checkpoints;

/// <summary>Which files of a repository a checkpoint needs.</summary>
internal static class HubFiles
{
    private static readonly HashSet<string> Small = new(StringComparer.Ordinal)
    {
        "config.json", "generation_config.json",
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model",
        "modules.json", "sentence_bert_config.json", "config_sentence_transformers.json",
    };

    /// <summary>Why a name that the hub lists is refused, or null. A file of that name might land outside of the folder.</summary>
    public static string? FaultOf(string name)
    {
        if (name.Length is 0 or > 1000)
            return "is empty or longer than 1000 characters";
        if (name.Any(c => char.IsControl(c) || c == '\\'))
            return "has a control character or a backslash";
        if (name[0] == '/' || (name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0])))
            return "is an absolute path";
        return name.Split('/').Any(part => part is "" or "." or "..") ? "leaves its folder or is not in its simplest form" : null;
    }

    /// <summary>Configuration and tokenizer, and the configuration of the layers of a sentence encoder such as <c>1_Pooling/config.json</c>.</summary>
    public static bool IsSmall(string name)
    {
        if (Small.Contains(name))
            return true;
        var parts = name.Split('/');
        return parts is [var folder, "config.json"] && char.IsAsciiDigit(folder[0]) && folder.Contains('_', StringComparison.Ordinal) && ShardIndex.IsPlainName(folder);
    }

    /// <summary>The weights, or the index of the shards, among the files of a repository.</summary>
    public static string? Weights(ICollection<string> names) => Array.Find(WeightFiles.InOrder, names.Contains);

    public static bool IsIndex(string name) => name is WeightFiles.SafetensorsIndex or WeightFiles.PickleIndex;
}
