using System.Globalization;

namespace MLPipelines.Imaging;

/// <summary>Builds the exceptions of this assembly; callers write <c>throw ImagingErrors.X(…)</c>.</summary>
internal static partial class ImagingErrors
{
    public static ArgumentException BadOptions(string type, List<string> faults) => new($"{type}: {string.Join("; ", faults)}.");

    public static ImagingException SchedulerConfig(string where, string reason, Exception? inner = null) =>
        new($"The scheduler configuration {where} {reason}.", inner);

    public static ArgumentOutOfRangeException Steps(int steps, int most, string kind) =>
        new(nameof(steps), steps, string.Create(CultureInfo.InvariantCulture, $"{steps} steps; the scheduler {kind} takes 1 to {most} (what it was trained with)."));

    public static ArgumentException SampleLength(string name, int length, int expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{name} has {length} values and the sample {expected}; they must be equally many."), name);
}

/// <summary>A model folder, a configuration or an image cannot be used; the message says which, where and why.</summary>
public sealed class ImagingException : Exception
{
    /// <summary>An exception with a message.</summary>
    public ImagingException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>Collects what is wrong with options, so that all of it is reported at once.</summary>
internal sealed class OptionFaults(string type)
{
    private readonly List<string> _faults = [];

    public OptionFaults Name(string? value, string option)
    {
        if (string.IsNullOrWhiteSpace(value))
            _faults.Add($"{option} is empty; give the name of a column");
        return this;
    }

    public OptionFaults Range(double value, double least, double most, string option)
    {
        if (!(value >= least && value <= most))
            _faults.Add(FormattableString.Invariant($"{option} is {value}; it must be {least} to {most}"));
        return this;
    }

    public OptionFaults Above(double value, double least, double most, string option)
    {
        if (!(value > least && value <= most))
            _faults.Add(FormattableString.Invariant($"{option} is {value}; it must be above {least} and at most {most}"));
        return this;
    }

    public OptionFaults If(bool wrong, string fault)
    {
        if (wrong)
            _faults.Add(fault);
        return this;
    }

    /// <summary>Options within these, which check themselves.</summary>
    public OptionFaults Check(Action validate)
    {
        try
        {
            validate();
        }
        catch (ArgumentException e)
        {
            _faults.Add(e.Message.TrimEnd('.'));
        }
        return this;
    }

    /// <exception cref="ArgumentException">There are faults.</exception>
    public void Throw()
    {
        if (_faults.Count > 0)
            throw ImagingErrors.BadOptions(type, _faults);
    }
}
