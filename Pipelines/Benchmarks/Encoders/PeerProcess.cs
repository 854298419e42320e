using System.Diagnostics;
using System.Text.Json;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>What a side of the benchmark got done.</summary>
/// <param name="Version">The version of what did it.</param>
/// <param name="Steps">Batches.</param>
/// <param name="Rows">Texts.</param>
/// <param name="Tokens">Tokens without padding.</param>
/// <param name="Cells">Tokens with padding.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record SideResult(string Version, long Steps, long Rows, long Tokens, long Cells, double Seconds)
{
    public double TokensPerSecond => Tokens / Seconds;

    public double RowsPerSecond => Rows / Seconds;
}

/// <summary>Runs the loops of others as child processes, over the same ids.</summary>
internal static class PeerProcess
{
    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    /// <summary>A Python that has torch: the one that the environment variable PYTHON names, or the system's.</summary>
    /// <returns>Null, with the reason written, where there is none.</returns>
    public static string? FindPython()
    {
        string[] candidates = Environment.GetEnvironmentVariable("PYTHON") is { Length: > 0 } named ? [named] : ["/usr/bin/python3", "python3"];
        foreach (string candidate in candidates)
        {
            if (TryRun(candidate, ["-c", "import torch"], null, out _, out _))
                return candidate;
        }
        Console.WriteLine($"The Python loop is left out: {string.Join(" and ", candidates)} cannot import torch (apt-get install python3-torch, or name another with the environment variable PYTHON).");
        return null;
    }

    /// <summary>Runs peers/encoder.py over some work.</summary>
    /// <returns>Null, with the reason written, where it failed.</returns>
    public static SideResult? Python(string python, PeerWork work, params (string Name, string Value)[] environment)
    {
        using var answer = Run(python, "encoder.py", work, null, [("OPENBLAS_NUM_THREADS", "1"), .. environment]);
        return answer == null ? null : Read(answer, "torch");
    }

    /// <summary>Runs peers/encoder.mjs over some work, with the packages of a folder.</summary>
    /// <returns>Null, with the reason written, where it failed.</returns>
    public static SideResult? Node(string folder, PeerWork work)
    {
        using var answer = Run("node", "encoder.mjs", work, folder, []);
        return answer == null ? null : Read(answer, "transformers");
    }

    private static SideResult Read(JsonDocument answer, string version)
    {
        var root = answer.RootElement;
        long Number(string name) => root.TryGetProperty(name, out var value) ? value.GetInt64() : 0;
        return new SideResult(root.GetProperty(version).GetString()!, Number("steps"), Number("rows"), Number("tokens"), Number("cells"),
            root.TryGetProperty("seconds", out var seconds) ? seconds.GetDouble() : 0);
    }

    private static JsonDocument? Run(string program, string script, PeerWork work, string? folder, (string Name, string Value)[] environment)
    {
        string file = Path.GetTempFileName();
        try
        {
            using (var stream = File.Create(file))
                JsonSerializer.Serialize(stream, work, Snake);
            string path = Path.Combine(AppContext.BaseDirectory, "peers", script);
            if (TryRun(program, [path, file], folder, out string output, out string errors, environment))
                return JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]);
            Console.WriteLine($"{program} {script} failed: {string.Join(' ', errors.TrimEnd().Split('\n')[^1..])}");
            return null;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static bool TryRun(string program, string[] arguments, string? folder, out string output, out string errors, params (string Name, string Value)[] environment)
    {
        output = "";
        errors = "";
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            var reading = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            errors = reading.GetAwaiter().GetResult();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            errors = exception.Message;
            return false;
        }
    }
}

/// <summary>What peers/encoder.py and peers/encoder.mjs are given; they explain the fields.</summary>
internal sealed record PeerWork
{
    public required string Mode { get; init; }

    public string Precision { get; init; } = "float32";

    public string Device { get; init; } = "cpu";

    public required int Threads { get; init; }

    public required PeerConfig Config { get; init; }

    public int Seed { get; init; } = 1;

    public double LearningRate { get; init; } = 2e-5;

    public required double Seconds { get; init; }

    public int WarmUp { get; init; } = 1;

    public required PeerBatch[] Batches { get; init; }

    public string? Onnx { get; init; }

    public string? Model { get; init; }
}

/// <summary>The shape of the network.</summary>
internal sealed record PeerConfig(int Vocabulary, int Hidden, int Layers, int Heads, int Intermediate, int Positions, int Types, int Labels);

/// <summary>A batch of rows of token ids.</summary>
internal sealed record PeerBatch(int[][] Rows, int[] Labels);
