using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Trainers;

namespace MLPipelines.Tests.Runtime.Trainers;

[TestClass]
public sealed class SdcaTests
{
    // The published samples ran on several threads: their figures hold to the digits that threads leave alone.
    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void TheMulticlassSampleComesToItsFigures(int threads)
    {
        var context = new MLContext(seed: 0);
        var trainer = context.MulticlassClassification.Trainers.SdcaMaximumEntropy(new SdcaMaximumEntropyMulticlassTrainer.Options { NumberOfThreads = threads });
        var model = context.Transforms.Conversion.MapValueToKey("Label").Append(trainer)
            .Fit(context.Data.Cache(context.Data.LoadFromEnumerable(SampleData.Multiclasses(1000))));
        var metrics = context.MulticlassClassification.Evaluate(model.Transform(context.Data.LoadFromEnumerable(SampleData.Multiclasses(500, 123))));
        Assert.AreEqual(0.91, metrics.MicroAccuracy, 0.005);
        Assert.AreEqual(0.91, metrics.MacroAccuracy, 0.005);
        Assert.AreEqual(0.22, metrics.LogLoss, 0.005);
        Assert.AreEqual(0.80, metrics.LogLossReduction, 0.005);
    }

    [TestMethod]
    public void TheRegressionSampleComesToItsPredictions()
    {
        var context = new MLContext(seed: 0);
        var model = context.Regression.Trainers.Sdca().Fit(context.Data.LoadFromEnumerable(SampleData.Regressions(1000)));
        var scores = model.Transform(context.Data.LoadFromEnumerable(SampleData.Regressions(5, 123))).GetColumn<float>("Score").ToArray();
        float[] expected = [0.960f, 0.072f, 0.455f, 0.500f, 0.079f];
        for (int i = 0; i < expected.Length; i++)
            Assert.AreEqual(expected[i], scores[i], 0.002f);
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    public void TheBinarySampleComesToItsArea(int threads)
    {
        var context = new MLContext(seed: 0);
        var trainer = context.BinaryClassification.Trainers.SdcaLogisticRegression(new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = threads });
        var model = trainer.Fit(context.Data.Cache(context.Data.LoadFromEnumerable(SampleData.Binaries(1000))));
        var metrics = context.BinaryClassification.Evaluate(model.Transform(context.Data.LoadFromEnumerable(SampleData.Binaries(500, 123))));
        Assert.AreEqual(0.70, metrics.AreaUnderRocCurve, 0.005);
    }

    [TestMethod]
    public void ASeedRepeats()
    {
        CollectionAssert.AreEqual(Train(5), Train(5));
        CollectionAssert.AreNotEqual(Train(5), Train(6));

        static float[] Train(int seed)
        {
            var context = new MLContext(seed);
            var options = new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 3 };
            return [.. context.BinaryClassification.Trainers.SdcaLogisticRegression(options).Fit(context.Data.LoadFromEnumerable(SampleData.Binaries(300))).Model.SubModel.Weights];
        }
    }

    [TestMethod]
    public void WhatTheTrainerChoosesIsKeptInItsOptions()
    {
        var context = new MLContext(seed: 0);
        var options = new SdcaLogisticRegressionBinaryTrainer.Options { NumberOfThreads = 1 };
        var trainer = context.BinaryClassification.Trainers.SdcaLogisticRegression(options);
        trainer.Fit(context.Data.LoadFromEnumerable(SampleData.Binaries(1000)));
        Assert.AreEqual(1500, options.MaximumNumberOfIterations);
        Assert.AreEqual(20f / (750L * 1000), options.L2Regularization);
        Assert.AreEqual(0f, options.L1Regularization);
        trainer.Fit(context.Data.LoadFromEnumerable(SampleData.Binaries(200)));
        Assert.AreEqual(1500, options.MaximumNumberOfIterations);
    }

    [TestMethod]
    public void TooSmallAnL2ConstantIsRaised()
    {
        var options = new SdcaRegressionTrainer.Options { L2Regularization = 0 };
        new MLContext(seed: 0).Regression.Trainers.Sdca(options);
        Assert.AreEqual(1e-9f, options.L2Regularization);
    }

    [TestMethod]
    public void WeightsCountAsRepetitions()
    {
        var context = new MLContext(seed: 0);
        var features = new float[][] { [0, 1], [1, 0], [1, 1] };
        var labels = new[] { 1f, 2f, 5f };
        var weighted = new MemoryView().AddFeatures(features).Add("Label", NumberDataViewType.Single, labels).Add("Weight", NumberDataViewType.Single, [1f, 3f, 1f]);
        var repeated = new MemoryView().AddFeatures([features[0], features[1], features[1], features[1], features[2]])
            .Add("Label", NumberDataViewType.Single, [labels[0], labels[1], labels[1], labels[1], labels[2]]);
        SdcaRegressionTrainer.Options Options(float l2) => new() { L2Regularization = l2, NumberOfThreads = 1, ConvergenceTolerance = 1e-6f, MaximumNumberOfIterations = 2000, BiasLearningRate = 0, ExampleWeightColumnName = l2 == 0.05f ? "Weight" : null };
        // The L2 constant is per example: 3 examples that weigh 5 together, and 5 examples.
        var first = context.Regression.Trainers.Sdca(Options(0.05f)).Fit(weighted).Model;
        var second = context.Regression.Trainers.Sdca(Options(0.03f)).Fit(repeated).Model;
        for (int i = 0; i < 2; i++)
            Assert.AreEqual(second.Weights[i], first.Weights[i], 2e-3f);
        Assert.AreEqual(second.Bias, first.Bias, 2e-3f);
    }

    [TestMethod]
    public void AThresholdMakesWeightsZero()
    {
        var context = new MLContext(seed: 0);
        var data = context.Data.LoadFromEnumerable(SampleData.Binaries(500));
        var model = context.BinaryClassification.Trainers.SdcaLogisticRegression(l1Regularization: 1, maximumNumberOfIterations: 30).Fit(data).Model.SubModel;
        Assert.IsTrue(model.Weights.Count(weight => weight == 0) is > 5 and < 50);
    }

    [TestMethod]
    [DataRow(3, 0f)]
    [DataRow(9, 0f)]
    [DataRow(22, 0.3f)]
    public void BothLayoutsOfWeightsGiveTheSameBits(int functions, float threshold)
    {
        const int features = 200;
        var byFeature = new FeatureMajorFunctions(functions, features, threshold);
        var byFunction = new FunctionMajorFunctions(functions, features, threshold);
        var random = new Random(4);
        float[] first = new float[functions], second = new float[functions], scales = new float[functions];
        for (int i = 0; i < 60; i++)
        {
            var row = RandomRow(random, features, count: i);
            byFeature.Dot(in row, first);
            byFunction.Dot(in row, second);
            CollectionAssert.AreEqual(first, second);
            foreach (ref float scale in scales.AsSpan())
                scale = random.NextSingle() - 0.5f;
            byFeature.Add(in row, scales);
            byFunction.Add(in row, scales);
        }
        float[] all = new float[features], expected = new float[features];
        for (int i = 0; i < functions; i++)
        {
            byFeature.CopyTo(i, all);
            byFunction.CopyTo(i, expected);
            CollectionAssert.AreEqual(expected, all);
        }
    }

    [TestMethod]
    public void SparseAndDenseRowsLeadToTheSameModel()
    {
        var random = new Random(8);
        var rows = Enumerable.Range(0, 300).Select(_ => Enumerable.Range(0, 12).Select(_ => random.Next(3) == 0 ? random.NextSingle() : 0).ToArray()).ToArray();
        var labels = rows.Select(row => (uint)(row[0] > 0.2f ? 1 : row[1] > 0.2f ? 2 : 3)).ToArray();
        var dense = Train([.. rows.Select(row => new VBuffer<float>(12, row))]);
        var sparse = Train([.. rows.Select(row =>
        {
            int[] indices = [.. Enumerable.Range(0, 12).Where(i => row[i] != 0)];
            return new VBuffer<float>(12, indices.Length, Array.ConvertAll(indices, i => row[i]), indices);
        })]);
        for (int i = 0; i < dense.Length; i++)
            Assert.AreEqual(dense[i], sparse[i], 1e-3f);

        float[] Train(VBuffer<float>[] features)
        {
            var context = new MLContext(seed: 3);
            var data = new MemoryView().AddFeatures(features).Add("Label", new KeyDataViewType(typeof(uint), 3), labels);
            var options = new SdcaNonCalibratedMulticlassTrainer.Options { NumberOfThreads = 1, MaximumNumberOfIterations = 20, ConvergenceTolerance = 1e-5f };
            VBuffer<float>[]? weights = null;
            context.MulticlassClassification.Trainers.SdcaNonCalibrated(options).Fit(data).Model.GetWeights(ref weights, out _);
            return [.. weights!.SelectMany(vector => vector.DenseValues())];
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(5)]
    [DataRow(10)]
    [DataRow(1000)]
    public void ThePoolOrdersRowsWithoutReadingThem(int poolRows)
    {
        var context = new MLContext(seed: 2);
        var source = new MemoryView(canShuffle: false).Add("Label", NumberDataViewType.Single, [.. Enumerable.Range(0, 40).Select(i => (float)i)]);
        var shuffling = new ShufflingDataView(context, source, seed: 9, poolRows, shuffleSource: true);
        CollectionAssert.AreEqual(Read(null), shuffling.Order(40));
        CollectionAssert.AreEqual(Read(RandomUtils.Create(3)), shuffling.Order(40, RandomUtils.Create(3)));

        int[] Read(Random? rand)
        {
            using var cursor = shuffling.GetRowCursor(shuffling.Schema, rand);
            var getter = cursor.GetGetter<float>(shuffling.Schema["Label"]);
            var rows = new List<int>();
            float value = 0;
            while (cursor.MoveNext())
            {
                getter(ref value);
                rows.Add((int)value);
            }
            return [.. rows];
        }
    }

    [TestMethod]
    public void TheInputIsReadOnce()
    {
        var context = new MLContext(seed: 0);
        var view = new MemoryView().AddFeatures([[1, 0], [0, 1], [1, 1]]).Add("Label", BooleanDataViewType.Instance, [true, false, true]);
        context.BinaryClassification.Trainers.SdcaLogisticRegression(maximumNumberOfIterations: 20).Fit(view);
        Assert.AreEqual(1, view.Passes);
    }

    private static FeatureRow RandomRow(Random random, int features, int count)
    {
        int[] indices = [.. Enumerable.Range(0, features).OrderBy(_ => random.Next()).Take(count).Order()];
        return new FeatureRow(Array.ConvertAll(indices, _ => random.NextSingle()), indices, features);
    }
}
