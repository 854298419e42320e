using System.CommandLine;
using MLPipelines.Cli.Infrastructure;

namespace MLPipelines.Cli.Artifacts;

/// <summary>A version of an artifact as it stands on the command line: <c>NAME</c>, <c>NAME@1.2.0</c> or <c>NAME@production</c>.</summary>
internal readonly record struct ArtifactReference(string Name, string? Version)
{
    public static ArtifactReference Parse(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        if (at == 0 || at == text.Length - 1)
            throw CommandFailure.Usage($"'{text}' is not an artifact; expected is NAME, NAME@VERSION or NAME@ALIAS, such as intent@1.2.0 or intent@production");
        return at < 0 ? new(text, null) : new(text[..at], text[(at + 1)..]);
    }

    public static Argument<string> Argument() => new("artifact")
    {
        HelpName = "NAME[@VERSION|@ALIAS]",
        Description = "The artifact; without version or alias, the latest.",
    };

    public override string ToString() => Version is null ? Name : $"{Name}@{Version}";
}
