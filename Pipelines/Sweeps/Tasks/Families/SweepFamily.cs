using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>One of the kinds of models that a task chooses among: what is searched of its options, and how they are made and checked.</summary>
/// <param name="Name">Its name, which stands before those of its options in the space.</param>
/// <param name="Options">What is searched.</param>
/// <param name="Conditions">Which options count only while another of the family has certain values; names without that of the family.</param>
/// <param name="New">Makes options with their defaults.</param>
/// <param name="Validate">Throws where options are out of range.</param>
internal sealed record SweepFamily(string Name, IReadOnlyList<FamilyOption> Options, IReadOnlyList<Condition> Conditions, Func<object> New, Action<object> Validate)
{
    public string NameOf(string option) => $"{Name}.{option}";

    /// <summary>The options that a point of the space stands for; those that it leaves out keep their defaults.</summary>
    public object Create(Parameter parameter)
    {
        object options = New();
        foreach (var option in Options)
        {
            if (parameter.TryGetValue(NameOf(option.Name), out var value))
                option.Set(options, value);
        }
        return options;
    }
}

/// <summary>An option of a family.</summary>
/// <param name="Name">Its name within the family.</param>
/// <param name="Range">What is tried.</param>
/// <param name="Set">Sets it.</param>
internal sealed record FamilyOption(string Name, OptionBase Range, Action<object, Parameter> Set);

/// <summary>Puts a family together, option by option.</summary>
internal sealed class FamilyBuilder<TOptions>(string name, Func<TOptions> create, Action<TOptions> validate)
    where TOptions : class
{
    private readonly List<FamilyOption> _options = [];
    private readonly List<Condition> _conditions = [];

    /// <summary>A whole number.</summary>
    public FamilyBuilder<TOptions> Whole(string option, int least, int most, int usual, Action<TOptions, int> set, bool logarithmic = false) => Add(
        option,
        least >= most ? new ChoiceOption([(object)most]) : new UniformIntOption(least, most, logarithmic, Math.Clamp(usual, least, most)),
        (options, value) => set(options, value.AsType<int>()));

    /// <summary>A number.</summary>
    public FamilyBuilder<TOptions> Number(string option, double least, double most, double usual, Action<TOptions, double> set, bool logarithmic = false) =>
        Add(option, new UniformDoubleOption(least, most, logarithmic, usual), (options, value) => set(options, value.AsType<double>()));

    /// <summary>Yes or no.</summary>
    public FamilyBuilder<TOptions> Flag(string option, bool usual, Action<TOptions, bool> set) =>
        Add(option, new ChoiceOption([true, false], usual), (options, value) => set(options, value.AsType<bool>()));

    /// <summary>One of several whole numbers.</summary>
    public FamilyBuilder<TOptions> OneOf(string option, int[] values, int usual, Action<TOptions, int> set) =>
        Add(option, new ChoiceOption([.. values.Select(value => (object)value)], usual), (options, value) => set(options, value.AsType<int>()));

    /// <summary>One of the values of an enumeration.</summary>
    public FamilyBuilder<TOptions> OneOf<TValue>(string option, TValue usual, Action<TOptions, TValue> set) where TValue : struct, Enum =>
        Add(option, new ChoiceOption([.. Enum.GetNames<TValue>()], usual.ToString()), (options, value) => set(options, Enum.Parse<TValue>(value.AsType<string>(), ignoreCase: true)));

    /// <summary>The option that was added last counts only while another has one of some values.</summary>
    public FamilyBuilder<TOptions> While(string parent, params IReadOnlyList<Parameter> values)
    {
        _conditions.Add(new Condition(_options[^1].Name, parent, values));
        return this;
    }

    public SweepFamily Build() => new(name, _options, _conditions, create, options => validate((TOptions)options));

    private FamilyBuilder<TOptions> Add(string option, OptionBase range, Action<TOptions, Parameter> set)
    {
        _options.Add(new FamilyOption(option, range, (options, value) => set((TOptions)options, value)));
        return this;
    }
}
