using System.Text;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace MLPipelines.Sweeps;

/// <summary>
/// Search spaces as text: YAML with a line for each option, such as <c>learning-rate: {min: 1e-5, max: 1e-3, log: true}</c>, <c>epochs: {min: 1, max: 5}</c>,
/// <c>loss: [hinge, log]</c> for a choice, <c>seed: 7</c> for a value that is fixed, and <c>dropout: {min: 0.0, max: 0.5, when: {algorithm: [ease]}}</c> for an option that counts only
/// while another has one of some values.
/// </summary>
/// <remarks>
/// An option may also have a <c>default</c>, with which a sweep begins, and in place of a short form <c>choices: […]</c> or <c>value: …</c>. Bounds that are written without a decimal point
/// or exponent are whole numbers where no task says what the option is.
/// </remarks>
public static class SpaceFile
{
    /// <summary>A space as text that <see cref="Parse"/> and <see cref="Narrow"/> read.</summary>
    public static string Write(SearchSpace space, IReadOnlyList<Condition> conditions)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentNullException.ThrowIfNull(conditions);
        var text = new StringBuilder();
        foreach (var (name, option) in space)
            text.Append(SpaceValues.Text(Parameter.FromString(name))).Append(": ").Append(SpaceWriter.Of(option, [.. conditions.Where(condition => condition.Option == name)])).Append('\n');
        return text.ToString();
    }

    /// <summary>Reads a space that stands for itself.</summary>
    /// <param name="text">The text.</param>
    /// <param name="source">Where it is from, such as a path, for messages.</param>
    /// <exception cref="ArgumentException">The text is no space; the message lists all faults with their lines.</exception>
    public static SpaceDefinition Parse(string text, string source = "The space")
    {
        ArgumentNullException.ThrowIfNull(text);
        return Read(text, source, own: null);
    }

    /// <summary>Reads what replaces or narrows ranges of a task's own space; options that the text does not name stay as they are.</summary>
    /// <remarks>
    /// A choice among texts can only be narrowed; a range of numbers can be any, within what the task can do. Options that count only while another has a value that it cannot have any more
    /// are left out.
    /// </remarks>
    /// <param name="text">The text.</param>
    /// <param name="own">The task's own space.</param>
    /// <param name="source">Where the text is from, such as a path, for messages.</param>
    /// <exception cref="ArgumentException">The text is no space, or contradicts the task's; the message lists all faults with their lines.</exception>
    public static SpaceDefinition Narrow(string text, SpaceDefinition own, string source = "The space")
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(own);
        return Read(text, source, own);
    }

    private static SpaceDefinition Read(string text, string source, SpaceDefinition? own)
    {
        var faults = new SpaceFaults();
        var read = YamlTree.Parse(text, faults) switch
        {
            YamlTree.Map { Entries.Count: > 0 } map => new SpaceReader(own, faults).Read(map),
            YamlTree.Map or YamlTree.Scalar { Text: "" } => new SpaceDefinition([], []),
            { } other => Refuse(other),
            null => null,
        };
        if (!faults.Any && read?.Space.Count == 0)
            faults.Add(1, "it names no option");
        else if (!faults.Any && read?.Space.FeatureSpaceDim == 0)
            faults.Add(1, "no option has more than one value");
        return faults.Any || read is null ? throw SweepErrors.BadSpaceFile(source, faults.InOrder) : read;

        SpaceDefinition? Refuse(YamlTree root)
        {
            faults.Add(root.Line, "expected are options by name, such as 'epochs: {min: 1, max: 5}'");
            return null;
        }
    }
}

/// <summary>A space and its conditions.</summary>
/// <param name="Space">What is searched.</param>
/// <param name="Conditions">Which options count only while another has certain values.</param>
public sealed record SpaceDefinition(SearchSpace Space, IReadOnlyList<Condition> Conditions);
