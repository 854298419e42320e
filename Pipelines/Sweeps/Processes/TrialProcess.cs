using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MLPipelines.Sweeps;

/// <summary>A child process that runs trials one after another.</summary>
internal sealed class TrialProcess : IDisposable
{
    private const int LongestLine = 1 << 20;
    private static readonly TimeSpan LogPatience = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly TrialProcessOptions _options;
    private readonly LineReader _lines;
    private readonly Task _errors;
    private volatile BoundedLog _log = new();
    private TaskCompletionSource _logIsComplete = new();

    private TrialProcess(Process process, TrialProcessOptions options)
    {
        (_process, _options, _lines) = (process, options, new LineReader(process.StandardOutput, LongestLine));
        _errors = Task.Run(ReadErrorsAsync);
    }

    public bool IsAlive => !_process.HasExited;

    /// <summary>Whether its last trial ended properly, so that it can run another.</summary>
    public bool CanGoOn { get; private set; }

    /// <summary>Starts the program, and waits until it says that it runs trials.</summary>
    public static async Task<TrialProcess> StartAsync(SweepJob job, TrialProcessOptions options, CancellationToken cancellationToken)
    {
        var command = options.Command ?? SweepProcess.DefaultCommand();
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false), StandardOutputEncoding = new UTF8Encoding(false), StandardErrorEncoding = new UTF8Encoding(false),
        };
        start.Environment[SweepProcess.Variable] = "1";
        if (options.Threads is { } threads)
        {
            foreach (string name in new[] { "DOTNET_PROCESSOR_COUNT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS" })
                start.Environment[name] = threads.ToString(name.StartsWith("DOTNET", StringComparison.Ordinal) ? "X" : "D", CultureInfo.InvariantCulture);
        }
        if (options.MemoryMegabytes is { } memory)
            start.Environment["DOTNET_GCHeapHardLimit"] = ((long)(memory * 1e6)).ToString("X", CultureInfo.InvariantCulture);
        foreach (var (name, value) in options.Environment)
            start.Environment[name] = value;
        Process started;
        try
        {
            started = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new TrialHostException($"The program that is to run trials, '{command[0]}', cannot be started: {e.Message}.", e);
        }
        var child = new TrialProcess(started, options);
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(TimeSpan.FromMinutes(1));
            using var ending = patience.Token.Register(child.Kill);
            string? line = null;
            try
            {
                line = await child._lines.ReadAsync(patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw NoHost("it said nothing for a minute");
            }
            cancellationToken.ThrowIfCancellationRequested();
            if (line is null)
                throw NoHost($"it ended at once: {await child.DescribeEndAsync().ConfigureAwait(false)}");
            if (!TryParse(line, out var message) || message.Hello is null)
                throw NoHost($"it does something else; it wrote '{Shorten(line)}'");
            await child.WriteAsync(new TrialMessage { Job = job }).ConfigureAwait(false);
            return child;
        }
        catch
        {
            child.Dispose();
            throw;
        }

        TrialHostException NoHost(string what) => new(SweepErrors.NoTrialHost(string.Join(' ', command), what).Message);
    }

    /// <summary>Runs a trial to its end.</summary>
    public async Task<double> RunAsync(SweepTrial trial)
    {
        CanGoOn = false;
        _log = trial.Log;
        _logIsComplete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ResetPeak();
        using var tooLarge = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(trial.CancellationToken, tooLarge.Token);
        using var done = new CancellationTokenSource();
        using var ending = stop.Token.Register(Kill);
        var watching = WatchMemoryAsync(trial, tooLarge, done.Token);
        try
        {
            await WriteAsync(new TrialMessage { Trial = new TrialStart(trial.Id, trial.Seed, trial.Parameter.ToString(), trial.IsWatched) }).ConfigureAwait(false);
            return await ReadResultAsync(trial, stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (stop.IsCancellationRequested && e is (OperationCanceledException or TrialFailedException))
        {
            await KillAsync().ConfigureAwait(false);
            trial.CancellationToken.ThrowIfCancellationRequested();
            throw new TrialFailedException(TooMuchMemory(""));
        }
        finally
        {
            await done.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(false);
            if (CanGoOn)
            {
                await Task.WhenAny(_logIsComplete.Task, Task.Delay(LogPatience)).ConfigureAwait(false);
                // A process that holds much of what a trial may use would be a burden to the next.
                CanGoOn = _options.Reuse && IsAlive && !(_options.MemoryMegabytes is { } limit && Resident() > limit / 2);
            }
        }
    }

    /// <summary>Lets it end by itself.</summary>
    public async Task EndAsync()
    {
        try
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            await KillAsync().ConfigureAwait(false);
        }
        Dispose();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private async Task<double> ReadResultAsync(SweepTrial trial, CancellationToken stop)
    {
        TrialPrunedException? pruned = null;
        while (true)
        {
            string? line = await _lines.ReadAsync(stop).ConfigureAwait(false) ?? throw new TrialFailedException(await DescribeEndAsync().ConfigureAwait(false));
            if (!TryParse(line, out var message))
            {
                await KillAsync().ConfigureAwait(false);
                throw new TrialFailedException($"Its process wrote what is no message to the standard output: '{Shorten(line)}'. Let trials write to the log or to the standard error.");
            }
            if (message.Report is { } point)
            {
                try
                {
                    await trial.ReportAsync(point).ConfigureAwait(false);
                }
                catch (TrialPrunedException e)
                {
                    pruned = e;
                }
                await WriteAsync(new TrialMessage { GoOn = pruned is null }).ConfigureAwait(false);
                continue;
            }
            if (message.Result is null && message.Failure is null && message.Pruned is null)
                continue;
            CanGoOn = message.OutOfMemory is null;
            if (message.Failure is { } failure)
                throw new TrialFailedException(message.OutOfMemory == true && _options.MemoryMegabytes is not null ? TooMuchMemory(" " + failure) : failure);
            return pruned is null && message.Result is { } result ? result : throw pruned ?? new TrialPrunedException(0);
        }
    }

    private string TooMuchMemory(string more) => FormattableString.Invariant($"It used more than {_options.MemoryMegabytes} MB.{more}");

    /// <summary>A child that is gone is noticed where its answer is read.</summary>
    private async Task WriteAsync(TrialMessage message)
    {
        try
        {
            await _process.StandardInput.WriteAsync((message.ToLine() + "\n").AsMemory()).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            return;
        }
    }

    private async Task ReadErrorsAsync()
    {
        var lines = new LineReader(_process.StandardError, LongestLine);
        while (await lines.ReadAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
        {
            if (line == TrialServer.EndOfLog)
                _logIsComplete.TrySetResult();
            else
                _log.Add(line);
        }
    }

    /// <summary>How the process ended, and the last that it wrote.</summary>
    private async Task<string> DescribeEndAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await KillAsync().ConfigureAwait(false);
            return "Its process closed its output and did not end.";
        }
        await Task.WhenAny(_errors, Task.Delay(LogPatience)).ConfigureAwait(false);
        string tail = _log.Tail(12).Trim();
        string memory = tail.Contains("Out of memory", StringComparison.OrdinalIgnoreCase) && _options.MemoryMegabytes is not null ? TooMuchMemory(" ") : "";
        return memory + ExitReason.Of(_process.ExitCode) + (tail.Length > 0 ? $" Its last lines:{Environment.NewLine}{tail}" : " It wrote nothing to the standard error.");
    }

    private async Task WatchMemoryAsync(SweepTrial trial, CancellationTokenSource tooLarge, CancellationToken done)
    {
        try
        {
            for (int wait = 10; ; wait = Math.Min(2 * wait, 100))
            {
                Look();
                await Task.Delay(wait, done).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            Look();
        }

        void Look()
        {
            double peak = Peak();
            if (peak > (trial.MemoryMegabytes ?? 0))
                trial.MemoryMegabytes = peak;
            if (peak > _options.MemoryMegabytes && !tooLarge.IsCancellationRequested && !done.IsCancellationRequested)
            {
                tooLarge.Cancel();
            }
        }
    }

    private double Peak() => Measure(process => process.PeakWorkingSet64);

    private double Resident() => Measure(process => process.WorkingSet64);

    private double Measure(Func<Process, long> measure)
    {
        try
        {
            _process.Refresh();
            return measure(_process) / 1e6;
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or IOException)
        {
            return 0;
        }
    }

    /// <summary>Linux forgets the peak of earlier trials when it is asked to; elsewhere the peak is that of all trials of the process.</summary>
    private void ResetPeak()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            File.WriteAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{_process.Id}/clear_refs"), "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return;
        }
    }

    private async Task KillAsync()
    {
        Kill();
        await _process.WaitForExitAsync().ConfigureAwait(false);
    }

    private void Kill()
    {
        try
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            return;
        }
    }

    private static bool TryParse(string line, out TrialMessage message)
    {
        try
        {
            message = TrialMessage.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            message = new TrialMessage();
            return false;
        }
    }

    private static string Shorten(string line) => line.Length > 200 ? line[..200] + " …" : line;
}
