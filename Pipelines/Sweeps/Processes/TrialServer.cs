using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>The child's side: reads trials, runs one after another, says what came of them; ends when its input does, which is when the parent ends, however it does.</summary>
internal sealed class TrialServer(Stream input, Stream output)
{
    /// <summary>A line of the standard error: all that a trial wrote stands before it.</summary>
    internal const string EndOfLog = "\u0004";

    private const int FailureLimit = 16 * 1024;

    private readonly Channel<TrialMessage> _messages = Channel.CreateUnbounded<TrialMessage>();
    private readonly StreamWriter _writer = new(output, new UTF8Encoding(false)) { AutoFlush = true, NewLine = "\n" };
    private readonly Lock _writing = new();
    private volatile bool _isBusy;

    public async Task RunAsync()
    {
        // Interrupts reach all processes of a terminal; the parent decides what becomes of its children.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        // What trials print must not come between the messages.
        Console.SetOut(Console.Error);
        Write(new TrialMessage { Hello = Environment.ProcessId });
        new Thread(Read) { IsBackground = true, Name = "trial input" }.Start();
        SweepJob? job = null;
        SweepTask? task = null;
        SweepMetric? metric = null;
        await foreach (var message in _messages.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            if (message.Job is { } given)
            {
                (job, task) = (given, null);
                continue;
            }
            if (message.Trial is not { } start)
                continue;
            _isBusy = true;
            var answer = Run(() =>
            {
                task ??= SweepTasks.Open(job ?? throw new InvalidOperationException("A trial came before its job."));
                metric = task.MetricOf(job!.Metric);
                var trial = new SweepTrial(start.Id, JsonSerializer.Deserialize<Parameter>(start.Parameter)!, start.Seed, ReportAsync, CancellationToken.None) { IsWatched = start.IsWatched, Log = new BoundedLog { Sink = Console.Error.WriteLine } };
                return task.Run(trial, metric);
            });
            Console.Error.WriteLine(EndOfLog);
            await Console.Error.FlushAsync().ConfigureAwait(false);
            _isBusy = false;
            Write(answer);
        }
    }

    private static TrialMessage Run(Func<double> work)
    {
        try
        {
            return new TrialMessage { Result = work() };
        }
        catch (TrialPrunedException)
        {
            return new TrialMessage { Pruned = true };
        }
#pragma warning disable CA1031 // Whatever a trial throws is written down.
        catch (Exception e)
#pragma warning restore CA1031
        {
            string text = e.ToString();
            return new TrialMessage { Failure = text.Length > FailureLimit ? text[..FailureLimit] + " …" : text, OutOfMemory = e is OutOfMemoryException ? true : null };
        }
    }

    private async Task ReportAsync(MetricPoint point)
    {
        Write(new TrialMessage { Report = point });
        if ((await _messages.Reader.ReadAsync().ConfigureAwait(false)).GoOn == false)
            throw new TrialPrunedException(point.Step);
    }

    private void Write(TrialMessage message)
    {
        lock (_writing)
            _writer.WriteLine(message.ToLine());
    }

    private void Read()
    {
        try
        {
            using var reader = new StreamReader(input, new UTF8Encoding(false));
            while (reader.ReadLine() is { } line)
                _messages.Writer.TryWrite(TrialMessage.Parse(line));
        }
        finally
        {
            _messages.Writer.TryComplete();
            // A trial that is under way has nobody to work for any more, and may not be one that can be asked to stop.
            if (_isBusy)
                Process.GetCurrentProcess().Kill();
        }
    }
}
