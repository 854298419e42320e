using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Scoring;
using MLPipelines.Scoring.Writing;

namespace MLPipelines.Tests.Generation;

/// <summary>Every generation of the reference implementation, token for token, through the exported graphs.</summary>
[TestClass]
[TestCategory("Parity")]
public sealed class GenerationParityTests
{
    private static readonly Dictionary<string, (TextGenerator Generator, JsonElement Expected)> Opened = [];

    public static IEnumerable<object[]> Models => Folders().Select(folder => new object[] { Path.GetFileName(folder) });

    public static IEnumerable<object[]> Generations => Folders().SelectMany(folder =>
        Expected(folder).GetProperty("generate").EnumerateArray().Select((entry, i) => new object[] { Path.GetFileName(folder), i, entry.GetProperty("name").GetString()! }));

    public static IEnumerable<object[]> Exports => Folders().Where(folder => File.Exists(Path.Combine(folder, "model.safetensors")))
        .SelectMany(folder => new[] { (OnnxWeightPlacement.Auto, false, false), (OnnxWeightPlacement.Beside, false, true), (OnnxWeightPlacement.Auto, true, false), (OnnxWeightPlacement.Auto, true, true) }
            .Select(each => new object[] { Path.GetFileName(folder), each.Item1, each.Item2, each.Item3 }));

    [ClassCleanup]
    public static void Close()
    {
        foreach (var (generator, _) in Opened.Values)
            generator.Dispose();
        Opened.Clear();
    }

    [TestMethod]
    [DynamicData(nameof(Generations))]
    public void GeneratesTheReferenceSequences(string model, int entry, string name)
    {
        var (generator, expected) = Open(model);
        Compare(generator, expected.GetProperty("generate")[entry], expected, name);
    }

    /// <summary>So does our own export of the checkpoint, whose first step goes through the decoder of later steps.</summary>
    [TestMethod]
    [DynamicData(nameof(Exports))]
    public void OwnExportsGenerateTheReferenceSequences(string model, OnnxWeightPlacement placement, bool isMerged, bool isPortable)
    {
        string source = Path.Combine(ParityFixtures.Root, "models", model);
        using var folder = new TemporaryFolder();
        T5OnnxExporter.Export(source, folder.Path, new T5ExportOptions { Placement = placement, Merged = isMerged, Portable = isPortable });
        using var generator = TextGenerator.Load(folder.Path);
        Assert.AreEqual(isMerged, generator.Model.Graphs.Cross is null);
        var expected = Expected(source);
        foreach (var test in expected.GetProperty("generate").EnumerateArray())
            Compare(generator, test, expected, test.GetProperty("name").GetString()!);
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void GivesTheReferenceHiddenStatesAndLogits(string model)
    {
        var (generator, expected) = Open(model);
        int[][] prompts = Prompts(expected);
        int[][] mask = LogitsProcessorParityTests.Matrix(expected.GetProperty("input").GetProperty("attention_mask"), item => item.GetInt32());
        var outputs = expected.GetProperty("outputs");
        using (var state = generator.Model.Encode(prompts, CancellationToken.None))
        {
            float[] hidden = OnnxTensors.ToFloats(state.Hidden);
            var wanted = outputs.GetProperty("encoder_last_hidden_state").EnumerateArray().SelectMany((row, i) => row.EnumerateArray().SelectMany((position, j) => position.EnumerateArray().Select(item => (item.GetSingle(), mask[i][j])))).ToArray();
            Assert.HasCount(wanted.Length, hidden);
            for (int i = 0; i < hidden.Length; i++)
            {
                if (wanted[i].Item2 == 1)
                    Close(wanted[i].Item1, hidden[i], $"hidden state {i}");
            }
        }
        int[][] inputs = LogitsProcessorParityTests.Matrix(expected.GetProperty("input").GetProperty("decoder_input_ids"), item => item.GetInt32());
        var logits = outputs.GetProperty("logits_first_6_positions");
        for (int row = 0; row < prompts.Length; row++)
        {
            using var state = generator.Model.Encode([prompts[row]], CancellationToken.None);
            int current = row;
            state.ReadAll(inputs[row], (position, values) =>
            {
                if (position >= logits[current].GetArrayLength())
                    return;
                var wanted = logits[current][position];
                for (int id = 0; id < values.Length; id++)
                    Close(wanted[id].GetSingle(), values[id], $"row {current}, position {position}, token {id}");
            }, CancellationToken.None);
        }
    }

    /// <summary>The same logits come step by step, through the cache.</summary>
    [TestMethod]
    [DynamicData(nameof(Models))]
    public void StepsGiveTheReferenceLogits(string model)
    {
        var (generator, expected) = Open(model);
        int[][] prompts = Prompts(expected);
        int[][] inputs = LogitsProcessorParityTests.Matrix(expected.GetProperty("input").GetProperty("decoder_input_ids"), item => item.GetInt32());
        var logits = expected.GetProperty("outputs").GetProperty("logits_first_6_positions");
        using var state = generator.Model.Encode(prompts, CancellationToken.None);
        int positions = logits[0].GetArrayLength();
        for (int position = 0; position < positions; position++)
        {
            int[] tokens = [.. inputs.Select(row => row[position])];
            var values = position == 0 ? state.Start([tokens[0]], 1, CancellationToken.None) : state.Step(tokens, CancellationToken.None);
            for (int row = 0; row < prompts.Length; row++)
            {
                for (int id = 0; id < state.VocabularySize; id++)
                    Close(logits[row][position][id].GetSingle(), values[row * state.VocabularySize + id], $"row {row}, position {position}, token {id}");
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void WarpsToTheReferenceDistributions(string model)
    {
        var (generator, expected) = Open(model);
        foreach (var sampling in expected.GetProperty("sampling").EnumerateArray())
        {
            int[] start = [.. sampling.GetProperty("decoder_input_ids").EnumerateArray().Select(item => item.GetInt32())];
            using var state = generator.Model.Encode(Prompts(expected)[..1], CancellationToken.None);
            float[] raw = state.Start(start, 1, CancellationToken.None).ToArray();
            float[] wanted = [.. sampling.GetProperty("raw_logits").EnumerateArray().Select(LogitsProcessorParityTests.Number)];
            for (int id = 0; id < raw.Length; id++)
                Close(wanted[id], raw[id], $"raw logit {id}");
            foreach (var warped in sampling.GetProperty("warped").EnumerateArray())
            {
                var kwargs = warped.GetProperty("kwargs");
                var options = OptionsOf(kwargs);
                options.Sample = true;
                // What the fixture does not name is off.
                if (!kwargs.TryGetProperty("top_k", out _))
                    options.TopK = 0;
                options.MaximumNewTokens = 5;
                float[] scores = [.. raw];
                foreach (var warper in generator.Model.Plan(options, [], []).Warpers)
                    warper.Process(new DecodingContext(start), scores);
                int[] kept = [.. Enumerable.Range(0, scores.Length).Where(id => scores[id] != float.NegativeInfinity)];
                CollectionAssert.AreEquivalent(warped.GetProperty("kept_ids").EnumerateArray().Select(item => item.GetInt32()).ToArray(), kept, kwargs.GetRawText());
                var probabilities = new float[scores.Length];
                MLPipelines.Generation.Vocabulary.SoftMax(scores, probabilities);
                // Of large sets the fixture has only the first probabilities.
                bool all = warped.TryGetProperty("kept_probs", out var keptProbabilities) || !warped.TryGetProperty("kept_probs_first32", out keptProbabilities);
                for (int i = 0; i < keptProbabilities.GetArrayLength(); i++)
                {
                    int id = warped.GetProperty("kept_ids")[i].GetInt32();
                    Assert.AreEqual(keptProbabilities[i].GetSingle(), probabilities[id], 1e-3f, $"{kwargs.GetRawText()}, probability of {id}");
                    if (all)
                        Close(warped.GetProperty("kept_logits")[i].GetSingle(), scores[id], $"{kwargs.GetRawText()}, logit of {id}");
                }
            }
        }
    }

    internal static IEnumerable<string> Folders() => ParityFixtures.Directories("models").Where(folder => File.Exists(Path.Combine(folder, "encoder_model.onnx")));

    internal static int[][] Prompts(JsonElement expected)
    {
        int[][] ids = LogitsProcessorParityTests.Matrix(expected.GetProperty("input").GetProperty("input_ids"), item => item.GetInt32());
        int[][] mask = LogitsProcessorParityTests.Matrix(expected.GetProperty("input").GetProperty("attention_mask"), item => item.GetInt32());
        return [.. ids.Select((row, i) => row.Where((_, j) => mask[i][j] == 1).ToArray())];
    }

    internal static GenerationOptions OptionsOf(JsonElement kwargs)
    {
        var options = new GenerationOptions();
        foreach (var argument in kwargs.EnumerateObject())
        {
            var value = argument.Value;
            switch (argument.Name)
            {
                case "num_beams": options.Beams = value.GetInt32(); break;
                case "num_beam_groups": options.BeamGroups = value.GetInt32(); break;
                case "diversity_penalty": options.DiversityPenalty = value.GetSingle(); break;
                case "num_return_sequences": options.ReturnedSequences = value.GetInt32(); break;
                case "max_length": options.MaximumLength = value.GetInt32(); break;
                case "max_new_tokens": options.MaximumNewTokens = value.GetInt32(); break;
                case "min_length": options.MinimumLength = value.GetInt32(); break;
                case "min_new_tokens": options.MinimumNewTokens = value.GetInt32(); break;
                case "no_repeat_ngram_size": options.NoRepeatNGramSize = value.GetInt32(); break;
                case "repetition_penalty": options.RepetitionPenalty = value.GetSingle(); break;
                case "length_penalty": options.LengthPenalty = value.GetSingle(); break;
                case "temperature": options.Temperature = value.GetSingle(); break;
                case "top_k": options.TopK = value.GetInt32(); break;
                case "top_p": options.TopP = value.GetSingle(); break;
                case "typical_p": options.TypicalP = value.GetSingle(); break;
                case "do_sample": options.Sample = value.GetBoolean(); break;
                case "early_stopping":
                    options.EarlyStopping = value.ValueKind switch
                    {
                        JsonValueKind.True => EarlyStopping.WhenFull,
                        JsonValueKind.False => EarlyStopping.Heuristic,
                        _ => EarlyStopping.Never,
                    };
                    break;
                default: throw new AssertFailedException($"The fixture has an argument that this test does not know: {argument.Name}.");
            }
        }
        return options;
    }

    internal static JsonElement Expected(string folder) => JsonElement.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));

    private static void Compare(TextGenerator generator, JsonElement test, JsonElement expected, string name)
    {
        var kwargs = test.GetProperty("kwargs");
        int[][] prompts = Prompts(expected);
        if (test.GetProperty("input").GetString() == "single0")
            prompts = prompts[..1];
        var options = OptionsOf(kwargs);
        var generated = generator.Model.Generate(prompts, options).SelectMany(sequences => sequences).ToArray();

        var reference = test.TryGetProperty("modern", out var modern) ? modern : test;
        int[][] wanted = LogitsProcessorParityTests.Matrix(reference.GetProperty("sequences"), item => item.GetInt32());
        Assert.HasCount(wanted.Length, generated);
        var special = generator.Model.SpecialIds;
        for (int i = 0; i < wanted.Length; i++)
        {
            int[] given = [special.StartId, .. generated[i].Ids];
            Assert.IsLessThanOrEqualTo(wanted[i].Length, given.Length, $"{name}, sequence {i}");
            int[] padded = [.. given, .. Enumerable.Repeat(special.PadId, wanted[i].Length - given.Length)];
            CollectionAssert.AreEqual(wanted[i], padded, $"{name}, sequence {i}: expected {string.Join(' ', wanted[i])}, got {string.Join(' ', padded)}");
        }
        if (reference.TryGetProperty("sequences_scores", out var scores))
        {
            for (int i = 0; i < wanted.Length; i++)
                Assert.AreEqual(scores[i].GetSingle(), generated[i].Score, 1e-3f, $"{name}, score {i}");
        }
        if (!test.TryGetProperty("modern", out _) && test.TryGetProperty("decoded", out var decoded))
        {
            // Python's slow tokenizer makes up names for ids that only the model has; ours leaves them out.
            for (int i = 0; i < wanted.Length; i++)
            {
                if (generated[i].Ids.All(id => id <= generator.Tokenizer.MaximumId))
                    Assert.AreEqual(decoded[i].GetString(), generator.Tokenizer.Detokenize(generated[i].Ids), $"{name}, text {i}");
            }
        }
    }

    private static (TextGenerator Generator, JsonElement Expected) Open(string model)
    {
        lock (Opened)
        {
            if (!Opened.TryGetValue(model, out var opened))
            {
                string folder = Path.Combine(ParityFixtures.Root, "models", model);
                opened = (TextGenerator.Load(folder, new() { Provider = ParityFixtures.Provider }), Expected(folder));
                Opened.Add(model, opened);
            }
            return opened;
        }
    }

    private static void Close(float expected, float actual, string what) =>
        Assert.AreEqual(expected, actual, 1e-3f + 1e-4f * Math.Abs(expected), what);
}
