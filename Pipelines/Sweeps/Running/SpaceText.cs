using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>A space in words, by which an experiment that goes on is held to be the same.</summary>
internal static class SpaceText
{
    public static string Of(SearchSpace space, IReadOnlyList<Condition> conditions) => string.Join(
        Environment.NewLine,
        space.Select(entry => $"{entry.Key}: {Of(entry.Value)}{string.Concat(conditions.Where(condition => condition.Option == entry.Key).Select(condition => $", while {condition.Parent} is {string.Join(" or ", condition.Values)}"))}"));

    private static string Of(OptionBase option) => option switch
    {
        UniformIntOption number => FormattableString.Invariant($"whole {number.Min} to {number.Max}{(number.LogBase ? ", logarithmic" : "")}"),
        UniformNumericOption number => FormattableString.Invariant($"{number.Min} to {number.Max}{(number.LogBase ? ", logarithmic" : "")}"),
        ChoiceOption choice => string.Join(" | ", (object[])choice.Choices),
        SearchSpace nested => $"{{ {Of(nested, []).ReplaceLineEndings("; ")} }}",
        _ => option.ToString()!,
    };
}
