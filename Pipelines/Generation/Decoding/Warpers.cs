using System.Buffers;
using System.Numerics.Tensors;

namespace MLPipelines.Generation;

/// <summary>Divides the logits: below 1 sharpens the distribution, above 1 flattens it.</summary>
/// <param name="temperature">Above 0.</param>
public sealed class TemperatureWarper(float temperature) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores) => TensorPrimitives.Divide(scores, temperature, scores);
}

/// <summary>Keeps the most probable tokens, with those that are as probable as the last of them.</summary>
/// <param name="count">(tokens) How many; 1 or more.</param>
/// <param name="minimumTokens">(tokens) At least so many are kept.</param>
public sealed class TopKWarper(int count, int minimumTokens = 1) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores) =>
        Cutoff.Below(scores, Vocabulary.LargestAt(scores, Math.Max(count, minimumTokens)));
}

/// <summary>Keeps the smallest set of most probable tokens whose probabilities sum to a mass (nucleus sampling, Holtzman et al. 2020).</summary>
/// <param name="mass">Above 0 to 1.</param>
/// <param name="minimumTokens">(tokens) At least so many are kept.</param>
public sealed class TopPWarper(float mass, int minimumTokens = 1) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        if (mass >= 1)
            return;
        float[] probabilities = ArrayPool<float>.Shared.Rent(scores.Length);
        try
        {
            Vocabulary.SoftMax(scores, probabilities);
            // All tokens below this together hold less than what is cut off, so only the others need to be sorted.
            float least = (1 - mass) / scores.Length;
            var candidates = new List<(float Probability, int Id)>();
            for (int id = 0; id < scores.Length; id++)
            {
                if (probabilities[id] >= least)
                    candidates.Add((probabilities[id], id));
            }
            candidates.Sort((a, b) => a.Probability != b.Probability ? b.Probability.CompareTo(a.Probability) : b.Id.CompareTo(a.Id));
            double sum = 0;
            int kept = 0;
            while (kept < candidates.Count && (kept < minimumTokens || sum < mass))
                sum += candidates[kept++].Probability;
            Cutoff.Except(scores, candidates, kept, minimumTokens);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(probabilities);
        }
    }
}

/// <summary>Keeps tokens that are at least so probable relative to the most probable one (Nguyen et al. 2024).</summary>
/// <param name="share">0 to 1.</param>
/// <param name="minimumTokens">(tokens) At least so many are kept.</param>
public sealed class MinPWarper(float share, int minimumTokens = 1) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        float least = TensorPrimitives.Max(scores) + MathF.Log(share);
        Cutoff.Below(scores, minimumTokens > 1 ? Math.Min(least, Vocabulary.LargestAt(scores, minimumTokens)) : least);
    }
}

/// <summary>Keeps the tokens whose surprise is nearest to the expected one, up to a mass (Meister et al. 2022).</summary>
/// <param name="mass">Above 0 to 1.</param>
/// <param name="minimumTokens">(tokens) At least so many are kept.</param>
public sealed class TypicalWarper(float mass, int minimumTokens = 1) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        var normalised = new float[scores.Length];
        float total = Vocabulary.LogSumExp(scores);
        TensorPrimitives.Subtract(scores, total, normalised);
        float entropy = Cutoff.Entropy(normalised);
        var distances = new float[scores.Length];
        var order = new int[scores.Length];
        for (int id = 0; id < distances.Length; id++)
            (distances[id], order[id]) = (MathF.Abs(-normalised[id] - entropy), id);
        var sorted = distances.ToArray();
        Array.Sort(sorted, order);
        double sum = 0;
        int last = 0;
        for (; last < sorted.Length - 1; last++)
        {
            sum += Math.Exp(normalised[order[last]]);
            if (sum >= mass)
                break;
        }
        float furthest = sorted[Math.Max(last, minimumTokens - 1)];
        for (int id = 0; id < distances.Length; id++)
        {
            if (distances[id] > furthest)
                scores[id] = float.NegativeInfinity;
        }
    }
}

/// <summary>Keeps tokens of at least a probability (Hewitt et al. 2022).</summary>
/// <param name="epsilon">Above 0 to below 1.</param>
/// <param name="minimumTokens">(tokens) At least so many are kept.</param>
public sealed class EpsilonWarper(float epsilon, int minimumTokens = 1) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        var probabilities = new float[scores.Length];
        Vocabulary.SoftMax(scores, probabilities);
        Cutoff.Improbable(scores, probabilities, epsilon, minimumTokens);
    }
}

/// <summary>Keeps tokens of at least a probability, which is lower where the distribution is flat (Hewitt et al. 2022).</summary>
/// <param name="epsilon">Above 0 to below 1.</param>
/// <param name="minimumTokens">(tokens) At least so many are kept.</param>
public sealed class EtaWarper(float epsilon, int minimumTokens = 1) : LogitsProcessor
{
    /// <inheritdoc/>
    public override void Process(in DecodingContext context, Span<float> scores)
    {
        var normalised = new float[scores.Length];
        float total = Vocabulary.LogSumExp(scores);
        TensorPrimitives.Subtract(scores, total, normalised);
        float eta = Math.Min(epsilon, MathF.Sqrt(epsilon) * MathF.Exp(-Cutoff.Entropy(normalised)));
        TensorPrimitives.Exp(normalised, normalised);
        Cutoff.Improbable(scores, normalised, eta, minimumTokens);
    }
}

/// <summary>Ways of forbidding all tokens but some.</summary>
internal static class Cutoff
{
    /// <summary>Forbids what is below a score.</summary>
    public static void Below(Span<float> scores, float least)
    {
        for (int id = 0; id < scores.Length; id++)
            scores[id] = scores[id] < least ? float.NegativeInfinity : scores[id];
    }

    /// <summary>Forbids all but the first of sorted candidates.</summary>
    public static void Except(Span<float> scores, List<(float Probability, int Id)> candidates, int kept, int minimumTokens)
    {
        if (kept < minimumTokens)
        {
            Below(scores, Vocabulary.LargestAt(scores, minimumTokens));
            return;
        }
        var values = new float[kept];
        for (int i = 0; i < kept; i++)
            values[i] = scores[candidates[i].Id];
        scores.Fill(float.NegativeInfinity);
        for (int i = 0; i < kept; i++)
            scores[candidates[i].Id] = values[i];
    }

    /// <summary>Forbids tokens below a probability, unless they are among the most probable few.</summary>
    public static void Improbable(Span<float> scores, ReadOnlySpan<float> probabilities, float least, int minimumTokens)
    {
        float spared = Vocabulary.LargestAt(scores, minimumTokens);
        for (int id = 0; id < scores.Length; id++)
        {
            if (probabilities[id] < least && scores[id] < spared)
                scores[id] = float.NegativeInfinity;
        }
    }

    /// <summary>-Σ p log p over log-probabilities, where forbidden tokens count nothing.</summary>
    public static float Entropy(ReadOnlySpan<float> logProbabilities)
    {
        double entropy = 0;
        foreach (float value in logProbabilities)
        {
            if (value != float.NegativeInfinity)
                entropy -= Math.Exp(value) * value;
        }
        return (float)entropy;
    }
}
