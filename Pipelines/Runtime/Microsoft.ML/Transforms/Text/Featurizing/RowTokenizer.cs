namespace Microsoft.ML.Transforms.Text;

/// <summary>Normalises the texts of a row and splits them into words and characters, in memory that is used again for each row.</summary>
internal sealed class RowTokenizer(TextFeaturizerSettings settings)
{
    private readonly CharacterNormalizer _normalizer = settings.Normalizer;
    private readonly StopWordList _stopWords = settings.StopWords;
    private readonly bool _needsWords = settings.NeedsWords;
    private readonly bool _needsCharacters = settings.CharacterNgrams != null;
    private readonly TokenBuffer _characters = new();
    private char[] _text = new char[256];
    private int _length;
    private (int Start, int Length)[] _words = new (int, int)[32];

    /// <summary>The number of words of the row.</summary>
    public int WordCount { get; private set; }

    /// <summary>A word of the row, valid until the next row.</summary>
    public ReadOnlySpan<char> Word(int index) => _text.AsSpan(_words[index].Start, _words[index].Length);

    /// <summary>The keys of the characters of the row, with markers.</summary>
    public ReadOnlySpan<uint> Characters => _characters.Span;

    /// <summary>Takes the texts of a row.</summary>
    /// <param name="texts">The texts: a single one unless <paramref name="isVector"/>.</param>
    /// <param name="isVector">Whether the column is one of vectors: then markers are put even around nothing.</param>
    public void Read(ReadOnlySpan<ReadOnlyMemory<char>> texts, bool isVector)
    {
        _length = 0;
        WordCount = 0;
        _characters.Clear();
        bool charactersOfTexts = _needsCharacters && _stopWords == null;
        if (charactersOfTexts && isVector)
            _characters.Add(CharacterKeys.StartMarker);
        int index = 0;
        foreach (var text in texts)
        {
            int start = _length;
            Append(text.Span);
            var piece = _text.AsSpan(start, _length - start);
            if (_normalizer == null || !piece.IsEmpty || !isVector)
                index++;
            if (piece.IsEmpty)
                continue;
            if (_needsWords)
                Split(start);
            if (charactersOfTexts)
            {
                if (!isVector)
                    _characters.Add(CharacterKeys.StartMarker);
                else if (index > 1)
                    _characters.Add(CharacterKeys.UnitSeparator);
                _characters.AddCharacters(piece);
                if (!isVector)
                    _characters.Add(CharacterKeys.EndMarker);
            }
        }
        if (charactersOfTexts && isVector)
            _characters.Add(CharacterKeys.EndMarker);
        if (_needsCharacters && _stopWords != null)
            AddCharactersOfWords();
    }

    /// <summary>The words of the row in memory of their own.</summary>
    public void CopyWords(List<ReadOnlyMemory<char>> words)
    {
        var copy = _text.AsSpan(0, _length).ToString().AsMemory();
        for (int i = 0; i < WordCount; i++)
            words.Add(copy.Slice(_words[i].Start, _words[i].Length));
    }

    private void Append(ReadOnlySpan<char> text)
    {
        if (_text.Length - _length < text.Length)
            Array.Resize(ref _text, (int)Math.Min(Array.MaxLength, Math.Max(2L * _text.Length, (long)_length + text.Length)));
        var target = _text.AsSpan(_length, text.Length);
        if (_normalizer == null)
            text.CopyTo(target);
        _length += _normalizer?.Normalize(text, target) ?? text.Length;
    }

    private void Split(int start)
    {
        while (start < _length)
        {
            int length = _text.AsSpan(start, _length - start).IndexOf(' ');
            if (length < 0)
                length = _length - start;
            if (length > 0 && _stopWords?.Contains(_text.AsSpan(start, length)) != true)
            {
                if (WordCount == _words.Length)
                    Array.Resize(ref _words, 2 * WordCount);
                _words[WordCount++] = (start, length);
            }
            start += length + 1;
        }
    }

    private void AddCharactersOfWords()
    {
        _characters.Add(CharacterKeys.StartMarker);
        for (int i = 0; i < WordCount; i++)
        {
            if (i > 0)
                _characters.Add(CharacterKeys.UnitSeparator);
            _characters.AddCharacters(Word(i));
        }
        _characters.Add(CharacterKeys.EndMarker);
    }
}
