namespace MLPipelines.Text;

/// <summary>Varies texts as <see cref="TextAugmentationOptions"/> says.</summary>
/// <remarks>Thread-safe where the random numbers are a thread's own. The same numbers give the same text.</remarks>
public sealed class TextAugmenter
{
    private static readonly char[] Punctuation = ['.', ',', ';', ':', '!', '?', '"', '\'', '(', ')'];

    private readonly TextAugmentationOptions _options;

    /// <summary>An augmenter.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    public TextAugmenter(TextAugmentationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var faults = new OptionFaults(nameof(TextAugmentationOptions));
        options.Validate(faults);
        faults.Throw();
        _options = options;
    }

    /// <summary>A text varied, its words separated by single spaces; or the text itself, where it is not varied this time.</summary>
    public string Vary(string text, Random random)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(random);
        if (random.NextDouble() >= _options.Share)
            return text;
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToList();
        if (words.Count == 0)
            return text;
        Replace(words, random);
        Swap(words, random);
        Drop(words, random);
        return string.Join(' ', words);
    }

    private void Replace(List<string> words, Random random)
    {
        if (_options.Synonyms is not { Count: > 0 } table || _options.SynonymReplacement == 0)
            return;
        for (int i = 0; i < words.Count; i++)
        {
            string bare = words[i].Trim(Punctuation);
            var synonyms = bare.Length == 0 ? [] : table.Of(bare);
            if (synonyms.Count == 0 || random.NextDouble() >= _options.SynonymReplacement)
                continue;
            string synonym = synonyms[random.Next(synonyms.Count)];
            if (char.IsUpper(bare[0]))
                synonym = char.ToUpperInvariant(synonym[0]) + synonym[1..];
            int start = words[i].IndexOf(bare, StringComparison.Ordinal);
            words[i] = words[i][..start] + synonym + words[i][(start + bare.Length)..];
        }
    }

    private void Swap(List<string> words, Random random)
    {
        if (_options.WordSwap == 0 || words.Count < 2)
            return;
        for (int i = 0; i < words.Count; i++)
        {
            if (random.NextDouble() >= _options.WordSwap)
                continue;
            int other = random.Next(words.Count - 1);
            other += other >= i ? 1 : 0;
            (words[i], words[other]) = (words[other], words[i]);
        }
    }

    private void Drop(List<string> words, Random random)
    {
        if (_options.WordDrop == 0)
            return;
        string survivor = words[random.Next(words.Count)];
        words.RemoveAll(_ => random.NextDouble() < _options.WordDrop);
        if (words.Count == 0)
            words.Add(survivor);
    }
}
