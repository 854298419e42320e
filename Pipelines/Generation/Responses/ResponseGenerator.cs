namespace MLPipelines.Generation;

/// <summary>A message to answer.</summary>
/// <param name="Content">The message.</param>
/// <param name="Intent">Its intent; "" where unknown.</param>
/// <param name="Sentiment">Its sentiment; "" where unknown.</param>
/// <param name="User">Whose preferences count; "" for nobody's.</param>
public sealed record ResponseRequest(string Content, string Intent = "", string Sentiment = "", string User = "");

/// <summary>An answer.</summary>
/// <param name="Text">What to send.</param>
/// <param name="Confidence">The geometric mean of the tokens' probabilities of the best candidate, 0 to 1, whether it is sent or not.</param>
/// <param name="Source">"model", or "fallback: " and why: "low-confidence", or the name of a rule of <see cref="SafetyRules"/>.</param>
/// <param name="Alternatives">Further candidates that may be sent, best first, none like another.</param>
public sealed record GeneratedResponse(string Text, float Confidence, string Source, IReadOnlyList<string> Alternatives)
{
    /// <summary>Whether <see cref="Text"/> is what the model wrote.</summary>
    public bool IsFromModel => Source == ResponseGenerator.FromModel;
}

/// <summary>
/// Answers messages: fills a prompt, generates candidates, leaves out what is unsure, unfit or said already, and ranks the rest by probability, personality and preference.
/// </summary>
/// <remarks>Thread-safe. Holds native memory through its generator, which it does not own.</remarks>
public sealed class ResponseGenerator
{
    internal const string FromModel = "model";
    internal const string LowConfidence = "low-confidence";

    private readonly TextGenerator _generator;
    private readonly ResponseOptions _options;

    /// <summary>A response generator.</summary>
    /// <param name="generator">The model.</param>
    /// <param name="options">How; <see cref="ResponseOptions.ModelFolder"/> and the columns are not used.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    public ResponseGenerator(TextGenerator generator, ResponseOptions options)
    {
        ArgumentNullException.ThrowIfNull(generator);
        ArgumentNullException.ThrowIfNull(options);
        _generator = generator;
        _options = options.Clone();
        if (_options.ModelFolder.Length == 0)
            _options.ModelFolder = generator.Model.Folder;
        _options.Validate();
    }

    /// <summary>Answers messages, those with the same template together.</summary>
    /// <param name="requests">The messages.</param>
    /// <param name="cancellationToken">Honoured between steps and within them.</param>
    /// <returns>An answer for each.</returns>
    public IReadOnlyList<GeneratedResponse> Respond(IReadOnlyList<ResponseRequest> requests, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var responses = new GeneratedResponse[requests.Count];
        foreach (var group in Enumerable.Range(0, requests.Count).GroupBy(i => _options.TemplatesByIntent.GetValueOrDefault(requests[i].Intent, _options.Template)))
        {
            var template = _options.Templates[group.Key];
            int[] rows = [.. group];
            var generated = _generator.Generate([.. rows.Select(i => PromptOf(template, requests[i]))], GenerationOf(template), cancellationToken);
            for (int i = 0; i < rows.Length; i++)
                responses[rows[i]] = Choose(requests[rows[i]], generated[i].Sequences);
        }
        return responses;
    }

    /// <summary>Ranks candidates and picks the answer.</summary>
    internal GeneratedResponse Choose(ResponseRequest request, IReadOnlyList<GeneratedSequence> sequences)
    {
        float confidence = sequences.Max(sequence => sequence.Confidence);
        string? fault = null;
        var fit = new List<(string Text, double Value)>();
        foreach (var sequence in sequences)
        {
            string text = sequence.Text.Trim();
            string? wrong = sequence.Confidence < _options.MinimumConfidence ? LowConfidence : _options.Safety.FaultOf(text, request.Content);
            fault ??= wrong;
            if (wrong == null)
                fit.Add((text, ValueOf(request, sequence, text)));
        }
        var ranked = Rank(fit);
        if (ranked.Count > 0)
            return new GeneratedResponse(ranked[0], confidence, FromModel, ranked[1..]);
        return new GeneratedResponse(_options.FallbacksByIntent.GetValueOrDefault(request.Intent, _options.Fallback), confidence, $"fallback: {fault}", []);
    }

    private List<string> Rank(List<(string Text, double Value)> candidates)
    {
        var ranked = new List<string>();
        while (candidates.Count > 0)
        {
            int best = 0;
            double bestValue = double.NegativeInfinity;
            for (int i = 0; i < candidates.Count; i++)
            {
                double likest = ranked.Count == 0 ? 0 : ranked.Max(text => TextFeatures.Similarity(text, candidates[i].Text));
                double value = candidates[i].Value - _options.Diversity * likest;
                if (value > bestValue)
                    (best, bestValue) = (i, value);
            }
            string chosen = candidates[best].Text;
            ranked.Add(chosen);
            candidates.RemoveAll(candidate => candidate.Text == chosen || TextFeatures.Similarity(candidate.Text, chosen) > _options.MaximumSimilarity);
        }
        return ranked;
    }

    private double ValueOf(ResponseRequest request, GeneratedSequence sequence, string text)
    {
        double value = Math.Log(Math.Max(sequence.Confidence, 1e-9));
        if (_options.Personality is { } personality)
            value += _options.PersonalityWeight * personality.Affinity(text);
        if (_options.Preferences is { } preferences && request.User.Length > 0)
            value += _options.PreferenceWeight * preferences.Score(request.User, text);
        return value;
    }

    private string PromptOf(NamedTemplate template, ResponseRequest request) =>
        (_options.Personality?.Describe() ?? "") + template.Prompt.Fill(name => name switch { "content" => request.Content, "intent" => request.Intent, _ => request.Sentiment });

    private GenerationOptions GenerationOf(NamedTemplate template)
    {
        var options = template.Apply(_options.Generation ?? Quiet(_generator.DefaultOptions));
        options.ReturnedSequences = _options.Candidates;
        if (!options.Sample && options.Beams < _options.Candidates)
            (options.Beams, options.BeamGroups, options.DiversityPenalty) = (_options.Candidates, 1, 0);
        return options;
    }

    private static GenerationOptions Quiet(GenerationOptions options)
    {
        options.NoRepeatNGramSize = Math.Max(options.NoRepeatNGramSize, 3);
        return options;
    }
}
