using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPipelines.Tokenization;

namespace MLPipelines.Tests.Tokenization;

[TestClass]
public sealed class TokenizerFilesTests
{
    public static IEnumerable<object[]> Tokenizers => ParityFixtures.Directories("tokenizers")
        .Where(folder => File.Exists(Path.Combine(folder, "expected.json"))).Select(folder => new object[] { folder });

    [TestMethod]
    [TestCategory("Parity")]
    [DynamicData(nameof(Tokenizers))]
    public void TheOlderFilesSayWhatTokenizerJsonSays(string folder)
    {
        var fast = TextTokenizer.Load(folder);
        var files = fast.Files.Where(file => file.Key != "tokenizer.json").ToDictionary();
        var slow = TextTokenizer.Load(files);
        Assert.AreEqual(fast.VocabularySize, slow.VocabularySize);
        Assert.AreEqual((fast.PadId, fast.UnknownId, fast.ClassId, fast.SeparatorId, fast.MaskId), (slow.PadId, slow.UnknownId, slow.ClassId, slow.SeparatorId, slow.MaskId));
        foreach (var row in JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json"))).RootElement.GetProperty("strings").EnumerateArray())
        {
            string text = row.GetProperty("text").GetString()!;
            var expected = fast.Tokenize(text);
            var actual = slow.Tokenize(text);
            Assert.AreSequenceEqual(expected.Ids, actual.Ids, text);
            Assert.AreSequenceEqual(expected.Offsets, actual.Offsets, text);
            Assert.AreEqual(fast.Detokenize(expected.Ids), slow.Detokenize(actual.Ids));
        }
    }

    [TestMethod]
    public void ASavedTokenizerLoadsAgain()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in SampleTokenizers.Names)
        {
            var tokenizer = SampleTokenizers.Load(name);
            string place = Path.Combine(folder.Path, name);
            tokenizer.Save(place);
            var loaded = TextTokenizer.Load(place);
            Assert.AreSequenceEqual(tokenizer.Files.Keys, loaded.Files.Keys);
            Assert.AreSequenceEqual(tokenizer.Tokenize("Hello, naïve wörld!").Ids, loaded.Tokenize("Hello, naïve wörld!").Ids);
            Assert.AreEqual(tokenizer.ModelMaximumLength, loaded.ModelMaximumLength);
        }
    }

    [TestMethod]
    public void AFolderWithoutATokenizerSaysWhatIsExpected()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "vocab.json"), "{}");
        var error = Assert.ThrowsExactly<TokenizationException>(() => TextTokenizer.Load(folder.Path));
        StringAssert.Contains(error.Message, folder.Path);
        StringAssert.Contains(error.Message, "vocab.json with merges.txt");
        Assert.ThrowsExactly<DirectoryNotFoundException>(() => TextTokenizer.Load(Path.Combine(folder.Path, "none")));
    }

    [TestMethod]
    public void AFileOfAbsurdSizeIsNotRead()
    {
        using var folder = new TemporaryFolder();
        using (var file = File.Create(Path.Combine(folder.Path, "tokenizer.json")))
            file.SetLength(1L << 32);
        StringAssert.Contains(Assert.ThrowsExactly<TokenizationException>(() => TextTokenizer.Load(folder.Path)).Message, "4,294,967,296 bytes");
    }

    [TestMethod]
    public void AVocabularyOfTextKeepsTheLastOfTwo()
    {
        var tokenizer = TextTokenizer.Load(Bert("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\nhello\n"));
        Assert.AreSequenceEqual([2, 6, 5, 3], tokenizer.Tokenize("Hello world").Ids);
        Assert.IsNull(tokenizer.MaskId);
    }

    [TestMethod]
    public void AVocabularyWithoutTheUnknownTokenIsRefused()
    {
        var error = Assert.ThrowsExactly<TokenizationException>(() => TextTokenizer.Load(Bert("[PAD]\n[CLS]\n[SEP]\nhello\n")));
        StringAssert.Contains(error.Message, "no '[UNK]'");
    }

    [TestMethod]
    public void ConfigurationIsFollowed()
    {
        var cased = Bert("[PAD]\n[UNK]\n[CLS]\n[SEP]\nHello\nhello\n");
        cased["tokenizer_config.json"] = """{"do_lower_case":false,"model_max_length":128,"tokenizer_class":"BertTokenizerFast"}"""u8.ToArray();
        var tokenizer = TextTokenizer.Load(cased);
        Assert.AreSequenceEqual([2, 4, 5, 3], tokenizer.Tokenize("Hello hello").Ids);
        Assert.AreEqual(128, tokenizer.ModelMaximumLength);
        cased["tokenizer_config.json"] = """{"tokenizer_class":"XLMRobertaTokenizer"}"""u8.ToArray();
        StringAssert.Contains(Assert.ThrowsExactly<TokenizationException>(() => TextTokenizer.Load(cased)).Message, "XLMRobertaTokenizer");
        cased["tokenizer_config.json"] = """{"model_max_length":1000000000000000019884624838656}"""u8.ToArray();
        Assert.AreEqual(int.MaxValue, TextTokenizer.Load(cased).ModelMaximumLength);
    }

    [TestMethod]
    [DataRow("{", "not JSON (line 1")]
    [DataRow("[]", "must be an object")]
    [DataRow("{}", "has no 'model'")]
    [DataRow("""{"model":{"type":"GPT"}}""", "the model 'GPT' is not supported; supported are BPE")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{"a":"b"}}}""", "'model.vocab.a' must be a whole number")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{"a":-1}}}""", "'model.vocab.a' must be from 0")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{"a":2000000000}}}""", "'model.vocab.a' must be from 0")]
    [DataRow("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["a b"]}}""", "merge 1 ('a' and 'b') needs the token 'b'")]
    [DataRow("""{"model":{"type":"BPE","vocab":{"a":0},"merges":["ab"]}}""", "'model.merges[0]' must be two texts")]
    [DataRow("""{"model":{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}}""", "dropout")]
    [DataRow("""{"model":{"type":"Unigram","vocab":[["a",0]],"unk_id":1}}""", "'model.unk_id' must be an id of the vocabulary")]
    [DataRow("""{"model":{"type":"Unigram","vocab":[["a"]]}}""", "'model.vocab[0]' must be a text and a number")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{"\ud800":0}}}""", "half a surrogate pair")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"normalizer":{"type":"Cyrillic"}}""", "the normalizer 'Cyrillic' is not supported")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"pre_tokenizer":{"type":"UnicodeScripts"}}""", "the pre-tokenizer 'UnicodeScripts' is not supported")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"post_processor":{"type":"Other"}}""", "the post-processor 'Other' is not supported")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"decoder":{"type":"CTC"}}""", "the decoder 'CTC' is not supported")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(a)\\1"},"behavior":"Isolated"}}""", "'\\1', which is not supported")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"(?<=a)b"},"behavior":"Isolated"}}""", "'(?<='")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"pre_tokenizer":{"type":"Split","pattern":{"String":"a"},"behavior":"Kept"}}""", "the split behaviour 'Kept'")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"normalizer":{"type":"Precompiled","precompiled_charsmap":"####"}}""", "must be base64")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"normalizer":{"type":"Precompiled","precompiled_charsmap":"////f////////"}}""", "charsmap")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"X"}}],"pair":[],"special_tokens":{}}}""", "names 'X'")]
    [DataRow("""{"model":{"type":"WordPiece","vocab":{}},"truncation":{"max_length":-1}}""", "'truncation.max_length' must be at least 0")]
    public void WhatIsWrongInTokenizerJsonIsNamed(string json, string message)
    {
        var error = Assert.ThrowsExactly<TokenizationException>(() => SampleTokenizers.FromText(json));
        StringAssert.Contains(error.Message, message);
        StringAssert.Contains(error.Message, "tokenizer.json");
    }

    [TestMethod]
    public void TheFilesDefaultsApplyWhereNoOptionsAreGiven()
    {
        var tokenizer = SampleTokenizers.FromJson(
            preTokenizer: """{"type":"Whitespace"}""",
            more: ""","truncation":{"direction":"Left","max_length":3,"strategy":"LongestFirst","stride":0},"padding":{"strategy":{"Fixed":5},"direction":"Left","pad_to_multiple_of":4,"pad_id":2,"pad_type_id":1,"pad_token":"b"}""");
        var encoded = tokenizer.Tokenize("a b a a b");
        Assert.AreSequenceEqual([2, 2, 2, 2, 2, 1, 1, 2], encoded.Ids);
        Assert.AreSequenceEqual([1, 1, 1, 1, 1, 0, 0, 0], encoded.TypeIds);
        Assert.AreSequenceEqual([1, 2, 1, 1, 2], tokenizer.Tokenize("a b a a b", options: new TokenizingOptions()).Ids);
        Assert.AreEqual(3, tokenizer.DefaultOptions.MaximumLength);
    }

    [TestMethod]
    public void IdsThatTokensGetAreTheReferences()
    {
        // The id in the file is not looked at: a token that the model does not have gets the next free one.
        var tokenizer = SampleTokenizers.FromJson(addedTokens: """[{"id":77,"content":"<x>","special":true,"normalized":false},{"id":5,"content":"b","normalized":false},{"id":9,"content":"<y>","normalized":true}]""");
        Assert.AreEqual(3, tokenizer.IdOf("<x>"));
        Assert.AreEqual(2, tokenizer.IdOf("b"));
        Assert.AreEqual(4, tokenizer.IdOf("<y>"));
        Assert.AreEqual((5, 4), (tokenizer.VocabularySize, tokenizer.MaximumId));
        Assert.AreSequenceEqual([1, 3, 2, 4], tokenizer.Tokenize("a<x>b<y>").Ids);
    }

    [TestMethod]
    public void MergesOfAnyNumberLoad()
    {
        var vocabulary = new JsonObject();
        var merges = new JsonArray();
        for (int i = 0; i < 26 * 26 + 26; i++)
            vocabulary[i < 26 ? ((char)('a' + i)).ToString() : $"{(char)('a' + (i - 26) / 26)}{(char)('a' + (i - 26) % 26)}"] = i;
        for (int repeat = 0; repeat < 300; repeat++)
        {
            for (int i = 0; i < 26 * 26; i++)
                merges.Add($"{(char)('a' + i / 26)} {(char)('a' + i % 26)}");
        }
        var model = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = merges };
        var tokenizer = SampleTokenizers.FromJson(model: model.ToJsonString());
        Assert.AreSequenceEqual(["ab", "cd", "e"], tokenizer.Tokenize("abcde").Tokens);
    }

    private static Dictionary<string, byte[]> Bert(string vocabulary) => new() { ["vocab.txt"] = Encoding.UTF8.GetBytes(vocabulary) };
}
