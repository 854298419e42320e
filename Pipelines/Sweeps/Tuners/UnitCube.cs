using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>The points of a space as tuners see them: coordinates from 0 to 1, those that are alike brought to one place.</summary>
/// <param name="space">What is searched.</param>
/// <param name="conditions">Which options count only while another has certain values.</param>
internal sealed class UnitCube(SearchSpace space, IReadOnlyList<Condition> conditions)
{
    /// <summary>Where a coordinate that does not count is put.</summary>
    private const double Idle = 0.5;

    private readonly int?[] _steps = space.Step;

    public int Dimensions => _steps.Length;

    /// <summary>The values of each coordinate that is a choice without an order; 0 of others.</summary>
    public int[] Choices { get; } = FindChoices(space);

    /// <summary>The point to begin with.</summary>
    public double[] Default => Canonical(space.Default);

    /// <summary>The nearest point that stands for a value: steps are brought to their middles, coordinates that do not count to one place.</summary>
    public double[] Canonical(ReadOnlySpan<double> point)
    {
        var canonical = point.ToArray();
        var parameter = space.SampleFromFeatureSpace(canonical);
        int at = 0;
        foreach (var (key, option) in space)
        {
            int width = option.FeatureSpaceDim;
            if (!Counts(key, parameter))
                canonical.AsSpan(at, width).Fill(Idle);
            else if (width > 0)
                option.MappingToFeatureSpace(parameter[key]).CopyTo(canonical, at);
            at += width;
        }
        return canonical;
    }

    /// <summary>The values at a point; options that do not count are left out.</summary>
    public Parameter ToParameter(double[] point)
    {
        var parameter = space.SampleFromFeatureSpace(point);
        LeaveOutWhatDoesNotCount(parameter);
        return parameter;
    }

    /// <summary>Removes the options that do not count with the values of the others.</summary>
    public void LeaveOutWhatDoesNotCount(Parameter parameter)
    {
        foreach (string key in space.Keys)
        {
            if (!Counts(key, parameter))
                parameter.Remove(key);
        }
    }

    /// <summary>The point of values, of which those that do not count may be missing.</summary>
    public double[] ToPoint(Parameter parameter)
    {
        var point = new double[Dimensions];
        int at = 0;
        foreach (var (key, option) in space)
        {
            if (parameter.TryGetValue(key, out var value))
                option.MappingToFeatureSpace(Choice(option, value)).CopyTo(point, at);
            else
                point.AsSpan(at, option.FeatureSpaceDim).Fill(Idle);
            at += option.FeatureSpaceDim;
        }
        return Canonical(point);
    }

    public double[] Random(Random random)
    {
        var point = new double[Dimensions];
        for (int i = 0; i < point.Length; i++)
            point[i] = random.NextDouble();
        return Canonical(point);
    }

    private bool Counts(string key, Parameter parameter)
    {
        foreach (var condition in conditions)
        {
            if (condition.Option == key && !(parameter.TryGetValue(condition.Parent, out var value) && condition.Values.Contains(value) && Counts(condition.Parent, parameter)))
                return false;
        }
        return true;
    }

    /// <summary>A choice as the space has it: in JSON, 1.0 and 1 are one text, and come back as a whole number.</summary>
    private static Parameter Choice(OptionBase option, Parameter value) =>
        option is ChoiceOption { Choices: var choices } && !choices.Contains(value) ? choices.FirstOrDefault(choice => choice.ToString() == value.ToString()) ?? value : value;

    private static int[] FindChoices(SearchSpace space) =>
        [.. space.Values.SelectMany(option => option switch
        {
            SearchSpace nested => FindChoices(nested),
            ChoiceOption choice when choice.FeatureSpaceDim == 1 => [choice.Choices.Length],
            _ => new int[option.FeatureSpaceDim],
        })];
}

/// <summary>An option counts only while another has one of some values; in all other trials it is left out.</summary>
/// <param name="Option">The option.</param>
/// <param name="Parent">The other, which must not be under the condition itself, not even through a third.</param>
/// <param name="Values">The values of the other.</param>
public sealed record Condition(string Option, string Parent, params IReadOnlyList<Parameter> Values);
