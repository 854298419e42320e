using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Tests.Core.Artifacts;
using MLPipelines.Tests.FineTuning;
using MLPipelines.Text;
using MLPipelines.Training;

namespace MLPipelines.Tests.EncoderText;

[TestClass]
public sealed class EncoderStageCodecTests
{
    private readonly MLContext _context = new(seed: 1);

    private ModelPackage Package() => new(_context, new EncoderTextClassificationCodec("cpu"), new MultiLabelTextCodec("cpu"));

    private IDataView Data() => TinyText.View(_context, TinyText.Intents(30));

    private EncoderTextClassificationTransformer Fit(TrainingPrecision precision)
    {
        var training = TinyText.Training();
        training.Precision = precision;
        return _context.MulticlassClassification.Trainers.EncoderText(new() { Encoder = TinyText.Scratch(), Training = training }).Fit(Data());
    }

    [TestMethod]
    [DataRow(TrainingPrecision.Float32)]
    [DataRow(TrainingPrecision.BFloat16)]
    public void ItLoadsInTheTypeThatItPredictedIn(TrainingPrecision precision)
    {
        using var model = Fit(precision);
        var (content, manifest) = Package().Pack(model, SampleArtifacts.Manifest(), Data());
        Assert.AreEqual(precision == TrainingPrecision.Float32 ? 1e-3 : 5e-2, manifest.GoldenTolerance);
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, content));
        using var loaded = Package().Load(reader);
        foreach (var (expected, actual) in model.Transform(Data()).GetColumn<float[]>("Score").Zip(loaded.Model.Transform(Data()).GetColumn<float[]>("Score")))
            CollectionAssert.AreEqual(expected, actual);
        var names = reader.Manifest.Entries.Select(entry => entry.Path).ToArray();
        foreach (string name in new[] { "config.json", "model.safetensors", "stage.json", "tokenizer.json" })
            Assert.Contains("stages/00-encoder-text/" + name, names);
    }

    [TestMethod]
    [DataRow("stage.json", "truncated", "stage.json")]
    [DataRow("stage.json", "\"format\":1=\"format\":2", "format 2")]
    [DataRow("stage.json", "\"precision\":\"Float32\"=\"precision\":\"Int8\"", "Int8")]
    [DataRow("stage.json", "\"maximumTokens\":48=\"maximumTokens\":4800", "4800")]
    [DataRow("stage.json", "\"temperature\":1=\"temperature\":-1", "temperature")]
    [DataRow("stage.json", "\"abstainThreshold\":0=\"abstainThreshold\":7", "abstainThreshold")]
    [DataRow("stage.json", "\"columns\":[\"Text\",=\"columns\":[", "columns")]
    [DataRow("stage.json", "{=\u007b\"surprise\":1,", "surprise")]
    [DataRow("config.json", "truncated", "config.json")]
    [DataRow("model.safetensors", "truncated", "model.safetensors")]
    [DataRow("tokenizer.json", "truncated", "tokenizer.json")]
    public void ADamagedPartIsRefused(string name, string damage, string expected)
    {
        using var model = Fit(TrainingPrecision.Float32);
        var (content, manifest) = Package().Pack(model, SampleArtifacts.Manifest(), Data());
        var damaged = new ArtifactBuilder();
        using (var source = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, content)))
        {
            foreach (var entry in source.Manifest.Entries)
            {
                byte[] bytes = source.Read(entry.Path);
                damaged.Add(entry.Path, entry.Role, entry.Path.EndsWith("-encoder-text/" + name, StringComparison.Ordinal) ? Damage(bytes, damage) : bytes);
            }
        }
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, damaged));
        Assert.Contains(expected, Assert.ThrowsExactly<ArtifactException>(() => Package().Load(reader)).Message);
    }

    private static byte[] Damage(byte[] bytes, string damage)
    {
        if (damage == "truncated")
            return bytes[..(bytes.Length / 2)];
        string text = Encoding.UTF8.GetString(bytes);
        int split = damage.IndexOf('=', StringComparison.Ordinal), at = text.IndexOf(damage[..split], StringComparison.Ordinal);
        Assert.IsGreaterThanOrEqualTo(0, at, text);
        return Encoding.UTF8.GetBytes(text[..at] + damage[(split + 1)..] + text[(at + split)..]);
    }
}
