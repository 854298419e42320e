namespace MLPipelines.Entities;

/// <summary>A column of numbers.</summary>
internal sealed record NumberFeature(string Name, float Mean, float Deviation);

/// <summary>A column of categories, and the share of each among the known values.</summary>
internal sealed record CategoryFeature(string Name, string[] Values, float[] Shares);

/// <summary>A column of sets: its members, the share of entities that have each, and how many an entity has on average.</summary>
internal sealed record SetFeature(string Name, string[] Members, float[] Shares, float MeanSize);

/// <summary>
/// What the columns hold, and where each stands among the numbers that go into the network and come out of it. In: for each number its standardised value and whether it is missing,
/// then a place for each category, then one for each member of each set. Out: the same without the marks of missing numbers.
/// </summary>
internal sealed class FeatureSpace
{
    /// <summary>The most categories or members that a column may have.</summary>
    public const int MostValues = 100_000;

    private readonly Dictionary<string, int>[] _categoryPlaces;
    private readonly Dictionary<string, int>[] _memberPlaces;

    public FeatureSpace(NumberFeature[] numbers, CategoryFeature[] categories, SetFeature[] sets)
    {
        (Numbers, Categories, Sets) = (numbers, categories, sets);
        _categoryPlaces = Array.ConvertAll(categories, category => Places(category.Values));
        _memberPlaces = Array.ConvertAll(sets, set => Places(set.Members));
        int places = categories.Sum(category => category.Values.Length) + sets.Sum(set => set.Members.Length);
        InputWidth = 2 * numbers.Length + places;
        OutputWidth = numbers.Length + places;
    }

    public NumberFeature[] Numbers { get; }

    public CategoryFeature[] Categories { get; }

    public SetFeature[] Sets { get; }

    public int InputWidth { get; }

    public int OutputWidth { get; }

    public int Count => Numbers.Length + Categories.Length + Sets.Length;

    public IEnumerable<string> Names => Numbers.Select(number => number.Name).Concat(Categories.Select(category => category.Name)).Concat(Sets.Select(set => set.Name));

    /// <exception cref="InvalidOperationException">A column is constant, missing throughout or has an infinite number.</exception>
    public static FeatureSpace Learn(IReadOnlyList<RawEntity> entities, EntityColumns columns) => new(
        [.. columns.Numbers.Select((name, i) => LearnNumber(name, entities.Select(entity => entity.Numbers[i])))],
        [.. columns.Categories.Select((name, i) => LearnCategory(name, entities.Select(entity => entity.Categories[i]).OfType<string>()))],
        [.. columns.Sets.Select((name, i) => LearnSet(name, [.. entities.Select(entity => entity.Sets[i])]))]);

    public EntityRow Encode(RawEntity entity) => new(
        entity.Numbers,
        [.. entity.Categories.Select((value, i) => value is null ? EntityRow.Missing : _categoryPlaces[i].GetValueOrDefault(value, EntityRow.Unseen))],
        [.. entity.Sets.Select((members, i) => members.Select(member => _memberPlaces[i].GetValueOrDefault(member, EntityRow.Missing)).Where(place => place >= 0).Distinct().Order().ToArray())]);

    /// <exception cref="ArgumentException">A feature is not one of the columns, or a number is infinite.</exception>
    public EntityRow Encode(EntityFeatures features)
    {
        ArgumentNullException.ThrowIfNull(features);
        Check(features.Numbers.Keys, Numbers.Select(number => number.Name), "column of numbers");
        Check(features.Categories.Keys, Categories.Select(category => category.Name), "column of categories");
        Check(features.Sets.Keys, Sets.Select(set => set.Name), "column of sets");
        foreach (var (name, value) in features.Numbers)
        {
            if (float.IsInfinity(value))
                throw new ArgumentException($"The number of '{name}' is infinite; numbers must be finite, or NaN where they are missing.", nameof(features));
        }
        return Encode(new RawEntity(
            null,
            [.. Numbers.Select(number => features.Numbers.TryGetValue(number.Name, out float value) ? value : float.NaN)],
            [.. Categories.Select(category => features.Categories.TryGetValue(category.Name, out var value) && value.Length > 0 ? value : null)],
            [.. Sets.Select(set => features.Sets.TryGetValue(set.Name, out var members) ? members.ToArray() : [])]));

        static void Check(IEnumerable<string> given, IEnumerable<string> known, string kind)
        {
            foreach (var name in given)
            {
                if (!known.Contains(name, StringComparer.Ordinal))
                    throw EntityErrors.UnknownFeature(name, kind, known);
            }
        }
    }

    /// <summary>The features of an entity that was trained on.</summary>
    public EntityFeatures Decode(EntityRow row)
    {
        var features = new EntityFeatures();
        for (int i = 0; i < Numbers.Length; i++)
            features.Numbers[Numbers[i].Name] = row.Numbers[i];
        for (int i = 0; i < Categories.Length; i++)
        {
            if (row.Categories[i] >= 0)
                features.Categories[Categories[i].Name] = Categories[i].Values[row.Categories[i]];
        }
        for (int i = 0; i < Sets.Length; i++)
            features.Sets[Sets[i].Name] = Array.ConvertAll(row.Sets[i], member => Sets[i].Members[member]);
        return features;
    }

    /// <summary>The place of a member in a set; -1 for one that was not trained on.</summary>
    public int FindMember(int set, string member) => _memberPlaces[set].GetValueOrDefault(member, -1);

    public int FindSet(string name)
    {
        int place = Array.FindIndex(Sets, set => set.Name == name);
        return place >= 0 ? place : throw EntityErrors.UnknownFeature(name, "column of sets", Sets.Select(set => set.Name));
    }

    /// <summary>The standardised number; NaN where it is missing.</summary>
    public float Standardised(EntityRow row, int number) => (row.Numbers[number] - Numbers[number].Mean) / Numbers[number].Deviation;

    /// <summary>Writes what goes into the network.</summary>
    public void Fill(EntityRow row, Span<float> input)
    {
        input.Clear();
        for (int i = 0; i < Numbers.Length; i++)
        {
            float value = Standardised(row, i);
            input[2 * i + (float.IsNaN(value) ? 1 : 0)] = float.IsNaN(value) ? 1 : value;
        }
        int start = 2 * Numbers.Length;
        for (int i = 0; i < Categories.Length; start += Categories[i++].Values.Length)
        {
            if (row.Categories[i] >= 0)
                input[start + row.Categories[i]] = 1;
        }
        for (int i = 0; i < Sets.Length; start += Sets[i++].Members.Length)
        {
            foreach (int member in row.Sets[i])
                input[start + member] = 1;
        }
    }

    /// <summary>
    /// How badly each feature came out. Numbers: the squared error in standard deviations. Categories: the cross-entropy in nats; one that was not trained on costs the logarithm of one more
    /// than there are categories. Sets: the binary cross-entropy over all members in nats, over the mean size of sets. NaN where a value is missing.
    /// </summary>
    public void Errors(EntityRow row, ReadOnlySpan<float> output, Span<float> errors)
    {
        int feature = 0, start = Numbers.Length;
        for (int i = 0; i < Numbers.Length; i++)
        {
            float difference = output[i] - Standardised(row, i);
            errors[feature++] = difference * difference;
        }
        for (int i = 0; i < Categories.Length; start += Categories[i++].Values.Length)
            errors[feature++] = CrossEntropy(row.Categories[i], output.Slice(start, Categories[i].Values.Length));
        for (int i = 0; i < Sets.Length; start += Sets[i++].Members.Length)
        {
            double sum = 0;
            var logits = output.Slice(start, Sets[i].Members.Length);
            foreach (float logit in logits)
                sum += Math.Max(logit, 0) + Math.Log(1 + Math.Exp(-Math.Abs(logit)));
            foreach (int member in row.Sets[i])
                sum -= logits[member];
            errors[feature++] = (float)(sum / Sets[i].MeanSize);
        }
    }

    /// <summary>The error of each feature if every entity got the mean, or the shares, of training.</summary>
    public double BaselineError(int feature)
    {
        if (feature < Numbers.Length)
            return 1;
        if (feature - Numbers.Length is var category && category < Categories.Length)
            return Categories[category].Shares.Sum(share => -share * Math.Log(share));
        var set = Sets[feature - Numbers.Length - Categories.Length];
        return set.Shares.Sum(share => (share is 0 or 1 ? 0 : -share * Math.Log(share) - (1 - share) * Math.Log(1 - share))) / set.MeanSize;
    }

    private static float CrossEntropy(int target, ReadOnlySpan<float> logits)
    {
        if (target == EntityRow.Missing)
            return float.NaN;
        if (target == EntityRow.Unseen)
            return (float)Math.Log(logits.Length + 1);
        double highest = float.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
            highest = Math.Max(highest, logit);
        foreach (float logit in logits)
            sum += Math.Exp(logit - highest);
        return (float)(highest + Math.Log(sum) - logits[target]);
    }

    private static NumberFeature LearnNumber(string name, IEnumerable<float> values)
    {
        double sum = 0, squares = 0;
        long row = 0, count = 0;
        foreach (float value in values)
        {
            row++;
            if (float.IsNaN(value))
                continue;
            if (!float.IsFinite(value))
                throw EntityErrors.Infinite(name, row, value);
            // Welford's recurrence, which keeps its precision for numbers far from 0.
            count++;
            double before = value - sum;
            sum += before / count;
            squares += before * (value - sum);
        }
        if (count == 0)
            throw EntityErrors.AllMissing(name);
        double deviation = Math.Sqrt(squares / count);
        return (float)deviation > 0 ? new NumberFeature(name, (float)sum, (float)deviation) : throw EntityErrors.Constant(name, FormattableString.Invariant($"{sum}"));
    }

    private static CategoryFeature LearnCategory(string name, IEnumerable<string> values)
    {
        var counts = CountEach(values, out int total);
        if (total == 0)
            throw EntityErrors.AllMissing(name);
        if (counts.Length == 1)
            throw EntityErrors.Constant(name, $"'{counts[0].Key}'");
        return counts.Length <= MostValues
            ? new CategoryFeature(name, [.. counts.Select(pair => pair.Key)], [.. counts.Select(pair => (float)pair.Value / total)])
            : throw EntityErrors.TooMany(name, counts.Length, MostValues);
    }

    private static SetFeature LearnSet(string name, string[][] sets)
    {
        var counts = CountEach(sets.SelectMany(set => set.Distinct(StringComparer.Ordinal)), out int total);
        if (total == 0)
            throw EntityErrors.AllMissing(name);
        if (Array.TrueForAll(counts, pair => pair.Value == sets.Length))
            throw EntityErrors.Constant(name, $"the set {string.Join(", ", counts.Select(pair => pair.Key))}");
        return counts.Length <= MostValues
            ? new SetFeature(name, [.. counts.Select(pair => pair.Key)], [.. counts.Select(pair => (float)pair.Value / sets.Length)], (float)total / sets.Length)
            : throw EntityErrors.TooMany(name, counts.Length, MostValues);
    }

    private static KeyValuePair<string, int>[] CountEach(IEnumerable<string> values, out int total)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        total = 0;
        foreach (var value in values)
        {
            counts[value] = counts.GetValueOrDefault(value) + 1;
            total++;
        }
        return [.. counts];
    }

    private static Dictionary<string, int> Places(string[] values)
    {
        var places = new Dictionary<string, int>(values.Length, StringComparer.Ordinal);
        for (int i = 0; i < values.Length; i++)
            places.Add(values[i], i);
        return places;
    }
}
