using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Entities;
using MLPipelines.Tests.Runtime.Torch;
using TorchSharp;

namespace MLPipelines.Tests.Entities;

[TestClass]
public sealed class AutoencoderTests : TorchTests
{
    private readonly MLContext _context = new(1);

    private static bool IsKnight(string hero) => int.Parse(hero.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture) % 2 == 0;

    private InvalidOperationException Refused(Action<AutoencoderOptions> change, params Heroes.Row[] rows) =>
        Assert.ThrowsExactly<InvalidOperationException>(() => Heroes.Fit(_context, change, rows.Length == 0 ? null : rows));

    [TestMethod]
    public void NeighboursAreOfTheSameKindForKnownAndNewEntities()
    {
        var model = Heroes.Fit(_context);
        Assert.HasCount(80, model.Entities);
        var near = model.Nearest("hero 8", 10);
        Assert.HasCount(10, near);
        Assert.IsGreaterThanOrEqualTo(9, near.Count(hero => IsKnight(hero.EntityId)));
        Assert.IsFalse(near.Any(hero => hero.EntityId == "hero 8"));
        Assert.IsTrue(near.Zip(near.Skip(1)).All(pair => pair.First.Similarity >= pair.Second.Similarity) && near[0].Similarity <= 1);
        var mage = new EntityFeatures { Categories = { ["Role"] = "mage" }, Sets = { ["Gear"] = ["robe", "orb", "unheard of"] } };
        Assert.IsGreaterThanOrEqualTo(9, model.Nearest(mage, 10).Count(hero => !IsKnight(hero.EntityId)));
        Assert.HasCount(79, model.Nearest("hero 8", 1000));
        Assert.Contains("nobody", Assert.ThrowsExactly<KeyNotFoundException>(() => model.Nearest("nobody", 3)).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => model.Nearest("hero 8", 0));
        Assert.Contains("'Colour'", Assert.ThrowsExactly<ArgumentException>(() => model.Nearest(new EntityFeatures { Categories = { ["Colour"] = "red" } }, 3)).Message);
    }

    [TestMethod]
    public void UnusualEntitiesHaveAHigherError()
    {
        var model = Heroes.Fit(_context);
        Heroes.Row odd = new() { Name = "odd", Strength = 400, Speed = 60, Role = "mage", Element = "fire", Gear = "sword|orb|boots" };
        Heroes.Row[] rows = [odd, new() { Name = "new kind", Strength = 25, Speed = 60, Role = "bard", Element = "fire", Gear = "robe|orb|ink|rope" }, .. Heroes.Make(20, seed: 5)];
        var errors = model.Transform(_context.Data.LoadFromEnumerable(rows)).GetColumn<float>("ReconstructionError").ToArray();
        Assert.IsTrue(errors.All(error => error >= 0 && float.IsFinite(error)));
        Assert.IsGreaterThan(errors.Skip(2).Max(), errors[0]);
        Assert.IsGreaterThan(errors.Skip(2).Average(), errors[1]);
    }

    [TestMethod]
    public void AComparisonShowsValuesAndWhatKeepsThemApart()
    {
        var model = Heroes.Fit(_context);
        var comparison = model.Compare("hero 0", "hero 1");
        CollectionAssert.AreEquivalent(new[] { "Strength", "Speed", "Role", "Element", "Gear" }, comparison.Features.Select(feature => feature.Name).ToArray());
        var role = comparison.Features.Single(feature => feature.Name == "Role");
        Assert.AreEqual(("knight", "mage", 1f), (role.First, role.Second, role.Difference));
        Assert.IsGreaterThan(1f, comparison.Features.Single(feature => feature.Name == "Strength").Difference);
        Assert.IsGreaterThan(0f, comparison.Features.Single(feature => feature.Name == "Gear").Difference);
        Assert.IsTrue(comparison.Features.Zip(comparison.Features.Skip(1)).All(pair => pair.First.Contribution >= pair.Second.Contribution));
        Assert.IsGreaterThan(0f, comparison.Features[0].Contribution);
        Assert.AreEqual(1 - comparison.Similarity, comparison.Distance);
        Assert.Contains("contribution", comparison.ToString());
        var same = model.Compare("hero 0", "hero 0");
        Assert.AreEqual(1f, same.Similarity, 1e-6f);
        Assert.IsTrue(same.Features.All(feature => feature.Difference == 0 && Math.Abs(feature.Contribution) < 1e-6));
        Assert.AreEqual("missing", model.Compare("hero 3", "hero 0").Features.Single(feature => feature.Name == "Speed").First);
    }

    [TestMethod]
    public void SetsAreCompletedWithWhatSimilarEntitiesHaveAndWhatOccursTogether()
    {
        var build = Heroes.Fit(_context).BuildRecommender();
        string[] knights = ["sword", "shield", "helm", "mail", "boots"];
        var completed = build.Complete(new EntityFeatures { Categories = { ["Role"] = "knight" }, Sets = { ["Gear"] = ["sword", "helm"] } }, 3);
        Assert.HasCount(3, completed);
        Assert.IsGreaterThanOrEqualTo(2, completed.Count(member => knights.Contains(member.Member)));
        foreach (var member in completed)
        {
            Assert.IsFalse(member.Member is "sword" or "helm");
            Assert.AreEqual((member.SimilarityScore + member.CoOccurrenceScore) / 2, member.Score, 1e-6f);
            Assert.IsTrue(member.Score is > 0 and <= 1);
            Assert.IsTrue(member.SimilarEntities.Count > 0 || member.OccursWith.Count > 0);
        }
        Assert.IsTrue(build.Complete(["staff"], 2).All(member => member.Member is "robe" or "orb" or "tome" or "ink" or "rope" or "torch"));
        Assert.IsEmpty(build.Complete("hero 0", 20).Select(member => member.Member).Intersect(Heroes.Make().First().Gear.Split('|')));
        // By co-occurrence alone the shares are those that can be counted.
        var counted = Heroes.Fit(_context).BuildRecommender("Gear", new BuildRecommenderOptions { SimilarityWeight = 0, Shrinkage = 0 }).Complete(["sword"], 1)[0];
        var sets = Heroes.Make().Select(hero => hero.Gear.Split('|')).Where(set => set.Contains("sword")).ToArray();
        Assert.AreEqual(sets.Count(set => set.Contains(counted.Member)) / (float)sets.Length, counted.Score, 1e-6f);
        Assert.Contains("Neighbours", Assert.ThrowsExactly<ArgumentException>(() => Heroes.Fit(_context).BuildRecommender(options: new() { Neighbours = 0, SimilarityWeight = 0, CoOccurrenceWeight = 0 })).Message);
    }

    [TestMethod]
    public void MetricsBeatTheBaselinesOnEntitiesNotTrainedOn()
    {
        var model = Heroes.Fit(_context, options => options.Epochs = 100, Heroes.Make(200));
        var metrics = model.Evaluate(_context.Data.LoadFromEnumerable(Heroes.Make(100, seed: 9).Select(row =>
        {
            row.Name = "new " + row.Name;
            return row;
        })), new EntityEvaluationOptions { CutOffs = [3, 1] });
        Assert.AreEqual(100, metrics.Entities);
        var role = metrics.Features.Single(feature => feature.Name == "Role");
        Assert.AreEqual(Math.Log(2), role.Baseline, 1e-6);
        Assert.IsLessThan(0.2, role.Error);
        Assert.IsLessThan(0.5, metrics.Features.Single(feature => feature.Name == "Strength").Error);
        CollectionAssert.AreEqual(new[] { 1, 3 }, metrics.Sets.Select(set => set.K).ToArray());
        Assert.IsGreaterThan(metrics.Sets[1].PopularityHitRate, metrics.Sets[1].HitRate);
        Assert.Contains("hit@3", metrics.ToString());
    }

    [TestMethod]
    public void TheLossIsTheErrorOfTheManagedNetwork()
    {
        var columns = EntityColumns.Of(Heroes.Options());
        var data = _context.Data.LoadFromEnumerable(Heroes.Make(30).Where(hero => !float.IsNaN(hero.Speed) && hero.Element != ""));
        var reader = new EntityReader(data.Schema, columns, withId: true);
        var raw = new List<RawEntity>();
        using (var cursor = data.GetRowCursor(reader.Columns))
        {
            var read = reader.MakeReader(cursor);
            while (cursor.MoveNext())
                raw.Add(read());
        }
        var space = FeatureSpace.Learn(raw, columns);
        EntityRow[] rows = [.. raw.Select(space.Encode)];
        var network = AutoencoderNetwork.Random(space.InputWidth, 9, 5, space.OutputWidth, 3);
        using var module = new AutoencoderModule(network);
        using var task = new AutoencoderTask(module, space, rows, rows, maskedShare: 0);
        var loss = task.Loss([.. Enumerable.Range(0, rows.Length)], new MLPipelines.Training.TrainingContext(torch.CPU, torch.ScalarType.Float32, 1));
        var model = new AutoencoderModel(space, network);
        Assert.AreEqual(rows.Average(row => model.Describe(row).Error), loss.Loss.ToDouble(), 1e-4);
        CollectionAssert.AreEqual(network.Layers[2].Weight, module.ToNetwork().Layers[2].Weight);
    }

    [TestMethod]
    public void SetsAndCategoriesMayBeKeysAndVectors()
    {
        var words = _context.Transforms.Text.TokenizeIntoWords("Gear", separators: ['|']);
        var data = _context.Data.LoadFromEnumerable(Heroes.Make());
        var texts = words.Append(_context.Transforms.Autoencoder(Heroes.Options())).Fit(data).LastTransformer;
        var keys = words.Append(_context.Transforms.Conversion.MapValueToKey("Gear")).Append(_context.Transforms.Conversion.MapValueToKey("Role")).Append(_context.Transforms.Autoencoder(Heroes.Options())).Fit(data);
        var joined = Heroes.Fit(_context);
        CollectionAssert.AreEqual(joined.Embed("hero 7"), texts.Embed("hero 7"));
        CollectionAssert.AreEqual(joined.Embed("hero 7"), keys.LastTransformer.Embed("hero 7"));
        // Without identifiers entities are called by their rows.
        Assert.AreEqual("79", Heroes.Fit(_context, options => (options.IdColumnName, options.Epochs) = (null, 1)).Entities[^1]);
    }

    [TestMethod]
    public void BadDataIsRefusedByName()
    {
        Heroes.Row[] rows = [.. Heroes.Make(10)];
        Assert.Contains("'Strength'", Refused(_ => { }, [.. Heroes.Make(10).Select(row => { row.Strength = 5; return row; })]).Message);
        Assert.Contains("'Speed'", Refused(_ => { }, [.. Heroes.Make(10).Select(row => { row.Speed = float.NaN; return row; })]).Message);
        Assert.Contains("Row 1 has", Refused(_ => { }, [.. Heroes.Make(10).Select(row => { row.Speed = float.PositiveInfinity; return row; })]).Message);
        Assert.Contains("'Role' has 'knight' in every row", Refused(_ => { }, [.. Heroes.Make(10).Where((_, i) => i % 2 == 0)]).Message);
        Assert.Contains("'Gear' is missing in every row", Refused(_ => { }, [.. Heroes.Make(10).Select(row => { row.Gear = " | "; return row; })]).Message);
        Assert.Contains("which an earlier row has", Refused(_ => { }, [.. rows, rows[0]]).Message);
        Assert.Contains("Row 3 has no identifier", Refused(_ => { }, [rows[0], rows[1], new() { Role = "mage" }]).Message);
        Assert.Contains("one row", Refused(_ => { }, rows[0]).Message);
        var faults = Assert.ThrowsExactly<ArgumentException>(() => Heroes.Fit(_context, options =>
        {
            (options.HiddenDimension, options.EmbeddingDimension, options.MaskedShare, options.Epochs, options.BatchSize, options.LearningRate) = (0, 0, 1, 0, 0, 0);
            (options.WeightDecay, options.ValidationFraction, options.EarlyStoppingPatience, options.NumberOfThreads, options.Device, options.ErrorColumnName) = (2, 0.6, 0, 0, "gpu", "");
            options.SetColumnNames = ["Gear", "Role"];
        })).Message;
        foreach (var name in new[]
        {
            "HiddenDimension", "EmbeddingDimension", "MaskedShare", "Epochs", "BatchSize", "LearningRate", "WeightDecay", "ValidationFraction", "EarlyStoppingPatience", "NumberOfThreads", "Device", "ErrorColumnName", "'Role' is named twice",
        })
        {
            Assert.Contains(name, faults);
        }
        Assert.Contains("no columns", Assert.ThrowsExactly<ArgumentException>(() => _context.Transforms.Autoencoder(new()).Fit(_context.Data.LoadFromEnumerable(rows))).Message);
    }
}
