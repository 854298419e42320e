using MLPipelines.Tokenization.Patterns;
using MLPipelines.Tokenization.Splitting;

namespace MLPipelines.Tokenization.Normalization;

/// <summary>Replaces a text, or the matches of a pattern. What is put in is taken to come from the last character of the match.</summary>
internal sealed class ReplaceNormalizer(string? text, Pattern? pattern, string content) : TextNormalizer
{
    public override void Apply(AlignedText aligned)
    {
        if (pattern != null)
            ApplyPattern(aligned, pattern);
        else if (text!.Length == 1 && content.Length == 1)
            aligned.Characters.AsSpan(0, aligned.Length).Replace(text[0], content[0]);
        else if (text.Length > 0)
            ApplyText(aligned, text);
    }

    private void ApplyPattern(AlignedText aligned, Pattern pattern)
    {
        int done = -1;
        var matches = pattern.Matches(aligned.Span);
        while (matches.MoveNext())
        {
            // One character for one needs no rewrite.
            if (done < 0 && matches.End - matches.Start == 1 && content.Length == 1)
            {
                aligned.Characters[matches.Start] = content[0];
                continue;
            }
            if (done < 0)
            {
                aligned.BeginRewrite(aligned.Length);
                done = 0;
            }
            done = Put(aligned, done, matches.Start, matches.End);
        }
        Finish(aligned, done);
    }

    private void ApplyText(AlignedText aligned, string text)
    {
        int done = -1;
        int from = 0;
        while (true)
        {
            int found = aligned.Span[from..].IndexOf(text, StringComparison.Ordinal);
            if (found < 0)
                break;
            if (done < 0)
            {
                aligned.BeginRewrite(aligned.Length);
                done = 0;
            }
            done = Put(aligned, done, from + found, from + found + text.Length);
            from = done;
        }
        Finish(aligned, done);
    }

    private int Put(AlignedText aligned, int done, int start, int end)
    {
        aligned.PutUnchanged(done, start);
        foreach (var rune in content.EnumerateRunes())
        {
            if (end == 0)
                aligned.Put(rune.Value, aligned.Base, aligned.Base);
            else
                aligned.PutLike(rune.Value, end - 1);
        }
        return end;
    }

    private static void Finish(AlignedText aligned, int done)
    {
        if (done < 0)
            return;
        aligned.PutUnchanged(done, aligned.Length);
        aligned.EndRewrite();
    }
}

/// <summary>Puts a text before a text that is not empty, as part of its first character.</summary>
internal sealed class PrependNormalizer(string content) : TextNormalizer
{
    public override void Apply(AlignedText text)
    {
        if (text.Length == 0 || content.Length == 0)
            return;
        text.BeginRewrite(text.Length + content.Length);
        foreach (var rune in content.EnumerateRunes())
            text.PutLike(rune.Value, 0);
        text.PutUnchanged(0, text.Length);
        text.EndRewrite();
    }
}

/// <summary>The visible characters of the text's UTF-8 bytes.</summary>
internal sealed class ByteLevelNormalizer : TextNormalizer
{
    public override void Apply(AlignedText text)
    {
        text.BeginRewrite(text.Length * 2);
        ByteAlphabet.Rewrite(text, 0, text.Length);
        text.EndRewrite();
    }
}

/// <summary>SentencePiece's NMT clean-up: control characters go, odd spaces become plain ones.</summary>
internal sealed class NmtNormalizer : TextNormalizer
{
    public override void Apply(AlignedText text)
    {
        text.BeginRewrite(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char unit = text.Characters[i];
            if (unit is >= '\x01' and <= '\x08' or '\x0B' or >= '\x0E' and <= '\x1F' or '\x7F' or '\x8F' or '\x9F')
                continue;
            if (unit is '\t' or '\n' or '\f' or '\r' or '\u1680' or >= '\u200B' and <= '\u200F' or '\u2028' or '\u2029' or '\u2581' or '\uFEFF' or '\uFFFD')
                text.PutLike(' ', i);
            else
                text.PutUnchanged(i, i + 1);
        }
        text.EndRewrite();
    }
}
