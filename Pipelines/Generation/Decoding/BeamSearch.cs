using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MLPipelines.Generation;

/// <summary>Beam search, with groups of beams for diversity. Prompts that are done leave the batch.</summary>
internal sealed class BeamSearch
{
    private readonly DecodingPlan _plan;
    private readonly IDecoderState _state;
    private readonly IReadOnlyList<int[]> _prompts;
    private readonly int _beams;
    private readonly int _groupSize;
    private readonly int _vocabulary;
    private readonly float[][] _raw;
    private readonly int[] _topIds;
    private readonly float[] _topScores;
    private readonly List<Candidate> _candidates = [];
    private readonly List<int> _chosen = [];

    private BeamSearch(DecodingPlan plan, IDecoderState state, IReadOnlyList<int[]> prompts)
    {
        (_plan, _state, _prompts) = (plan, state, prompts);
        _beams = plan.Options.Beams;
        _groupSize = _beams / plan.Options.BeamGroups;
        _vocabulary = state.VocabularySize;
        _raw = plan.RulesOnlyForbid ? [] : [.. Enumerable.Range(0, _groupSize).Select(_ => new float[_vocabulary])];
        int kept = Math.Max(2, 1 + plan.EndIds.Length) * _groupSize;
        _topIds = new int[kept];
        _topScores = new float[kept];
    }

    /// <inheritdoc cref="TokenSearch.Run(DecodingPlan, IDecoderState, IReadOnlyList{int[]}, CancellationToken)"/>
    public static GeneratedSequence[][] Run(DecodingPlan plan, IDecoderState state, IReadOnlyList<int[]> prompts, CancellationToken cancellationToken) =>
        new BeamSearch(plan, state, prompts).Run(cancellationToken);

    private GeneratedSequence[][] Run(CancellationToken cancellationToken)
    {
        var results = new GeneratedSequence[_prompts.Count][];
        var rows = Enumerable.Range(0, _prompts.Count).Select(prompt => new Row(prompt, _plan, _beams, _groupSize)).ToList();
        var next = new int[rows.Count * _beams];
        var sources = new int[rows.Count * _beams];
        int length = _plan.Start.Length;
        var logits = _state.Start(_plan.Start, _beams, cancellationToken);
        while (true)
        {
            for (int i = 0; i < rows.Count; i++)
                Advance(rows[i], logits.Slice(i * _beams * _vocabulary, _beams * _vocabulary), length);
            length++;
            for (int i = rows.Count - 1; i >= 0; i--)
            {
                rows[i].Slot = i;
                if (rows[i].IsDone || length >= _plan.MaximumLength)
                    results[rows[i].Prompt] = Finish(rows[i], length);
            }
            RemoveDone(rows, length);
            if (rows.Count == 0)
                return results;
            bool moved = false;
            for (int i = 0; i < rows.Count; i++)
            {
                for (int beam = 0; beam < _beams; beam++)
                {
                    int at = i * _beams + beam;
                    next[at] = rows[i].Tokens[beam];
                    sources[at] = rows[i].Slot * _beams + rows[i].Sources[beam];
                    moved |= sources[at] != at;
                }
            }
            int count = rows.Count * _beams;
            if (moved || count < _state.Rows)
                _state.Reorder(sources.AsSpan(0, count));
            logits = _state.Step(next.AsSpan(0, count), cancellationToken);
        }
    }

    private void RemoveDone(List<Row> rows, int length)
    {
        if (length >= _plan.MaximumLength)
        {
            rows.Clear();
            return;
        }
        for (int i = 0; i < rows.Count;)
        {
            if (!rows[i].IsDone)
            {
                i++;
                continue;
            }
            rows[i] = rows[^1];
            rows.RemoveAt(rows.Count - 1);
        }
    }

    private void Advance(Row row, Span<float> logits, int length)
    {
        _chosen.Clear();
        for (int group = 0; group < row.Groups.Length; group++)
        {
            int first = group * _groupSize;
            if (row.Done[group])
            {
                for (int beam = first; beam < first + _groupSize; beam++)
                    row.Keep(beam, _plan.EndIds.Length > 0 ? _plan.EndIds[0] : 0);
            }
            else
            {
                Rank(row, logits, first);
                Extend(row, group, first, length);
            }
            for (int beam = first; beam < first + _groupSize; beam++)
                _chosen.Add(row.Tokens[beam]);
        }
        row.Commit();
    }

    /// <summary>The best continuations of the beams of a group, in falling order.</summary>
    private void Rank(Row row, Span<float> logits, int first)
    {
        _candidates.Clear();
        for (int beam = 0; beam < _groupSize; beam++)
        {
            var scores = logits.Slice((first + beam) * _vocabulary, _vocabulary);
            // At first all beams of a group are the same; only the first one counts.
            if (row.IsFresh && beam > 0)
                continue;
            float total = Vocabulary.LogSumExp(scores);
            if (!float.IsFinite(total))
                throw GenerationErrors.NotNumbers(row.Prompt, total);
            // Rules that only forbid do so to logits as well, and then just the few best have to be made log-probabilities.
            float shift = total;
            if (_raw.Length > 0)
            {
                TensorPrimitives.Subtract(scores, total, scores);
                scores.CopyTo(_raw[beam]);
                shift = 0;
            }
            var context = new DecodingContext(row.Sequences[first + beam].Tokens, _prompts[row.Prompt], CollectionsMarshal.AsSpan(_chosen));
            foreach (var rule in _plan.Rules)
                rule.Process(context, scores);
            int found = Vocabulary.Largest(scores, _topIds, _topScores);
            for (int i = 0; i < found; i++)
            {
                float score = _topScores[i] - shift;
                _candidates.Add(new Candidate(score + row.Scores[first + beam], first + beam, _topIds[i], _raw.Length > 0 ? _raw[beam][_topIds[i]] : score));
            }
        }
        _candidates.Sort(static (a, b) => a.Score != b.Score ? b.Score.CompareTo(a.Score) : a.Beam != b.Beam ? a.Beam.CompareTo(b.Beam) : a.Token.CompareTo(b.Token));
        if (_candidates.Count > _topIds.Length)
            _candidates.RemoveRange(_topIds.Length, _candidates.Count - _topIds.Length);
        if (_candidates.Count == 0 || _candidates[0].Score == float.NegativeInfinity)
            throw GenerationErrors.NothingAllowed(row.Prompt, row.Sequences[first].Length);
    }

    /// <summary>Takes the best that do not end as the next beams, and those that do as hypotheses.</summary>
    private void Extend(Row row, int group, int first, int length)
    {
        int taken = 0;
        for (int rank = 0; rank < _candidates.Count && taken < _groupSize; rank++)
        {
            var candidate = _candidates[rank];
            var sequence = row.Sequences[candidate.Beam];
            if (_plan.Ends(candidate.Token) || Stops(sequence, candidate))
            {
                // What rules forbid is among the best only where they leave too little.
                if (rank < _groupSize && candidate.Score != float.NegativeInfinity)
                {
                    var reason = _plan.Ends(candidate.Token) ? FinishReason.EndOfText : FinishReason.StopString;
                    row.Groups[group].Add(sequence.With(candidate.Token, candidate.LogProbability), candidate.Score, length + 1 - _plan.Start.Length, reason);
                }
                continue;
            }
            row.Take(first + taken++, candidate);
        }
        bool isOver = taken == 0;
        // Rules that leave almost nothing: the places left over repeat a beam that cannot win.
        for (; taken < _groupSize; taken++)
            row.Take(first + taken, new Candidate(float.NegativeInfinity, first, taken > 0 ? row.Tokens[first] : _candidates[0].Token, float.NegativeInfinity));
        row.Done[group] = isOver && row.Groups[group].Found.Count > 0 || row.Groups[group].IsDone(_candidates[0].Score, length + 1);
    }

    private bool Stops(SequenceBuffer sequence, Candidate candidate) => _plan.Stops != null && _plan.Stops([.. sequence.Tokens, candidate.Token]);

    private GeneratedSequence[] Finish(Row row, int length)
    {
        for (int group = 0; group < row.Groups.Length; group++)
        {
            for (int beam = group * _groupSize; beam < (group + 1) * _groupSize && !row.Done[group]; beam++)
            {
                if (row.Scores[beam] != float.NegativeInfinity)
                    row.Groups[group].Add(row.Sequences[beam], row.Scores[beam], length - _plan.Start.Length, FinishReason.Length);
            }
        }
        // Of equal scores the later one wins, as in transformers.
        var all = row.Groups.SelectMany(group => group.Found).Reverse().OrderByDescending(hypothesis => hypothesis.Score);
        return [.. all.Take(_plan.Options.ReturnedSequences).Select(hypothesis => hypothesis.Sequence.Finish((float)hypothesis.Score, hypothesis.Reason))];
    }

    private readonly record struct Candidate(float Score, int Beam, int Token, float LogProbability);

    /// <summary>The beams of a prompt.</summary>
    private sealed class Row
    {
        private readonly SequenceBuffer[] _next;
        private readonly float[] _nextScores;

        public Row(int prompt, DecodingPlan plan, int beams, int groupSize)
        {
            Prompt = prompt;
            Sequences = new SequenceBuffer[beams];
            Scores = new float[beams];
            for (int beam = 0; beam < beams; beam++)
                Sequences[beam] = new SequenceBuffer(plan.Start);
            var options = plan.Options;
            Groups = [.. Enumerable.Range(0, beams / groupSize).Select(_ => new BeamHypotheses(groupSize, options.LengthPenalty, options.EarlyStopping, plan.Start.Length, plan.MaximumLength))];
            Done = new bool[Groups.Length];
            Tokens = new int[beams];
            Sources = new int[beams];
            _next = new SequenceBuffer[beams];
            _nextScores = new float[beams];
        }

        public int Prompt { get; }

        /// <summary>Where the row is in the batch of this step.</summary>
        public int Slot { get; set; }

        public bool IsFresh { get; private set; } = true;

        public SequenceBuffer[] Sequences { get; }

        public float[] Scores { get; }

        public BeamHypotheses[] Groups { get; }

        public bool[] Done { get; }

        public bool IsDone => !Done.AsSpan().Contains(false);

        /// <summary>The token that each beam got in this step.</summary>
        public int[] Tokens { get; }

        /// <summary>The beam that each one continues.</summary>
        public int[] Sources { get; }

        public void Take(int beam, Candidate candidate)
        {
            _next[beam] = Sequences[candidate.Beam].With(candidate.Token, candidate.LogProbability);
            (_nextScores[beam], Tokens[beam], Sources[beam]) = (candidate.Score, candidate.Token, candidate.Beam);
        }

        public void Keep(int beam, int token)
        {
            _next[beam] = Sequences[beam];
            (_nextScores[beam], Tokens[beam], Sources[beam]) = (Scores[beam], token, beam);
        }

        public void Commit()
        {
            _next.CopyTo(Sequences, 0);
            _nextScores.CopyTo(Scores, 0);
            IsFresh = false;
        }
    }
}
