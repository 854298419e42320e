using System.Text.RegularExpressions;

namespace MLPipelines.Metrics;

/// <summary>
/// The tokenisation "13a" of machine translation's evaluation campaigns, as sacrebleu does it (Post, "A call for clarity in reporting BLEU scores", 2018,
/// <see href="https://arxiv.org/abs/1804.08771"/>): punctuation becomes words of its own, but for points and commas within numbers.
/// </summary>
internal static partial class InternationalTokens
{
    public static string[] Split(string text)
    {
        text = text.Replace("<skipped>", "", StringComparison.Ordinal).Replace("-\n", "", StringComparison.Ordinal).Replace('\n', ' ');
        if (text.Contains('&', StringComparison.Ordinal))
        {
            text = text.Replace("&quot;", "\"", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal)
                .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal);
        }
        text = Symbols().Replace($" {text} ", " $1 ");
        text = AfterNonDigit().Replace(text, "$1 $2 ");
        text = BeforeNonDigit().Replace(text, " $1 $2");
        text = DashAfterDigit().Replace(text, "$1 $2 ");
        return text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }

    [GeneratedRegex(@"([\{-\~\[-\` -\&\(-\+\:-\@\/])")]
    private static partial Regex Symbols();

    [GeneratedRegex(@"([^0-9])([\.,])")]
    private static partial Regex AfterNonDigit();

    [GeneratedRegex(@"([\.,])([^0-9])")]
    private static partial Regex BeforeNonDigit();

    [GeneratedRegex(@"([0-9])(-)")]
    private static partial Regex DashAfterDigit();
}
