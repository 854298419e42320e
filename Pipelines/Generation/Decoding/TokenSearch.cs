namespace MLPipelines.Generation;

/// <summary>Greedy decoding and sampling: one token a row and step; rows that end leave the batch.</summary>
internal static class TokenSearch
{
    /// <summary>All sequences of the prompts at once.</summary>
    /// <inheritdoc cref="Run(DecodingPlan, IDecoderState, IReadOnlyList{int[]}, int, int, CancellationToken)"/>
    public static GeneratedSequence[][] Run(DecodingPlan plan, IDecoderState state, IReadOnlyList<int[]> prompts, CancellationToken cancellationToken) =>
        Run(plan, state, prompts, 0, plan.Options.Sample ? plan.Options.ReturnedSequences : 1, cancellationToken);

    /// <param name="plan">How.</param>
    /// <param name="state">The model over the prompts.</param>
    /// <param name="prompts">The prompts' tokens, without padding.</param>
    /// <param name="firstCopy">Which of a prompt's sequences is the first here; 0 where all are.</param>
    /// <param name="copies">How many sequences of each prompt there are here.</param>
    /// <param name="cancellationToken">Honoured between steps and within them.</param>
    /// <returns>The sequences of each prompt.</returns>
    public static GeneratedSequence[][] Run(DecodingPlan plan, IDecoderState state, IReadOnlyList<int[]> prompts, int firstCopy, int copies, CancellationToken cancellationToken)
    {
        int vocabulary = state.VocabularySize;
        var results = new GeneratedSequence[prompts.Count][];
        var rows = new List<Row>(prompts.Count * copies);
        for (int i = 0; i < prompts.Count; i++)
        {
            results[i] = new GeneratedSequence[copies];
            for (int copy = 0; copy < copies; copy++)
                rows.Add(new Row(i, copy, new SequenceBuffer(plan.Start), plan.Options.Sample ? RandomDraws.Of(plan.Options.Seed, prompts[i], firstCopy + copy) : null));
        }
        using var buffers = new NativeBuffer();
        buffers.Ensure(2L * vocabulary * sizeof(float));
        var scratch = buffers.AsSpan<float>(2 * vocabulary)[..vocabulary];
        var raw = buffers.AsSpan<float>(2 * vocabulary)[vocabulary..];
        var next = new int[rows.Count];
        var sources = new int[rows.Count];
        var logits = state.Start(plan.Start, copies, cancellationToken);
        while (true)
        {
            for (int i = 0; i < rows.Count; i++)
            {
                var row = rows[i];
                next[i] = Choose(plan, row, prompts[row.Prompt], logits.Slice(i * vocabulary, vocabulary), raw, scratch, out float logProbability);
                row.Sequence.Add(next[i], logProbability);
                plan.OnToken?.Invoke(row.Prompt * copies + row.Copy, next[i]);
                row.Reason = plan.Ends(next[i]) ? FinishReason.EndOfText
                    : plan.Stops != null && plan.Stops(row.Sequence.Tokens) ? FinishReason.StopString
                    : row.Sequence.Length >= plan.MaximumLength ? FinishReason.Length
                    : null;
                if (row.Reason is { } reason)
                    results[row.Prompt][row.Copy] = row.Sequence.Finish(ScoreOf(row.Sequence, plan.Options.LengthPenalty), reason);
            }
            int count = Compact(rows, sources, next);
            if (count == 0)
                return results;
            if (count < state.Rows)
                state.Reorder(sources.AsSpan(0, count));
            logits = state.Step(next.AsSpan(0, count), cancellationToken);
        }
    }

    private static int Choose(DecodingPlan plan, Row row, ReadOnlySpan<int> prompt, Span<float> logits, Span<float> raw, Span<float> scratch, out float logProbability)
    {
        float total = Vocabulary.LogSumExp(logits);
        if (!float.IsFinite(total))
            throw GenerationErrors.NotNumbers(row.Prompt, total);
        bool changes = !plan.RulesOnlyForbid || plan.Warpers.Length > 0;
        if (changes)
            logits.CopyTo(raw);
        var context = new DecodingContext(row.Sequence.Tokens, prompt);
        foreach (var rule in plan.Rules)
            rule.Process(context, logits);
        foreach (var warper in plan.Warpers)
            warper.Process(context, logits);
        int token;
        if (row.Draws is { } draws)
        {
            Vocabulary.SoftMax(logits, scratch);
            token = draws.Draw(scratch);
        }
        else
        {
            token = Vocabulary.IndexOfMost(logits);
        }
        if (token < 0 || logits[token] == float.NegativeInfinity)
            throw GenerationErrors.NothingAllowed(row.Prompt, row.Sequence.Length);
        logProbability = (changes ? raw[token] : logits[token]) - total;
        return token;
    }

    // The last rows take the places of those that have ended, so that few need to be moved.
    private static int Compact(List<Row> rows, int[] sources, int[] next)
    {
        int count = rows.Count;
        for (int i = 0; i < count; i++)
            sources[i] = i;
        for (int i = 0; i < count;)
        {
            if (rows[i].Reason == null)
            {
                i++;
                continue;
            }
            count--;
            rows[i] = rows[count];
            next[i] = next[count];
            sources[i] = sources[count];
        }
        rows.RemoveRange(count, rows.Count - count);
        return count;
    }

    private static float ScoreOf(SequenceBuffer sequence, float lengthPenalty)
    {
        double sum = 0;
        foreach (float value in sequence.LogProbabilities)
            sum += value;
        return (float)(sum / Math.Pow(sequence.LogProbabilities.Length, lengthPenalty));
    }

    private sealed class Row(int prompt, int copy, SequenceBuffer sequence, RandomDraws? draws)
    {
        public int Prompt { get; } = prompt;

        public int Copy { get; } = copy;

        public SequenceBuffer Sequence { get; } = sequence;

        public RandomDraws? Draws { get; } = draws;

        public FinishReason? Reason { get; set; }
    }
}
