using MLPipelines.Recommendation;

namespace MLPipelines.Benchmarks.Recommenders;

/// <summary>
/// A matrix as large as one likes whose users and items are as unevenly active as real ones: user ranks are drawn by (rank + 50)^-0.6, item ranks
/// by (rank + 50)^-1, until there are enough distinct pairs. Any language makes the same.
/// </summary>
internal static class SyntheticInteractions
{
    private const int Users = 138_000;
    private const int Items = 27_000;
    private const ulong Seed = 42;
    private const ulong Gamma = 0x9E3779B97F4A7C15;

    public static InteractionMatrix Make(int count)
    {
        double[] userShares = Shares(Users, 0.6), itemShares = Shares(Items, 1.0);
        int[] userGuide = Guide(userShares), itemGuide = Guide(itemShares);
        var seen = new HashSet<uint>(count);
        var pairs = new uint[count];
        for (ulong k = 0; seen.Count < count; k++)
        {
            int user = Id(Rank(userShares, userGuide, Uniform(2 * k + 1)), Users);
            int item = Id(Rank(itemShares, itemGuide, Uniform(2 * k + 2)), Items);
            uint pair = (uint)user * Items + (uint)item;
            if (seen.Add(pair))
                pairs[seen.Count - 1] = pair;
        }
        Array.Sort(pairs);
        var starts = new int[Users + 1];
        var others = new int[count];
        for (int i = 0; i < count; i++)
        {
            starts[(int)(pairs[i] / Items) + 1]++;
            others[i] = (int)(pairs[i] % Items);
        }
        for (int user = 0; user < Users; user++)
            starts[user + 1] += starts[user];
        return new InteractionMatrix(Ids(Users), Ids(Items), starts, others, null, null);
    }

    /// <summary>The sum over pairs of item * (user mod 1,000,003), mod 1,000,000,007; 357,345,612 for 2 million and 844,732,056 for 20 million.</summary>
    public static long CheckSum(InteractionMatrix data)
    {
        long sum = 0;
        for (int user = 0; user < data.Users.Count; user++)
        {
            foreach (int item in data.Of(user))
                sum = (sum + (long)item * (user % 1_000_003)) % 1_000_000_007;
        }
        return sum;
    }

    private static double Uniform(ulong index)
    {
        ulong x = Seed + index * Gamma;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return ((x ^ (x >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    private static double[] Shares(int count, double exponent)
    {
        var shares = new double[count];
        double sum = 0;
        for (int i = 0; i < count; i++)
            shares[i] = sum += Math.Pow(i + 1 + 50, -exponent);
        for (int i = 0; i < count; i++)
            shares[i] /= sum;
        return shares;
    }

    // Where to begin to look, for each of as many equal parts as there are ranks.
    private static int[] Guide(double[] shares)
    {
        var guide = new int[shares.Length];
        for (int part = 0, rank = 0; part < guide.Length; part++)
        {
            while (rank < shares.Length - 1 && shares[rank] <= (double)part / guide.Length)
                rank++;
            guide[part] = rank;
        }
        return guide;
    }

    private static int Rank(double[] shares, int[] guide, double draw)
    {
        int rank = guide[(int)(draw * guide.Length)];
        while (rank > 0 && shares[rank - 1] > draw)
            rank--;
        while (rank < shares.Length - 1 && shares[rank] <= draw)
            rank++;
        return rank;
    }

    private static int Id(int rank, int count) => (int)(((long)rank * 7919 + 13) % count);

    private static IdTable Ids(int count) => new([.. Enumerable.Range(0, count).Select(id => id.ToString(System.Globalization.CultureInfo.InvariantCulture))]);
}
