namespace Microsoft.ML.Transforms.Text;

/// <summary>A growing sequence of tokens: keys of words or of characters, 0 where missing.</summary>
internal sealed class TokenBuffer
{
    private uint[] _tokens = new uint[64];

    public int Count { get; private set; }

    public ReadOnlySpan<uint> Span => _tokens.AsSpan(0, Count);

    public void Clear() => Count = 0;

    public void Add(uint token)
    {
        if (Count == _tokens.Length)
            Array.Resize(ref _tokens, 2 * Count);
        _tokens[Count++] = token;
    }

    public void AddCharacters(ReadOnlySpan<char> text)
    {
        var target = Extend(text.Length);
        for (int i = 0; i < text.Length; i++)
            target[i] = text[i];
    }

    /// <summary>Adds that many tokens, to be written by the caller.</summary>
    public Span<uint> Extend(int count)
    {
        int start = Count;
        Count = checked(start + count);
        if (Count > _tokens.Length)
            Array.Resize(ref _tokens, (int)Math.Min(Array.MaxLength, Math.Max(2L * _tokens.Length, Count)));
        return _tokens.AsSpan(start, count);
    }
}
