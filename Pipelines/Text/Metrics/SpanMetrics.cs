namespace MLPipelines.Text;

/// <summary>How well spans were found: a span counts only where both its type and its bounds are right (as in CoNLL's and seqeval's evaluation).</summary>
public sealed record SpanMetrics
{
    /// <summary>Texts judged.</summary>
    public required int Texts { get; init; }

    /// <summary>Tokens judged.</summary>
    public required int Tokens { get; init; }

    /// <summary>The share of tokens whose tag is right, 0 to 1. Most tokens are outside any span, so this is high for a model that finds nothing.</summary>
    public required double TokenAccuracy { get; init; }

    /// <summary>The share of predicted spans that are right, 0 to 1.</summary>
    public required double Precision { get; init; }

    /// <summary>The share of right spans that were predicted, 0 to 1.</summary>
    public required double Recall { get; init; }

    /// <summary>The harmonic mean of precision and recall over all spans, 0 to 1.</summary>
    public required double F1 { get; init; }

    /// <summary>The mean of the types' F1 over those that occur or were predicted, 0 to 1.</summary>
    public required double MacroF1 { get; init; }

    /// <summary>Each type, in alphabetical order.</summary>
    public required IReadOnlyList<LabelMetrics> Types { get; init; }

    /// <summary>Judges tags.</summary>
    /// <param name="truth">The right tags of each text.</param>
    /// <param name="predicted">The predicted tags of each text, as many.</param>
    /// <param name="scheme">Which tags make a span.</param>
    /// <exception cref="ArgumentException">There are no texts, or the lengths differ.</exception>
    public static SpanMetrics Of(IReadOnlyList<IReadOnlyList<string>> truth, IReadOnlyList<IReadOnlyList<string>> predicted, SpanScheme scheme = SpanScheme.Lenient)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(predicted);
        if (truth.Count == 0 || predicted.Count != truth.Count)
            throw TextErrors.MetricRows(truth.Count, truth.Count, predicted.Count);
        var counts = new SortedDictionary<string, (int Support, int Predicted, int Correct)>(StringComparer.Ordinal);
        int tokens = 0, hits = 0;
        for (int text = 0; text < truth.Count; text++)
        {
            if (truth[text].Count != predicted[text].Count)
                throw TextErrors.MetricTags(text, truth[text].Count, predicted[text].Count);
            tokens += truth[text].Count;
            hits += truth[text].Zip(predicted[text], (right, given) => right == given).Count(same => same);
            var right = BioTags.Decode(truth[text], scheme).ToHashSet();
            foreach (var span in right)
                Add(span.Type, (1, 0, 0));
            foreach (var span in BioTags.Decode(predicted[text], scheme))
                Add(span.Type, (0, 1, right.Contains(span) ? 1 : 0));
        }
        LabelMetrics[] types = [.. counts.Select(entry => new LabelMetrics(entry.Key, entry.Value.Support, entry.Value.Predicted, entry.Value.Correct))];
        var all = LabelMetrics.Micro(types);
        return new SpanMetrics
        {
            Texts = truth.Count,
            Tokens = tokens,
            TokenAccuracy = LabelMetrics.Ratio(hits, tokens),
            Precision = all.Precision,
            Recall = all.Recall,
            F1 = all.F1,
            MacroF1 = LabelMetrics.Mean(types, type => type.F1),
            Types = types,
        };

        void Add(string type, (int Support, int Predicted, int Correct) more)
        {
            var sum = counts.GetValueOrDefault(type);
            counts[type] = (sum.Support + more.Support, sum.Predicted + more.Predicted, sum.Correct + more.Correct);
        }
    }

    /// <summary>The figures and a table of types, for people.</summary>
    public override string ToString() =>
        MetricsText.Figures(("span F1", F1), ("  precision", Precision), ("  recall", Recall), ("macro F1", MacroF1), ("token accuracy", TokenAccuracy)).Rows(Types).ToString();
}
