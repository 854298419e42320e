using System.CommandLine;
using System.Globalization;

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

    /// <summary>The option that leads to the same store again, for commands that are shown; empty where it was not given.</summary>
    public static string SameStore(Invocation invocation) => invocation.IsGiven(Store) ? $" --store {Quoted(invocation.Get(Store))}" : "";

    /// <summary>A word as a shell takes it.</summary>
    public static string Quoted(string word) => word.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('/' or '.' or '-' or '_' or ':' or '=')) ? $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'" : word;

    /// <summary>The share of the rows to hold out, of a command that has <c>--test</c> and <c>--test-fraction</c>; faults are added where they do not go together or are out of range.</summary>
    public static double ReadTestFraction(string? test, double? fraction, double usual, List<string> faults)
    {
        if (test is not null && fraction is not null)
            faults.Add("--test and --test-fraction are both given; give one of them");
        if (fraction is not (null or (>= 0 and <= 0.9)))
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"--test-fraction is {fraction}; it must be from 0 to 0.9"));
        return test is null ? fraction ?? usual : 0;
    }

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
