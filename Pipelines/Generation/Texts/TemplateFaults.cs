namespace MLPipelines.Generation;

/// <summary>What is wrong with templates among options.</summary>
internal static class TemplateFaults
{
    /// <summary>A template, all of whose places are among the names; any are where none are given.</summary>
    public static OptionFaults Template(this OptionFaults faults, string? text, string option, params string[] names)
    {
        try
        {
            var template = PromptTemplate.Parse(text ?? "");
            return faults
                .If(text is null || template.Names.Count == 0, $"{option} is '{text}'; it must have a place to fill, such as {{{(names.Length > 0 ? names[^1] : "Text")}}}")
                .If(names.Length > 0 && template.Names.Except(names).Any(), $"{option} has the places {string.Join(", ", template.Names.Except(names))}; there are {string.Join(", ", names)}");
        }
        catch (FormatException e)
        {
            return faults.Add($"{option}: {e.Message.TrimEnd('.')}");
        }
    }
}
