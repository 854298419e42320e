using MLPipelines.Tokenization.Normalization;

namespace MLPipelines.Tokenization.Splitting;

/// <summary>Splits into runs of word characters and runs of others; whitespace goes.</summary>
internal sealed class WordSplitter : WordwiseSplitter
{
    protected override void Split(AlignedText text, int start, int end, Words words)
    {
        int run = start;
        int runKind = -1;
        for (int i = start; i < end; i++)
        {
            int codePoint = text.CodePointAt(i);
            // 0 whitespace, 1 word, 2 anything else.
            int kind = CharacterTests.IsWhitespace(codePoint) ? 0 : CharacterTests.IsWholeWord(codePoint) ? 1 : 2;
            if (kind != runKind)
            {
                if (runKind > 0)
                    words.Add(run, i);
                (run, runKind) = (i, kind);
            }
            if (codePoint >= 0x10000)
                i++;
        }
        if (runKind > 0)
            words.Add(run, end);
    }
}
