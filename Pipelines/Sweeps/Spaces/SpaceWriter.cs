using System.Globalization;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>Options as they stand in a space file.</summary>
internal static class SpaceWriter
{
    public static string Of(OptionBase option, IReadOnlyList<Condition> conditions)
    {
        if (option is SearchSpace nested)
            return Map([("space", $"{{{string.Join(", ", nested.Select(entry => $"{SpaceValues.Text(Parameter.FromString(entry.Key))}: {Of(entry.Value, [])}"))}}}"), .. When(conditions)]);
        if (option is ChoiceOption choice)
        {
            string list = $"[{string.Join(", ", choice.Choices.Select(SpaceValues.Text))}]";
            var first = choice.FeatureSpaceDim == 0 ? choice.Choices[0] : choice.SampleFromFeatureSpace(choice.Default);
            if (choice.Choices is [var only] && only.ParameterType != ParameterType.Array)
                return conditions.Count == 0 ? SpaceValues.Text(only) : Map([("value", SpaceValues.Text(only)), .. When(conditions)]);
            if (first.Equals(choice.Choices[0]))
                return conditions.Count == 0 ? list : Map([("choices", list), .. When(conditions)]);
            return Map([("choices", list), ("default", SpaceValues.Text(first)), .. When(conditions)]);
        }
        var number = (UniformNumericOption)option;
        Func<double, string> text = number is UniformIntOption ? value => FormattableString.Invariant($"{value:0}") : SpaceValues.Real;
        return Map(
        [
            ("min", text(number.Min)),
            ("max", text(number.Max)),
            .. number.LogBase ? [("log", "true")] : Array.Empty<(string, string)>(),
            ("default", text(Rounded(number.SampleFromFeatureSpace(number.Default).AsType<double>()))),
            .. When(conditions),
        ]);
    }

    /// <summary>What is left of a number that went to its place on a scale and back.</summary>
    private static double Rounded(double value) => double.Parse(value.ToString("G8", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    private static IEnumerable<(string, string)> When(IReadOnlyList<Condition> conditions) => conditions.Count == 0
        ? []
        : [("when", Map(conditions.Select(condition => (SpaceValues.Text(Parameter.FromString(condition.Parent)), $"[{string.Join(", ", condition.Values.Select(SpaceValues.Text))}]"))))];

    private static string Map(IEnumerable<(string Key, string Value)> entries) => $"{{{string.Join(", ", entries.Select(entry => $"{entry.Key}: {entry.Value}"))}}}";
}
