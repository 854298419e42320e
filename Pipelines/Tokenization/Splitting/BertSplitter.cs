using MLPipelines.Tokenization.Normalization;

namespace MLPipelines.Tokenization.Splitting;

/// <summary>Splits at whitespace, which goes, and at punctuation, each of which becomes a word.</summary>
internal sealed class BertSplitter : WordwiseSplitter
{
    // 0 part of a word, 1 whitespace, 2 punctuation.
    private static readonly byte[] AsciiKinds = MakeKinds();

    protected override void Split(AlignedText text, int start, int end, Words words)
    {
        var characters = text.Characters;
        int word = start;
        for (int i = start; i < end; i++)
        {
            char unit = characters[i];
            int size = 1;
            int kind;
            if (unit < 0x80)
            {
                kind = AsciiKinds[unit];
            }
            else
            {
                int codePoint = text.CodePointAt(i);
                size = codePoint >= 0x10000 ? 2 : 1;
                kind = KindOf(codePoint);
            }
            if (kind != 0)
            {
                words.Add(word, i);
                if (kind == 2)
                    words.Add(i, i + size);
                word = i + size;
            }
            i += size - 1;
        }
        words.Add(word, end);
    }

    private static int KindOf(int codePoint) =>
        CharacterTests.IsWhitespace(codePoint) ? 1 : CharacterTests.IsPunctuation(codePoint) ? 2 : 0;

    private static byte[] MakeKinds() => [.. Enumerable.Range(0, 0x80).Select(unit => (byte)KindOf(unit))];
}
