using System.Text;

namespace MLPipelines.Data;

/// <summary>The ways in which customers type, applied to a finished message.</summary>
internal static class Registers
{
    private static readonly (string From, string To)[] Misspelled =
    [
        ("receive", "recieve"), ("address", "adress"), ("definitely", "definately"), ("separate", "seperate"), ("tomorrow", "tommorow"),
        ("delivered", "deliverd"), ("disappointed", "dissapointed"), ("because", "becuase"), ("package", "pacakge"), ("really", "realy"),
        ("charged", "chraged"), ("refund", "refudn"), ("return", "retrun"), ("cancel", "cancle"), ("account", "acount"),
        ("password", "pasword"), ("please", "plese"), ("invoice", "invoce"), ("working", "workign"), ("their", "thier"),
    ];

    private static readonly (string From, string To)[] Foreign =
    [
        ("I have been waiting", "I am waiting"), ("I bought", "I have bought"), ("I ordered", "I have ordered"), ("How do I", "How I can"),
        ("How can I", "How I can"), ("how do I", "how I can"), ("didn't", "did not"), ("I would like to", "I want to"), ("Please send", "Please to send"),
        ("does not", "do not"), ("doesn't", "do not"), ("Could you", "You can please"), ("any more", "no more"), ("since", "from"),
        ("I am writing", "I write"), ("It says", "It say"), ("has not", "have not"), ("was delivered", "is delivered"),
    ];

    private static readonly (string From, string To)[] Chat =
    [
        ("please", "pls"), ("thanks", "thx"), ("you", "u"), ("are", "r"), ("tomorrow", "tmrw"), ("because", "cuz"), ("number", "nr"), ("with", "w/"),
    ];

    /// <summary>All lower case, now and then without apostrophes, final marks and whole words.</summary>
    public static string Lower(string text, Prng random)
    {
        text = text.ToLowerInvariant();
        if (random.Chance(0.5))
        {
            text = text.Replace("'", "", StringComparison.Ordinal);
        }

        if (random.Chance(0.4))
        {
            (string from, string to) = random.Pick(Chat);
            text = ReplaceWord(text, from, to);
            text = ReplaceWord(text, "please", "pls");
        }

        return random.Chance(0.6) ? text.TrimEnd('.', '?') : text;
    }

    /// <summary>One to three slips of the keyboard in words without digits.</summary>
    public static string Typos(string text, Prng random)
    {
        string[] words = text.Split(' ');
        int slips = random.Between(1, 3);
        for (int tries = 0; slips > 0 && tries < 20; tries++)
        {
            int at = random.Next(words.Length);
            string word = words[at];
            string known = word;
            foreach ((string from, string to) in Misspelled)
            {
                known = known.Replace(from, to, StringComparison.Ordinal);
            }

            if (known != word)
            {
                words[at] = known;
                slips--;
            }
            else if (word.Length >= 5 && word.All(char.IsAsciiLetterLower))
            {
                words[at] = Slip(word, random);
                slips--;
            }
        }

        return string.Join(' ', words);
    }

    /// <summary>English as a second language: articles dropped, tenses and word order of another tongue.</summary>
    public static string NonNative(string text, Prng random)
    {
        foreach ((string from, string to) in Foreign)
        {
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        var kept = new StringBuilder();
        foreach (string word in text.Split(' '))
        {
            if (word is "the" or "a" or "an" && random.Chance(0.65))
            {
                continue;
            }

            kept.Append(kept.Length == 0 ? "" : " ").Append(word);
        }

        return kept.ToString();
    }

    /// <summary>Capitals and too many exclamation marks, for the very angry.</summary>
    public static string Shout(string sentence, Prng random) =>
        (random.Chance(0.7) ? sentence.ToUpperInvariant() : sentence).TrimEnd('.', '!') + (sentence.EndsWith('?') ? "!!" : "!!!");

    public static string Emoji(string sentiment, Prng random) => sentiment switch
    {
        "positive" => random.Pick(["😊", "🎉", "👍", "❤️"]),
        "negative" => random.Pick(["😡", "😤", "👎", "😞"]),
        _ => random.Pick(["🙂", "🙏"]),
    };

    private static string Slip(string word, Prng random)
    {
        int at = random.Between(1, word.Length - 3);
        return random.Next(3) switch
        {
            0 => word[..at] + word[at + 1] + word[at] + word[(at + 2)..],
            1 => word.Remove(at, 1),
            _ => word.Insert(at, word[at].ToString()),
        };
    }

    private static string ReplaceWord(string text, string from, string to) =>
        string.Join(' ', text.Split(' ').Select(word => word == from ? to : word));
}
