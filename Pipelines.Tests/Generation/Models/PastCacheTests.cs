using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Generation;
using MLPipelines.Generation.T5;

namespace MLPipelines.Tests.Generation;

/// <summary>Keys and values that are written anew in every step, in the buffers of those that were read.</summary>
[TestClass]
[DoNotParallelize]
public sealed class PastCacheTests
{
    private const int Tensors = 6;

    [TestMethod]
    [DataRow(2)]
    [DataRow(Tensors)]
    public void TensorsKeepTheirTokensWhileTheyGrowAndRowsMoveAndGo(int lag)
    {
        const int Heads = 2, Size = 3, Capacity = 5;
        var random = new Random(lag);
        long before = NativeBuffer.LiveBytes;
        using (var aside = new NativeBuffer())
        using (var cache = new PastCache([.. Enumerable.Repeat(new PastKind(TensorElementType.Float, sizeof(float), Heads, Size), Tensors)], lag, Capacity))
        {
            // [tensor][row][head] → values of all tokens.
            int rows = 2;
            var expected = Enumerable.Range(0, Tensors).Select(_ => Enumerable.Range(0, Capacity).Select(_ => Enumerable.Range(0, Heads).Select(_ => new List<float>()).ToArray()).ToArray()).ToArray();
            for (int step = 0; step < 100; step++)
            {
                cache.Lengthen(rows);
                for (int i = 0; i < Tensors; i++)
                {
                    // As a concatenation does it.
                    using var past = cache.View(i, rows);
                    using var present = cache.NextView(i, rows);
                    var source = past.GetTensorDataAsSpan<float>();
                    var target = present.GetTensorMutableDataAsSpan<float>();
                    int length = step * Size;
                    for (int row = 0; row < rows; row++)
                    {
                        for (int head = 0; head < Heads; head++)
                        {
                            int block = (row * Heads) + head;
                            source.Slice(block * length, length).CopyTo(target[(block * (length + Size))..]);
                            for (int j = 0; j < Size; j++)
                            {
                                float value = random.NextSingle();
                                target[(block * (length + Size)) + length + j] = value;
                                expected[i][row][head].Add(value);
                            }
                        }
                    }
                }
                cache.Advance();
                int next = step == 0 ? Capacity : step < 60 ? rows : Math.Max(1, rows - (step % 20 == 0 ? 1 : 0));
                int[] sources = [.. Enumerable.Range(0, next).Select(_ => random.Next(rows))];
                cache.Move(RowMoves.Of(sources), aside);
                expected = [.. expected.Select(tensor => Enumerable.Range(0, Capacity).Select(row => tensor[row < next ? sources[row] : 0].Select(list => list.ToList()).ToArray()).ToArray())];
                rows = next;
                for (int i = 0; i < Tensors; i++)
                {
                    using var view = cache.View(i, rows);
                    float[] wanted = [.. expected[i].Take(rows).SelectMany(row => row).SelectMany(list => list)];
                    Assert.IsTrue(view.GetTensorDataAsSpan<float>().SequenceEqual(wanted), $"tensor {i} after step {step}");
                }
            }
        }
        Assert.AreEqual(before, NativeBuffer.LiveBytes);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void OurExportsReadALayerBeforeTheNextOneIsWritten(bool isPortable)
    {
        using var folder = new TemporaryFolder();
        var config = new T5Config { VocabularySize = 50, HiddenSize = 16, Heads = 2, HeadSize = 8, IntermediateSize = 32, EncoderLayers = 2, DecoderLayers = 3 };
        using (var weights = T5Weights.Random(config))
            T5OnnxExporter.Export(weights, folder.Path, new T5ExportOptions { Portable = isPortable });
        using var model = EncoderDecoderModel.Load(folder.Path);
        Assert.HasCount(6, model.Graphs.OwnNames);
        Assert.AreEqual(2, model.Graphs.OwnLag);
    }
}
