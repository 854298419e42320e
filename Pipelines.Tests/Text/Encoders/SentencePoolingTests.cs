using System.Text;
using MLPipelines.Text.Encoders;
using TorchSharp;
using static TorchSharp.torch;
using static MLPipelines.Tests.Text.Encoders.Reference;
using static MLPipelines.Tests.Text.Encoders.TinyEncoders;

namespace MLPipelines.Tests.Text.Encoders;

/// <summary>Pooling token states to sentence embeddings.</summary>
[TestClass]
public sealed class SentencePoolingTests
{
    private const string Modules = """
        [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}, {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
        """;

    [TestMethod]
    public void EachModePoolsTokensAndLeavesPaddingOut()
    {
        using var scope = NewDisposeScope();
        var hidden = tensor(new float[] { 1, -2, 3, 4, 100, 100, 5, -6, 7, 8, 9, -10 }, 2, 3, 2);
        var mask = tensor(new long[] { 1, 1, 0, 1, 1, 1 }, 2, 3);
        AssertClose(tensor(new float[] { 1, -2, 5, -6 }, 2, 2), Pool(PoolingModes.FirstToken), "first");
        AssertClose(tensor(new float[] { 2, 1, 7, -8f / 3 }, 2, 2), Pool(PoolingModes.Mean), "mean");
        AssertClose(tensor(new float[] { 3, 4, 9, 8 }, 2, 2), Pool(PoolingModes.Maximum), "maximum");
        AssertClose(tensor(new float[] { 4 / MathF.Sqrt(2), 2 / MathF.Sqrt(2), 21 / MathF.Sqrt(3), -8 / MathF.Sqrt(3) }, 2, 2), Pool(PoolingModes.MeanSquareRootLength), "square root");
        AssertClose(tensor(new float[] { 1, -2, 2, 1, 5, -6, 7, -8f / 3 }, 2, 4), Pool(PoolingModes.Mean | PoolingModes.FirstToken), "both");
        AssertClose(ones(2), new SentencePooling(PoolingModes.Maximum).Pool(hidden, mask).square().sum(1), "length");
        AssertClose(hidden.mean([1]), new SentencePooling(PoolingModes.Mean, Normalize: false).Pool(hidden, null), "no padding");
        Assert.AreEqual(48, new SentencePooling(PoolingModes.Mean | PoolingModes.FirstToken).SizeFor(Config()));

        Tensor Pool(PoolingModes modes) => new SentencePooling(modes, Normalize: false).Pool(hidden, mask);
    }

    [TestMethod]
    public void FilesSayHowToPool()
    {
        foreach (var pooling in (SentencePooling[])[new(PoolingModes.FirstToken, false, 12), new(PoolingModes.Mean | PoolingModes.Maximum, true, 9), new(PoolingModes.MeanSquareRootLength, true, 16)])
            Assert.AreEqual(pooling, SentencePooling.Read(EncoderFiles.From(pooling.ToFiles(Config()))));
        Assert.AreEqual(new SentencePooling(), SentencePooling.Read(EncoderFiles.From(new Dictionary<string, byte[]>())));
    }

    [TestMethod]
    [DataRow("""[{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}]""", "{}", "'sentence_transformers.models.Dense'")]
    [DataRow(Modules, "{}", "no way of pooling")]
    [DataRow(Modules, """{"pooling_mode_lasttoken": true}""", "'pooling_mode_lasttoken'")]
    [DataRow(Modules, "{", "damaged")]
    [DataRow("{", "{}", "damaged")]
    [DataRow("""[{"path": "1_Pooling"}]""", "{}", "damaged")]
    public void WhatIsNotUnderstoodIsRefused(string modules, string pooling, string part)
    {
        var files = EncoderFiles.From(new Dictionary<string, byte[]> { ["modules.json"] = Encoding.UTF8.GetBytes(modules), ["1_Pooling/config.json"] = Encoding.UTF8.GetBytes(pooling) });
        Assert.Contains(part, Assert.ThrowsExactly<EncoderException>(() => SentencePooling.Read(files)).Message);
    }
}
