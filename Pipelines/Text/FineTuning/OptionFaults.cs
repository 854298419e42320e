namespace MLPipelines.Text;

/// <summary>Collects what is wrong with options, so that all of it is reported at once.</summary>
internal sealed class OptionFaults(string type)
{
    private readonly List<string> _faults = [];
    private readonly Dictionary<string, string> _columns = new(StringComparer.Ordinal);

    public List<string> All => _faults;

    /// <summary>The name of a column that is read.</summary>
    public void Name(string? value, string option)
    {
        if (string.IsNullOrWhiteSpace(value))
            _faults.Add($"{option} is empty; give the name of a column");
    }

    /// <summary>The name of a column that is made, which must be one of its own.</summary>
    public void Output(string? value, string option)
    {
        Name(value, option);
        if (!string.IsNullOrWhiteSpace(value) && !_columns.TryAdd(value, option))
            _faults.Add($"{_columns[value]} and {option} are both '{value}': name them differently");
    }

    public void Range(double value, double least, double most, string option)
    {
        if (!(value >= least && value <= most))
            _faults.Add(FormattableString.Invariant($"{option} is {value}; it must be ") + (most == double.MaxValue ? FormattableString.Invariant($"{least} or more") : FormattableString.Invariant($"{least} to {most}")));
    }

    public void Above(double value, double least, double most, string option)
    {
        if (!(value > least && value <= most))
            _faults.Add(FormattableString.Invariant($"{option} is {value}; it must be above {least} and at most {most}"));
    }

    /// <summary>Options within these, which check themselves.</summary>
    public void Check(Action validate)
    {
        try
        {
            validate();
        }
        catch (ArgumentException e)
        {
            _faults.Add(e.Message.TrimEnd('.'));
        }
    }

    /// <exception cref="ArgumentException">There are faults.</exception>
    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
            throw TextErrors.BadOptions(type, _faults);
    }
}
