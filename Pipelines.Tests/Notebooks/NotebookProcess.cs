using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace MLPipelines.Tests.Notebooks;

/// <summary>Runs a compiled program in a process of its own, which is this one once more: all libraries are beside it.</summary>
internal static class NotebookProcess
{
    private const string ProgramVariable = "MLPIPELINES_NOTEBOOK";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Runs it, and gives what each cell wrote.</summary>
    /// <param name="assemblyPath">The program.</param>
    /// <param name="folder">The folder that it runs in.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static Dictionary<int, string> Run(string assemblyPath, string folder)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(NotebookProcess).Assembly.Location] : [])
        {
            WorkingDirectory = folder,
            Environment = { [ProgramVariable] = assemblyPath },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{Path.GetFileName(assemblyPath)} took more than {Patience}.");
        }
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{Path.GetFileName(assemblyPath)} ended with {process.ExitCode}:\n{output.Result.Replace(NotebookProgram.Mark, '#')}\n{error.Result}");
        return output.Result.Split(NotebookProgram.Mark, StringSplitOptions.RemoveEmptyEntries)
            .Select(part => (End: part.IndexOf('\n'), Part: part))
            .ToDictionary(part => int.Parse(part.Part.AsSpan(0, part.End), CultureInfo.InvariantCulture), part => part.Part[(part.End + 1)..]);
    }

    /// <summary>Runs the program that this process was started for, if it was.</summary>
    /// <returns>Its exit code; null if this process is there for something else.</returns>
    public static int? Play()
    {
        if (Environment.GetEnvironmentVariable(ProgramVariable) is not { Length: > 0 } path)
            return null;
        var entry = Assembly.LoadFrom(path).EntryPoint!;
        return entry.Invoke(null, BindingFlags.DoNotWrapExceptions, null, entry.GetParameters().Length == 0 ? [] : [Array.Empty<string>()], CultureInfo.InvariantCulture) as int? ?? 0;
    }
}
