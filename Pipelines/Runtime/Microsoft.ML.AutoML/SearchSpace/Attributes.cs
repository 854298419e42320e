namespace Microsoft.ML.SearchSpace;

/// <summary>A number that may be anything within a range.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class RangeAttribute : Attribute
{
    public RangeAttribute(double min, double max, bool logBase = false) => (Min, Max, LogBase) = (min, max, logBase);

    public RangeAttribute(double min, double max, double init, bool logBase = false) => (Min, Max, Init, LogBase) = (min, max, init, logBase);

    public RangeAttribute(int min, int max, bool logBase = false) => (Min, Max, LogBase) = (min, max, logBase);

    public RangeAttribute(int min, int max, int init, bool logBase = false) => (Min, Max, Init, LogBase) = (min, max, init, logBase);

    public RangeAttribute(float min, float max, bool logBase = false) => (Min, Max, LogBase) = (min, max, logBase);

    public RangeAttribute(float min, float max, float init, bool logBase = false) => (Min, Max, Init, LogBase) = (min, max, init, logBase);

    /// <summary>The least value.</summary>
    public object Min { get; }

    /// <summary>The greatest value.</summary>
    public object Max { get; }

    /// <summary>The value to begin with; null where none is given.</summary>
    public object Init { get; }

    /// <summary>Whether equal ratios, not equal differences, are equally far apart.</summary>
    public bool LogBase { get; }
}

/// <summary>One of several values.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class ChoiceAttribute : Attribute
{
    public ChoiceAttribute(params object[] candidates) => Candidates = candidates;

    public ChoiceAttribute(object[] candidates, object defaultValue) => (Candidates, DefaultValue) = (candidates, defaultValue);

    /// <summary>The values.</summary>
    public object[] Candidates { get; }

    /// <summary>The value to begin with; null where none is given.</summary>
    public object DefaultValue { get; }
}

/// <summary>Yes or no.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class BooleanChoiceAttribute : Attribute
{
    public BooleanChoiceAttribute()
    {
    }

    public BooleanChoiceAttribute(bool defaultValue) => DefaultValue = defaultValue;

    /// <summary>The value to begin with.</summary>
    public bool DefaultValue { get; }
}

/// <summary>An object whose own members are searched.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class NestOptionAttribute : Attribute;
