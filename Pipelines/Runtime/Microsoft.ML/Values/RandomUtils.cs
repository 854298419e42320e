namespace Microsoft.ML.Internal;

/// <summary>Makes generators from seeds, and draws from any <see cref="Random"/> as the runtime does.</summary>
internal static class RandomUtils
{
    /// <summary>A generator that cannot be repeated.</summary>
    public static TauswortheHybrid Create() => new(new Random());

    public static TauswortheHybrid Create(uint seed) => new(TauswortheHybrid.State.FromSeed(seed));

    public static TauswortheHybrid Create(int seed) => Create((uint)seed);

    /// <summary>The generator of <paramref name="seed"/>, or one that cannot be repeated where there is none.</summary>
    public static TauswortheHybrid Create(int? seed) => seed is { } value ? Create(value) : Create();

    /// <inheritdoc cref="Create(int?)"/>
    public static TauswortheHybrid Create(uint? seed) => seed is { } value ? Create(value) : Create();

    /// <summary>A generator seeded by draws from <paramref name="source"/>.</summary>
    public static TauswortheHybrid Create(Random source) => new(source);

    /// <summary>A number in [0, 1); for a generator of another kind, its double draw rounded to single precision.</summary>
    public static float NextSingle(Random random)
    {
        if (random is TauswortheHybrid hybrid)
            return hybrid.NextSingle();
        while (true)
        {
            float value = (float)random.NextDouble();
            if (value < 1f)
                return value;
        }
    }

    /// <summary>A number over the whole range of <see cref="int"/> (short of its maximum for a generator of another kind).</summary>
    public static int NextSigned(Random random) =>
        random is TauswortheHybrid hybrid ? hybrid.NextSigned() : random.Next(int.MinValue, int.MaxValue);

    /// <summary>The order in which the rows 0 … <paramref name="count"/> − 1 are visited when shuffled.</summary>
    public static int[] GetRandomPermutation(Random random, int count)
    {
        int[] order = new int[count];
        for (int i = 0; i < count; i++)
            order[i] = i;
        Shuffle(random, order);
        return order;
    }

    /// <summary>Shuffles in place: item i changes places with one drawn from i … end.</summary>
    public static void Shuffle<T>(Random random, Span<T> items)
    {
        for (int i = 0; i < items.Length; i++)
        {
            int other = i + random.Next(items.Length - i);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    /// <summary>A number from the Poisson distribution, by Knuth's multiplication of uniform draws: meant for small means.</summary>
    public static int SampleFromPoisson(Random random, double mean)
    {
        double limit = Math.Exp(-mean);
        int count = 0;
        for (double product = random.NextDouble(); product > limit; product *= random.NextDouble())
            count++;
        return count;
    }
}
