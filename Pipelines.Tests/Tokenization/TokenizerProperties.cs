using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Tokenization;
using MLPipelines.Tokenization.Training;

namespace MLPipelines.Tests.Tokenization;

[TestClass]
public sealed class TokenizerProperties
{
    private static readonly Config Quick = Config.QuickThrowOnFailure.WithMaxTest(300);

    public static IEnumerable<object[]> Names => SampleTokenizers.Names.Select(name => new object[] { name });

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void OffsetsAreInsideTheTextAndNeverGoBack(string name)
    {
        var tokenizer = SampleTokenizers.Load(name);
        Check.One(Quick, Prop.ForAll(SampleTokenizers.Texts.ToArbitrary(), text =>
        {
            var encoded = tokenizer.Tokenize(text);
            int start = 0;
            for (int i = 0; i < encoded.Length; i++)
            {
                if (encoded.IsSpecial[i])
                    continue;
                Assert.IsGreaterThanOrEqualTo(start, encoded.Offsets[i].Start);
                Assert.IsGreaterThanOrEqualTo(encoded.Offsets[i].Start, encoded.Offsets[i].End);
                Assert.IsLessThanOrEqualTo(text.Length, encoded.Offsets[i].End);
                start = encoded.Offsets[i].Start;
            }
        }));
    }

    [TestMethod]
    public void ByteLevelTokensDecodeToTheText()
    {
        var tokenizer = SampleTokenizers.Load("roberta_bpe");
        Check.One(Quick, Prop.ForAll(SampleTokenizers.Texts.ToArbitrary(), text =>
        {
            // Special tokens in the text are not text; <mask> also takes in the spaces before it.
            string plain = text.Replace("<", "(");
            Assert.AreEqual(plain, tokenizer.Detokenize(tokenizer.Tokenize(plain).Ids));
        }));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ABatchIsWhatItsTextsAre(string name)
    {
        var tokenizer = SampleTokenizers.Load(name);
        Check.One(Quick.WithMaxTest(30), Prop.ForAll(SampleTokenizers.Texts.ListOf().ToArbitrary(), texts =>
        {
            var batch = tokenizer.TokenizeBatch([.. texts]);
            var again = SampleTokenizers.Load(name);
            for (int i = 0; i < batch.Length; i++)
                AssertSame(again.Tokenize(texts[i]), batch[i]);
        }));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void TruncationGivesNoMoreThanAskedForAndPaddingAsMany(string name)
    {
        var tokenizer = SampleTokenizers.Load(name);
        var lengths = Gen.Choose(4, 30);
        Check.One(Quick, Prop.ForAll(SampleTokenizers.Texts.ToArbitrary(), SampleTokenizers.Texts.ToArbitrary(), lengths.ToArbitrary(), (text, pair, length) =>
        {
            var options = new TokenizingOptions { MaximumLength = length, TruncationSide = length % 2 == 0 ? Side.Left : Side.Right };
            var cut = tokenizer.Tokenize(text, pair, options);
            Assert.IsLessThanOrEqualTo(length, cut.Length);
            options.Padding = PaddingStrategy.Fixed;
            options.PaddingSide = length % 3 == 0 ? Side.Left : Side.Right;
            var padded = tokenizer.Tokenize(text, pair, options);
            Assert.AreEqual(length, padded.Length);
            Assert.AreEqual(cut.Length, padded.AttentionMask.Sum());
            Assert.AreSequenceEqual(cut.Ids, padded.Ids.Where((_, i) => padded.AttentionMask[i] == 1));
        }));
    }

    [TestMethod]
    [DynamicData(nameof(Names))]
    public void ManyThreadsGetWhatOneGets(string name)
    {
        var tokenizer = SampleTokenizers.Load(name);
        string[] texts = [.. SampleTokenizers.Texts.Sample(200, 20)];
        TokenizedText[] expected = [.. texts.Select(text => SampleTokenizers.Load(name).Tokenize(text))];
        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i => AssertSame(expected[i % texts.Length], tokenizer.Tokenize(texts[i % texts.Length])));
    }

    [TestMethod]
    public void WhatIsTrainedOnAnyTextsDecodesThem() =>
        Check.One(Quick.WithMaxTest(40), Prop.ForAll(SampleTokenizers.Texts.NonEmptyListOf().ToArbitrary(), texts =>
        {
            string[] plain = [.. texts.Select(text => text.Replace("<", "(") + "x")];
            var tokenizer = VocabularyTrainer.TrainByteLevelBpe(plain, new ByteLevelBpeTrainingOptions { VocabularySize = 320, MinimumFrequency = 1 });
            Assert.IsLessThanOrEqualTo(320, tokenizer.VocabularySize);
            foreach (string text in plain)
                Assert.AreEqual(text, tokenizer.Detokenize(tokenizer.Tokenize(text).Ids));
        }));

    private static void AssertSame(TokenizedText expected, TokenizedText actual)
    {
        Assert.AreSequenceEqual(expected.Ids, actual.Ids);
        Assert.AreSequenceEqual(expected.Offsets, actual.Offsets);
        Assert.AreSequenceEqual(expected.Tokens, actual.Tokens);
        Assert.AreSequenceEqual(expected.WordIds, actual.WordIds);
    }
}
