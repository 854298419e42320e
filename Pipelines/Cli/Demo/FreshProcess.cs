using System.Diagnostics;
using System.Text;
using MLPipelines.Cli.Infrastructure;

namespace MLPipelines.Cli.Demo;

/// <summary>Runs mlp in another process.</summary>
internal static class FreshProcess
{
    /// <summary>Runs a command with the given lines as its standard input, and returns the lines of its standard output.</summary>
    public static async Task<IReadOnlyList<string>> RunAsync(IEnumerable<string> arguments, IReadOnlyList<string> input, CancellationToken cancellation)
    {
        using var process = new Process { StartInfo = Describe(arguments) };
        process.Start();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = process.StandardError.ReadToEndAsync(cancellation);
            foreach (var line in input)
                await process.StandardInput.WriteAsync(line + "\n").ConfigureAwait(false);
            process.StandardInput.Close();
            await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
            if (process.ExitCode != ExitCode.Success)
                throw new CommandFailure(process.ExitCode, $"The fresh process ended with exit code {process.ExitCode}: {(await error.ConfigureAwait(false)).Trim()}");
            return (await output.ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static ProcessStartInfo Describe(IEnumerable<string> arguments)
    {
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        string library = Path.Combine(AppContext.BaseDirectory, "mlp.dll");
        string self = Environment.ProcessPath ?? "";
        bool isLauncher = Path.GetFileNameWithoutExtension(self) == "mlp";
        string host = isLauncher ? self : Path.GetFileNameWithoutExtension(self) == "dotnet" ? self : "dotnet";
        var start = new ProcessStartInfo(host)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = encoding,
            StandardOutputEncoding = encoding,
            StandardErrorEncoding = encoding,
        };
        if (!isLauncher)
            start.ArgumentList.Add(library);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }
}
