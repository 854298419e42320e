namespace MLPipelines.Text;

/// <summary>How well a confidence tells texts of known classes from texts of none.</summary>
public sealed record OutOfScopeMetrics
{
    /// <summary>Rows of known classes.</summary>
    public required int InScopeRows { get; init; }

    /// <summary>Rows of no known class.</summary>
    public required int OutOfScopeRows { get; init; }

    /// <summary>How likely a row in scope has a higher confidence than one out of scope, 0 to 1; 0.5 is chance.</summary>
    public required double AreaUnderRocCurve { get; init; }

    /// <summary>The share of rows out of scope still accepted by the threshold that accepts 95 % of those in scope, 0 to 1; lower is better.</summary>
    public required double FalseAcceptanceAt95 { get; init; }

    /// <summary>The threshold on confidence that the figures below are for.</summary>
    public required double Threshold { get; init; }

    /// <summary>The share of rows in scope that the threshold accepts, 0 to 1.</summary>
    public required double Coverage { get; init; }

    /// <summary>The share of accepted rows in scope whose class is right, 0 to 1; NaN where none is accepted.</summary>
    public required double CoveredAccuracy { get; init; }

    /// <summary>The share of rows in scope that are accepted with the right class, 0 to 1.</summary>
    public required double InScopeAccuracy { get; init; }

    /// <summary>The share of rows out of scope that are refused, 0 to 1.</summary>
    public required double OutOfScopeRecall { get; init; }

    /// <summary>The share of refused rows that are out of scope, 0 to 1; 0 where none is refused.</summary>
    public required double OutOfScopePrecision { get; init; }

    /// <summary>Judges confidences.</summary>
    /// <param name="confidences">The confidence of each row's prediction.</param>
    /// <param name="isInScope">Whether the row is of a known class.</param>
    /// <param name="isCorrect">Whether the predicted class is right; of no account for rows out of scope.</param>
    /// <param name="threshold">Rows of lower confidence are refused.</param>
    /// <exception cref="ArgumentException">There are no rows in scope, or none out of it, or the lengths differ.</exception>
    public static OutOfScopeMetrics Of(IReadOnlyList<float> confidences, IReadOnlyList<bool> isInScope, IReadOnlyList<bool> isCorrect, double threshold)
    {
        ArgumentNullException.ThrowIfNull(confidences);
        ArgumentNullException.ThrowIfNull(isInScope);
        ArgumentNullException.ThrowIfNull(isCorrect);
        int inside = isInScope.Count(value => value), outside = isInScope.Count - inside;
        if (confidences.Count != isInScope.Count || isCorrect.Count != isInScope.Count || inside == 0 || outside == 0)
            throw TextErrors.ScopeRows(inside, outside, confidences.Count, isCorrect.Count);
        int accepted = 0, right = 0, refusedOutside = 0, refused = 0;
        for (int i = 0; i < confidences.Count; i++)
        {
            bool isAccepted = confidences[i] >= threshold;
            refused += isAccepted ? 0 : 1;
            if (!isInScope[i])
                refusedOutside += isAccepted ? 0 : 1;
            else if (isAccepted)
                (accepted, right) = (accepted + 1, right + (isCorrect[i] ? 1 : 0));
        }
        float[] ofInside = [.. confidences.Where((_, i) => isInScope[i]).OrderDescending()];
        float cut = ofInside[Math.Min(inside, (int)Math.Ceiling(0.95 * inside)) - 1];
        return new OutOfScopeMetrics
        {
            InScopeRows = inside,
            OutOfScopeRows = outside,
            AreaUnderRocCurve = ProbabilityMetrics.AreaUnderRocCurve(confidences, isInScope),
            FalseAcceptanceAt95 = (double)confidences.Where((confidence, i) => !isInScope[i] && confidence >= cut).Count() / outside,
            Threshold = threshold,
            Coverage = (double)accepted / inside,
            CoveredAccuracy = accepted == 0 ? double.NaN : (double)right / accepted,
            InScopeAccuracy = (double)right / inside,
            OutOfScopeRecall = (double)refusedOutside / outside,
            OutOfScopePrecision = LabelMetrics.Ratio(refusedOutside, refused),
        };
    }

    /// <summary>The figures, for people.</summary>
    public override string ToString() =>
        MetricsText.Figures(
            ("area under the ROC curve", AreaUnderRocCurve), ("false acceptance at 95 %", FalseAcceptanceAt95), ("threshold", Threshold), ("coverage", Coverage),
            ("accuracy where covered", CoveredAccuracy), ("accuracy in scope", InScopeAccuracy), ("out-of-scope recall", OutOfScopeRecall), ("out-of-scope precision", OutOfScopePrecision)).ToString();
}
