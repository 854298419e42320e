namespace MLPipelines.Scoring;

/// <summary>Groups rows that run together: sorted by length, of one length where they may not be filled up, and of nearly one where they may.</summary>
internal static class RowGroups
{
    public static List<int[]> Make(IReadOnlyList<OnnxRow> rows, BatchPlan plan, OnnxBatchOptions options)
    {
        int most = plan.FixedRows > 0 ? (int)plan.FixedRows : options.BatchSize;
        int[] order = [.. Enumerable.Range(0, rows.Count)];
        if (plan.Axes > 0)
            Array.Sort(order, (first, second) => Compare(rows[first].Sizes, rows[second].Sizes, first - second));
        var groups = new List<int[]>();
        for (int start = 0, end; start < order.Length; start = end)
        {
            long used = Used(rows[order[start]].Sizes);
            for (end = start + 1; end < order.Length && end - start < most; end++)
            {
                long[] sizes = rows[order[end]].Sizes;
                if (!MayJoin(rows[order[start]].Sizes, sizes, plan))
                    break;
                used += Used(sizes);
                // The last is the longest, since they are sorted; with several axes that is an estimate.
                long cells = (end - start + 1) * Used(sizes);
                if (plan.Axes > 0 && (cells > options.BatchElements || cells - used > options.MaximumPadding * cells))
                    break;
            }
            groups.Add(order[start..end]);
        }
        return groups;
    }

    private static long Used(long[] sizes)
    {
        long used = 1;
        foreach (long size in sizes)
            used *= Math.Max(size, 1);
        return used;
    }

    private static bool MayJoin(long[] first, long[] next, BatchPlan plan)
    {
        for (int axis = 0; axis < first.Length; axis++)
        {
            if (first[axis] != next[axis] && !plan.Fillable[axis])
                return false;
        }
        return true;
    }

    private static int Compare(long[] first, long[] second, int order)
    {
        for (int axis = 0; axis < first.Length; axis++)
        {
            if (first[axis] != second[axis])
                return first[axis].CompareTo(second[axis]);
        }
        return order;
    }
}
