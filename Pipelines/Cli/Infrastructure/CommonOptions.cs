using System.CommandLine;

namespace MLPipelines.Cli.Infrastructure;

/// <summary>Options that every command has, or that several share.</summary>
internal static class CommonOptions
{
    public const string StoreVariable = "MLP_STORE";

    public static readonly Option<bool> Json = new("--json")
    {
        Description = "Write the result as JSON on standard output: one object, or one a row; everything else goes to standard error.",
        Recursive = true,
    };

    public static readonly Option<bool> Quiet = new("--quiet", "-q")
    {
        Description = "No progress and no remarks.",
        Recursive = true,
    };

    public static readonly Option<bool> Verbose = new("--verbose")
    {
        Description = "With an error, show the stack trace too.",
        Recursive = true,
    };

    public static readonly Option<string> Store = new("--store")
    {
        Description = $"The folder with the artifacts; by default ${StoreVariable}, or else 'Artifacts' in the current folder.",
        HelpName = "DIR",
        DefaultValueFactory = _ => DefaultStore,
        Recursive = true,
    };

    private static string DefaultStore => Environment.GetEnvironmentVariable(StoreVariable) is { Length: > 0 } folder ? folder : "Artifacts";

    public static Option<string?> Separator() => new("--separator")
    {
        Description = "The character between fields, or 'tab'; found from the header where not given.",
        HelpName = "C",
    };

    /// <summary>The separator given, or null; a fault is added where it is none.</summary>
    public static char? ParseSeparator(string? text, List<string> faults)
    {
        switch (text)
        {
            case null:
                return null;
            case "tab" or "\\t":
                return '\t';
            case [var c] when char.IsAscii(c) && c is not ('"' or '\r' or '\n' or '\0'):
                return c;
            default:
                faults.Add($"--separator is '{text}'; it must be one ASCII character other than a quote or a line end, or the word tab");
                return null;
        }
    }
}
