using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>Searches over small models whose every continuation can be tried.</summary>
[TestClass]
public sealed class SearchTests
{
    private const int End = 1;
    private const int Size = 5;
    private static readonly SpecialIds Special = new(0, [End], 0);

    [TestMethod]
    public void BeamsWideEnoughFindTheBestSequence()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var logits = TableState.Random(seed, Size);
            var plan = Plan(new() { Beams = 60, MaximumNewTokens = 4, LengthPenalty = 0, EarlyStopping = EarlyStopping.Never });
            var found = BeamSearch.Run(plan, new TableState(1, Size, logits), [[2]], default)[0][0];
            var (best, score) = Best(logits, [0], 4);
            CollectionAssert.AreEqual(best, found.Ids, $"seed {seed}");
            Assert.AreEqual(score, found.Score, 1e-4f);
            Assert.AreEqual(score, found.LogProbabilities.Sum(), 1e-4f);
        }
    }

    [TestMethod]
    public void OneBeamIsGreedy()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var logits = TableState.Random(seed, Size);
            var greedy = TokenSearch.Run(Plan(new() { MaximumNewTokens = 8 }), new TableState(3, Size, logits), [[2], [3], [4]], default);
            var beam = BeamSearch.Run(Plan(new() { MaximumNewTokens = 8, LengthPenalty = 0, EarlyStopping = EarlyStopping.WhenFull }), new TableState(3, Size, logits), [[2], [3], [4]], default);
            for (int row = 0; row < 3; row++)
                CollectionAssert.AreEqual(greedy[row][0].Ids, beam[row][0].Ids);
        }
    }

    [TestMethod]
    public void PromptsTogetherEqualPromptsAlone()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var logits = TableState.Random(seed, Size);
            foreach (var options in new GenerationOptions[] { new(), new() { Beams = 4, ReturnedSequences = 3 }, new() { Beams = 6, BeamGroups = 3, DiversityPenalty = 1 }, new() { Sample = true, ReturnedSequences = 3, TopK = 0 } })
            {
                options.MaximumNewTokens = 7;
                int[][] prompts = [[2], [3], [4], [2, 3]];
                var state = new TableState(4, Size, logits);
                var together = Run(options, state, prompts);
                for (int row = 0; row < prompts.Length; row++)
                {
                    int current = row;
                    var alone = Run(options, new TableState(1, Size, (_, tokens) => logits(current, tokens)), [prompts[row]]);
                    for (int i = 0; i < alone[0].Length; i++)
                        CollectionAssert.AreEqual(alone[0][i].Ids, together[row][i].Ids);
                }
                Assert.IsTrue(state.RowsAtSteps.Zip(state.RowsAtSteps.Skip(1)).All(pair => pair.Second <= pair.First), "Rows that end leave the batch.");
            }
        }
    }

    [TestMethod]
    public void GroupsChooseDifferentTokens()
    {
        var logits = TableState.Random(3, 12);
        var plan = Plan(new() { Beams = 3, BeamGroups = 3, DiversityPenalty = 50, MaximumNewTokens = 3, ReturnedSequences = 3, MinimumNewTokens = 3 });
        var found = BeamSearch.Run(plan, new TableState(1, 12, logits), [[2]], default)[0];
        Assert.HasCount(3, found.Select(sequence => sequence.Ids[0]).Distinct());
    }

    [TestMethod]
    [DataRow(EarlyStopping.Heuristic)]
    [DataRow(EarlyStopping.WhenFull)]
    [DataRow(EarlyStopping.Never)]
    public void WhatRulesForbidIsNoHypothesis(EarlyStopping stopping)
    {
        for (int seed = 0; seed < 20; seed++)
        {
            foreach (int most in new[] { 1, 2, 6 })
            {
                var plan = Plan(new() { Beams = 4, ReturnedSequences = 4, ForcedFirstId = 3, MinimumNewTokens = 2, MaximumNewTokens = most + 1, EarlyStopping = stopping });
                foreach (var found in BeamSearch.Run(plan, new TableState(1, Size, TableState.Random(seed, Size)), [[2]], default)[0])
                {
                    Assert.AreEqual(3, found.Ids[0]);
                    Assert.IsTrue(float.IsFinite(found.Score), $"seed {seed}");
                }
            }
        }
    }

    [TestMethod]
    public void DrawsFollowTheDistribution()
    {
        float[] row = [0, -1e9f, MathF.Log(2), MathF.Log(3), MathF.Log(4)];
        var counts = new int[5];
        for (int seed = 0; seed < 5000; seed++)
        {
            var plan = Plan(new() { Sample = true, Seed = seed, MaximumNewTokens = 1, TopK = 0 });
            counts[TokenSearch.Run(plan, new TableState(1, 5, (_, _) => [.. row]), [[2]], default)[0][0].Ids[0]]++;
        }
        Assert.AreEqual(0, counts[1]);
        for (int id = 0; id < 5; id++)
            Assert.AreEqual(id == 1 ? 0 : (id == 0 ? 1 : id) / 10.0, counts[id] / 5000.0, 0.03);
    }

    [TestMethod]
    public void LengthsAndStopsAreKept()
    {
        var logits = TableState.Random(5, Size);
        var plan = Plan(new() { MinimumNewTokens = 5, MaximumNewTokens = 6 });
        var found = TokenSearch.Run(plan, new TableState(1, Size, logits), [[2]], default)[0][0];
        Assert.DoesNotContain(End, found.Ids[..5]);
        Assert.AreEqual(FinishReason.Length, found.Ids[^1] == End ? FinishReason.Length : found.Reason);
        var stopping = new DecodingPlan(new() { MaximumNewTokens = 50, SuppressedIds = [End] }, Special, 20, [], []) { Stops = tokens => tokens.Length > 4 };
        Assert.AreEqual(FinishReason.StopString, TokenSearch.Run(stopping, new TableState(1, Size, logits), [[2]], default)[0][0].Reason);
        var beams = new DecodingPlan(new() { Beams = 3, MaximumNewTokens = 50, SuppressedIds = [End] }, Special, 20, [], []) { Stops = tokens => tokens.Length > 4 };
        var stopped = BeamSearch.Run(beams, new TableState(1, Size, logits), [[2]], default)[0][0];
        Assert.AreEqual(FinishReason.StopString, stopped.Reason);
        Assert.HasCount(4, stopped.Ids);
    }

    [TestMethod]
    public void NoRoomAndNothingAllowedAndNotANumberAreErrors()
    {
        Assert.Contains("nothing can be generated", Assert.ThrowsExactly<ArgumentException>(() => Plan(new() { MaximumLength = 1 })).Message);
        var banned = Plan(new() { SuppressedIds = [0, 1, 2, 3, 4], MaximumNewTokens = 3 });
        Assert.ThrowsExactly<GenerationException>(() => TokenSearch.Run(banned, new TableState(1, Size, TableState.Random(1, Size)), [[2]], default));
        var beams = Plan(new() { SuppressedIds = [0, 1, 2, 3, 4], MaximumNewTokens = 3, Beams = 2 });
        Assert.ThrowsExactly<GenerationException>(() => BeamSearch.Run(beams, new TableState(1, Size, TableState.Random(1, Size)), [[2]], default));
        foreach (float bad in new[] { float.NaN, float.PositiveInfinity })
        {
            Assert.ThrowsExactly<GenerationException>(() => TokenSearch.Run(Plan(new()), new TableState(1, Size, (_, _) => [0, bad, 0, 0, 0]), [[2]], default));
            Assert.ThrowsExactly<GenerationException>(() => BeamSearch.Run(Plan(new() { Beams = 2 }), new TableState(1, Size, (_, _) => [0, bad, 0, 0, 0]), [[2]], default));
        }
    }

    [TestMethod]
    public void EveryWrongOptionIsReportedAtOnce()
    {
        var options = new GenerationOptions
        {
            MaximumLength = 0, MaximumNewTokens = 0, Temperature = 0, TopP = float.NaN, Beams = 4, BeamGroups = 3, ReturnedSequences = 9, RepetitionPenalty = -1, StopStrings = [""], BadWordIds = [[]],
        };
        string message = Assert.ThrowsExactly<ArgumentException>(options.Validate).Message;
        foreach (string name in new[] { "MaximumLength", "MaximumNewTokens", "Temperature", "TopP", "BeamGroups", "ReturnedSequences", "RepetitionPenalty", "StopStrings", "BadWordIds" })
            Assert.Contains(name, message);
    }

    [TestMethod]
    public void TheLargestAreFoundInOrder()
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            float[] values = [.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => (float)random.Next(40))];
            int wanted = random.Next(1, 12);
            var indices = new int[wanted];
            var top = new float[wanted];
            int found = MLPipelines.Generation.Vocabulary.Largest(values, indices, top);
            int[] expected = [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).Take(wanted)];
            CollectionAssert.AreEqual(expected, indices[..found]);
        }
    }

    private static GeneratedSequence[][] Run(GenerationOptions options, TableState state, int[][] prompts) =>
        options.Beams > 1 ? BeamSearch.Run(Plan(options), state, prompts, default) : TokenSearch.Run(Plan(options), state, prompts, default);

    private static DecodingPlan Plan(GenerationOptions options)
    {
        options.Validate();
        return new DecodingPlan(options, Special, 20, [], []);
    }

    private static (int[] Ids, float Score) Best(Func<int, IReadOnlyList<int>, float[]> logits, List<int> tokens, int left)
    {
        if (left == 0)
            return ([], 0);
        float[] row = logits(0, tokens);
        double total = Math.Log(row.Sum(value => Math.Exp(value)));
        (int[] Ids, float Score) best = ([], float.NegativeInfinity);
        for (int id = 0; id < row.Length; id++)
        {
            var (rest, score) = id == End ? ([], 0) : Best(logits, [.. tokens, id], left - 1);
            float sum = (float)(row[id] - total) + score;
            if (sum > best.Score)
                best = ([id, .. rest], sum);
        }
        return best;
    }
}
