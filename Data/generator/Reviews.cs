using System.Text;

namespace MLPipelines.Data;

/// <summary>Product reviews with a rating, a title and the sentiment of their text.</summary>
internal static class Reviews
{
    private const int Count = 1500;
    private const double MostAlike = 0.7;

    // Of a hundred reviews with 1 to 5 stars, how many sound negative and how many neutral; the others sound positive.
    private static readonly (int Negative, int Neutral)[] Tone = [(96, 2), (84, 14), (20, 66), (3, 19), (2, 3)];

    public static void Write(Output output, IReadOnlyList<Product> products, Grammar phrases)
    {
        var random = new Prng("reviews");
        var quality = products.Select(_ => random.NextNormal()).ToList();
        double[] fame = [.. products.Select(p => p.BoughtAgain ? 0 : 1 / (0.15 + random.NextDouble()))];
        Dictionary<string, string[]> aspects = phrases["aspects"].Phrases.Select(p => p.Template.Split(": "))
            .ToDictionary(pair => pair[0], pair => pair[1].Split(' '), StringComparer.Ordinal);

        var accepted = new Uniqueness();
        var text = new StringBuilder();
        Output.Row(text, "product_id", "rating", "title", "content", "sentiment");
        for (int made = 0; made < Count;)
        {
            int at = random.Draw(fame);
            double score = (0.75 * quality[at]) + random.NextNormal();
            int rating = score > 0 ? 5 : score > -0.75 ? 4 : score > -1.25 ? 3 : score > -1.65 ? 2 : 1;
            int percent = random.Next(100);
            (int negative, int neutral) = Tone[rating - 1];
            string mark = percent < negative ? "-" : percent < negative + neutral ? "=" : "+";
            (string title, string content) = Compose(products[at], aspects[products[at].Category], mark, phrases, random);
            if (accepted.Add(title + " " + content, MostAlike))
            {
                string sentiment = mark switch { "-" => "negative", "+" => "positive", _ => "neutral" };
                Output.Row(text, Output.Number(products[at].Id), Output.Number(rating), title, content, sentiment);
                made++;
            }
        }

        output.Write("reviews/reviews.csv", text);
    }

    private static (string Title, string Content) Compose(Product product, string[] aspects, string mark, Grammar phrases, Prng random)
    {
        string Fill(string hole) => hole switch
        {
            "i" => product.Noun,
            "p" => product.Name,
            "amt" => "$" + Output.Number(product.Price, "0.00"),
            "days" => Output.Number(random.Between(2, 9)),
            _ => throw new KeyNotFoundException($"No fact '{{{hole}}}'."),
        };
        string Say(string section) => Grammar.Expand(phrases[section].Deal(random).Template, random, Fill);

        var sentences = new List<string>();
        if (random.Chance(0.75))
        {
            sentences.Add(Say("open" + (random.Chance(0.3) ? "=" : mark)));
        }

        var chosen = new List<string>(aspects);
        random.Shuffle(chosen);
        int count = random.Between(1, 3);
        for (int i = 0; i < count; i++)
        {
            // A neutral review balances praise and blame as often as it stays plain; others stray after the first point.
            string sign = mark == "=" && count > 1 && random.Chance(0.5) ? (i % 2 == 0 ? "+" : "-")
                : i == 0 ? mark
                : random.NextDouble() switch { < 0.25 => "=", < 0.4 => mark == "-" ? "+" : "-", _ => mark };
            sentences.Add(Say(chosen[i] + sign));
        }

        if (random.Chance(0.16))
        {
            sentences.Add(Say("contrast" + mark));
        }

        if (random.Chance(0.4) || sentences.Count == 1)
        {
            sentences.Add(Say("close" + mark));
        }

        string content = string.Join(' ', sentences.Select(Sentences.Finish));
        string title = Sentences.Capitalise(Say("title" + (random.Chance(0.3) ? "=" : mark)));
        return random.Next(100) switch
        {
            < 10 => (title.ToLowerInvariant(), Registers.Lower(content, random)),
            < 17 => (title, Registers.Typos(content, random)),
            < 20 => (title, Registers.NonNative(content, random)),
            < 24 when mark == "-" => (title.ToUpperInvariant(), content.TrimEnd('.') + "!!"),
            _ => (title, content),
        };
    }
}
