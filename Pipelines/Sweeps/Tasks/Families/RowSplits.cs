namespace MLPipelines.Sweeps;

/// <summary>Splits rows into parts with about the same shares of each group, by a seed.</summary>
/// <param name="groups">The group of each row, such as its class.</param>
/// <remarks>The only row of a group is trained on always, and never measured.</remarks>
internal sealed class RowSplits(int[] groups)
{
    /// <summary>A share of the rows is held out.</summary>
    public (int[] Train, int[] Held) HoldOut(double share, int seed)
    {
        var held = new bool[groups.Length];
        double owed = 0;
        foreach (var members in Shuffled(seed))
        {
            // What rounding leaves over goes on to the next group, so that many small ones give their share too.
            owed += share * members.Length;
            int take = Math.Clamp((int)Math.Round(owed), 0, members.Length - 1);
            owed -= take;
            foreach (int row in members.AsSpan(0, take))
                held[row] = true;
        }
        return Parts(held);
    }

    /// <summary>One of several parts is held out.</summary>
    public (int[] Train, int[] Held) Fold(int fold, int folds, int seed)
    {
        var held = new bool[groups.Length];
        int next = 0;
        foreach (var members in Shuffled(seed))
        {
            // Groups go on where the last one ended, so that many small ones do not all land in the first part.
            for (int i = 0; i < members.Length && members.Length > 1; i++)
                held[members[i]] = (next + i) % folds == fold;
            next += members.Length;
        }
        return Parts(held);
    }

    /// <summary>The first of rows that are put into an order in which every beginning has about the same shares of each group, and a row at least.</summary>
    public int[] Share(int[] rows, double share, int seed)
    {
        if (share >= 1)
            return rows;
        int wanted = Math.Max(1, (int)Math.Round(share * rows.Length));
        int[] order = [.. rows];
        new Random(seed).Shuffle(order);
        var ranked = order.GroupBy(row => groups[row]).SelectMany(members =>
        {
            double count = members.Count();
            return members.Select((row, rank) => (Row: row, Rank: rank == 0 ? 0 : (rank + 0.5) / count));
        }).OrderBy(row => row.Rank).ToArray();
        wanted = Math.Max(wanted, ranked.Count(row => row.Rank == 0));
        return [.. ranked.Take(wanted).Select(row => row.Row).Order()];
    }

    private IEnumerable<int[]> Shuffled(int seed)
    {
        int[] order = [.. Enumerable.Range(0, groups.Length)];
        new Random(seed).Shuffle(order);
        return order.GroupBy(row => groups[row]).OrderBy(members => members.Key).Select(members => members.ToArray());
    }

    private static (int[] Train, int[] Held) Parts(bool[] held) =>
        ([.. Enumerable.Range(0, held.Length).Where(row => !held[row])], [.. Enumerable.Range(0, held.Length).Where(row => held[row])]);
}
