using System.Globalization;
using System.Text;

namespace MLPipelines.Entities;

/// <summary>Two entities side by side.</summary>
/// <param name="First">The first.</param>
/// <param name="Second">The second.</param>
/// <param name="Similarity">The cosine of their embeddings.</param>
/// <param name="Features">Their features, those that keep them apart the most first.</param>
public sealed record EntityComparison(string First, string Second, float Similarity, IReadOnlyList<ComparedFeature> Features)
{
    /// <summary>How far apart they are: 1 minus their similarity.</summary>
    public float Distance => 1 - Similarity;

    /// <summary>A table for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{First} and {Second}: similarity {Similarity:F3}\n"));
        int name = Features.Max(feature => feature.Name.Length), first = Features.Max(feature => feature.First.Length);
        foreach (var feature in Features)
            text.Append(CultureInfo.InvariantCulture, $"{feature.Name.PadRight(name)}  {feature.First.PadRight(first)} | {feature.Second}  (difference {feature.Difference:F2}, contribution {feature.Contribution:F3})\n");
        return text.ToString().TrimEnd();
    }

    internal static EntityComparison Of(AutoencoderModel model, string first, EntityRow a, string second, EntityRow b)
    {
        var space = model.Space;
        float[] embeddingA = model.Embed(a), embeddingB = model.Embed(b);
        float similarity = AutoencoderModel.Similarity(embeddingA, embeddingB);
        var features = new List<ComparedFeature>();
        string[] names = [.. space.Names];
        for (int i = 0; i < names.Length; i++)
        {
            // How much closer each comes to the other when it takes this feature from it, on average.
            float closer = AutoencoderModel.Similarity(model.Embed(WithFeature(space, a, b, i)), embeddingB) + AutoencoderModel.Similarity(embeddingA, model.Embed(WithFeature(space, b, a, i)));
            features.Add(new ComparedFeature(names[i], Text(space, a, i), Text(space, b, i), Difference(space, a, b, i), closer / 2 - similarity));
        }
        return new EntityComparison(first, second, similarity, [.. features.OrderByDescending(feature => feature.Contribution)]);
    }

    private static EntityRow WithFeature(FeatureSpace space, EntityRow entity, EntityRow other, int feature)
    {
        int category = feature - space.Numbers.Length, set = category - space.Categories.Length;
        return set >= 0 ? entity with { Sets = With(entity.Sets, other.Sets, set) }
            : category >= 0 ? entity with { Categories = With(entity.Categories, other.Categories, category) }
            : entity with { Numbers = With(entity.Numbers, other.Numbers, feature) };

        static T[] With<T>(T[] values, T[] others, int place)
        {
            T[] copy = [.. values];
            copy[place] = others[place];
            return copy;
        }
    }

    private static string Text(FeatureSpace space, EntityRow entity, int feature)
    {
        int category = feature - space.Numbers.Length, set = category - space.Categories.Length;
        if (set >= 0)
            return string.Join('|', entity.Sets[set].Select(member => space.Sets[set].Members[member]));
        if (category < 0)
            return float.IsNaN(entity.Numbers[feature]) ? "missing" : entity.Numbers[feature].ToString(CultureInfo.InvariantCulture);
        return entity.Categories[category] switch
        {
            EntityRow.Missing => "missing",
            EntityRow.Unseen => "not trained on",
            var place => space.Categories[category].Values[place],
        };
    }

    private static float Difference(FeatureSpace space, EntityRow a, EntityRow b, int feature)
    {
        int category = feature - space.Numbers.Length, set = category - space.Categories.Length;
        if (set >= 0)
        {
            int common = a.Sets[set].Intersect(b.Sets[set]).Count(), all = a.Sets[set].Length + b.Sets[set].Length - common;
            return all == 0 ? 0 : 1 - (float)common / all;
        }
        return category >= 0
            ? a.Categories[category] < 0 || b.Categories[category] < 0 ? float.NaN : a.Categories[category] == b.Categories[category] ? 0 : 1
            : Math.Abs(space.Standardised(a, feature) - space.Standardised(b, feature));
    }
}

/// <summary>A feature of two entities.</summary>
/// <param name="Name">The column.</param>
/// <param name="First">The value of the first, as text; members of sets with '|' between them.</param>
/// <param name="Second">The value of the second.</param>
/// <param name="Difference">Of numbers: in standard deviations; of categories: 0 or 1; of sets: the Jaccard distance, 0 to 1. NaN where one is missing.</param>
/// <param name="Contribution">
/// By how much the similarity of the embeddings rises when one takes this feature from the other, the mean of both ways; negative where it holds them together.
/// </param>
public sealed record ComparedFeature(string Name, string First, string Second, float Difference, float Contribution);
