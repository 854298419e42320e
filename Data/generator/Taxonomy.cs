using System.Text;

namespace MLPipelines.Data;

/// <summary>Abstracts with one or more three-digit subject codes; a main class such as 500 goes with each of its divisions.</summary>
internal static class Taxonomy
{
    private const int Count = 400;
    private const double MostAlike = 0.7;

    // Subjects that authors bring together.
    private static readonly (string First, string Second)[] Neighbours =
    [
        ("006", "610"), ("006", "410"), ("006", "170"), ("004", "340"), ("005", "510"), ("006", "150"), ("150", "370"), ("150", "610"),
        ("170", "340"), ("170", "610"), ("220", "410"), ("220", "820"), ("290", "910"), ("290", "170"), ("330", "940"), ("330", "340"),
        ("330", "630"), ("370", "420"), ("370", "005"), ("410", "420"), ("420", "808"), ("510", "530"), ("520", "530"), ("510", "330"),
        ("570", "630"), ("570", "610"), ("610", "640"), ("630", "640"), ("720", "940"), ("720", "640"), ("780", "820"), ("780", "150"),
        ("790", "370"), ("790", "610"), ("808", "820"), ("820", "940"), ("910", "940"), ("910", "570"), ("520", "910"), ("004", "005"),
    ];

    private sealed record Sample(string Text, IReadOnlyList<string> Codes, double Confidence);

    public static void Write(Output output, Grammar phrases)
    {
        var random = new Prng("taxonomy");
        Section[] divisions = [.. phrases.Sections.Where(s => s.Topics.Count > 0)];
        var accepted = new Uniqueness();
        var samples = new List<Sample>();
        while (samples.Count < Count)
        {
            string code = divisions[samples.Count % divisions.Length].Name;
            Sample sample = random.Chance(0.3) ? Joint(code, phrases, random) : Single(code, phrases, random);
            if (accepted.Add(sample.Text, MostAlike))
            {
                samples.Add(sample);
            }
        }

        random.Shuffle(samples);
        output.Write("taxonomy/classification.json", Document(samples));
    }

    private static Sample Single(string code, Grammar phrases, Prng random)
    {
        // One sentence alone may leave a doubt; then the confidence says so.
        int count = random.Between(1, 3);
        var sentences = new List<string> { Framed(code, phrases, random) };
        while (sentences.Count < count)
        {
            sentences.Add(Sentences.Finish(Say(phrases[code].Deal(random).Template, code, phrases, random)));
        }

        random.Shuffle(sentences);
        return new Sample(string.Join(' ', sentences), Codes(code), count == 1 ? 0.9 : 1);
    }

    private static Sample Joint(string code, Grammar phrases, Prng random)
    {
        var partners = Neighbours.Where(n => n.First == code || n.Second == code).ToList();
        (string first, string second) = random.Pick(partners);
        string other = first == code ? second : first;
        bool equal = random.Chance(0.6);
        string text = Framed(code, phrases, random) + " "
            + Sentences.Finish(Say(phrases["bridge"].Deal(random).Template, other, phrases, random));
        if (equal)
        {
            text += " " + Sentences.Finish(Say(phrases[other].Deal(random).Template, other, phrases, random));
        }

        if (random.Chance(0.5))
        {
            text += " " + Sentences.Finish(Say(phrases[code].Deal(random).Template, code, phrases, random));
        }

        return new Sample(text, Codes(code, other), equal ? 1 : 0.8);
    }

    private static string Framed(string code, Grammar phrases, Prng random) =>
        Sentences.Finish(Say(phrases["frames"].Deal(random).Template, code, phrases, random));

    private static string Say(string template, string code, Grammar phrases, Prng random)
    {
        var topics = new List<string>(phrases[code].Topics);
        random.Shuffle(topics);
        return Grammar.Expand(template, random, hole => hole switch
        {
            "topic" => topics[0],
            "topic2" => topics[1],
            _ => throw new KeyNotFoundException($"No topic '{{{hole}}}'."),
        });
    }

    private static List<string> Codes(params string[] divisions)
    {
        var codes = new List<string>();
        foreach (string division in divisions)
        {
            codes.Add(division);
            string main = division[0] + "00";
            if (!codes.Contains(main))
            {
                codes.Add(main);
            }
        }

        codes.Sort(StringComparer.Ordinal);
        return codes;
    }

    private static StringBuilder Document(List<Sample> samples)
    {
        var distribution = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (string code in samples.SelectMany(sample => sample.Codes))
        {
            distribution[code] = distribution.GetValueOrDefault(code) + 1;
        }

        var text = new StringBuilder();
        text.Append("{\n  \"metadata\": {\n");
        text.Append("    \"num_samples\": ").Append(Output.Number(samples.Count)).Append(",\n");
        text.Append("    \"num_classes\": ").Append(Output.Number(distribution.Count)).Append(",\n");
        text.Append("    \"class_distribution\": {\n");
        text.AppendJoin(",\n", distribution.Select(pair => $"      {Output.Json(pair.Key)}: {Output.Number(pair.Value)}"));
        text.Append("\n    }\n  },\n  \"samples\": [\n");
        text.AppendJoin(",\n", samples.Select(sample =>
            $"    {{ \"text\": {Output.Json(sample.Text)}, \"taxonomy_codes\": [{string.Join(", ", sample.Codes.Select(Output.Json))}], "
            + $"\"confidence\": {Output.Number(sample.Confidence, "0.0")} }}"));
        return text.Append("\n  ]\n}\n");
    }
}
