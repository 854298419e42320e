namespace MLPipelines.Text;

/// <summary>Trains <see cref="LinearTextModel"/>s from texts and class numbers.</summary>
internal static class LinearTextTrainer
{
    private const float UsualScale = 4f;
    private const int FewestRowsToCalibrateOn = 10;
    private const int MostRowsForFolds = 60_000;
    private const int MostHeldOutRows = 20_000;

    /// <summary>A trained model, and how it came out on held-out training texts.</summary>
    /// <param name="Model">The model.</param>
    /// <param name="Cost">The cost chosen.</param>
    /// <param name="HeldOutLogLoss">Mean log-loss (nats) of the calibrated probabilities on held-out training texts; NaN without calibration.</param>
    /// <param name="HeldOut">How the calibrated probabilities did on these texts; null without calibration.</param>
    internal sealed record Result(LinearTextModel Model, float Cost, double HeldOutLogLoss, TextClassificationMetrics? HeldOut);

    private readonly record struct Fold(int[] Train, int[] HeldOut);

    /// <param name="texts">The training texts; null counts as empty.</param>
    /// <param name="labels">The class of each text, from 0.</param>
    /// <param name="labelNames">The names of the classes, two or more.</param>
    /// <param name="options">Options, already validated.</param>
    /// <exception cref="InvalidOperationException">There is nothing to learn from.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static Result Train(IReadOnlyList<string?> texts, int[] labels, string[] labelNames, LinearTextClassificationOptions options)
    {
        int threads = options.NumberOfThreads ?? Environment.ProcessorCount;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = options.CancellationToken };
        var shape = new NGramShape(options.WordNGramLength, options.MinimumCharacterNGramLength, options.MaximumCharacterNGramLength, options.SkippedWords, options.CharacterNGramsAcrossWords);
        var scheme = new WeightingScheme(
            options.MinimumDocumentFrequency, options.UseSupervisedTermWeighting, options.CharacterWeight, options.SupervisedTermWeightingExponent, options.InverseDocumentFrequencyExponent);

        options.Progress?.Report(new LinearTextTrainingProgress("counting n-grams", 0));
        NGramCorpus corpus = NGramCorpus.Build(texts, shape, scheme.MinimumDocumentFrequency, threads, options.CancellationToken);
        if (corpus.FeatureCount == 0)
            throw TextErrors.NoFeatures(texts.Count, scheme.MinimumDocumentFrequency);
        if ((corpus.FeatureCount + 1L) * labelNames.Length > Array.MaxLength)
            throw TextErrors.TooManyWeights(corpus.FeatureCount, labelNames.Length);

        float cost = options.Costs[0];
        var calibration = new ProbabilityCalibration(UsualScale, new float[labelNames.Length], double.NaN);
        TextClassificationMetrics? heldOut = null;
        if (options.CalibrationFolds > 0 && texts.Count >= FewestRowsToCalibrateOn)
        {
            options.Progress?.Report(new LinearTextTrainingProgress("choosing the cost and calibrating on held-out texts", 0.3));
            (cost, calibration, heldOut) = Choose(corpus, labels, labelNames, scheme, options, parallel);
        }

        options.Progress?.Report(new LinearTextTrainingProgress("training on all texts", 0.8));
        int[] all = [.. Enumerable.Range(0, texts.Count)];
        TermWeights weights = TermWeights.Fit(corpus, all, labels, labelNames.Length, scheme);
        SparseRows rows = SparseRows.Build(corpus, all, weights, scheme.CharacterWeight, parallel);
        using var problem = new OneVersusRestProblem(rows, labels, labelNames.Length, options.Seed, parallel);
        problem.Solve(cost);
        LinearTextModelParts parts = Assemble(corpus, weights, problem, calibration, labelNames, shape, scheme);
        options.Progress?.Report(new LinearTextTrainingProgress("done", 1));
        return new Result(new LinearTextModel(parts), cost, calibration.LogLoss, heldOut);
    }

    private static (float Cost, ProbabilityCalibration Calibration, TextClassificationMetrics HeldOut) Choose(
        NGramCorpus corpus, int[] labels, string[] labelNames, WeightingScheme scheme, LinearTextClassificationOptions options, ParallelOptions parallel)
    {
        int classCount = labelNames.Length;
        Fold[] folds = Split(labels, classCount, options.CalibrationFolds, options.Seed);
        float[] costs = [.. options.Costs.Distinct().Order()];
        int columns = OneVersusRestProblem.Columns(classCount);
        var scores = new float[costs.Length][];
        for (int c = 0; c < costs.Length; c++)
            scores[c] = new float[checked(labels.Length * columns)];

        Parallel.ForEach(folds, parallel, fold =>
        {
            int[] foldLabels = Array.ConvertAll(fold.Train, row => labels[row]);
            TermWeights weights = TermWeights.Fit(corpus, fold.Train, foldLabels, classCount, scheme);
            SparseRows train = SparseRows.Build(corpus, fold.Train, weights, scheme.CharacterWeight, parallel);
            SparseRows heldOut = SparseRows.Build(corpus, fold.HeldOut, weights, scheme.CharacterWeight, parallel);
            using var problem = new OneVersusRestProblem(train, foldLabels, classCount, options.Seed, parallel);
            for (int c = 0; c < costs.Length; c++)
            {
                problem.Solve(costs[c]);
                problem.Score(heldOut, scores[c], fold.HeldOut);
            }
        });

        var heldOutLabels = new int[labels.Length];
        Array.Fill(heldOutLabels, -1);
        foreach (int row in folds.SelectMany(fold => fold.HeldOut))
            heldOutLabels[row] = labels[row];
        ProbabilityCalibration[] calibrations = Array.ConvertAll(scores, s => ProbabilityCalibration.Fit(s, heldOutLabels, classCount, UsualScale, parallel));
        int best = 0;
        for (int c = 1; c < costs.Length; c++)
        {
            if (calibrations[c].LogLoss < calibrations[best].LogLoss)
                best = c;
        }
        int[] judged = [.. Enumerable.Range(0, labels.Length).Where(row => heldOutLabels[row] >= 0)];
        var heldOut = TextClassificationMetrics.Of(
            labelNames, Array.ConvertAll(judged, row => labels[row]), Array.ConvertAll(judged, row => calibrations[best].Probabilities(scores[best].AsSpan(row * columns, columns))));
        return (costs[best], calibrations[best], heldOut);
    }

    // Each class is dealt out over the folds in a random order, so that every fold sees every class that it can.
    private static Fold[] Split(int[] labels, int classCount, int folds, int seed)
    {
        bool large = labels.Length > MostRowsForFolds;
        int parts = large ? Math.Max(5, labels.Length / MostHeldOutRows) : Math.Min(folds, labels.Length);
        var order = new int[labels.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        new SeededShuffle(seed).Shuffle(order);
        var part = new int[labels.Length];
        var dealt = new int[classCount];
        foreach (int row in order)
        {
            // Classes start at different folds, so that many small classes do not all land in the first.
            part[row] = (dealt[labels[row]]++ + labels[row]) % parts;
        }
        return [.. Enumerable.Range(0, large ? 1 : parts).Select(p => new Fold(
            [.. Enumerable.Range(0, labels.Length).Where(row => part[row] != p)],
            [.. Enumerable.Range(0, labels.Length).Where(row => part[row] == p)]))];
    }

    private static LinearTextModelParts Assemble(
        NGramCorpus corpus, TermWeights weights, OneVersusRestProblem problem, ProbabilityCalibration calibration,
        string[] labelNames, NGramShape shape, WeightingScheme scheme)
    {
        float[] solved = problem.Weights();
        int columns = problem.ColumnCount;
        var biases = new float[columns];
        // With two classes the one column is the difference of their logits.
        float scale = columns == 1 ? 2 * calibration.Scale : calibration.Scale;
        for (int c = 0; c < columns; c++)
        {
            float shift = columns == 1 ? calibration.Biases[1] - calibration.Biases[0] : calibration.Biases[c];
            biases[c] = scale * solved[corpus.FeatureCount * columns + c] + shift;
        }
        var scaled = new float[corpus.FeatureCount * columns];
        for (int i = 0; i < scaled.Length; i++)
            scaled[i] = scale * solved[i];
        return new LinearTextModelParts(labelNames, shape, scheme.CharacterWeight, weights.Unknown, corpus.Hashes, weights.Weights, scaled, biases);
    }
}
