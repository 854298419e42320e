using System.Diagnostics;
using System.Text;
using System.Text.Json;
using MLPipelines.Cli;

namespace MLPipelines.Tests.Cli;

/// <summary>What a command gave back.</summary>
internal sealed record Ran(int Code, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>The one line of error.</summary>
    public string Fault => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Single(line => line.StartsWith("error: ", StringComparison.Ordinal));
}

/// <summary>Runs commands in this process, or in one of their own.</summary>
internal static class Mlp
{
    public static async Task<Ran> RunAsync(IReadOnlyList<string> arguments, string input = "", CancellationToken cancellation = default)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var reader = new StringReader(input);
        int code = await CommandLine.RunAsync(arguments, output, error, reader, cancellation);
        return new Ran(code, output.ToString(), error.ToString());
    }

    public static Task<Ran> RunAsync(params string[] arguments) => RunAsync(arguments, input: "");

    public static Process Start(params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "mlp.dll"));
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    public static async Task<Ran> RunProcessAsync(byte[] input, params string[] arguments)
    {
        using var process = Start(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(limit.Token);
        return new Ran(process.ExitCode, await output, await error);
    }
}

/// <summary>Small labelled texts that are easy to tell apart.</summary>
internal static class SmallTables
{
    private static readonly string[] Things = ["lamp", "chair", "kettle", "tent", "clock", "scarf", "mug", "drone"];

    /// <summary>A table of parcels, money and thanks; columns body and topic.</summary>
    public static string Write(string path, int rows = 90, int seed = 1)
    {
        var random = new Random(seed);
        var text = new StringBuilder("id,body,topic\n");
        for (int i = 0; i < rows; i++)
        {
            string thing = Things[random.Next(Things.Length)];
            string line = (i % 3) switch
            {
                0 => $"\"Where is my {thing}, the parcel with it has not arrived {random.Next(100)}\",delivery",
                1 => $"\"Please refund the money for the {thing}, my card was charged {random.Next(100)}\",billing",
                _ => $"\"Thank you, the {thing} is lovely and I like it {random.Next(100)}\",praise",
            };
            text.Append(i).Append(',').Append(line).Append('\n');
        }
        File.WriteAllText(path, text.ToString());
        return path;
    }

    public static string[] Train(string data, string store, params string[] more) =>
        ["train", "text-classification", "--data", data, "--text", "body", "--label", "topic", "--store", store, "--threads", "1", .. more];
}

/// <summary>A store with one classifier, trained once for all tests that only read it.</summary>
internal static class SharedModel
{
    private static readonly TemporaryFolder Folder = new();
    private static readonly Lazy<Task<string>> Trained = new(async () =>
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Folder.Dispose();
        string store = Folder.File("store");
        var ran = await Mlp.RunAsync(SmallTables.Train(Table, store, "--json"));
        Assert.AreEqual(0, ran.Code, ran.Error);
        return store;
    });
    private static readonly Lazy<string> TableFile = new(() => SmallTables.Write(Folder.File("small.csv")));

    public static string Table => TableFile.Value;

    public static Task<string> StoreAsync() => Trained.Value;
}
