using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Generation;
using MLPipelines.Scoring;
using MLPipelines.Tests.Scoring;

namespace MLPipelines.Tests.Generation;

/// <summary>Text in, text out: options over texts, streams, batches, bad input, cancellation and memory.</summary>
[TestClass]
[DoNotParallelize]
public sealed class TextGeneratorTests
{
    private static readonly GenerationOptions Short = new() { MaximumNewTokens = 12 };

    public TestContext TestContext { get; set; } = null!;

    public static IEnumerable<object[]> Models => [[TinyGenerators.Separate], [TinyGenerators.Merged]];

    [TestMethod]
    [DynamicData(nameof(Models))]
    public async Task AStreamIsTheWholeText(string model)
    {
        using var generator = TextGenerator.Load(model);
        foreach (var options in new GenerationOptions[] { Short, new() { MaximumNewTokens = 30, Sample = true, Seed = 3, TopK = 0 }, new() { MaximumNewTokens = 12, Beams = 3 }, new() { MaximumNewTokens = 12, Prefix = "the " } })
        {
            foreach (var unit in Enum.GetValues<StreamUnit>())
            {
                var pieces = new List<string>();
                await foreach (string piece in generator.StreamAsync("Where is my parcel?", options, unit, TestContext.CancellationToken))
                    pieces.Add(piece);
                Assert.AreEqual(generator.Generate("Where is my parcel?", options, TestContext.CancellationToken).Text, string.Concat(pieces));
            }
        }
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void StopStringsBadWordsAndPrefixesAreTexts(string model)
    {
        using var generator = TextGenerator.Load(model);
        var options = new GenerationOptions { MaximumNewTokens = 30, MinimumNewTokens = 30 };
        string text = generator.Generate("a b c", options).Text;
        string stop = text[(text.Length / 2)..(text.Length / 2 + 3)];
        var stopped = generator.Generate("a b c", new() { MaximumNewTokens = 30, MinimumNewTokens = 30, StopStrings = [stop] }).Sequences[0];
        Assert.AreEqual(FinishReason.StopString, stopped.Reason);
        Assert.AreEqual(text[..text.IndexOf(stop, StringComparison.Ordinal)], stopped.Text);
        var beams = generator.Generate("a b c", new() { MaximumNewTokens = 12, Beams = 3, StopStrings = ["e"] });
        Assert.DoesNotContain("e", beams.Text);
        var prefixed = generator.Generate("a b c", new() { MaximumNewTokens = 6, Prefix = "Thank you" });
        Assert.StartsWith("Thank you", prefixed.Text);
        var crossing = new GenerationOptions { MaximumNewTokens = 8, MinimumNewTokens = 8, Prefix = "hello wor" };
        string whole = generator.Generate("a b c", crossing).Text;
        crossing.StopStrings = [whole[7..11]];
        Assert.AreEqual(whole[..7], generator.Generate("a b c", crossing).Text, "A stop string may begin in the prefix.");
        Assert.AreEqual(whole[..7], string.Concat(generator.StreamAsync("a b c", crossing, cancellationToken: TestContext.CancellationToken).ToBlockingEnumerable(TestContext.CancellationToken)));
        string word = text.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        var without = generator.Generate("a b c", new() { MaximumNewTokens = 30, BadWords = [word] });
        Assert.IsFalse(without.Text.StartsWith(word, StringComparison.Ordinal), $"'{without.Text}' starts with '{word}'.");
    }

    [TestMethod]
    public void SamplesRepeatWithTheSeedWhateverElseIsInTheBatch()
    {
        using var generator = TextGenerator.Load(TinyGenerators.Separate);
        var options = new GenerationOptions { Sample = true, Seed = 11, TopK = 0, MaximumNewTokens = 10, ReturnedSequences = 3 };
        string[] prompts = ["one", "two words", "three more words here", "one"];
        var together = generator.Generate(prompts, options);
        for (int i = 0; i < prompts.Length; i++)
        {
            var alone = generator.Generate(prompts[i], options);
            CollectionAssert.AreEqual(alone.Sequences.Select(sequence => sequence.Text).ToArray(), together[i].Sequences.Select(sequence => sequence.Text).ToArray());
        }
        options.Seed = 12;
        Assert.AreNotEqual(together[2].Text, generator.Generate(prompts[2], options).Text);
        Assert.IsGreaterThan(1, together[2].Sequences.Select(sequence => sequence.Text).Distinct().Count());
    }

    [TestMethod]
    public void MoreSequencesThanFitTogetherAreTheSame()
    {
        using var wide = TextGenerator.Load(TinyGenerators.Separate);
        using var narrow = TextGenerator.Load(TinyGenerators.Separate, new() { MaximumBatchRows = 4 });
        var options = new GenerationOptions { Sample = true, Seed = 2, MaximumNewTokens = 6, ReturnedSequences = 10 };
        var expected = wide.Generate(["one", "two words"], options);
        var found = narrow.Generate(["one", "two words"], options);
        for (int i = 0; i < 2; i++)
            CollectionAssert.AreEqual(expected[i].Sequences.Select(sequence => sequence.Text).ToArray(), found[i].Sequences.Select(sequence => sequence.Text).ToArray());
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void LogLikelihoodsAreThoseOfGeneration(string model)
    {
        using var generator = TextGenerator.Load(model);
        int[] prompt = generator.Tokenizer.Tokenize("Where is my parcel?").Ids;
        var sequence = generator.Model.Generate([prompt], Short)[0][0];
        float[] scored = generator.Model.LogProbabilities([prompt], [sequence.Ids])[0];
        for (int i = 0; i < scored.Length; i++)
            Assert.AreEqual(sequence.LogProbabilities[i], scored[i], 1e-3f);
        Assert.IsLessThan(0, generator.LogLikelihoods(["a"], ["b c"])[0].LogLikelihood);
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public void BadPromptsAreRefusedOrCut(string model)
    {
        using var generator = TextGenerator.Load(model);
        Assert.AreEqual(1, generator.Generate("", Short).PromptTokens, "An empty prompt is the end-of-text token.");
        string endless = string.Concat(Enumerable.Repeat("word ", 100_000));
        var cut = generator.Generate(endless, Short);
        Assert.IsTrue(cut.IsPromptTruncated);
        Assert.AreEqual(512, cut.PromptTokens);
        Assert.Contains("at most 512", Assert.ThrowsExactly<ArgumentException>(() => generator.Model.Generate([new int[100_000]], Short)).Message);
        Assert.Contains("has no tokens", Assert.ThrowsExactly<ArgumentException>(() => generator.Model.Generate([[]], Short)).Message);
        Assert.Contains("token id 9999", Assert.ThrowsExactly<ArgumentException>(() => generator.Model.Generate([[9999]], Short)).Message);
        Assert.Contains("MaximumLength", Assert.ThrowsExactly<ArgumentException>(() => generator.Generate("a", new() { MaximumLength = 0 })).Message);
        Assert.Contains("MaximumNewTokens", Assert.ThrowsExactly<ArgumentException>(() => generator.Generate("a", new() { MaximumNewTokens = 0 })).Message);
        Assert.Contains(nameof(TextGenerator), Assert.ThrowsExactly<ArgumentException>(() => generator.Model.Generate([[1]], new() { StopStrings = ["x"] })).Message);
        Assert.IsEmpty(generator.Generate([], Short));
    }

    [TestMethod]
    public void WhatIsMissingInAFolderIsNamed()
    {
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => TextGenerator.Load("no-such-folder"));
        foreach (var (model, missing) in new[]
        {
            (TinyGenerators.Separate, "encoder_model.onnx"), (TinyGenerators.Separate, "decoder_model.onnx"), (TinyGenerators.Separate, "decoder_with_past_model.onnx"),
            (TinyGenerators.Separate, "config.json"), (TinyGenerators.Merged, "decoder_model_merged.onnx"),
        })
        {
            using var folder = new TemporaryFolder();
            TinyGenerators.CopyTo(model, folder.Path);
            File.Delete(folder.File(missing));
            string message = Assert.ThrowsExactly<FileNotFoundException>(() => TextGenerator.Load(folder.Path)).Message;
            Assert.Contains(missing == "decoder_model_merged.onnx" ? "decoder_model.onnx" : missing, message);
        }
        using var none = new TemporaryFolder();
        TinyGenerators.CopyTo(TinyGenerators.Separate, none.Path);
        Assert.ThrowsExactly<FileNotFoundException>(() => TextGenerator.Load(none.Path, new() { Variant = "quantized" }));
    }

    [TestMethod]
    public void GraphsThatDoNotBelongTogetherAreRefused()
    {
        using (var folder = new TemporaryFolder())
        {
            TinyGenerators.CopyTo(TinyGenerators.Separate, folder.Path);
            File.Copy(folder.File("decoder_model.onnx"), folder.File("encoder_model.onnx"), overwrite: true);
            Assert.Contains("encoder_hidden_states", Assert.ThrowsExactly<GenerationException>(() => TextGenerator.Load(folder.Path)).Message);
        }
        using (var folder = new TemporaryFolder())
        {
            TinyGenerators.CopyTo(TinyGenerators.Separate, folder.Path);
            File.Copy(folder.File("decoder_model.onnx"), folder.File("decoder_with_past_model.onnx"), overwrite: true);
            Assert.Contains("past_key_values.0.decoder.key", Assert.ThrowsExactly<GenerationException>(() => TextGenerator.Load(folder.Path)).Message);
        }
        using (var folder = new TemporaryFolder())
        {
            TinyGenerators.CopyTo(TinyGenerators.Separate, folder.Path);
            File.WriteAllText(folder.File("config.json"), File.ReadAllText(folder.File("config.json")).Replace("\"vocab_size\": 488", "\"vocab_size\": 100"));
            Assert.Contains("do not belong together", Assert.ThrowsExactly<GenerationException>(() => TextGenerator.Load(folder.Path)).Message);
        }
        using (var folder = new TemporaryFolder())
        {
            TinyGenerators.CopyTo(TinyGenerators.Separate, folder.Path);
            File.WriteAllText(folder.File("config.json"), File.ReadAllText(folder.File("config.json")).Replace("\"vocab_size\": 488", "\"vocab_size\": 500"));
            using var generator = TextGenerator.Load(folder.Path);
            Assert.Contains("500", Assert.ThrowsExactly<GenerationException>(() => generator.Generate("a", Short)).Message);
        }
        foreach (string bad in new[] { "{", "[]", "{\"decoder_start_token_id\": \"x\"}", "{}", "{\"decoder_start_token_id\": 0, \"early_stopping\": 7}", "{\"decoder_start_token_id\": 0, \"num_beams\": 0}" })
        {
            using var folder = new TemporaryFolder();
            TinyGenerators.CopyTo(TinyGenerators.Separate, folder.Path);
            File.Delete(folder.File("generation_config.json"));
            File.WriteAllText(folder.File("config.json"), bad);
            Assert.Contains("config.json", Assert.ThrowsExactly<GenerationException>(() => TextGenerator.Load(folder.Path)).Message);
        }
        using (var folder = new TemporaryFolder())
        {
            TinyGenerators.CopyTo(TinyGenerators.Separate, folder.Path);
            File.WriteAllBytes(folder.File("decoder_model.onnx"), File.ReadAllBytes(folder.File("decoder_model.onnx"))[..5000]);
            Assert.ThrowsExactly<OnnxException>(() => TextGenerator.Load(folder.Path));
        }
    }

    [TestMethod]
    [DataRow("encoder_model.onnx")]
    [DataRow("decoder_model.onnx")]
    [DataRow("decoder_with_past_model.onnx")]
    public void AForeignOperatorAndValuesOutsideTheFolderAreRefusedInEveryGraph(string graph)
    {
        using var folder = new TemporaryFolder();
        TinyGenerators.CopyTo(TinyGenerators.Separate, folder.Path);
        Refuses(new OnnxFile().Set("evil.domain", 1).Input("x", TensorElementType.Float, 1).Output("y", TensorElementType.Float, 1).Node("Launch", ["x"], ["y"], "evil.domain"), "evil.domain");
        Refuses(SmallModels.LinearOutside("../outside.bin"), "leads out of its folder");

        void Refuses(OnnxFile file, string reason)
        {
            file.Save(folder.File(graph));
            string fault = Assert.ThrowsExactly<OnnxException>(() => TextGenerator.Load(folder.Path)).Message;
            Assert.Contains(reason, fault);
            Assert.Contains(graph, fault);
        }
    }

    [TestMethod]
    [DynamicData(nameof(Models))]
    public async Task CancellationAtEveryStageLeavesNoNativeMemory(string model)
    {
        using var generator = TextGenerator.Load(model);
        Collect();
        long before = NativeBuffer.LiveBytes;
        var options = new GenerationOptions { MaximumNewTokens = 40, MinimumNewTokens = 40, Beams = 3 };
        Assert.ThrowsExactly<OperationCanceledException>(() => generator.Generate("a b c", options, new CancellationToken(canceled: true)));
        for (int microseconds = 50; microseconds < 60_000; microseconds = microseconds * 3 / 2)
        {
            using var source = new CancellationTokenSource(TimeSpan.FromMicroseconds(microseconds));
            try
            {
                generator.Generate(["a b c", "d e f g"], options, source.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }
        for (int pieces = 0; pieces < 4; pieces++)
        {
            int left = pieces;
            await foreach (string _ in generator.StreamAsync("a b c", new() { MaximumNewTokens = 40, MinimumNewTokens = 40 }, cancellationToken: TestContext.CancellationToken))
            {
                if (left-- == 0)
                    break;
            }
        }
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (string _ in generator.StreamAsync("a b c", new() { MaximumNewTokens = 400, MinimumNewTokens = 400 }, cancellationToken: cancelled.Token))
                await cancelled.CancelAsync();
        });
        Assert.ThrowsExactly<OperationCanceledException>(() => TextGenerator.Load(model, new() { CancellationToken = new CancellationToken(canceled: true), MaximumBatchRows = 63 }));
        Assert.AreEqual(before, NativeBuffer.LiveBytes);
    }

    [TestMethod]
    public void WhatStopsTheLoadingStopsNothingAfterIt()
    {
        // An export of ours, whose first decoder is opened when it is needed.
        using var folder = new TemporaryFolder();
        MLPipelines.Generation.T5.T5OnnxExporter.Export(TinyGenerators.Separate, folder.Path);
        using var source = new CancellationTokenSource();
        using var generator = TextGenerator.Load(folder.Path, new() { CancellationToken = source.Token });
        source.Cancel();
        Assert.IsLessThan(0, generator.LogLikelihoods(["a"], ["b c"], TestContext.CancellationToken)[0].LogLikelihood);
        Assert.HasCount(1, generator.Generate("a", Short, TestContext.CancellationToken).Sequences);
    }

    [TestMethod]
    [DoNotParallelize]
    [DynamicData(nameof(Models))]
    public async Task AGenerationInProgressIsCompletedBeforeTheModelCloses(string model)
    {
        using var folder = new TemporaryFolder();
        TinyGenerators.CopyTo(model, folder.Path);
        int before = OnnxModel.OpenSessions;
        var generator = TextGenerator.Load(folder.Path);
        var options = new GenerationOptions { MaximumNewTokens = 200, MinimumNewTokens = 200 };
        string expected = generator.Generate("a b c", options, TestContext.CancellationToken).Text;
        string text = "";
        await foreach (string piece in generator.StreamAsync("a b c", options, cancellationToken: TestContext.CancellationToken))
        {
            generator.Dispose();
            text += piece;
        }
        Assert.AreEqual(expected, text);
        Assert.AreEqual(before, OnnxModel.OpenSessions);
        Assert.ThrowsExactly<ObjectDisposedException>(() => generator.Generate("a b c", options, TestContext.CancellationToken));
        Assert.ThrowsExactly<ObjectDisposedException>(() => generator.LogLikelihoods(["a"], ["b"], TestContext.CancellationToken));
    }

    [TestMethod]
    public void FiveHundredGenerationsStayFlat()
    {
        using var generator = TextGenerator.Load(TinyGenerators.Separate);
        void Run(int count)
        {
            for (int i = 0; i < count; i++)
                generator.Generate([$"prompt number {i}", "and another one"], new() { MaximumNewTokens = 4 + i % 8, Beams = 1 + i % 3 });
            Collect();
        }
        Run(100);
        long warm = Environment.WorkingSet;
        Run(500);
        Assert.IsLessThan(warm + 24_000_000, Environment.WorkingSet);
        generator.Dispose();
        Assert.AreEqual(0, NativeBuffer.LiveBytes);
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
