using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>Makes a space of what stands in a file, over the space that a task has of its own.</summary>
/// <param name="own">The task's own space; null where the file stands for itself.</param>
/// <param name="faults">Receives all that is wrong.</param>
internal sealed class SpaceReader(SpaceDefinition? own, SpaceFaults faults)
{
    private readonly OptionReader _options = new(faults);
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    public SpaceDefinition Read(YamlTree.Map map)
    {
        var space = new SearchSpace([.. own?.Space ?? []]);
        foreach (var (name, line, value) in map.Entries)
        {
            _lines[name] = line;
            OptionBase? ownOption = null;
            if (own is not null && !own.Space.TryGetValue(name, out ownOption))
                faults.Add(line, $"there is no option '{name}'{SpaceValues.Suggestion(name, own.Space.Keys)}; options are {string.Join(", ", own.Space.Keys)}");
            else if (_options.Read(name, line, value, ownOption) is { } option)
                space[name] = option;
        }
        var given = map.Entries.Where(entry => space.ContainsKey(entry.Key) && entry.Value is YamlTree.Map).SelectMany(entry => ReadWhen(entry.Key, (YamlTree.Map)entry.Value, space)).ToList();
        var replaced = map.Entries.Where(entry => entry.Value is YamlTree.Map value && value.Find("when") is not null).Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        var kept = (own?.Conditions ?? []).Where(condition => !replaced.Contains(condition.Option));
        var conditions = LeaveOutWhatNeverCounts(space, [.. kept, .. given.Select(entry => entry.Condition)]);
        foreach (var (condition, line) in given.Where(entry => SweepErrors.DependsOn(entry.Condition.Parent, entry.Condition.Option, conditions, conditions.Count)))
            faults.Add(line, $"'{condition.Option}' and '{condition.Parent}' depend on each other");
        return new SpaceDefinition(space, conditions);
    }

    private IEnumerable<(Condition Condition, int Line)> ReadWhen(string name, YamlTree.Map option, SearchSpace space)
    {
        if (option.Find("when") is not { } when)
            yield break;
        if (when is not YamlTree.Map { Entries.Count: > 0 } parents)
        {
            faults.Add(when.Line, $"'when' of '{name}' must name another option and its values, such as 'when: {{algorithm: [ease]}}'");
            yield break;
        }
        foreach (var (parent, line, values) in parents.Entries)
        {
            if (parent == name)
            {
                faults.Add(line, $"'{name}' depends on itself");
            }
            else if (!space.TryGetValue(parent, out var parentOption))
            {
                faults.Add(line, $"'{name}' depends on '{parent}', which is no option{SpaceValues.Suggestion(parent, space.Keys)}; options are {string.Join(", ", space.Keys)}");
            }
            else
            {
                Parameter?[] read = [.. (values is YamlTree.List list ? list.Items : [values]).Select(item => _options.ReadValue($"{name}, which depends on '{parent}',", item, parentOption, mayBeOutside: false))];
                if (read.Length == 0)
                    faults.Add(line, $"'{name}' depends on '{parent}' having no value at all");
                else if (read.All(value => value is not null))
                    yield return (new Condition(name, parent, read!), line);
            }
        }
    }

    /// <summary>Values that a narrower choice has no more are struck from conditions; options that can never count are left out, unless the file names them.</summary>
    private IReadOnlyList<Condition> LeaveOutWhatNeverCounts(SearchSpace space, List<Condition> conditions)
    {
        for (int i = 0; i < conditions.Count; i++)
        {
            var condition = conditions[i];
            var possible = space.TryGetValue(condition.Parent, out var parent) ? condition.Values.Where(value => CanBe(parent, value)).ToArray() : [];
            if (possible.Length == condition.Values.Count)
                continue;
            if (possible.Length > 0)
            {
                conditions[i] = condition with { Values = possible };
                continue;
            }
            if (_lines.TryGetValue(condition.Option, out int line) && space.ContainsKey(condition.Option))
                faults.Add(line, $"'{condition.Option}' counts only while '{condition.Parent}' is {string.Join(" or ", condition.Values.Select(SpaceValues.Text))}, which it never is here");
            space.Remove(condition.Option);
            conditions.RemoveAll(other => other.Option == condition.Option);
            // What depends on this option can be before it in the list.
            i = -1;
        }
        return conditions;
    }

    private static bool CanBe(OptionBase option, Parameter value)
    {
        if (option is ChoiceOption choice)
            return choice.Choices.Contains(value);
        try
        {
            option.MappingToFeatureSpace(value);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidCastException)
        {
            return false;
        }
    }
}
