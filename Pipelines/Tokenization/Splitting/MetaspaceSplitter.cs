using MLPipelines.Tokenization.Normalization;

namespace MLPipelines.Tokenization.Splitting;

/// <summary>Which words get a leading mark that the text does not have.</summary>
internal enum PrependScheme
{
    Always,
    First,
    Never,
}

/// <summary>SentencePiece's way with spaces: each becomes a visible mark, with which the next word starts.</summary>
internal sealed class MetaspaceSplitter(char replacement, PrependScheme scheme, bool split) : TextSplitter
{
    public override void Apply(AlignedText text, Words words)
    {
        bool prepends = false;
        for (int i = 0; i < words.Count && !prepends; i++)
            prepends = Prepends(text, words[i].Start);
        if (prepends)
        {
            Rewrite(text, words);
        }
        else
        {
            for (int i = 0; i < words.Count; i++)
            {
                var (start, end) = words[i];
                text.Characters.AsSpan(start, end - start).Replace(' ', replacement);
            }
        }
        if (split && words.Splitting)
            Split(text, words);
    }

    private bool Prepends(AlignedText text, int start) =>
        text.Characters[start] != ' ' && text.Characters[start] != replacement
        && (scheme == PrependScheme.Always || scheme == PrependScheme.First && text.StartOf(start) == 0);

    private void Rewrite(AlignedText text, Words words)
    {
        words.Begin();
        text.BeginRewrite(text.Length + words.Count);
        for (int i = 0; i < words.Count; i++)
        {
            var (start, end) = words[i];
            int first = text.RewriteLength;
            if (Prepends(text, start))
                text.PutLike(replacement, start);
            text.Characters.AsSpan(start, end - start).Replace(' ', replacement);
            text.PutUnchanged(start, end);
            words.Add(first, text.RewriteLength);
        }
        text.EndRewrite();
        words.End();
    }

    private void Split(AlignedText text, Words words)
    {
        words.Begin();
        for (int i = 0; i < words.Count; i++)
        {
            var (start, end) = words[i];
            while (true)
            {
                int next = start + 1 < end ? text.Characters.AsSpan(start + 1, end - start - 1).IndexOf(replacement) : -1;
                if (next < 0)
                    break;
                words.Add(start, start + 1 + next);
                start += 1 + next;
            }
            words.Add(start, end);
        }
        words.End();
    }
}
