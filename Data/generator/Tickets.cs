using System.Text;

namespace MLPipelines.Data;

/// <summary>Support tickets with intent, sentiment and a fitting reply.</summary>
internal static class Tickets
{
    /// <summary>No two tickets share more than this part of their words (Jaccard index of their word sets).</summary>
    private const double MostAlike = 0.7;

    private const int ShortestText = 20;
    private const int LongestText = 400;

    // Intent, tickets, and of a hundred how many positive and how many negative.
    private static readonly (string Intent, int Count, int Positive, int Negative)[] Plan =
    [
        ("purchase", 310, 42, 9), ("support", 330, 16, 34), ("complaint", 310, 0, 82), ("inquiry", 330, 25, 9), ("return", 300, 16, 34),
        ("tracking", 330, 17, 38), ("cancellation", 280, 12, 34), ("billing", 290, 11, 45), ("account", 280, 14, 34), ("feedback", 240, 0, 0),
    ];

    private static readonly string[] Tones = ["positive", "neutral", "negative"];

    private sealed record Ticket(string Content, string Intent, string Sentiment, string Response);

    public static void Write(Output output, IReadOnlyList<Product> products, Grammar requests, Grammar tone, Grammar replies)
    {
        var random = new Prng("tickets");
        var accepted = new Uniqueness();
        var tickets = new List<Ticket>();
        foreach ((string intent, int count, int positive, int negative) in Plan)
        {
            Section[] topics = [.. requests.Sections.Where(s => s.Name.StartsWith(intent + ".", StringComparison.Ordinal))];
            Section[] borders = [.. tone.Sections.Where(s => s.Name.StartsWith("ambiguous/", StringComparison.Ordinal)
                && s.Name.Contains("/" + intent + ".", StringComparison.Ordinal))];
            for (int made = 0; made < count;)
            {
                bool border = borders.Length > 0 && random.Chance(0.06);
                Section section = border ? random.Pick(borders) : topics[made % topics.Length];
                int percent = random.Next(100);
                string mood = percent < positive ? "positive" : percent < positive + negative ? "negative" : "neutral";
                string topic = border
                    ? section.Name.Split('/').First(part => part.StartsWith(intent + ".", StringComparison.Ordinal))
                    : section.Name;
                if (Compose(section, intent, topic, mood, products, tone, replies, random) is { } ticket
                    && ticket.Content.Length is >= ShortestText and <= LongestText && accepted.Add(ticket.Content, MostAlike))
                {
                    tickets.Add(ticket);
                    made++;
                }
            }
        }

        random.Shuffle(tickets);
        var text = new StringBuilder();
        Output.Row(text, "content", "intent", "sentiment", "response");
        foreach (Ticket ticket in tickets)
        {
            Output.Row(text, ticket.Content, ticket.Intent, ticket.Sentiment, ticket.Response);
        }

        output.Write("tickets/messages.csv", text);
    }

    private static Ticket Compose(
        Section section, string intent, string topic, string mood,
        IReadOnlyList<Product> products, Grammar tone, Grammar replies, Prng random)
    {
        var facts = new Facts(random, products, section.Words);
        Phrase core = section.Deal(random);
        string sentiment = core.Tag switch { "pos" => "positive", "neg" => "negative", "neu" => "neutral", _ => mood };
        string Say(string part) => Sentences.Finish(Grammar.Expand(Suitable(tone[part], facts, random), random, facts.Fill));

        var sentences = new List<string> { Sentences.Finish(Grammar.Expand(core.Template, random, facts.Fill)) };
        int register = random.Next(100);
        bool terse = register < 20;
        if (random.Chance(terse ? 0.1 : 0.34))
        {
            sentences.Add(Say(intent + ".aside"));
        }

        if (!terse && random.Chance(0.3))
        {
            sentences.Insert(random.Chance(0.3) ? 0 : sentences.Count, Say("filler"));
        }

        foreach (string part in Moods(sentiment, core.Tag.Length > 0, random))
        {
            sentences.Insert(random.Chance(0.3) ? 0 : sentences.Count, Say(part));
        }

        if (!terse && sentences.Count < 4 && random.Chance(0.14))
        {
            sentences.Insert(0, Say("preface"));
        }

        if (sentiment == "negative" && register is >= 20 and < 28)
        {
            sentences[^1] = Registers.Shout(sentences[^1], random);
        }

        string text = string.Join(' ', sentences);
        if (random.Chance(terse ? 0.08 : 0.42))
        {
            string greeting = Grammar.Expand(tone["greeting"].Deal(random).Template, random, facts.Fill);
            text = greeting + (random.Chance(0.65) ? ", " + Sentences.Uncapitalise(text) : ". " + text);
        }

        if (random.Chance(terse ? 0.08 : 0.36))
        {
            text += " " + Grammar.Expand(tone["closing"].Deal(random).Template, random, facts.Fill);
        }

        if (random.Chance(0.04))
        {
            text += " " + Registers.Emoji(sentiment, random);
        }

        text = random.Next(100) switch
        {
            < 17 => Registers.Lower(text, random),
            < 27 => Registers.Typos(text, random),
            < 34 => Registers.NonNative(text, random),
            _ => text,
        };
        return new Ticket(text, intent, sentiment, Reply(topic, sentiment, facts, replies, random));
    }

    /// <summary>A line of the section; one about the product only if the customer has named it.</summary>
    private static string Suitable(Section section, Facts facts, Prng random)
    {
        Phrase phrase = section.Deal(random);
        while (facts.Product is null && facts.Noun is null && phrase is { Tag: "item" })
        {
            phrase = section.Deal(random);
        }

        return phrase.Template;
    }

    /// <summary>The sections from which the sentences come that carry, or do not carry, the mood.</summary>
    private static IEnumerable<string> Moods(string sentiment, bool carried, Prng random)
    {
        if (carried && random.Chance(0.6))
        {
            yield break;
        }

        int percent = random.Next(100);
        switch (sentiment)
        {
            case "positive":
                yield return percent < 74 ? "positive" : percent < 86 ? "positive.mild" : "mixed.positive";
                if (random.Chance(0.15))
                {
                    yield return "positive";
                }

                break;
            case "negative":
                yield return percent < 62 ? "negative" : percent < 78 ? "negative.implicit" : percent < 90 ? "negative.mild" : "mixed.negative";
                if (random.Chance(0.2))
                {
                    yield return random.Chance(0.6) ? "negative" : "negative.implicit";
                }

                break;
            default:
                if (percent < 20)
                {
                    yield return "distractor";
                }

                break;
        }
    }

    private static string Reply(string topic, string sentiment, Facts facts, Grammar replies, Prng random)
    {
        Section bodies = replies[topic];
        string body = bodies.Deal(random).Template;
        for (int i = 1; i < bodies.Phrases.Count && !Knows(facts, body); i++)
        {
            body = bodies.Deal(random).Template;
        }

        string Say(string template) => Grammar.Expand(template, random, facts.Fill);
        string reply = Say(replies["open." + sentiment].Deal(random).Template) + " " + Say(body);
        if (facts.Order is { } order && !reply.Contains(order, StringComparison.Ordinal))
        {
            reply += $" Your reference is order {order}.";
        }

        return random.Chance(0.6) ? reply + " " + Say(replies["close." + sentiment].Deal(random).Template).TrimEnd() : reply;
    }

    /// <summary>Whether the customer has named what the reply would repeat.</summary>
    private static bool Knows(Facts facts, string template) =>
        (facts.Order is not null || !template.Contains("{ro}", StringComparison.OrdinalIgnoreCase))
        && ((facts.Product ?? facts.Noun) is not null || !template.Contains("{rp}", StringComparison.OrdinalIgnoreCase));
}
