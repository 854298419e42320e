namespace MLPipelines.Scoring;

/// <summary>Collects what is wrong with options, so that all of it is reported at once.</summary>
internal sealed class OptionFaults(string type)
{
    private readonly List<string> _faults = [];

    public void Add(string fault) => _faults.Add(fault);

    public void If(bool wrong, string fault)
    {
        if (wrong)
            _faults.Add(fault);
    }

    public void Range(long value, long least, long most, string option)
    {
        if (value < least || value > most)
            _faults.Add(FormattableString.Invariant($"{option} is {value}; it must be ") + (most >= int.MaxValue ? FormattableString.Invariant($"{least} or more") : FormattableString.Invariant($"{least} to {most}")));
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
            throw ScoringErrors.BadOptions(type, _faults);
    }
}
