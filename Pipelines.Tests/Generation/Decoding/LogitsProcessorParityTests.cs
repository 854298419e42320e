using System.Globalization;
using System.Text.Json;
using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>Every logits processor and warper gives what the reference implementation gives.</summary>
[TestClass]
[TestCategory("Parity")]
public sealed class LogitsProcessorParityTests
{
    private static readonly JsonElement Expected = JsonElement.Parse(File.ReadAllText(Path.Combine(ParityFixtures.Root, "logits_processors", "expected.json")));

    public static IEnumerable<object[]> Runs => Expected.GetProperty("runs").EnumerateArray().Select((run, i) => new object[] { i, $"{run.GetProperty("name").GetString()} {run.GetProperty("kwargs").GetRawText()}" });

    [TestMethod]
    [DynamicData(nameof(Runs))]
    public void GivesTheReferenceScores(int run, string name)
    {
        var test = Expected.GetProperty("runs")[run];
        var kwargs = test.GetProperty("kwargs");
        var processor = Make(test.GetProperty("class").GetString()!, kwargs);
        int[][] tokens = Matrix(Expected.GetProperty("input_ids"), item => item.GetInt32());
        int[][] prompts = kwargs.TryGetProperty("encoder_input_ids", out var encoder) ? Matrix(encoder, item => item.GetInt32()) : [.. tokens.Select(_ => Array.Empty<int>())];
        float[][] logits = Matrix(Expected.GetProperty("logits"), Number);
        float[][] output = Matrix(test.GetProperty("output"), Number);
        for (int row = 0; row < tokens.Length; row++)
        {
            float[] scores = logits[row];
            processor.Process(new DecodingContext(tokens[row], prompts[row]), scores);
            for (int id = 0; id < scores.Length; id++)
            {
                if (float.IsInfinity(output[row][id]))
                    Assert.AreEqual(output[row][id], scores[id], $"{name}, row {row}, token {id}");
                else
                    Assert.AreEqual(output[row][id], scores[id], 1e-5f + 1e-6f * Math.Abs(output[row][id]), $"{name}, row {row}, token {id}");
            }
        }
    }

    internal static float Number(JsonElement item) => item.ValueKind == JsonValueKind.String ? float.Parse(item.GetString()!, CultureInfo.InvariantCulture) : item.GetSingle();

    internal static T[][] Matrix<T>(JsonElement rows, Func<JsonElement, T> read) => [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(read).ToArray())];

    private static LogitsProcessor Make(string type, JsonElement kwargs)
    {
        float Float(string name) => kwargs.GetProperty(name).GetSingle();
        int Integer(string name) => kwargs.GetProperty(name).GetInt32();
        int Least() => kwargs.TryGetProperty("min_tokens_to_keep", out var least) ? least.GetInt32() : 1;
        int[] Ends() => [Integer("eos_token_id")];
        return type switch
        {
            "RepetitionPenaltyLogitsProcessor" => new RepetitionPenaltyProcessor(Float("penalty")),
            "EncoderRepetitionPenaltyLogitsProcessor" => new PromptRepetitionPenaltyProcessor(Float("penalty")),
            "NoRepeatNGramLogitsProcessor" => new NoRepeatNGramProcessor(Integer("ngram_size")),
            "EncoderNoRepeatNGramLogitsProcessor" => new PromptNoRepeatNGramProcessor(Integer("encoder_ngram_size")),
            "MinLengthLogitsProcessor" => new MinimumLengthProcessor(Integer("min_length"), Ends()),
            "MinNewTokensLengthLogitsProcessor" => new MinimumLengthProcessor(Integer("prompt_length_to_skip") + Integer("min_new_tokens"), Ends()),
            "NoBadWordsLogitsProcessor" => new BadWordsProcessor(Matrix(kwargs.GetProperty("bad_words_ids"), item => item.GetInt32()), Ends()),
            "ForcedBOSTokenLogitsProcessor" => new ForcedTokenProcessor(1, Integer("bos_token_id")),
            "ForcedEOSTokenLogitsProcessor" => new ForcedTokenProcessor(Integer("max_length") - 1, Integer("eos_token_id")),
            "SuppressTokensLogitsProcessor" => new SuppressedTokensProcessor([.. kwargs.GetProperty("suppress_tokens").EnumerateArray().Select(item => item.GetInt32())]),
            "ExponentialDecayLengthPenalty" => new EndBoostProcessor(
                kwargs.GetProperty("exponential_decay_length_penalty")[0].GetInt32() + Integer("input_ids_seq_length"), kwargs.GetProperty("exponential_decay_length_penalty")[1].GetSingle(), Ends()),
            "TemperatureLogitsWarper" => new TemperatureWarper(Float("temperature")),
            "TopKLogitsWarper" => new TopKWarper(Integer("top_k"), Least()),
            "TopPLogitsWarper" => new TopPWarper(Float("top_p"), Least()),
            "MinPLogitsWarper" => new MinPWarper(Float("min_p"), Least()),
            "TypicalLogitsWarper" => new TypicalWarper(Float("mass"), Least()),
            "EpsilonLogitsWarper" => new EpsilonWarper(Float("epsilon"), Least()),
            "EtaLogitsWarper" => new EtaWarper(Float("epsilon"), Least()),
            _ => throw new AssertFailedException($"The fixture has a processor of a type that this test does not know: {type}."),
        };
    }
}
