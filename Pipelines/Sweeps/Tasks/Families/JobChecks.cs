namespace MLPipelines.Sweeps;

/// <summary>Checks what all tasks have in common of a job.</summary>
internal static class JobChecks
{
    /// <summary>Adds what is wrong with how data is held out and with the columns that are named.</summary>
    public static void Common(SweepJob job, bool hasValidation, IReadOnlyList<string> roles, List<string> faults)
    {
        if (string.IsNullOrWhiteSpace(job.Data))
            faults.Add("the data is not named");
        if (!(job.ValidationFraction is > 0 and < 1))
            faults.Add(FormattableString.Invariant($"the validation fraction is {job.ValidationFraction}; it must be above 0 and below 1"));
        if (job.Folds != 0 && job.Folds is < 2 or > 20)
            faults.Add($"the number of folds is {job.Folds}; it must be 0, or 2 to 20");
        if (job.Folds > 0 && hasValidation)
            faults.Add("there are folds and validation data; give one of them");
        faults.AddRange(job.Columns.Keys.Except(roles, StringComparer.Ordinal).Select(role => $"there is no column for '{role}'; there are {string.Join(", ", roles)}"));
    }

    /// <summary>The families that a job names, or the usual ones; names of others are faults.</summary>
    public static SweepFamily[] Families(SweepJob job, IReadOnlyList<SweepFamily> all, IReadOnlyList<string> usual, List<string> faults)
    {
        faults.AddRange(job.Families.Except(all.Select(family => family.Name), StringComparer.Ordinal)
            .Select(name => $"there is no family '{name}' in {job.Task}; there are {string.Join(", ", all.Select(family => family.Name))}"));
        var chosen = job.Families.Count == 0 ? usual : [.. job.Families.Distinct(StringComparer.Ordinal)];
        SweepFamily[] found = [.. chosen.Select(name => all.FirstOrDefault(family => family.Name == name)).OfType<SweepFamily>()];
        return found.Length > 0 ? found : [all[0]];
    }
}
