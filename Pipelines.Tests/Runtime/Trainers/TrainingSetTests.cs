using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers;

[TestClass]
public sealed class TrainingSetTests
{
    private static readonly VBuffer<float>[] Rows =
    [
        new(4, [1, 2, 3, 4]),
        new(4, 2, [5, 6], [1, 3]),
        new(4, [1, float.NaN, 3, 4]),
        new(4, 0, null, null),
        new(4, [7, 8, 9, 10]),
    ];

    [TestMethod]
    public void RowsKeepTheirDensityAndBadOnesAreLeftOut()
    {
        var view = new MemoryView().Add("Label", NumberDataViewType.Single, [0f, 1f, 2f, 3f, float.NaN]).AddFeatures(Rows);
        var set = TrainingSet.Load(new MLContext(0), new RoleMappedData(view, "Label", "Features"));
        CollectionAssert.AreEqual(new[] { 0f, 1f, 3f }, set.Labels);
        Assert.IsTrue(set.Features(0).IsDense);
        CollectionAssert.AreEqual(new[] { 1, 3 }, set.Features(1).Indices.ToArray());
        CollectionAssert.AreEqual(new[] { 5f, 6f }, set.Features(1).Values.ToArray());
        Assert.IsTrue(set.Features(2).Values.IsEmpty);
        Assert.AreEqual((1L, 1L, 2L), (set.BadFeatures, set.BadLabels, set.Skipped));
        Assert.AreEqual(5 * 1f + 6 * 3f, set.Features(1).Dot([0, 1, 2, 3]));
    }

    [TestMethod]
    public void WeightsMustBePositive()
    {
        var view = new MemoryView()
            .Add("Label", BooleanDataViewType.Instance, [true, false, true])
            .Add("Weight", NumberDataViewType.Single, [2f, 0f, float.PositiveInfinity])
            .AddFeatures([[1], [2], [3]]);
        var set = TrainingSet.Load(new MLContext(0), new RoleMappedData(view, "Label", "Features", weight: "Weight"));
        Assert.AreEqual(1, set.Count);
        Assert.AreEqual(2f, set.Weight(0));
        Assert.AreEqual(2L, set.BadWeights);
    }

    [TestMethod]
    public void KeysAreLabelsFromZeroAndMissingKeysAreLeftOut()
    {
        var view = new MemoryView().Add("Label", new KeyDataViewType(typeof(uint), 3), [3u, 0u, 1u, 7u]).AddFeatures([[1], [2], [3], [4]]);
        var set = TrainingSet.Load(new MLContext(0), new RoleMappedData(view, "Label", "Features"));
        CollectionAssert.AreEqual(new[] { 2f, 0f }, set.Labels);
    }

    [TestMethod]
    public void ShuffledPassesFollowTheViewWithoutReadingColumnsAgain()
    {
        const int count = 50;
        var view = new MemoryView()
            .Add("Label", NumberDataViewType.Single, [.. Enumerable.Range(0, count).Select(i => i % 7 == 0 ? float.NaN : i)])
            .AddFeatures([.. Enumerable.Range(0, count).Select(i => new[] { (float)i })]);
        var set = TrainingSet.Load(new MLContext(0), new RoleMappedData(view, "Label", "Features"));
        var order = set.Order(RandomUtils.Create(5)).ToArray();
        var expected = RandomUtils.GetRandomPermutation(RandomUtils.Create(5), count).Where(i => i % 7 != 0).Select(i => (float)i).ToArray();
        CollectionAssert.AreEqual(expected, Array.ConvertAll(order, row => set.Labels[row]));
        Assert.AreEqual(1, view.Passes);
    }

    [TestMethod]
    public void IdsThatAreNoPositionsAreFollowedToo()
    {
        var context = new MLContext(0);
        var list = context.Data.LoadFromEnumerable(Enumerable.Range(0, 90).Select(i => new Row { Label = i, Features = new VBuffer<float>(3, [i, 1, 2]) }).ToList());
        var kept = context.Data.Cache(context.Data.FilterRowsByColumn(list, "Label", 10, 70));
        var ids = context.Data.FilterRowsByColumn(context.Data.Cache(list), "Label", 10, 70);
        foreach (var data in new[] { kept, ids })
        {
            var set = TrainingSet.Load(context, new RoleMappedData(data, "Label", "Features"));
            using var cursor = data.GetRowCursor(data.Schema, RandomUtils.Create(3));
            var getter = cursor.GetGetter<float>(data.Schema["Label"]);
            float label = 0;
            foreach (int row in set.Order(RandomUtils.Create(3)))
            {
                Assert.IsTrue(cursor.MoveNext());
                getter(ref label);
                Assert.AreEqual(label, set.Labels[row]);
            }
            Assert.IsFalse(cursor.MoveNext());
        }
    }

    [TestMethod]
    public void OtherLabelsShareTheFeatures()
    {
        var view = new MemoryView().Add("Label", NumberDataViewType.Single, [0f, float.NaN, 2f]).AddFeatures([[1], [2], [3]]);
        var set = TrainingSet.Load(new MLContext(0), new RoleMappedData(view, "Label", "Features"), new KeepExamples(MissingLabels: true));
        Assert.AreEqual(2, set.Count);
        Assert.AreEqual(3, set.RowCount);
        var other = set.WithLabels([1, 0, float.NaN]);
        CollectionAssert.AreEqual(new[] { 0, 1 }, other.Order().ToArray());
        CollectionAssert.AreEquivalent(new[] { 0, 1 }, other.Order(RandomUtils.Create(1)).ToArray());
    }

    [TestMethod]
    public void ManyLongRowsSpanBlocks()
    {
        const int width = 70_000, count = 60;
        var rows = Enumerable.Range(0, count).Select(i => Enumerable.Repeat((float)i, width).ToArray()).ToArray();
        var set = TrainingSet.Load(new MLContext(0), new RoleMappedData(new MemoryView().AddFeatures(rows), feature: "Features"));
        for (int i = 0; i < count; i++)
        {
            Assert.AreEqual(width, set.Features(i).Values.Length);
            Assert.AreEqual(i, set.Features(i).Values[width - 1]);
        }
    }

    [TestMethod]
    public void CursorsOfASetAreReadIntoTheOrderOfTheData()
    {
        const int count = 5000;
        var rows = Enumerable.Range(0, count).Select(i => new Row { Label = i % 11 == 0 ? float.NaN : i, Features = new VBuffer<float>(3, 1, [i + 1], [i % 3]) }).ToList();
        var context = new MLContext(0);
        foreach (var data in new[] { context.Data.LoadFromEnumerable(rows), context.Data.Cache(context.Data.LoadFromEnumerable(rows)) })
        {
            var set = TrainingSet.Load(context, new RoleMappedData(data, "Label", "Features"));
            float[] expected = [.. rows.Select(row => row.Label).Where(float.IsFinite)];
            CollectionAssert.AreEqual(expected, set.Labels);
            for (int i = 0; i < expected.Length; i++)
                Assert.AreEqual(expected[i] + 1, set.Features(i).Values[0]);
            Assert.AreEqual(count - expected.Length, set.Skipped);
        }
    }

    [TestMethod]
    public void ASparseRowThatDoesNotFitIsRefused()
    {
        foreach (int[] indices in new int[][] { [2, 1], [1, 9], [-1, 2] })
        {
            var view = new MemoryView().AddFeatures(new VBuffer<float>(5, 2, [1, 1], indices));
            Assert.ThrowsExactly<InvalidOperationException>(() => TrainingSet.Load(new MLContext(0), new RoleMappedData(view, feature: "Features")));
        }
    }

    private sealed class Row
    {
        public float Label { get; set; }

        [VectorType(3)]
        public VBuffer<float> Features { get; set; }
    }
}
