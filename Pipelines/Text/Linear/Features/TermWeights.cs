namespace MLPipelines.Text;

/// <summary>How counts of n-grams become feature values.</summary>
/// <param name="MinimumDocumentFrequency">N-grams in fewer texts have no feature of their own.</param>
/// <param name="Supervised">Whether n-grams are also weighted by how much they say about the class.</param>
/// <param name="CharacterWeight">Length of the character block beside the word block's 1.</param>
/// <param name="SupervisedExponent">The power of what an n-gram says about the class.</param>
/// <param name="FrequencyExponent">The power of the inverse document frequency.</param>
internal readonly record struct WeightingScheme(int MinimumDocumentFrequency, bool Supervised, float CharacterWeight, float SupervisedExponent = 0.5f, float FrequencyExponent = 1);

/// <summary>
/// The weight of each n-gram: a power of the smooth inverse document frequency, ln((1 + n) / (1 + df)) + 1, times, where supervised,
/// a power (the square root where nothing else is asked for) of how much it tells of the class: the Kullback-Leibler divergence of the n-gram's class distribution
/// from the class prior, as a share of the prior's entropy, plus <see cref="DivergenceFloor"/>. That distribution is smoothed
/// towards the prior with as many pseudo-counts as there are classes, so that a rare n-gram earns little. A weight of 0
/// marks an n-gram that is too rare.
/// </summary>
internal sealed class TermWeights
{
    private const double DivergenceFloor = 0.05;

    private TermWeights(float[] weights, float unknown)
    {
        Weights = weights;
        Unknown = unknown;
    }

    public float[] Weights { get; }

    /// <summary>
    /// The weight with which an n-gram without a feature enters the norm of its text: the mean weight of the rarest
    /// n-grams that have one. So a text full of unknown n-grams gets scores near those of no evidence.
    /// </summary>
    public float Unknown { get; }

    public static TermWeights Fit(NGramCorpus corpus, ReadOnlySpan<int> rows, ReadOnlySpan<int> labels, int classCount, WeightingScheme scheme)
    {
        int features = corpus.FeatureCount;
        var frequencies = new int[features];
        foreach (int row in rows)
        {
            foreach (int number in corpus[row].Numbers)
                frequencies[number]++;
        }

        double[]? divergences = scheme.Supervised ? Divergences(corpus, rows, labels, classCount, frequencies) : null;
        double entropy = Entropy(labels, classCount);
        var weights = new float[features];
        double rareSum = 0;
        int rareCount = 0;
        int rarest = int.MaxValue;
        for (int f = 0; f < features; f++)
        {
            int frequency = frequencies[f];
            if (frequency == 0 || frequency < scheme.MinimumDocumentFrequency)
                continue;
            double weight = Power(Math.Log((1.0 + rows.Length) / (1.0 + frequency)) + 1, scheme.FrequencyExponent);
            if (divergences is not null)
                weight *= Power(Math.Max(0, divergences[f]) / entropy + DivergenceFloor, scheme.SupervisedExponent);
            weights[f] = (float)weight;
            if (frequency < rarest)
                (rarest, rareSum, rareCount) = (frequency, 0, 0);
            if (frequency == rarest)
            {
                rareSum += weight;
                rareCount++;
            }
        }
        return new TermWeights(weights, rareCount == 0 ? 1f : (float)(rareSum / rareCount));
    }

    private static double Power(double value, float exponent) => exponent switch { 1 => value, 0.5f => Math.Sqrt(value), _ => Math.Pow(value, exponent) };

    private static double[] Divergences(NGramCorpus corpus, ReadOnlySpan<int> rows, ReadOnlySpan<int> labels, int classCount, int[] frequencies)
    {
        (int[] order, int[] ends) = GroupByClass(labels, classCount);
        var divergences = new double[frequencies.Length];
        var unseenPrior = new double[frequencies.Length];
        var counts = new int[frequencies.Length];
        var touched = new List<int>();
        Array.Fill(unseenPrior, 1.0);
        double smoothing = classCount;
        for (int c = 0, next = 0; c < classCount; c++)
        {
            double prior = (double)(ends[c] - next) / rows.Length;
            for (; next < ends[c]; next++)
            {
                foreach (int number in corpus[rows[order[next]]].Numbers)
                {
                    if (counts[number]++ == 0)
                        touched.Add(number);
                }
            }
            foreach (int f in touched)
            {
                double share = (counts[f] + smoothing * prior) / (frequencies[f] + smoothing);
                divergences[f] += share * Math.Log(share / prior);
                unseenPrior[f] -= prior;
                counts[f] = 0;
            }
            touched.Clear();
        }
        for (int f = 0; f < divergences.Length; f++)
        {
            // In every class without the n-gram its share is the prior times this factor.
            double factor = smoothing / (frequencies[f] + smoothing);
            divergences[f] += Math.Max(0, unseenPrior[f]) * factor * Math.Log(factor);
        }
        return divergences;
    }

    // In nats; of a fold that happens to hold one class alone it is 1, so that dividing by it changes nothing.
    private static double Entropy(ReadOnlySpan<int> labels, int classCount)
    {
        var counts = new int[classCount];
        foreach (int label in labels)
            counts[label]++;
        double entropy = 0;
        foreach (int count in counts)
        {
            double share = (double)count / labels.Length;
            entropy -= count == 0 ? 0 : share * Math.Log(share);
        }
        return entropy > 0 ? entropy : 1;
    }

    private static (int[] Order, int[] Ends) GroupByClass(ReadOnlySpan<int> labels, int classCount)
    {
        var ends = new int[classCount];
        foreach (int label in labels)
            ends[label]++;
        var next = new int[classCount];
        for (int c = 0, sum = 0; c < classCount; c++)
        {
            next[c] = sum;
            ends[c] = sum += ends[c];
        }
        var order = new int[labels.Length];
        for (int i = 0; i < labels.Length; i++)
            order[next[labels[i]]++] = i;
        return (order, ends);
    }
}
