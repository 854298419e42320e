using System.CommandLine;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Infrastructure;

namespace MLPipelines.Cli.Artifacts;

/// <summary>How a model is published: what all commands share that do so.</summary>
internal static class PublishArguments
{
    public static readonly Option<string?> Version = new("--version")
    {
        Description = "The version to publish as; by default chosen from what changed: columns or labels a major one, options a minor one, else a patch.",
        HelpName = "V",
    };

    public static readonly Option<string?> License = new("--license") { Description = "The licence of the model, as an SPDX identifier.", HelpName = "ID" };

    public static readonly Option<string?> Notes = new("--notes") { Description = "Anything worth knowing, kept in the manifest.", HelpName = "TEXT" };

    /// <summary>The version given, or null; a fault is added where it is none.</summary>
    public static SemanticVersion? ReadVersion(Invocation invocation, List<string> faults)
    {
        if (invocation.Get(Version) is not { } given)
            return null;
        if (SemanticVersion.TryParse(given, out var version))
            return version;
        faults.Add($"--version is '{given}'; expected is MAJOR.MINOR.PATCH, such as 1.4.0");
        return null;
    }

    /// <summary>Adds a fault where nothing can be published under a name.</summary>
    public static void CheckName(Invocation invocation, string name, List<string> faults)
    {
        try
        {
            invocation.Store.List(name);
        }
        catch (ArgumentException e)
        {
            faults.Add($"--name: {e.Message.Split(" (Parameter", 2)[0]}");
        }
    }
}
