namespace MLPipelines.Tokenization.Files;

/// <summary>Finds out what kind of tokenizer a set of files is, and loads it.</summary>
internal static class TokenizerFiles
{
    /// <summary>The most bytes that one file may have.</summary>
    public const long MaximumSize = 256L << 20;

    /// <summary>The files that belong to a tokenizer.</summary>
    private static readonly string[] Names =
        [TokenizerJson.FileName, SpecialTokens.ConfigName, SpecialTokens.MapName, SlowTokenizers.VocabularyText, SlowTokenizers.VocabularyJson, SlowTokenizers.Merges, SlowTokenizers.Pieces, SlowTokenizers.Added];

    public static IReadOnlyDictionary<string, byte[]> ReadFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        var files = new Dictionary<string, byte[]>();
        foreach (string name in Names)
        {
            var file = new FileInfo(Path.Combine(folder, name));
            if (!file.Exists)
                continue;
            CheckSize(file.FullName, file.Length);
            files[name] = File.ReadAllBytes(file.FullName);
        }
        return files;
    }

    public static TextTokenizer Load(IReadOnlyDictionary<string, byte[]> given, string place)
    {
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in Names)
        {
            if (!given.TryGetValue(name, out byte[]? content))
                continue;
            CheckSize(name, content.LongLength);
            files[name] = content;
        }
        var special = SpecialTokens.Read(files);
        if (!files.TryGetValue(TokenizerJson.FileName, out byte[]? json))
            files[TokenizerJson.FileName] = json = SlowTokenizers.MakeJson(files, special) ?? throw TokenizationErrors.NoTokenizer(place, files.Keys);
        return new TextTokenizer(TokenizerJson.Read(json), files, special);
    }

    private static void CheckSize(string name, long size)
    {
        if (size > MaximumSize)
            throw TokenizationErrors.TooLarge(name, size, MaximumSize);
    }
}
