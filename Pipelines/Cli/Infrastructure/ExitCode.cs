namespace MLPipelines.Cli.Infrastructure;

/// <summary>What `mlp` returns to the shell; listed in `mlp --help` and the README.</summary>
internal static class ExitCode
{
    /// <summary>All codes, for the help.</summary>
    public const string Listing = "0 success, 1 failure, 2 wrong command line, 3 wrong or missing data, 4 missing, damaged or refused artifact, 130 stopped by Ctrl-C or a termination signal";

    public const int Success = 0;

    /// <summary>Something failed that is none of the below.</summary>
    public const int Failure = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A file with data is missing or wrong; the message names the place.</summary>
    public const int Data = 3;

    /// <summary>An artifact is missing, damaged, or refused.</summary>
    public const int Artifact = 4;

    /// <summary>Stopped by Ctrl-C or a termination signal.</summary>
    public const int Cancelled = 130;
}
