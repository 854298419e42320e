using System.Text.RegularExpressions;

namespace MLPipelines.Generation;

/// <summary>
/// Rules by which a generated text is not fit to be sent. They are few and plain, so that everybody can say what passes: they are no judgement of meaning, and no replacement for review.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item><c>empty</c>: no letter or digit.</item>
/// <item><c>blocked</c>: a phrase of <see cref="BlockedPhrases"/>, as whole words, in any case.</item>
/// <item><c>card-number</c>: 13 to 19 digits that are a valid card number (Luhn).</item>
/// <item><c>e-mail</c>: an address that the content does not have.</item>
/// <item><c>phone-number</c>: 8 or more digits, with or without separators, that the content does not have.</item>
/// <item><c>link</c>: a web address whose host is not in <see cref="AllowedHosts"/> and that the content does not have.</item>
/// <item><c>repetition</c>: the same word 4 times in a row, or a sequence of 3 words 3 times.</item>
/// <item><c>echo</c>: the text is the content itself.</item>
/// <item><c>markup</c>: an HTML tag, or a special token such as &lt;extra_id_0&gt;.</item>
/// </list>
/// Thread-safe while it is not changed.
/// </remarks>
public sealed partial class SafetyRules
{
    /// <summary>Phrases that must not be sent. The default value is a short list of insults and of promises that nobody may make by machine.</summary>
    public IReadOnlyList<string> BlockedPhrases { get; set; } =
        ["idiot", "stupid", "shut up", "moron", "hate you", "kill", "we guarantee", "legally binding", "your password is", "100% safe"];

    /// <summary>Hosts that links may go to, with all below them. The default value is none.</summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>The rules that are not applied, by their names in the list above. The default value is none.</summary>
    public IReadOnlyList<string> Disabled { get; set; } = [];

    /// <summary>The names of all rules.</summary>
    public static IReadOnlyList<string> Names { get; } = ["empty", "blocked", "card-number", "e-mail", "phone-number", "link", "repetition", "echo", "markup"];

    /// <summary>The name of the first rule that a text breaks; null where it breaks none.</summary>
    /// <param name="text">The text.</param>
    /// <param name="content">What it answers: what stands there may be repeated.</param>
    public string? FaultOf(string text, string content = "")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(content);
        foreach (string rule in Names)
        {
            if (!Disabled.Contains(rule) && Breaks(rule, text, content))
                return rule;
        }
        return null;
    }

    /// <summary>Checks the rules themselves.</summary>
    /// <exception cref="ArgumentException">A phrase or host is empty, or an unknown rule is disabled.</exception>
    public void Validate() => new OptionFaults(nameof(SafetyRules))
        .If(BlockedPhrases is null || BlockedPhrases.Any(string.IsNullOrWhiteSpace), $"{nameof(BlockedPhrases)} has an empty phrase")
        .If(AllowedHosts is null || AllowedHosts.Any(string.IsNullOrWhiteSpace), $"{nameof(AllowedHosts)} has an empty host")
        .If(Disabled is null || Disabled.Except(Names).Any(), $"{nameof(Disabled)} names {string.Join(", ", (Disabled ?? []).Except(Names))}; the rules are {string.Join(", ", Names)}")
        .Throw();

    private bool Breaks(string rule, string text, string content) => rule switch
    {
        "empty" => !text.Any(char.IsLetterOrDigit),
        "blocked" => BlockedPhrases.Any(phrase => HasPhrase(text, phrase)),
        "card-number" => Numbers().Matches(text).Select(match => Digits(match.Value)).Any(IsCardNumber),
        "e-mail" => Mails().Matches(text).Any(match => !content.Contains(match.Value, StringComparison.OrdinalIgnoreCase)),
        "phone-number" => Numbers().Matches(text).Select(match => Digits(match.Value)).Any(digits => digits.Length >= 8 && !Digits(content).Contains(digits, StringComparison.Ordinal)),
        "link" => Links().Matches(text).Any(match => !IsAllowed(match.Groups["host"].Value) && !content.Contains(match.Value, StringComparison.OrdinalIgnoreCase)),
        "repetition" => Repeats(TextFeatures.Words(text)),
        "echo" => content.Any(char.IsLetterOrDigit) && TextFeatures.Words(text).SequenceEqual(TextFeatures.Words(content)),
        _ => Markup().IsMatch(text),
    };

    private bool IsAllowed(string host) => AllowedHosts.Any(allowed => host.Equals(allowed, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + allowed, StringComparison.OrdinalIgnoreCase));

    private static bool HasPhrase(string text, string phrase)
    {
        for (int at = 0; (at = text.IndexOf(phrase, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            int end = at + phrase.Length;
            if ((at == 0 || !char.IsLetterOrDigit(text[at - 1])) && (end == text.Length || !char.IsLetterOrDigit(text[end])))
                return true;
        }
        return false;
    }

    private static string Digits(string text) => string.Concat(text.Where(char.IsAsciiDigit));

    private static bool IsCardNumber(string digits)
    {
        if (digits.Length is < 13 or > 19)
            return false;
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = digits[^(i + 1)] - '0';
            if (i % 2 == 1)
                digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
            sum += digit;
        }
        return sum % 10 == 0;
    }

    private static bool Repeats(IReadOnlyList<string> words)
    {
        int run = 1;
        for (int i = 1; i < words.Count; i++)
        {
            run = words[i] == words[i - 1] ? run + 1 : 1;
            if (run >= 4)
                return true;
        }
        var counts = new Dictionary<(string, string, string), int>();
        for (int i = 2; i < words.Count; i++)
        {
            var triple = (words[i - 2], words[i - 1], words[i]);
            counts[triple] = counts.GetValueOrDefault(triple) + 1;
            if (counts[triple] >= 3)
                return true;
        }
        return false;
    }

    [GeneratedRegex(@"\+?\d(?:[ ./()-]{0,2}\d){7,24}", RegexOptions.CultureInvariant)]
    private static partial Regex Numbers();

    [GeneratedRegex(@"[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})+", RegexOptions.CultureInvariant)]
    private static partial Regex Mails();

    [GeneratedRegex(@"(?:https?://|www\.)(?<host>[\p{L}\p{N}.-]+)[^\s]*", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Links();

    [GeneratedRegex(@"</?[A-Za-z][A-Za-z0-9_]*(?:\s[^<>]*)?/?>", RegexOptions.CultureInvariant)]
    private static partial Regex Markup();
}
