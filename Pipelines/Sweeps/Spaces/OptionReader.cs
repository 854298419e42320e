using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>Makes options of what stands in a space file.</summary>
/// <param name="faults">Receives all that is wrong.</param>
internal sealed class OptionReader(SpaceFaults faults)
{
    private static readonly string[] Words = ["min", "max", "log", "default", "choices", "value", "when", "space"];

    /// <summary>The option that a node describes, in place of a task's own where there is one; null where it is wrong.</summary>
    public OptionBase? Read(string name, int line, YamlTree node, OptionBase? own) => node switch
    {
        YamlTree.List list => Choices(name, list, own),
        YamlTree.Map map => ReadMap(name, line, map, own),
        _ when own is SearchSpace => Fault(node.Line, $"'{name}' is a space of its own; write '{name}: {{space: {{…}}}}'"),
        _ => ReadValue(name, node, own) is { } value ? new ChoiceOption(Plain(value)) : null,
    };

    /// <summary>A value as an option takes it; null where it cannot be one.</summary>
    /// <param name="name">Whose value it is, for messages.</param>
    /// <param name="node">Where it stands.</param>
    /// <param name="option">The option; null for any value.</param>
    /// <param name="mayBeOutside">Whether a number may be beyond the option's range.</param>
    public Parameter? ReadValue(string name, YamlTree node, OptionBase? option, bool mayBeOutside = true)
    {
        var value = option is ChoiceOption { Choices: var texts } && texts.All(text => text.ParameterType == ParameterType.String) && node is YamlTree.Scalar scalar
            ? Parameter.FromString(scalar.Text)
            : SpaceValues.Read(node);
        switch (option)
        {
            case null when value is not null:
                return value;
            case ChoiceOption choice when value is not null:
                bool areNumbers = choice.Choices.All(SpaceValues.IsNumber), areWhole = choice.Choices.All(other => other.ParameterType == ParameterType.Integer);
                value = areNumbers ? Number(value, areWhole) ?? value : value;
                if (choice.Choices.Contains(value) || mayBeOutside && areNumbers && SpaceValues.IsNumber(value) && (!areWhole || value.ParameterType == ParameterType.Integer))
                    return value;
                string text = SpaceValues.Text(value);
                return FaultOfValue(node.Line, $"'{name}' is {text}; it can be {string.Join(", ", choice.Choices.Select(SpaceValues.Text))}{SpaceValues.Suggestion(text, choice.Choices.Select(SpaceValues.Text))}");
            case UniformNumericOption number when value is not null && Number(value, number is UniformIntOption) is { } found:
                double at = found.AsType<double>();
                return mayBeOutside || at >= number.Min && at <= number.Max
                    ? found
                    : FaultOfValue(node.Line, $"'{name}' is {SpaceValues.Text(found)}; the range is from {Bound(number, number.Min)} to {Bound(number, number.Max)}");
            default:
                string expected = option is UniformIntOption ? "a whole number" : option is UniformNumericOption ? "a number" : "a value";
                return FaultOfValue(node.Line, $"'{name}' is {Describe(node)}; expected is {expected}");
        }
    }

    private OptionBase? ReadMap(string name, int line, YamlTree.Map map, OptionBase? own)
    {
        foreach (var (word, wordLine, _) in map.Entries.Where(entry => !Words.Contains(entry.Key)))
            faults.Add(wordLine, $"'{name}' has '{word}'{SpaceValues.Suggestion(word, Words)}; an option has {string.Join(", ", Words)}");
        bool isRange = map.Find("min") is not null || map.Find("max") is not null || map.Find("log") is not null;
        string[] kinds = [.. isRange ? ["min and max"] : Array.Empty<string>(), .. new[] { "choices", "value", "space" }.Where(word => map.Find(word) is not null)];
        if (kinds.Length > 1)
            return Fault(line, $"'{name}' has {string.Join(" and also ", kinds)}; give one of them");
        var option = kinds switch
        {
            ["choices"] => map.Find("choices") is YamlTree.List list ? Choices(name, list, own) : Fault(map.Find("choices")!.Line, $"'choices' of '{name}' must be a list, such as [a, b]"),
            ["value"] => Read(name, line, map.Find("value")!, own),
            ["space"] => Nested(name, map.Find("space")!, own),
            [_] => Range(name, line, map, own),
            _ when map.Entries.Any(entry => !Words.Contains(entry.Key)) => null,
            _ when map.Entries.Count > 0 && own is not null => own,
            _ => Fault(line, $"'{name}' says nothing of its values; give min and max, choices, or a value"),
        };
        return option is not null && map.Find("default") is { } first ? WithDefault(name, option, first) : option;
    }

    private ChoiceOption? Choices(string name, YamlTree.List list, OptionBase? own)
    {
        if (own is SearchSpace)
            return (ChoiceOption?)Fault(list.Line, $"'{name}' is a space of its own; write '{name}: {{space: {{…}}}}'");
        if (list.Items.Count == 0)
            return (ChoiceOption?)Fault(list.Line, $"'{name}' has nothing to choose from");
        var values = new List<Parameter>();
        bool isWhole = true;
        foreach (var item in list.Items)
        {
            if (ReadValue(name, item, own) is not { } value)
                isWhole = false;
            else if (values.Contains(value))
                faults.Add(item.Line, $"'{name}' has {SpaceValues.Text(value)} twice");
            else
                values.Add(value);
        }
        if (!isWhole)
            return null;
        var begin = own is null ? null : DefaultOf(own);
        return new ChoiceOption([.. values.Select(Plain)], Plain(begin is not null && values.Contains(begin) ? begin : values[0]));
    }

    private OptionBase? Range(string name, int line, YamlTree.Map map, OptionBase? own)
    {
        var range = own as UniformNumericOption;
        var numbers = (own as ChoiceOption)?.Choices;
        if (own is not null && range is null && numbers?.All(SpaceValues.IsNumber) != true)
            return Fault(line, $"'{name}' is no number{(numbers is null ? "" : $"; it can be {string.Join(", ", numbers.Select(SpaceValues.Text))}")}");
        bool? logarithmic = map.Find("log") switch
        {
            null => range?.LogBase ?? false,
            YamlTree.Scalar { IsQuoted: false, Text: "true" or "false" } flag => flag.Text == "true",
            _ => null,
        };
        if (logarithmic is null)
            return Fault(map.Find("log")!.Line, $"'log' of '{name}' must be true or false");
        bool isFound = Find("min", range?.Min, out var least) & Find("max", range?.Max, out var most);
        if (!isFound)
            return null;
        bool isWhole = own is UniformIntOption || (own is null ? least!.ParameterType == ParameterType.Integer && most!.ParameterType == ParameterType.Integer : numbers?.All(value => value.ParameterType == ParameterType.Integer) == true);
        if (isWhole && (Number(least!, true) is null || Number(most!, true) is null))
            return Fault(line, $"'{name}' is a whole number; its range is from {SpaceValues.Text(least!)} to {SpaceValues.Text(most!)}");
        double min = least!.AsType<double>(), max = most!.AsType<double>();
        if (!(min < max) || own is UniformSingleOption && !((float)min < (float)max))
            return Fault(line, $"'{name}' is from {SpaceValues.Text(least)} to {SpaceValues.Text(most)}; the least value must be below the greatest{(min == max ? $" (for a fixed value write '{name}: {SpaceValues.Text(least)}')" : "")}");
        if (logarithmic.Value && min <= 0)
            return Fault(line, $"'{name}' begins at {SpaceValues.Text(least)}; on a logarithmic scale it must begin above 0");
        double begin = Math.Clamp(own is null ? min : DefaultOf(own).AsType<double>(), min, max);
        return isWhole ? new UniformIntOption((int)min, (int)max, logarithmic.Value, (int)begin)
            : own is UniformSingleOption ? new UniformSingleOption((float)min, (float)max, logarithmic.Value, Math.Clamp((float)begin, (float)min, (float)max))
            : new UniformDoubleOption(min, max, logarithmic.Value, begin);

        bool Find(string word, double? otherwise, out Parameter? bound)
        {
            bound = map.Find(word) is { } node ? SpaceValues.Read(node) : otherwise is { } value ? own is UniformIntOption ? Parameter.FromInt((int)value) : Parameter.FromDouble(value) : null;
            if (bound is not null && SpaceValues.IsNumber(bound) && (own is not UniformSingleOption || float.IsFinite((float)bound.AsType<double>())))
                return true;
            Fault(map.Find(word)?.Line ?? line, map.Find(word) is { } wrong ? $"'{word}' of '{name}' is {Describe(wrong)}; expected is a number" : $"'{name}' has no '{word}'");
            return false;
        }
    }

    private SearchSpace? Nested(string name, YamlTree node, OptionBase? own)
    {
        if (node is not YamlTree.Map map || own is not (null or SearchSpace))
            return (SearchSpace?)Fault(node.Line, own is null or SearchSpace ? $"'space' of '{name}' must be options by name" : $"'{name}' is no space of its own");
        foreach (var (inner, line, value) in map.Entries)
        {
            if (value is YamlTree.Map inside && inside.Find("when") is not null)
                faults.Add(line, $"'{inner}' within '{name}' has a 'when'; only options that stand by themselves can");
        }
        return new SpaceReader(own is SearchSpace space ? new SpaceDefinition(space, []) : null, faults).Read(map).Space;
    }

    private OptionBase? WithDefault(string name, OptionBase option, YamlTree node)
    {
        if (option is SearchSpace)
            return Fault(node.Line, $"'{name}' is a space; give its options defaults");
        if (ReadValue(name, node, option, mayBeOutside: false) is not { } value)
            return null;
        return option switch
        {
            UniformIntOption number => new UniformIntOption((int)number.Min, (int)number.Max, number.LogBase, value.AsType<int>()),
            UniformSingleOption number => new UniformSingleOption((float)number.Min, (float)number.Max, number.LogBase, Math.Clamp(value.AsType<float>(), (float)number.Min, (float)number.Max)),
            UniformNumericOption number => new UniformDoubleOption(number.Min, number.Max, number.LogBase, value.AsType<double>()),
            ChoiceOption choice => new ChoiceOption([.. choice.Choices.Select(Plain)], Plain(value)),
            _ => option,
        };
    }

    private OptionBase? Fault(int line, string fault)
    {
        faults.Add(line, fault);
        return null;
    }

    private Parameter? FaultOfValue(int line, string fault)
    {
        faults.Add(line, fault);
        return null;
    }

    /// <summary>A number as an option takes it; null where it is none, or not whole but has to be.</summary>
    private static Parameter? Number(Parameter value, bool whole)
    {
        if (!SpaceValues.IsNumber(value))
            return null;
        double number = value.AsType<double>();
        return !whole ? Parameter.FromDouble(number) : number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? Parameter.FromInt((int)number) : null;
    }

    private static Parameter DefaultOf(OptionBase option) => option.SampleFromFeatureSpace(option is SearchSpace space ? space.Default : option.Default);

    private static object Plain(Parameter value) => value.ParameterType switch
    {
        ParameterType.Integer => value.AsType<long>(),
        ParameterType.Number => value.AsType<double>(),
        ParameterType.Bool => value.AsType<bool>(),
        ParameterType.String => value.AsType<string>(),
        _ => value,
    };

    private static string Bound(UniformNumericOption option, double value) => option is UniformIntOption ? FormattableString.Invariant($"{value:0}") : SpaceValues.Real(value);

    private static string Describe(YamlTree node) => node switch
    {
        YamlTree.Scalar { Text: "" } => "empty",
        YamlTree.Scalar scalar => $"'{scalar.Text}'",
        YamlTree.List => "a list",
        _ => "a map",
    };
}
