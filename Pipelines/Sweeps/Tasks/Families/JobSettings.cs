using System.Globalization;

namespace MLPipelines.Sweeps;

/// <summary>Reads what a job says of all trials, and says which names and values make no sense.</summary>
internal sealed class JobSettings(SweepJob job, List<string> faults)
{
    private readonly List<string> _known = [];

    public int? Whole(string name, int least, int most)
    {
        if (Find(name) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most)
            return value;
        faults.Add($"the setting {name} is '{text}'; it must be a whole number, {least}{(most == int.MaxValue ? " or more" : $" to {most}")}");
        return null;
    }

    public string? Text(string name, params string[] values)
    {
        if (Find(name) is not { } text)
            return null;
        if (text.Length > 0 && (values.Length == 0 || values.Contains(text, StringComparer.Ordinal)))
            return text;
        faults.Add($"the setting {name} is '{text}'; it must be {(values.Length == 0 ? "given" : $"one of {string.Join(", ", values)}")}");
        return null;
    }

    public bool Flag(string name)
    {
        if (Find(name) is not { } text)
            return false;
        if (bool.TryParse(text, out bool value))
            return value;
        faults.Add($"the setting {name} is '{text}'; it must be true or false");
        return false;
    }

    /// <summary>Adds a fault for each setting that was not asked for.</summary>
    public void RefuseOthers()
    {
        faults.AddRange(job.Settings.Keys.Except(_known, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(name => $"there is no setting '{name}'; {(_known.Count == 0 ? "the task has none" : $"there are {string.Join(", ", _known)}")}"));
    }

    private string? Find(string name)
    {
        _known.Add(name);
        return job.Settings.GetValueOrDefault(name);
    }
}
