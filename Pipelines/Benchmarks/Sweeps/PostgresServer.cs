using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace MLPipelines.Benchmarks.Sweeps;

/// <summary>A PostgreSQL of its own on loopback, in a temporary folder; it ends when this process does.</summary>
internal sealed class PostgresServer : IDisposable
{
    private const string User = "sweeps", Password = "p@ss:word/1";

    // PostgreSQL refuses to run as root.
    private static readonly string[] Prefix = Environment.UserName == "root" ? ["runuser", "-u", "postgres", "--"] : [];

    // Ends the server when the standard input ends.
    private const string Guard = "\"$@\" </dev/null & server=$!; cat >/dev/null; kill -INT $server 2>/dev/null; wait $server";

    private readonly string _bin;
    private readonly string _folder;
    private readonly int _port;
    private Process? _guard;

    private PostgresServer(string bin, string folder, int port) => (_bin, _folder, _port) = (bin, folder, port);

    /// <summary>The URL of a ledger in it.</summary>
    public string Url => UrlOf("postgres");

    /// <summary>Starts one.</summary>
    /// <returns>Null where none is installed.</returns>
    public static PostgresServer? Start()
    {
        if (FindPrograms() is not { } bin)
            return null;
        string folder = Directory.CreateTempSubdirectory("mlpipelines-postgres-").FullName;
        string password = Path.Combine(folder, "password"), data = Path.Combine(folder, "data");
        File.WriteAllText(password, Password);
        if (Prefix.Length > 0)
            Run("chown", "-R", "postgres", folder);
        Run([.. Prefix, Path.Combine(bin, "initdb"), "-D", data, "-U", User, "-A", "scram-sha-256", "--pwfile", password, "-E", "UTF8", "--locale=C", "-N"]);
        var server = new PostgresServer(bin, folder, FreePort());
        server.Launch();
        return server;
    }

    /// <summary>A new database in it.</summary>
    public string CreateDatabase()
    {
        string name = "d" + Guid.NewGuid().ToString("N");
        Execute("postgres", $"CREATE DATABASE {name}");
        return UrlOf(name);
    }

    public void Execute(string url, string sql)
    {
        using var connection = new NpgsqlConnection(Connection(url.Contains('/', StringComparison.Ordinal) ? new Uri(url).AbsolutePath.TrimStart('/') : url));
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }

    /// <summary>As when the machine loses its power: no one is told, nothing is finished.</summary>
    public void Kill()
    {
        int process = int.Parse(File.ReadLines(Path.Combine(_folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        using var found = Process.GetProcessById(process);
        found.Kill();
        found.WaitForExit();
        EndGuard();
    }

    /// <summary>Starts it and waits until it answers.</summary>
    public void Launch()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            string[] command =
            [
                .. Prefix, "sh", "-c", Guard, "sh", Path.Combine(_bin, "postgres"), "-D", Path.Combine(_folder, "data"), "-p", _port.ToString(CultureInfo.InvariantCulture), "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", "-c", "max_connections=300", "-c", "shared_buffers=32MB", "-c", "logging_collector=off",
            ];
            _guard = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
            var guard = _guard;
            guard.OutputDataReceived += (_, _) => { };
            var errors = new List<string>();
            guard.ErrorDataReceived += (_, line) =>
            {
                lock (errors)
                    errors.Add(line.Data ?? "");
            };
            guard.BeginOutputReadLine();
            guard.BeginErrorReadLine();
            for (int i = 0; i < 40; i++)
            {
                if (Answers())
                    return;
                Thread.Sleep(50);
            }
            EndGuard();
            if (watch.Elapsed > TimeSpan.FromSeconds(60))
                throw new InvalidOperationException($"PostgreSQL does not start: {string.Join(Environment.NewLine, errors.TakeLast(10))}");
        }
    }

    public void Dispose()
    {
        EndGuard();
        Directory.Delete(_folder, recursive: true);
    }

    private void EndGuard()
    {
        if (_guard is not { } guard)
            return;
        _guard = null;
        guard.StandardInput.Close();
        if (!guard.WaitForExit(10_000))
            guard.Kill(entireProcessTree: true);
        guard.Dispose();
    }

    private bool Answers()
    {
        try
        {
            Execute("postgres", "SELECT 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private string UrlOf(string database) => string.Create(CultureInfo.InvariantCulture, $"postgres://{User}:{Uri.EscapeDataString(Password)}@127.0.0.1:{_port}/{database}");

    private string Connection(string database) =>
        new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = _port, Username = User, Password = Password, Database = database, Pooling = false, Timeout = 5, SearchPath = "mlpipelines_sweeps" }.ToString();

    private static string? FindPrograms()
    {
        const string debian = "/usr/lib/postgresql";
        var folders = Directory.Exists(debian) ? Directory.GetDirectories(debian).OrderDescending(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")) : [];
        return folders.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "postgres")));
    }

    private static void Run(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
        var output = process.StandardOutput.ReadToEndAsync();
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}: {errors}{output.Result}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
