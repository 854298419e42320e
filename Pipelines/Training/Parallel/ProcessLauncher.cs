using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MLPipelines.Training;

/// <summary>One of several processes that train together, as <see cref="ProcessLauncher"/> started it.</summary>
/// <param name="Rank">Which one, from 0.</param>
/// <param name="Processes">How many there are.</param>
/// <param name="Rendezvous">Where they meet.</param>
public sealed record LaunchedProcess(int Rank, int Processes, string Rendezvous)
{
    /// <summary>What this process was started as; <see langword="null"/> where no launcher started it.</summary>
    public static LaunchedProcess? Current =>
        Environment.GetEnvironmentVariable(ProcessLauncher.RendezvousVariable) is { Length: > 0 } rendezvous
        && int.TryParse(Environment.GetEnvironmentVariable(ProcessLauncher.RankVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int rank)
        && int.TryParse(Environment.GetEnvironmentVariable(ProcessLauncher.ProcessesVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int processes)
            ? new LaunchedProcess(rank, processes, rendezvous) : null;

    /// <summary>Sets <see cref="TrainingOptions.Rank"/>, <see cref="TrainingOptions.Processes"/> and <see cref="TrainingOptions.Rendezvous"/>.</summary>
    public void ApplyTo(TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Rank = Rank;
        options.Processes = Processes;
        options.Rendezvous = Rendezvous;
    }
}

/// <summary>How a launched process ended.</summary>
/// <param name="Rank">Which one.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Errors">The end of what it wrote to its standard error.</param>
public sealed record LaunchedProcessEnd(int Rank, int ExitCode, string Errors);

/// <summary>Starts several copies of this program on this machine, which then train together: each finds its part in <see cref="LaunchedProcess.Current"/>.</summary>
public static class ProcessLauncher
{
    internal const string RankVariable = "MLPIPELINES_RANK", ProcessesVariable = "MLPIPELINES_PROCESSES", RendezvousVariable = "MLPIPELINES_RENDEZVOUS";
    private const int ErrorsKept = 20_000;

    /// <summary>
    /// Starts the copies and waits for all of them. The processors are shared out among them, unless <paramref name="environment"/> sets OMP_NUM_THREADS.
    /// When one fails, the others, which could only wait for it, are given a moment to say so and are then ended.
    /// </summary>
    /// <param name="processes">How many, 1 or more.</param>
    /// <param name="arguments">The arguments of each.</param>
    /// <param name="environment">Environment variables of each, beside those of this process.</param>
    /// <param name="output">Receives each line that the first process writes to its standard output; the others' is dropped.</param>
    /// <param name="cancellationToken">Ends all of them.</param>
    /// <returns>How each ended, by rank.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled; all copies have ended.</exception>
    public static async Task<IReadOnlyList<LaunchedProcessEnd>> RunAsync(
        int processes, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, Action<string>? output = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(processes, 1);
        ArgumentNullException.ThrowIfNull(arguments);
        string rendezvous = string.Create(CultureInfo.InvariantCulture, $"tcp://127.0.0.1:{FreePort()}");
        string[] all = [.. arguments];
        var copies = new List<Copy>();
        try
        {
            for (int rank = 0; rank < processes; rank++)
                copies.Add(new Copy(rank, Start(rank, processes, rendezvous, all, environment), rank == 0 ? output : null));
            var waiting = copies.ConvertAll(copy => copy.Process.WaitForExitAsync(cancellationToken));
            while (waiting.Count > 0)
            {
                var ended = await Task.WhenAny(waiting).ConfigureAwait(false);
                waiting.Remove(ended);
                await ended.ConfigureAwait(false);
                if (copies.Exists(copy => copy.Process.HasExited && copy.Process.ExitCode != 0) && waiting.Count > 0)
                {
                    await Task.WhenAny(Task.WhenAll(waiting), Task.Delay(TimeSpan.FromSeconds(10), cancellationToken)).ConfigureAwait(false);
                    copies.ForEach(copy => copy.End());
                }
            }
            copies.ForEach(copy => copy.Process.WaitForExit());
            return copies.ConvertAll(copy => new LaunchedProcessEnd(copy.Rank, copy.Process.ExitCode, copy.Errors));
        }
        finally
        {
            copies.ForEach(copy => copy.Dispose());
        }
    }

    private static Process Start(int rank, int processes, string rendezvous, string[] arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        // A program that runs in the shared host is started again through it.
        string entry = Environment.GetCommandLineArgs()[0];
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet")
            start.ArgumentList.Add(Path.GetFullPath(entry));
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["OMP_NUM_THREADS"] = Math.Max(1, Environment.ProcessorCount / processes).ToString(CultureInfo.InvariantCulture);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        start.Environment[RankVariable] = rank.ToString(CultureInfo.InvariantCulture);
        start.Environment[ProcessesVariable] = processes.ToString(CultureInfo.InvariantCulture);
        start.Environment[RendezvousVariable] = rendezvous;
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Copy : IDisposable
    {
        private readonly StringBuilder _errors = new();

        public Copy(int rank, Process process, Action<string>? output)
        {
            Rank = rank;
            Process = process;
            process.OutputDataReceived += (_, line) =>
            {
                if (line.Data != null)
                    output?.Invoke(line.Data);
            };
            process.ErrorDataReceived += (_, line) =>
            {
                lock (_errors)
                {
                    if (line.Data != null)
                        _errors.AppendLine(line.Data);
                    if (_errors.Length > 2 * ErrorsKept)
                        _errors.Remove(0, _errors.Length - ErrorsKept);
                }
            };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        public int Rank { get; }

        public Process Process { get; }

        public string Errors
        {
            get
            {
                lock (_errors)
                    return _errors.ToString();
            }
        }

        public void End()
        {
            if (!Process.HasExited)
                Process.Kill(entireProcessTree: true);
        }

        public void Dispose()
        {
            End();
            Process.Dispose();
        }
    }
}
