using System.Text.Json;
using MLPipelines.Text.Encoders;
using TorchSharp;
using static TorchSharp.torch;
using static MLPipelines.Tests.Text.Encoders.Reference;

namespace MLPipelines.Tests.Text.Encoders;

/// <summary>Every reference model of the BERT family gives what Python's transformers gave.</summary>
[TestClass]
[TestCategory("Parity")]
public sealed class EncoderParityTests
{
    public static IEnumerable<object[]> Folders => EncoderFolders("models").Select(folder => new object[] { folder });

    [TestMethod]
    public void ThereAreReferenceModels() => Assert.IsNotEmpty(Folders);

    [TestMethod]
    [DynamicData(nameof(Folders))]
    public void OutputsAreThoseOfTheReference(string folder)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var expected = Read(folder);
        var files = EncoderFiles.InFolder(folder);
        var config = files.ReadConfig();
        string kind = config.Architectures[0];
        EncoderModel? model = kind switch
        {
            _ when kind.EndsWith("ForSequenceClassification", StringComparison.Ordinal) => EncoderModels.LoadSequenceClassifier(files).Model,
            _ when kind.EndsWith("ForTokenClassification", StringComparison.Ordinal) => EncoderModels.LoadTokenClassifier(files).Model,
            _ when kind.EndsWith("ForMaskedLM", StringComparison.Ordinal) => EncoderModels.LoadMaskedLanguageModel(files).Model,
            _ => null,
        };
        using nn.Module whole = model ?? (nn.Module)EncoderModels.LoadEncoder(files).Model;
        whole.to(TestDevice);
        var encoder = model?.Encoder ?? (EncoderModule)whole;
        int compared = 0;
        foreach (var testCase in expected.RootElement.GetProperty("cases").EnumerateArray())
        {
            var input = Input(testCase.GetProperty("input"));
            var output = encoder.forward(input, EncoderExtras.HiddenStates | EncoderExtras.Attentions);
            var logits = model?.forward(input);
            foreach (var reference in testCase.GetProperty("outputs").EnumerateObject())
            {
                Compare(reference, output, logits, input, testCase, config, files, $"{Path.GetFileName(folder)}, {testCase.GetProperty("name")}, {reference.Name}");
                compared++;
            }
        }
        Assert.IsGreaterThan(0, compared);
    }

    [TestMethod]
    [DynamicData(nameof(Folders))]
    public void TextsBecomeTheReferenceOutputs(string folder)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var expected = Read(folder);
        var files = EncoderFiles.InFolder(folder);
        var config = files.ReadConfig();
        var tokenizer = files.ReadTokenizer(config);
        using var encoder = EncoderModels.LoadEncoder(files).Model;
        encoder.to(TestDevice);
        foreach (var testCase in expected.RootElement.GetProperty("cases").EnumerateArray())
        {
            string name = $"{Path.GetFileName(folder)}, {testCase.GetProperty("name")}";
            var input = Input(testCase.GetProperty("input"));
            int width = (int)input.InputIds.shape[1];
            string[] texts = [.. testCase.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];
            string[]? pairs = testCase.TryGetProperty("text_pairs", out var second) ? [.. second.EnumerateArray().Select(text => text.GetString()!)] : null;
            var tokens = tokenizer.TokenizeBatch(texts, pairs, new() { MaximumLength = width });
            var ours = EncoderInput.Create(config, [.. tokens.Select(text => text.Ids)], [.. tokens.Select(text => text.TypeIds)], device: TestDevice);
            var mask = input.AttentionMask!;
            AssertSame(input.InputIds, ours.InputIds, name + ", ids");
            AssertSame(mask, ours.AttentionMask ?? ones_like(mask), name + ", mask");
            if (input.TokenTypeIds is { } types && config.TypeVocabularySize > 1)
                AssertSame(types, ours.TokenTypeIds ?? zeros_like(types), name + ", segments");
            AssertClose(encoder.forward(input).LastHiddenState, encoder.forward(ours).LastHiddenState, name, 1e-5, mask);
        }
    }

    private static void Compare(
        JsonProperty reference, EncoderOutput output, Tensor? logits, EncoderInput input, JsonElement testCase, EncoderConfig config, EncoderFiles files, string name)
    {
        var mask = input.AttentionMask;
        var expected = reference.Value;
        switch (reference.Name)
        {
            case "logits":
                AssertClose(expected, logits!, name, where: logits!.ndim == 3 ? mask : null);
                break;
            case "probabilities":
                AssertClose(expected, logits!.softmax(-1), name);
                break;
            case "sigmoid":
                AssertClose(expected, logits!.sigmoid(), name);
                break;
            case "loss":
                var labels = testCase.GetProperty("labels");
                var problem = config.ProblemType ?? (labels[0].ValueKind == JsonValueKind.Array ? EncoderProblemType.MultiLabel : EncoderProblemType.SingleLabel);
                var loss = logits!.ndim == 3 ? EncoderLosses.Tokens(logits, Longs(labels))
                    : EncoderLosses.Sequences(logits, problem == EncoderProblemType.SingleLabel ? Longs(labels) : Floats(labels), problem);
                Assert.AreEqual(Number(expected), loss.item<float>(), 1e-5 + 1e-5 * Math.Abs(Number(expected)), name);
                break;
            case "last_hidden_state":
                AssertClose(expected, output.LastHiddenState, name, where: mask);
                break;
            case "pooler_output":
                AssertClose(expected, output.PoolerOutput!, name);
                break;
            case "hidden_states":
                for (int i = 0; i < output.HiddenStates!.Count; i++)
                    AssertClose(expected[i], output.HiddenStates[i], $"{name}[{i}]", where: mask);
                break;
            case var _ when reference.Name.StartsWith("hidden_states_", StringComparison.Ordinal):
                AssertClose(expected, output.HiddenStates![int.Parse(reference.Name["hidden_states_".Length..])], name, where: mask);
                break;
            case "attentions_layer0_sample0":
                var weights = output.Attentions![0].select(0, 0);
                AssertClose(expected, weights, name, where: mask!.select(0, 0).unsqueeze(0).expand(weights.shape[0], -1));
                break;
            case "predictions":
                AssertSame(Longs(expected) * mask!, logits!.argmax(-1) * mask!, name);
                break;
            case "predicted_labels":
                AssertLabels(expected, logits!, mask!, config, name);
                break;
            case "mean_pooled":
                AssertClose(expected, new SentencePooling(PoolingModes.Mean, Normalize: false).Pool(output.LastHiddenState, mask), name);
                break;
            case "embeddings":
                AssertClose(expected, SentencePooling.Read(files).Pool(output.LastHiddenState, mask), name);
                break;
            case "cosine":
                var embeddings = SentencePooling.Read(files).Pool(output.LastHiddenState, mask);
                AssertClose(expected, embeddings.mm(embeddings.t()), name);
                break;
            default:
                Assert.Fail($"{name} is compared with nothing.");
                break;
        }
    }

    private static void AssertLabels(JsonElement expected, Tensor logits, Tensor mask, EncoderConfig config, string name)
    {
        var best = logits.argmax(-1).cpu();
        var isToken = mask.cpu();
        for (int row = 0; row < expected.GetArrayLength(); row++)
        {
            for (int token = 0; token < expected[row].GetArrayLength(); token++)
            {
                if (isToken[row, token].item<long>() != 0)
                    Assert.AreEqual(expected[row][token].GetString(), config.Labels[(int)best[row, token].item<long>()], $"{name}[{row}, {token}]");
            }
        }
    }
}
