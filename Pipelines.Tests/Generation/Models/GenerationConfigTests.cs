using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>How a model decodes, written and read as generation_config.json.</summary>
[TestClass]
public sealed class GenerationConfigTests
{
    // What the file has no keys for.
    private static readonly string[] NotInTheFile =
        [nameof(GenerationOptions.Seed), nameof(GenerationOptions.BadWords), nameof(GenerationOptions.Prefix), nameof(GenerationOptions.PrefixIds), nameof(GenerationOptions.StopStrings), nameof(GenerationOptions.EndBoost), nameof(GenerationOptions.EndBoostStart)];

    [TestMethod]
    public void WhatIsWrittenReadsBack()
    {
        var beams = new GenerationOptions
        {
            MaximumLength = 50, MaximumNewTokens = 40, MinimumLength = 3, MinimumNewTokens = 2, Beams = 6, BeamGroups = 3, DiversityPenalty = 0.5f, LengthPenalty = 1.6f, EarlyStopping = EarlyStopping.Never,
            ReturnedSequences = 2, RepetitionPenalty = 1.2f, PromptRepetitionPenalty = 1.1f, NoRepeatNGramSize = 4, PromptNoRepeatNGramSize = 5, ForcedFirstId = 7, ForcedLastId = 1, SuppressedIds = [8, 9], BadWordIds = [[3], [4, 5]],
        };
        var draws = new GenerationOptions
        {
            Sample = true, Temperature = 0.7f, TopK = 0, TopP = 0.9f, MinP = 0.05f, TypicalP = 0.8f, EpsilonCutoff = 0.01f, EtaCutoff = 0.02f, EarlyStopping = EarlyStopping.WhenFull,
        };
        foreach (var options in new[] { beams, draws, new() })
        {
            var read = Read(options, new SpecialIds(2, [1, 3], 0));
            CollectionAssert.AreEqual(new[] { 1, 3 }, read.SpecialIds.EndIds.ToArray());
            Assert.AreEqual((2, 0), (read.SpecialIds.StartId, read.SpecialIds.PadId));
            foreach (var property in typeof(GenerationOptions).GetProperties().Where(property => !NotInTheFile.Contains(property.Name)))
                Assert.AreEqual(Shown(property.GetValue(options)), Shown(property.GetValue(read.MakeOptions())), property.Name);
        }
    }

    private static GenerationConfig Read(GenerationOptions options, SpecialIds ids)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("config.json"), "{}");
        File.WriteAllBytes(folder.File("generation_config.json"), GenerationConfigWriter.Write(options, ids));
        return GenerationConfig.Read(folder.Path);
    }

    private static string Shown(object? value) => System.Text.Json.JsonSerializer.Serialize(value);
}
