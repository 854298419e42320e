using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>What a featurizer learns: the words, and the n-grams of words and of characters.</summary>
/// <param name="Words">The words.</param>
/// <param name="WordNgrams">The n-grams of words, or null.</param>
/// <param name="Characters">The n-grams of characters, or null.</param>
internal sealed record TextDictionary(WordTable Words, NgramDictionary WordNgrams, NgramDictionary Characters)
{
    public void Save(BinaryWriter writer)
    {
        if (WordNgrams != null)
            Words.Save(writer);
        WordNgrams?.Save(writer);
        Characters?.Save(writer);
    }

    public static TextDictionary Load(BinaryReader reader, TextFeaturizerSettings settings)
    {
        var words = settings.WordNgrams == null ? new WordTable() : WordTable.Load(reader);
        var wordNgrams = settings.WordNgrams == null ? null : NgramDictionary.Load(reader);
        var characters = settings.CharacterNgrams == null ? null : NgramDictionary.Load(reader);
        return new TextDictionary(words, wordNgrams, characters);
    }
}

/// <summary>Learns a <see cref="TextDictionary"/>.</summary>
internal static class TextDictionaryTrainer
{
    // Large enough that most n-grams of a batch are looked up within the batch, small enough to keep the cores busy.
    private const int BatchRows = 8192;
    private const int BatchCharacters = 1 << 20;

    public static TextDictionary Train(IHost host, TextFeaturizerSettings settings, TextSource source, IDataView input)
    {
        if (settings.WordNgrams == null && settings.CharacterNgrams == null)
            return new TextDictionary(new WordTable(), null, null);
        if (Environment.ProcessorCount > 1 && TrainInBatches(host, settings, source, input) is { } dictionary)
            return dictionary;
        var builder = new Builder(settings);
        foreach (var batch in ReadBatches(host, source, input))
            builder.AddRows(batch);
        return builder.Finish();
    }

    /// <summary>Null where that cannot tell in how many rows the n-grams of words beyond the limit are.</summary>
    private static TextDictionary TrainInBatches(IHost host, TextFeaturizerSettings settings, TextSource source, IDataView input)
    {
        var unlimited = settings with
        {
            MaximumWordCount = int.MaxValue,
            WordNgrams = WithoutLimits(settings.WordNgrams),
            CharacterNgrams = WithoutLimits(settings.CharacterNgrams),
        };
        var builder = new Builder(settings);
        OrderedPipeline.Run(
            ReadBatches(host, source, input),
            batch =>
            {
                var own = new Builder(unlimited);
                own.AddRows(batch);
                return own;
            },
            builder.Append);
        return builder.IsExact ? builder.Finish() : null;
    }

    private static NgramSettings WithoutLimits(NgramSettings settings) =>
        settings == null ? null : settings with { Limits = Array.ConvertAll(settings.Limits, limit => limit > 0 ? int.MaxValue : 0) };

    private static IEnumerable<Batch> ReadBatches(IHost host, TextSource source, IDataView input)
    {
        using var cursor = input.GetRowCursor(source.Columns);
        var read = source.MakeReader(cursor);
        bool more = true;
        while (more)
        {
            host.CheckAlive();
            var batch = new Batch(source.IsVector, [], []);
            int next = 0;
            long characters = 0;
            while (batch.RowEnds.Count < BatchRows && characters < BatchCharacters && (more = cursor.MoveNext()))
            {
                read(batch.Texts);
                for (; next < batch.Texts.Count; next++)
                    characters += batch.Texts[next].Length;
                batch.RowEnds.Add(next);
            }
            if (batch.RowEnds.Count > 0)
                yield return batch;
        }
    }

    /// <summary>The texts of some rows.</summary>
    private sealed record Batch(bool IsVector, List<ReadOnlyMemory<char>> Texts, List<int> RowEnds);

    private sealed class Builder(TextFeaturizerSettings settings)
    {
        private readonly WordTable _words = new();
        private readonly NgramDictionaryBuilder _wordNgrams = settings.WordNgrams == null ? null : new(settings.WordNgrams, uint.MaxValue);
        private readonly NgramDictionaryBuilder _characters = settings.CharacterNgrams == null ? null : new(settings.CharacterNgrams, CharacterKeys.Count);

        /// <summary>Whether the rows of each n-gram were counted once, even where words beyond the limit made n-grams the same.</summary>
        public bool IsExact { get; private set; } = true;

        public void AddRows(Batch batch)
        {
            var tokenizer = new RowTokenizer(settings);
            var tokens = new TokenBuffer();
            var texts = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(batch.Texts);
            int start = 0;
            foreach (int end in batch.RowEnds)
            {
                tokenizer.Read(texts[start..end], batch.IsVector);
                start = end;
                _characters?.AddRow(tokenizer.Characters);
                if (_wordNgrams == null)
                    continue;
                tokens.Clear();
                for (int i = 0; i < tokenizer.WordCount; i++)
                    tokens.Add(_words.FindOrAdd(tokenizer.Word(i), settings.MaximumWordCount));
                _wordNgrams.AddRow(tokens.Span);
            }
        }

        public void Append(Builder next)
        {
            if (_characters != null)
                _characters.Append(next._characters, null);
            if (_wordNgrams == null)
                return;
            var mapping = new uint[next._words.Count + 1];
            for (uint key = 1; key < mapping.Length; key++)
            {
                mapping[key] = _words.FindOrAdd(next._words[key], settings.MaximumWordCount);
                IsExact &= mapping[key] != 0 || !settings.WordNgrams.UsesDocumentFrequency;
            }
            _wordNgrams.Append(next._wordNgrams, mapping);
        }

        public TextDictionary Finish() => new(_words, _wordNgrams?.Finish(), _characters?.Finish());
    }
}
