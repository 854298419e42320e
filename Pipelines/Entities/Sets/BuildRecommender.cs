namespace MLPipelines.Entities;

/// <summary>
/// Completes sets of one column: what similar entities have, and what occurs together with what is there. Members that are in no other set score 0 and are not named.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class BuildRecommender
{
    private const int Reasons = 3;

    private readonly AutoencoderTransformer _entities;
    private readonly BuildRecommenderOptions _options;
    private readonly int _set;
    private readonly int[] _counts;
    private readonly Dictionary<int, int>[] _together;

    internal BuildRecommender(AutoencoderTransformer entities, int set, BuildRecommenderOptions options)
    {
        (_entities, _set, _options) = (entities, set, options);
        int members = entities.Model.Space.Sets[set].Members.Length;
        _counts = new int[members];
        _together = new Dictionary<int, int>[members];
        for (int i = 0; i < members; i++)
            _together[i] = [];
        foreach (var entity in entities.Rows)
            Count(entity.Sets[set]);
    }

    /// <summary>The name of the column.</summary>
    public string SetColumnName => _entities.Model.Space.Sets[_set].Name;

    /// <summary>What the set of an entity that was trained on lacks.</summary>
    /// <param name="entity">The entity.</param>
    /// <param name="k">How many members; above 0. There are fewer where fewer have a score.</param>
    /// <exception cref="KeyNotFoundException">It was not trained on.</exception>
    public IReadOnlyList<CompletedMember> Complete(string entity, int k)
    {
        int place = _entities.Find(entity);
        return Complete(_entities.Rows[place], k, place);
    }

    /// <summary>What the set of an entity lacks that was not trained on.</summary>
    /// <param name="entity">What is known of it: its set so far and, where known, other features.</param>
    /// <param name="k">How many members; above 0.</param>
    /// <exception cref="ArgumentException">A feature is not one of the columns, or a number is infinite.</exception>
    public IReadOnlyList<CompletedMember> Complete(EntityFeatures entity, int k) => Complete(_entities.Model.Space.Encode(entity), k, -1);

    /// <summary>What a set lacks of which nothing else is known.</summary>
    /// <param name="set">Its members so far; those that were not trained on are passed over.</param>
    /// <param name="k">How many members; above 0.</param>
    public IReadOnlyList<CompletedMember> Complete(IEnumerable<string> set, int k)
    {
        ArgumentNullException.ThrowIfNull(set);
        return Complete(new EntityFeatures { Sets = new Dictionary<string, IReadOnlyCollection<string>> { [SetColumnName] = [.. set] } }, k);
    }

    /// <param name="entity">The entity.</param>
    /// <param name="k">How many members.</param>
    /// <param name="without">The place of the entity among those trained on, whose own set then does not speak; -1 for none.</param>
    internal IReadOnlyList<CompletedMember> Complete(EntityRow entity, int k, int without)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        string[] names = _entities.Model.Space.Sets[_set].Members;
        int[] have = entity.Sets[_set], own = without < 0 ? [] : _entities.Rows[without].Sets[_set];
        var similar = new float[names.Length];
        var who = new List<string>?[names.Length];
        float total = 0;
        foreach (var (id, similarity) in _entities.Nearest(_entities.Model.Embed(entity), _options.Neighbours, without))
        {
            if (similarity <= 0)
                break;
            total += similarity;
            foreach (int member in _entities.Rows[_entities.Find(id)].Sets[_set])
            {
                similar[member] += similarity;
                (who[member] ??= []).Add(id);
            }
        }
        var completed = new List<CompletedMember>();
        for (int member = 0; member < names.Length; member++)
        {
            if (Array.BinarySearch(have, member) >= 0)
                continue;
            float similarityScore = total == 0 ? 0 : similar[member] / total;
            var pairs = Array.ConvertAll(have, other => (Name: names[other], Share: Share(other, member, own)));
            float coOccurrenceScore = pairs.Length == 0 ? 0 : pairs.Average(pair => pair.Share);
            float score = (_options.SimilarityWeight * similarityScore + _options.CoOccurrenceWeight * coOccurrenceScore) / (_options.SimilarityWeight + _options.CoOccurrenceWeight);
            if (score > 0)
            {
                completed.Add(new CompletedMember(
                    names[member], score, similarityScore, coOccurrenceScore,
                    who[member]?.Take(Reasons).ToArray() ?? [],
                    [.. pairs.Where(pair => pair.Share > 0).OrderByDescending(pair => pair.Share).Take(Reasons).Select(pair => pair.Name)]));
            }
        }
        return [.. completed.OrderByDescending(member => member.Score).ThenBy(member => member.Member, StringComparer.Ordinal).Take(k)];
    }

    /// <summary>The share of the entities with one member that have the other too, shrunk; an entity's own set left out.</summary>
    private float Share(int member, int other, int[] own)
    {
        int count = _counts[member], together = _together[member].GetValueOrDefault(other);
        if (Array.BinarySearch(own, member) >= 0)
        {
            count--;
            together -= Array.BinarySearch(own, other) >= 0 ? 1 : 0;
        }
        return together <= 0 ? 0 : together / (count + _options.Shrinkage);
    }

    private void Count(int[] members)
    {
        foreach (int member in members)
        {
            _counts[member]++;
            foreach (int other in members)
            {
                if (other != member)
                    _together[member][other] = _together[member].GetValueOrDefault(other) + 1;
            }
        }
    }
}
