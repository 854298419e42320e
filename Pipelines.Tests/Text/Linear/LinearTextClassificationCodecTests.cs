using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Tests.Core.Artifacts;
using MLPipelines.Text;

namespace MLPipelines.Tests.LinearText;

[TestClass]
public sealed class LinearTextClassificationCodecTests
{
    private const string Folder = "stages/00-linear-text/";
    private readonly MLContext _context = new(seed: 1);

    private ModelPackage Package() => new(_context, new LinearTextClassificationCodec());

    private IDataView Data(int classes) => SampleTexts.View(_context, SampleTexts.Rows(classes));

    private LinearTextClassificationTransformer Fit(int classes) => _context.MulticlassClassification.Trainers.LinearText().Fit(Data(classes));

    [TestMethod]
    [DataRow(2)]
    [DataRow(5)]
    public void AModelIsTheSameBitForBitAfterLoading(int classes)
    {
        var model = Fit(classes);
        var (content, manifest) = Package().Pack(model, SampleArtifacts.Manifest(), Data(classes));
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, content));
        using var loaded = new ModelPackage(new MLContext(), new LinearTextClassificationCodec()).Load(reader);
        var output = loaded.Model.Transform(Data(classes));
        foreach (var (expected, actual) in model.Transform(Data(classes)).GetColumn<float[]>("Score").Zip(output.GetColumn<float[]>("Score")))
            SampleTexts.Bits(expected, actual);
        VBuffer<ReadOnlyMemory<char>> names = default;
        output.Schema["PredictedLabel"].GetKeyValues(ref names);
        CollectionAssert.AreEqual(model.Labels.ToArray(), names.DenseValues().Select(name => name.ToString()).ToArray());
    }

    [TestMethod]
    public void TheSameTrainingGivesTheSameBytes()
    {
        CollectionAssert.AreEqual(Bytes(), Bytes());

        byte[] Bytes()
        {
            var (content, manifest) = Package().Pack(Fit(3), SampleArtifacts.Manifest(), Data(3));
            return SampleArtifacts.Bytes(manifest, content);
        }
    }

    [TestMethod]
    [DataRow("weights.f32", "shorter")]
    [DataRow("weights.f32", "longer")]
    [DataRow("weights.f32", "nan")]
    [DataRow("term-weights.f32", "shorter")]
    [DataRow("biases.f32", "nan")]
    [DataRow("ngram-hashes.u64", "shorter")]
    [DataRow("ngram-hashes.u64", "repeated")]
    [DataRow("model.json", "truncated")]
    [DataRow("model.json", "\"features\":-1")]
    [DataRow("model.json", "\"maximumWords\":99")]
    [DataRow("model.json", "\"format\":2")]
    [DataRow("model.json", "\"labels\":[\"one\"]")]
    [DataRow("model.json", "\"surprise\":1")]
    public void ADamagedPartIsRefusedByName(string name, string damage) => Assert.Contains(name, LoadDamaged(name, damage).Message);

    [TestMethod]
    public void AnAbsurdCountIsHeldAgainstWhatIsThere() =>
        Assert.Contains("2000000000 values", LoadDamaged("model.json", "\"features\":2000000000").Message);

    private ArtifactException LoadDamaged(string name, string damage)
    {
        var (content, manifest) = Package().Pack(Fit(3), SampleArtifacts.Manifest(), Data(3));
        var damaged = new ArtifactBuilder();
        using (var source = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, content)))
        {
            foreach (var entry in source.Manifest.Entries)
            {
                byte[] bytes = source.Read(entry.Path);
                damaged.Add(entry.Path, entry.Role, entry.Path == Folder + name ? Damage(bytes, damage) : bytes);
            }
        }
        using var reader = SampleArtifacts.Open(SampleArtifacts.Bytes(manifest, damaged));
        return Assert.ThrowsExactly<ArtifactException>(() => Package().Load(reader));
    }

    private static byte[] Damage(byte[] bytes, string damage)
    {
        switch (damage)
        {
            case "shorter":
                return bytes[..^4];
            case "longer":
                return [.. bytes, 0, 0, 0, 0];
            case "nan":
                BitConverter.TryWriteBytes(bytes.AsSpan(0, 4), float.NaN);
                return bytes;
            case "repeated":
                bytes.AsSpan(0, 8).CopyTo(bytes.AsSpan(8));
                return bytes;
            case "truncated":
                return bytes[..(bytes.Length / 2)];
            default:
                // Replaces the member of that name, or adds it.
                string json = Encoding.UTF8.GetString(bytes);
                string member = damage[..(damage.IndexOf(':') + 1)];
                int start = json.IndexOf(member, StringComparison.Ordinal);
                if (start < 0)
                    return Encoding.UTF8.GetBytes("{" + damage + "," + json[1..]);
                int value = start + member.Length;
                int end = json[value] == '[' ? json.IndexOf(']', value) + 1 : json.IndexOfAny([',', '}'], value);
                return Encoding.UTF8.GetBytes(json[..start] + damage + json[end..]);
        }
    }
}
