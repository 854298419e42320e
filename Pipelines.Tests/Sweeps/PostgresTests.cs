using MLPipelines.Benchmarks.Sweeps;

namespace MLPipelines.Tests.Sweeps;

/// <summary>Tests over a PostgreSQL that all of them share, each with a database of its own; skipped where none is installed.</summary>
public abstract class PostgresTests
{
    private static readonly Lazy<PostgresServer?> Shared = new(PostgresServer.Start);

    private protected static PostgresServer Server
    {
        get
        {
            if (Shared.Value is { } server)
                return server;
            Assert.Inconclusive("PostgreSQL is not installed; ./test.sh installs it where it can, or: apt-get install postgresql");
            throw new InvalidOperationException();
        }
    }

    /// <summary>Ends the server, if a test started it.</summary>
    internal static void End()
    {
        if (Shared.IsValueCreated)
            Shared.Value?.Dispose();
    }
}
