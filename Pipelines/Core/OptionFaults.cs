namespace MLPipelines;

/// <summary>Collects what is wrong with options, so that all of it is reported at once.</summary>
/// <param name="type">The name of the options, with which the message begins.</param>
public sealed class OptionFaults(string type)
{
    private readonly List<string> _faults = [];
    private readonly Dictionary<string, string> _outputs = new(StringComparer.Ordinal);

    /// <summary>A fault in words: what is wrong, and what is right.</summary>
    public OptionFaults Add(string fault)
    {
        _faults.Add(fault);
        return this;
    }

    /// <summary>Faults in words.</summary>
    public OptionFaults AddRange(IEnumerable<string> faults)
    {
        _faults.AddRange(faults);
        return this;
    }

    /// <summary>A fault, where there is one.</summary>
    public OptionFaults If(bool wrong, string fault) => wrong ? Add(fault) : this;

    /// <summary>The name of a column that is read.</summary>
    public OptionFaults Name(string? value, string option) => If(string.IsNullOrWhiteSpace(value), $"{option} is empty; give the name of a column");

    /// <summary>The name of a column that is made, which must be one of its own.</summary>
    public OptionFaults Output(string? value, string option) =>
        string.IsNullOrWhiteSpace(value) || _outputs.TryAdd(value, option) ? Name(value, option) : Add($"{_outputs[value]} and {option} are both '{value}': name them differently");

    /// <summary>A number; NaN is out of every range.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="least">The least that it may be.</param>
    /// <param name="most">The most that it may be; <see cref="int.MaxValue"/> or more for no limit.</param>
    /// <param name="option">The name of the option.</param>
    public OptionFaults Range(double value, double least, double most, string option) =>
        If(!(value >= least && value <= most), FormattableString.Invariant($"{option} is {value}; it must be {least}") + (most >= int.MaxValue ? " or more" : FormattableString.Invariant($" to {most}")));

    /// <summary>A number that may be left out.</summary>
    /// <inheritdoc cref="Range(double, double, double, string)"/>
    public OptionFaults Range(double? value, double least, double most, string option) => value is { } number ? Range(number, least, most, option) : this;

    /// <summary>A value that must be one of the names of its type.</summary>
    public OptionFaults OneOf<TEnum>(TEnum value, string option) where TEnum : struct, Enum =>
        If(!Enum.IsDefined(value), $"{option} is {value}; it must be one of {string.Join(", ", Enum.GetNames<TEnum>())}");

    /// <summary>A number that must be above another.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="bound">What it must be above.</param>
    /// <param name="most">The most that it may be; <see cref="int.MaxValue"/> or more for no limit.</param>
    /// <param name="option">The name of the option.</param>
    public OptionFaults Above(double value, double bound, double most, string option) =>
        If(!(value > bound && value <= most), FormattableString.Invariant($"{option} is {value}; it must be above {bound}") + (most >= int.MaxValue ? "" : FormattableString.Invariant($" and at most {most}")));

    /// <summary>A share of which not all is taken, such as a probability of dropout.</summary>
    public OptionFaults Share(double value, string option) => If(!(value is >= 0 and < 1), FormattableString.Invariant($"{option} is {value}; it must be at least 0 and below 1"));

    /// <summary>Options within these, which check themselves.</summary>
    public OptionFaults Check(Action validate)
    {
        ArgumentNullException.ThrowIfNull(validate);
        try
        {
            validate();
        }
        catch (ArgumentException e)
        {
            Add(e.Message.TrimEnd('.'));
        }
        return this;
    }

    /// <exception cref="ArgumentException">There are faults; the message lists all of them.</exception>
    public void Throw()
    {
        if (_faults.Count > 0)
            throw ToException();
    }

    /// <summary>The exception whose message lists all of the faults, for callers that know of one.</summary>
    public ArgumentException ToException() => new($"{type}: {string.Join("; ", _faults)}.");
}
