using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using MLPipelines.Tests.Architecture;

namespace MLPipelines.Tests.Notebooks;

/// <summary>The sample service in a process of its own, on a free port.</summary>
internal sealed class SampleServiceProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private const string Listening = "Now listening on: ";

    private readonly Process _process;
    private readonly StringBuilder _said;

    private SampleServiceProcess(Process process, StringBuilder said, HttpClient client) => (_process, _said, Client) = (process, said, client);

    public HttpClient Client { get; }

    public string Said
    {
        get
        {
            lock (_said)
                return _said.ToString();
        }
    }

    /// <summary>Starts it over a folder with its artifacts and sweeps.</summary>
    public static async Task<SampleServiceProcess> StartAsync(string folder, CancellationToken cancellationToken)
    {
        string configuration = Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory))!);
        string program = Path.Combine(FloorTests.Root, "Pipelines", "Notebooks", "SampleService", "bin", configuration, "net10.0", "MLPipelines.SampleService.dll");
        var start = new ProcessStartInfo("dotnet", [program, "--urls", "http://127.0.0.1:0", "--Service:LookEvery", "00:00:00.050", "--Service:Store", Path.Combine(folder, "Artifacts"),
            "--Service:Sweeps", Path.Combine(folder, "sweeps"), "--Service:Data", Path.Combine(FloorTests.Root, "Data", "tickets", "messages.csv")])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        var said = new StringBuilder();
        var address = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.OutputDataReceived += (_, line) => Hear(line.Data);
        process.ErrorDataReceived += (_, line) => Hear(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => address.TrySetException(new InvalidOperationException($"The service ended:\n{said}"));
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            return new SampleServiceProcess(process, said, new HttpClient { BaseAddress = new Uri(await address.Task.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken)) });
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        void Hear(string? line)
        {
            lock (said)
                said.AppendLine(line);
            if (line?.IndexOf(Listening, StringComparison.Ordinal) is int at and >= 0)
                address.TrySetResult(line[(at + Listening.Length)..]);
        }
    }

    /// <summary>Sends a body and gives the status and what came back.</summary>
    public async Task<(int Status, JsonElement Json)> PostAsync(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await Client.PostAsJsonAsync(path, body, cancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken));
    }

    /// <summary>Asks it to end, as a host does, and waits until it has.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        Assert.AreEqual(0, Kill(_process.Id, Terminate));
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);
        return _process.ExitCode;
    }

    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
