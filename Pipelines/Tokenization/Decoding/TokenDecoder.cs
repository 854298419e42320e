using System.Text;
using MLPipelines.Tokenization.Patterns;
using MLPipelines.Tokenization.Splitting;

namespace MLPipelines.Tokenization.Decoding;

/// <summary>A step from tokens back to text: it rewrites the list of tokens, which are put together in the end. Immutable.</summary>
internal abstract class TokenDecoder
{
    public abstract List<string> Decode(List<string> tokens);
}

/// <summary>Steps of decoding, one after the other.</summary>
internal sealed class DecoderSequence(TokenDecoder[] steps) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        foreach (var step in steps)
            tokens = step.Decode(tokens);
        return tokens;
    }
}

/// <summary>Takes the mark off continuing pieces and puts spaces before the others.</summary>
internal sealed class WordPieceDecoder(string prefix, bool cleanUp) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            string token = tokens[i];
            if (i > 0)
                token = prefix.Length > 0 && token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
            tokens[i] = cleanUp ? CleanUp(token) : token;
        }
        return tokens;
    }

    private static string CleanUp(string token)
    {
        if (!token.Contains(' '))
            return token;
        return token.Replace(" .", ".").Replace(" ?", "?").Replace(" !", "!").Replace(" ,", ",").Replace(" ' ", "'")
            .Replace(" n't", "n't").Replace(" 'm", "'m").Replace(" do not", " don't").Replace(" 's", "'s").Replace(" 've", "'ve").Replace(" 're", "'re");
    }
}

/// <summary>Turns visible characters back into the bytes that they stand for.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            int start = bytes.Count;
            foreach (char unit in token)
            {
                int value = ByteAlphabet.ByteOf(unit);
                if (value < 0)
                {
                    bytes.RemoveRange(start, bytes.Count - start);
                    bytes.AddRange(Encoding.UTF8.GetBytes(token));
                    break;
                }
                bytes.Add((byte)value);
            }
        }
        return [Encoding.UTF8.GetString([.. bytes])];
    }
}

/// <summary>Turns visible marks back into spaces; the one that was put before the text goes.</summary>
internal sealed class MetaspaceDecoder(char replacement, bool dropFirst) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
            tokens[i] = i == 0 && dropFirst ? tokens[i].Replace(replacement.ToString(), "") : tokens[i].Replace(replacement, ' ');
        return tokens;
    }
}

/// <summary>Turns the mark at the end of words into a space.</summary>
internal sealed class BpeDecoder(string suffix) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count && suffix.Length > 0; i++)
            tokens[i] = tokens[i].Replace(suffix, i == tokens.Count - 1 ? "" : " ");
        return tokens;
    }
}

/// <summary>Puts the tokens together.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}

/// <summary>Replaces a text, or the matches of a pattern, in each token.</summary>
internal sealed class ReplaceDecoder(string? text, Pattern? pattern, string content) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
            tokens[i] = pattern == null ? text!.Length == 0 ? tokens[i] : tokens[i].Replace(text, content) : Replace(tokens[i], pattern);
        return tokens;
    }

    private string Replace(string token, Pattern pattern)
    {
        var result = new StringBuilder();
        int done = 0;
        var matches = pattern.Matches(token);
        while (matches.MoveNext())
        {
            result.Append(token, done, matches.Start - done).Append(content);
            done = matches.End;
        }
        return result.Append(token, done, token.Length - done).ToString();
    }
}

/// <summary>Takes up to so many of a character off the ends of each token.</summary>
internal sealed class StripDecoder(char content, int left, int right) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        for (int i = 0; i < tokens.Count; i++)
        {
            string token = tokens[i];
            int start = 0, end = token.Length;
            while (start < left && start < token.Length && token[start] == content)
                start++;
            for (int taken = 0; taken < right && end > start && token[end - 1] == content; taken++)
                end--;
            tokens[i] = token[start..end];
        }
        return tokens;
    }
}

/// <summary>Turns runs of tokens that name bytes (&lt;0x41&gt;) into the text of those bytes.</summary>
internal sealed class ByteFallbackDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var result = new List<string>(tokens.Count);
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' && byte.TryParse(token.AsSpan(3, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out byte value))
            {
                bytes.Add(value);
                continue;
            }
            Flush();
            result.Add(token);
        }
        Flush();
        return result;

        void Flush()
        {
            if (bytes.Count == 0)
                return;
            try
            {
                result.Add(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. bytes]));
            }
            catch (DecoderFallbackException)
            {
                // Bytes that are no text become one replacement character each.
                result.AddRange(Enumerable.Repeat("\uFFFD", bytes.Count));
            }
            bytes.Clear();
        }
    }
}
