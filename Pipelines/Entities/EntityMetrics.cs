using System.Globalization;
using System.Text;
using Microsoft.ML;

namespace MLPipelines.Entities;

/// <summary>How an autoencoder is measured.</summary>
public sealed class EntityEvaluationOptions
{
    /// <summary>The lengths of lists at which hits are counted, in members. Legal range of each: 1 or more. The default value is { 1, 5, 10 }.</summary>
    public IReadOnlyList<int> CutOffs { get; set; } = [1, 5, 10];

    /// <summary>How sets are completed. The default value is that of <see cref="BuildRecommenderOptions"/>.</summary>
    public BuildRecommenderOptions Build { get; set; } = new();

    /// <summary>Seed of the draw of the member that is hidden. The default value is 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        new OptionFaults(nameof(EntityEvaluationOptions))
            .If(CutOffs is null || CutOffs.Count == 0 || CutOffs.Any(k => k < 1), $"{nameof(CutOffs)} must hold one or more lengths, each 1 or more")
            .If(Build is null, $"{nameof(Build)} is null; give options")
            .Throw();
        Build!.Validate();
    }
}

/// <summary>How well an autoencoder reconstructs entities and completes their sets.</summary>
/// <param name="Entities">The entities measured.</param>
/// <param name="Features">Reconstruction, feature by feature.</param>
/// <param name="Sets">Completion of each column of sets, at each cut-off.</param>
public sealed record EntityMetrics(int Entities, IReadOnlyList<FeatureReconstruction> Features, IReadOnlyList<SetCompletion> Sets)
{
    /// <summary>Tables for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{Entities} entities\n"));
        int width = Features.Max(feature => feature.Name.Length);
        foreach (var feature in Features)
            text.Append(CultureInfo.InvariantCulture, $"{feature.Name.PadRight(width)}  error {feature.Error:F3} (guessing the mean {feature.Baseline:F3})\n");
        foreach (var set in Sets)
            text.Append(CultureInfo.InvariantCulture, $"{set.Name.PadRight(width)}  hit@{set.K} {set.HitRate:F3} (popularity {set.PopularityHitRate:F3}) of {set.Sets} sets\n");
        return text.ToString().TrimEnd();
    }

    internal static EntityMetrics Of(AutoencoderTransformer transformer, IDataView data, EntityEvaluationOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        options.Validate();
        var space = transformer.Model.Space;
        var reader = new EntityReader(data.Schema, transformer.Columns, withId: data.Schema.GetColumnOrNull(transformer.Columns.Id ?? "") is not null);
        var entities = new List<(string? Id, EntityRow Row)>();
        using (var cursor = data.GetRowCursor(reader.Columns))
        {
            var read = reader.MakeReader(cursor);
            while (cursor.MoveNext())
            {
                var entity = read();
                entities.Add((entity.Id, space.Encode(entity)));
            }
        }
        if (entities.Count == 0)
            throw EntityErrors.NothingToEvaluate();
        float[][] errors = [.. entities.Select(entity => transformer.Model.Describe(entity.Row).Errors)];
        string[] names = [.. space.Names];
        var features = names.Select((name, i) => new FeatureReconstruction(
            name, errors.Select(row => (double)row[i]).Where(error => !double.IsNaN(error)).DefaultIfEmpty(double.NaN).Average(), space.BaselineError(i)));
        return new EntityMetrics(entities.Count, [.. features], [.. Enumerable.Range(0, space.Sets.Length).SelectMany(set => Complete(transformer, entities, set, options))]);
    }

    /// <summary>Hides a member of each set of two or more and looks for it.</summary>
    private static IEnumerable<SetCompletion> Complete(AutoencoderTransformer transformer, List<(string? Id, EntityRow Row)> entities, int set, EntityEvaluationOptions options)
    {
        var feature = transformer.Model.Space.Sets[set];
        var recommender = new BuildRecommender(transformer, set, options.Build);
        int[] popular = [.. Enumerable.Range(0, feature.Members.Length).OrderByDescending(member => feature.Shares[member])];
        int[] cutOffs = [.. options.CutOffs.Distinct().Order()];
        var hits = new int[cutOffs.Length];
        var popularHits = new int[cutOffs.Length];
        var random = new Random(options.Seed);
        int sets = 0;
        foreach (var (id, row) in entities)
        {
            if (row.Sets[set].Length < 2)
                continue;
            sets++;
            int hidden = row.Sets[set][random.Next(row.Sets[set].Length)];
            int[] rest = [.. row.Sets[set].Where(member => member != hidden)];
            int[][] others = [.. row.Sets];
            others[set] = rest;
            var list = recommender.Complete(row with { Sets = others }, cutOffs[^1], transformer.FindOrNone(id));
            int place = 0, popularPlace = Array.IndexOf([.. popular.Where(member => Array.BinarySearch(rest, member) < 0)], hidden);
            while (place < list.Count && list[place].Member != feature.Members[hidden])
                place++;
            for (int c = 0; c < cutOffs.Length; c++)
            {
                hits[c] += place < list.Count && place < cutOffs[c] ? 1 : 0;
                popularHits[c] += popularPlace < cutOffs[c] ? 1 : 0;
            }
        }
        return sets == 0 ? [] : cutOffs.Select((k, c) => new SetCompletion(feature.Name, k, sets, (double)hits[c] / sets, (double)popularHits[c] / sets));
    }
}

/// <summary>How well a feature is reconstructed.</summary>
/// <param name="Name">The column.</param>
/// <param name="Error">
/// The mean error. Numbers: squared, in standard deviations. Categories: cross-entropy in nats. Sets: binary cross-entropy over all members in nats, over the mean size of a set. NaN where it is missing
/// throughout.
/// </param>
/// <param name="Baseline">The error of who always says the mean, or the shares, of training.</param>
public sealed record FeatureReconstruction(string Name, double Error, double Baseline);

/// <summary>How well sets are completed from which one member was hidden at random.</summary>
/// <param name="Name">The column.</param>
/// <param name="K">The length of the lists.</param>
/// <param name="Sets">How many sets had two members or more.</param>
/// <param name="HitRate">The share of lists with the hidden member.</param>
/// <param name="PopularityHitRate">The same for lists of the members that most entities have.</param>
public sealed record SetCompletion(string Name, int K, int Sets, double HitRate, double PopularityHitRate);
