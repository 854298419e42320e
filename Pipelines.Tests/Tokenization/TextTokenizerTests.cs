using System.Buffers;
using MLPipelines.Tokenization;

namespace MLPipelines.Tests.Tokenization;

[TestClass]
public sealed class TextTokenizerTests
{
    private const string Cafe = "Cafe\u0301 society";

    [TestMethod]
    public void NormalisedTextPointsBackToWhatWasGiven()
    {
        var tokenizer = SampleTokenizers.FromJson(
            model: """{"type":"WordLevel","vocab":{"[UNK]":0,"café":1,"society":2},"unk_token":"[UNK]"}""",
            normalizer: """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"}]}""",
            preTokenizer: """{"type":"WhitespaceSplit"}""");
        var encoded = tokenizer.Tokenize(Cafe);
        Assert.AreSequenceEqual([1, 2], encoded.Ids);
        Assert.AreSequenceEqual([(0, 4), (6, 13)], encoded.Offsets);
        Assert.AreSequenceEqual([0, 1], encoded.WordIds);
    }

    [TestMethod]
    [DataRow("NFC", "e\u0323\u0301", "\u1EB9\u0301")]
    [DataRow("NFD", "\u1E69", "s\u0323\u0307")]
    [DataRow("NFKC", "ﬁ①", "fi1")]
    [DataRow("NFKD", "\u1E9B\u0323", "s\u0323\u0307")]
    [DataRow("NFC", "\u1112\u1161\u11AB", "한")]
    [DataRow("NFD", "한", "\u1112\u1161\u11AB")]
    [DataRow("NFC", "\u0958", "\u0915\u093C")]
    public void TextIsNormalisedThoughGlobalisationIsInvariant(string form, string text, string expected)
    {
        var tokenizer = SampleTokenizers.FromJson(model: """{"type":"Unigram","vocab":[["<unk>",0]],"unk_id":0}""", normalizer: $$"""{"type":"{{form}}"}""");
        Assert.AreEqual(expected, string.Concat(tokenizer.Tokenize(text).Tokens));
    }

    [TestMethod]
    public void WordsGivenOneByOneKeepTheirNumbers()
    {
        var tokenizer = SampleTokenizers.Load("wordpiece_uncased");
        var encoded = tokenizer.TokenizeWords(["Hello", "", "unbelievable", "world!"]);
        Assert.AreEqual(-1, encoded.WordIds[0]);
        Assert.AreEqual(-1, encoded.WordIds[^1]);
        Assert.AreSequenceEqual([0, 2, 3], encoded.WordIds.Where(word => word >= 0).Distinct());
        Assert.AreSequenceEqual(tokenizer.Tokenize("Hello unbelievable world!").Ids, encoded.Ids);
        for (int i = 1; i < encoded.Length - 1; i++)
            Assert.IsLessThanOrEqualTo(encoded.WordIds[i] == 2 ? 12 : 6, encoded.Offsets[i].End);
    }

    [TestMethod]
    public void AddedTokensStripAndStandAlone()
    {
        var tokenizer = SampleTokenizers.FromJson(
            preTokenizer: """{"type":"WhitespaceSplit"}""",
            addedTokens: """[{"id":3,"content":"<l>","lstrip":true,"normalized":false,"special":true},{"id":4,"content":"<r>","rstrip":true,"normalized":false},{"id":5,"content":"w","single_word":true,"normalized":false}]""");
        var encoded = tokenizer.Tokenize("a  <l> b<r>  a w ww");
        Assert.AreSequenceEqual([1, 3, 2, 4, 1, 5, 0], encoded.Ids);
        Assert.AreEqual("  <l>", encoded.Tokens[1]);
        Assert.AreEqual("<r>  ", encoded.Tokens[3]);
        Assert.AreEqual((1, 6), encoded.Offsets[1]);
        Assert.AreEqual("a b <r> a w [UNK]", tokenizer.Detokenize(encoded.Ids));
        Assert.AreEqual("a <l> b <r> a w [UNK]", tokenizer.Detokenize(encoded.Ids, skipSpecialTokens: false));
    }

    [TestMethod]
    public void WhatCannotBeTruncatedAsAskedIsRefused()
    {
        var tokenizer = SampleTokenizers.Load("wordpiece_uncased");
        var options = new TokenizingOptions { MaximumLength = 5, Truncation = TruncationStrategy.OnlyFirst };
        StringAssert.Contains(Assert.ThrowsExactly<TokenizationException>(() => tokenizer.Tokenize("a", "b c d e f g", options)).Message, "The first text has 1 tokens");
        options.Truncation = TruncationStrategy.OnlySecond;
        StringAssert.Contains(Assert.ThrowsExactly<TokenizationException>(() => tokenizer.Tokenize("a b c d e f", options: options)).Message, "needs a second text");
        Assert.ThrowsExactly<TokenizationException>(() => tokenizer.TokenizeBatch([.. Enumerable.Repeat("a b c d e f", 20)], options: options));
    }

    [TestMethod]
    public void PaddingNeedsAToken()
    {
        var tokenizer = SampleTokenizers.FromJson();
        StringAssert.Contains(Assert.ThrowsExactly<TokenizationException>(() => tokenizer.TokenizeBatch(["a", "b"], options: new TokenizingOptions { Padding = PaddingStrategy.Longest })).Message, "no padding token");
    }

    [TestMethod]
    public void FaultsOfTheOptionsAreListed()
    {
        var options = new TokenizingOptions { MaximumLength = -1, PaddingLength = -2, PadToMultipleOf = 0, Truncation = (TruncationStrategy)9 };
        var error = Assert.ThrowsExactly<ArgumentException>(() => SampleTokenizers.FromJson().Tokenize("a", options: options));
        foreach (string name in new[] { "MaximumLength is -1", "PaddingLength is -2", "PadToMultipleOf is 0", "Truncation is 9" })
            StringAssert.Contains(error.Message, name);
        Assert.ThrowsExactly<ArgumentException>(() => SampleTokenizers.FromJson().Tokenize("a", options: new TokenizingOptions { Padding = PaddingStrategy.Fixed }));
        Assert.ThrowsExactly<ArgumentException>(() => SampleTokenizers.FromJson().TokenizeBatch(["a"], ["b", "c"]));
    }

    [TestMethod]
    public void ACancelledBatchStops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsExactly<OperationCanceledException>(() => SampleTokenizers.FromJson().TokenizeBatch(["a"], cancellationToken: source.Token));
        Assert.ThrowsExactly<OperationCanceledException>(() => SampleTokenizers.FromJson().TokenizeBatch([.. Enumerable.Repeat("a", 100)], cancellationToken: source.Token));
    }

    [TestMethod]
    public void AnUnknownCharacterWithoutAnUnknownTokenIsRefused()
    {
        var tokenizer = SampleTokenizers.FromJson(model: """{"type":"WordPiece","vocab":{"a":0},"unk_token":"[UNK]"}""");
        Assert.AreSequenceEqual([0], tokenizer.Tokenize("a").Ids);
        StringAssert.Contains(Assert.ThrowsExactly<TokenizationException>(() => tokenizer.Tokenize("b")).Message, "WordPiece");
    }

    [TestMethod]
    public void TheOfficialWayInGivesTheSame()
    {
        Microsoft.ML.Tokenizers.Tokenizer tokenizer = SampleTokenizers.Load("wordpiece_uncased");
        var own = SampleTokenizers.Load("wordpiece_uncased").Tokenize("The unbelievable world");
        Assert.AreSequenceEqual(own.Ids, tokenizer.EncodeToIds("The unbelievable world"));
        Assert.AreSequenceEqual(own.Ids, tokenizer.EncodeToIds("The unbelievable world".AsSpan()));
        Assert.AreEqual(own.Length, tokenizer.CountTokens("The unbelievable world"));
        var tokens = tokenizer.EncodeToTokens("The unbelievable world", out string? normalized);
        Assert.IsNull(normalized);
        Assert.AreSequenceEqual(own.Tokens, tokens.Select(token => token.Value));
        Assert.AreSequenceEqual(own.Offsets, tokens.Select(token => (token.Offset.Start.Value, token.Offset.End.Value)));
        Assert.AreEqual("[CLS] the unbelievable world [SEP]", tokenizer.Decode(own.Ids));
    }

    [TestMethod]
    public void TheOfficialLimitsAreKept()
    {
        Microsoft.ML.Tokenizers.Tokenizer tokenizer = SampleTokenizers.FromJson(
            preTokenizer: """{"type":"WhitespaceSplit"}""",
            postProcessor: """{"type":"BertProcessing","cls":["b",2],"sep":["b",2]}""");
        const string Text = "a b a a";
        Assert.AreSequenceEqual([2, 1, 2, 2], tokenizer.EncodeToIds(Text, 4, out _, out int consumed));
        Assert.AreEqual(3, consumed);
        Assert.AreEqual(3, tokenizer.GetIndexByTokenCount(Text, 4, out _, out int count));
        Assert.AreEqual(4, count);
        Assert.AreEqual(4, tokenizer.GetIndexByTokenCountFromEnd(Text, 4, out _, out _));
        Assert.AreEqual(7, tokenizer.GetIndexByTokenCount(Text, 100, out _, out _));
        Assert.AreEqual(0, tokenizer.GetIndexByTokenCountFromEnd(Text, 100, out _, out _));
        Assert.AreEqual(0, tokenizer.GetIndexByTokenCount(Text, 0, out _, out count));
        Assert.AreEqual(0, count);
        Span<char> destination = stackalloc char[5];
        Assert.AreEqual(OperationStatus.DestinationTooSmall, tokenizer.Decode([1, 2, 1, 1], destination, out int ids, out int written));
        Assert.AreEqual((3, 5), (ids, written));
        Assert.AreEqual("a b a", destination.ToString());
        Assert.AreEqual(OperationStatus.Done, tokenizer.Decode([1], destination, out ids, out written));
        Assert.AreEqual((1, 1), (ids, written));
    }
}
