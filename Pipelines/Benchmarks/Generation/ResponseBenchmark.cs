using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using MLPipelines.Data;
using MLPipelines.Generation;
using MLPipelines.Metrics;
using MLPipelines.Training;

namespace MLPipelines.Benchmarks.Generation;

/// <summary>
/// The response generator from random weights on sgd_responses: trained on <c>train.csv</c>, measured on <c>test.csv</c>, beside the commonest response of the intent and the response to the
/// most similar training prompt.
/// </summary>
internal static class ResponseBenchmark
{
    public const string Usage = """
              responses [FOLDER] [--epochs N] [--adafactor]
                                   a response generator from random weights on sgd_responses, beside templates and retrieval; some ten minutes
        """;

    private sealed record Turn(string Intent, string Prompt, string Response);

    private sealed class Row
    {
        public string Input { get; set; } = "";

        public string Target { get; set; } = "";
    }

    public static int Run(string folder, ReadOnlySpan<string> arguments)
    {
        Turn[] train = Read(Path.Combine(folder, "sgd_responses", "train.csv")), test = Read(Path.Combine(folder, "sgd_responses", "test.csv"));
        string[] truths = [.. test.Select(turn => turn.Response)];
        Console.WriteLine($"sgd_responses: {train.Length} turns to learn from, {test.Length} to answer");
        Console.WriteLine($"{"",-42}{"BLEU",7}{"ROUGE-1",9}{"ROUGE-2",9}{"ROUGE-L",9}{"chrF2",7}{"exact",7}{"distinct-2",12}{"perplexity",12}{"seconds",9}");
        var clock = Stopwatch.StartNew();
        Print("commonest response of the intent", Templates(train, test), null);
        Print("response to the most similar prompt", Retrieval(train, test), null);

        var context = new MLContext(1);
        var options = new TextToTextOptions { MaximumInputTokens = 96, LabelSmoothing = 0.1, ValidationFraction = 0.03 };
        options.Training = options.Model.DefaultTraining();
        int at = arguments.IndexOf("--epochs");
        if (at >= 0 && at + 1 < arguments.Length)
            options.Training.Epochs = int.Parse(arguments[at + 1], CultureInfo.InvariantCulture);
        options.Training.Optimiser = arguments.Contains("--adafactor") ? TrainingOptimiser.Adafactor : TrainingOptimiser.AdamW;
        options.Training.Adafactor.RelativeStep = false;
        clock.Restart();
        using var model = context.Transforms.Text.TextToText(options).Fit(context.Data.LoadFromEnumerable(train.Select(turn => new Row { Input = turn.Prompt, Target = turn.Response })));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"T5 trained for {model.Training!.Steps} steps in {clock.Elapsed.TotalSeconds:0} s ({options.Training.Optimiser}, {model.Training.Precision}, {model.Training.TokensPerSecond:0} tokens/s)"));
        double perplexity = model.Evaluate(context.Data.LoadFromEnumerable(test.Take(500).Select(turn => new Row { Input = turn.Prompt, Target = turn.Response }))).Metrics.Perplexity!.Value;
        string[] prompts = [.. test.Select(turn => turn.Prompt)];
        foreach (var (name, generation) in new (string, GenerationOptions)[]
        {
            ("T5 from random weights, greedy", new() { MaximumNewTokens = options.MaximumTargetTokens }),
            ("T5 from random weights, 4 beams", new() { MaximumNewTokens = options.MaximumTargetTokens, Beams = 4 }),
            ("T5 from random weights, 4 beams, longer, no repeats", new() { MaximumNewTokens = options.MaximumTargetTokens, Beams = 4, LengthPenalty = 1.6f, NoRepeatNGramSize = 4 }),
        })
        {
            clock.Restart();
            Print(name, [.. model.Generate(prompts, generation).Select(text => text.Text)], perplexity);
        }
        return 0;

        void Print(string name, string[] responses, double? likelihood)
        {
            double seconds = clock.Elapsed.TotalSeconds;
            var metrics = TextGenerationMetrics.Compute(responses, truths);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-42}{metrics.Bleu.Score,7:0.00}{metrics.Rouge.Rouge1,9:0.000}{metrics.Rouge.Rouge2,9:0.000}{metrics.Rouge.RougeL,9:0.000}{metrics.ChrF,7:0.0}{metrics.ExactMatch,7:0.000}{metrics.Distinct2,12:0.000}{likelihood,12:0.0}{seconds,9:0}"));
            clock.Restart();
        }
    }

    private static Turn[] Read(string file) =>
    [
        .. new ColumnsReader(["intent", "context", "message", "response"]).Read(file).Select(fields => new Turn(fields[0], $"{fields[0]} | {fields[1]} | {fields[2]}", fields[3])),
    ];

    private static string[] Templates(Turn[] train, Turn[] test)
    {
        string Commonest(IEnumerable<Turn> turns) => turns.GroupBy(turn => turn.Response).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).First().Key;
        var byIntent = train.GroupBy(turn => turn.Intent).ToDictionary(group => group.Key, Commonest);
        string any = Commonest(train);
        return [.. test.Select(turn => byIntent.GetValueOrDefault(turn.Intent, any))];
    }

    /// <summary>By the cosine of words and pairs of words, (1 + ln tf) × idf.</summary>
    private static string[] Retrieval(Turn[] train, Turn[] test)
    {
        var documents = Array.ConvertAll(train, turn => Terms(turn.Prompt));
        var frequencies = documents.SelectMany(terms => terms.Keys).CountBy(term => term).ToDictionary();
        double Idf(string term) => 1 + Math.Log((1.0 + train.Length) / (1 + frequencies.GetValueOrDefault(term)));
        var postings = new Dictionary<string, List<(int Document, double Weight)>>(StringComparer.Ordinal);
        for (int d = 0; d < documents.Length; d++)
        {
            var weights = documents[d].Select(pair => (pair.Key, Weight: (1 + Math.Log(pair.Value)) * Idf(pair.Key))).ToArray();
            double norm = Math.Sqrt(weights.Sum(pair => pair.Weight * pair.Weight));
            foreach (var (term, weight) in weights)
            {
                if (!postings.TryGetValue(term, out var list))
                    postings[term] = list = [];
                list.Add((d, weight / norm));
            }
        }
        return [.. test.AsParallel().AsOrdered().Select(turn =>
        {
            var scores = new double[train.Length];
            foreach (var (term, count) in Terms(turn.Prompt))
            {
                double weight = (1 + Math.Log(count)) * Idf(term);
                foreach (var (document, other) in postings.GetValueOrDefault(term) ?? [])
                    scores[document] += weight * other;
            }
            return train[Array.IndexOf(scores, scores.Max())].Response;
        })];
    }

    private static Dictionary<string, int> Terms(string text)
    {
        string[] words = text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Trim('.', ',', '?', '!', '|')).Where(word => word.Length > 0).ToArray();
        return words.Concat(words.Zip(words.Skip(1), (a, b) => $"{a} {b}")).CountBy(term => term).ToDictionary(StringComparer.Ordinal);
    }
}
