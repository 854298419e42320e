namespace Microsoft.ML.SearchSpace.Option;

/// <summary>What may be chosen: maps points of a unit cube, the feature space, to values and back.</summary>
public abstract class OptionBase
{
    private protected OptionBase()
    {
    }

    /// <summary>How many coordinates the option has.</summary>
    public abstract int FeatureSpaceDim { get; }

    /// <summary>The point to begin with.</summary>
    public double[] Default { get; protected set; }

    /// <summary>How many values each coordinate tells apart; null where they are continuous.</summary>
    public abstract int?[] Step { get; }

    /// <summary>The point of a value.</summary>
    public abstract double[] MappingToFeatureSpace(Parameter value);

    /// <summary>The value at a point, each of whose coordinates is from 0 to 1.</summary>
    public abstract Parameter SampleFromFeatureSpace(double[] values);

    private protected static double Only(double[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != 1 || !(values[0] is >= 0 and <= 1))
            throw new ArgumentException($"The point is [{string.Join(", ", values)}]; expected is one coordinate from 0 to 1.", nameof(values));
        return values[0];
    }
}

/// <summary>One of several values.</summary>
public sealed class ChoiceOption : OptionBase
{
    public ChoiceOption(params object[] choices)
        : this(choices, null)
    {
    }

    public ChoiceOption(object[] choices, object defaultChoice)
    {
        ArgumentNullException.ThrowIfNull(choices);
        if (choices.Length == 0)
            throw new ArgumentException("There is nothing to choose from; give at least one value.", nameof(choices));
        Choices = [.. choices.Select(Parameter.Of)];
        if (Choices.Distinct().Count() != Choices.Length)
            throw new ArgumentException($"The choices [{string.Join(", ", (object[])Choices)}] repeat a value; name each once.", nameof(choices));
        Default = defaultChoice is null ? FeatureSpaceDim == 0 ? [] : [0] : MappingToFeatureSpace(Parameter.Of(defaultChoice));
    }

    public Parameter[] Choices { get; }

    /// <summary>0 where there is but one choice.</summary>
    public override int FeatureSpaceDim => Choices.Length == 1 ? 0 : 1;

    public override int?[] Step => Choices.Length == 1 ? [] : [Choices.Length];

    public override double[] MappingToFeatureSpace(Parameter value)
    {
        int at = Array.IndexOf(Choices, value);
        if (at < 0)
            throw new ArgumentException($"{value} is none of the choices [{string.Join(", ", (object[])Choices)}].", nameof(value));
        return FeatureSpaceDim == 0 ? [] : [(at + 0.5) / Choices.Length];
    }

    public override Parameter SampleFromFeatureSpace(double[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        return FeatureSpaceDim == 0 ? Choices[0] : Choices[Math.Min(Choices.Length - 1, (int)(Only(values) * Choices.Length))];
    }
}

/// <summary>A number within a range.</summary>
public abstract class UniformNumericOption : OptionBase
{
    public UniformNumericOption(double min, double max, bool logBase = false)
    {
        if (!(double.IsFinite(min) && double.IsFinite(max) && min < max))
            throw new ArgumentException($"The range is from {min} to {max}; the least value must be below the greatest, both finite.", nameof(max));
        if (logBase && min <= 0)
            throw new ArgumentException($"The range begins at {min}; on a logarithmic scale it must begin above 0.", nameof(min));
        (Min, Max, LogBase) = (min, max, logBase);
    }

    public double Min { get; }

    public double Max { get; }

    public bool LogBase { get; }

    public override int FeatureSpaceDim => 1;

    public override int?[] Step => [null];

    public override double[] MappingToFeatureSpace(Parameter value)
    {
        ArgumentNullException.ThrowIfNull(value);
        double number = value.AsType<double>();
        double share = LogBase ? Math.Log(number / Min) / Math.Log(Max / Min) : (number - Min) / (Max - Min);
        return share is >= -1e-9 and <= 1 + 1e-9 ? [Math.Clamp(share, 0, 1)] : throw new ArgumentException($"{number} is out of the range from {Min} to {Max}.", nameof(value));
    }

    public override Parameter SampleFromFeatureSpace(double[] values) => Parameter.FromDouble(At(Only(values)));

    private protected double At(double share) => Math.Clamp(LogBase ? Min * Math.Pow(Max / Min, share) : Min + share * (Max - Min), Min, Max);

    private protected void Begin(double? value) => Default = value is { } number ? MappingToFeatureSpace(Parameter.FromDouble(number)) : [0];
}

/// <summary>A <see cref="double"/> within a range.</summary>
public sealed class UniformDoubleOption : UniformNumericOption
{
    public UniformDoubleOption(double min, double max, bool logBase = false, double? defaultValue = null)
        : base(min, max, logBase) => Begin(defaultValue);
}

/// <summary>A <see cref="float"/> within a range.</summary>
public sealed class UniformSingleOption : UniformNumericOption
{
    public UniformSingleOption(float min, float max, bool logBase = false, float? defaultValue = null)
        : base(min, max, logBase) => Begin(defaultValue);

    public override Parameter SampleFromFeatureSpace(double[] values) => Parameter.FromFloat((float)At(Only(values)));
}

/// <summary>A whole number within a range, both ends included.</summary>
public sealed class UniformIntOption : UniformNumericOption
{
    public UniformIntOption(int min, int max, bool logBase = false, int? defaultValue = null)
        : base(min, max, logBase) => Begin(defaultValue);

    public override int?[] Step => [(int)Math.Min(int.MaxValue, Max - Min + 1)];

    public override Parameter SampleFromFeatureSpace(double[] values) => Parameter.FromInt((int)Math.Round(At(Only(values)), MidpointRounding.AwayFromZero));
}
