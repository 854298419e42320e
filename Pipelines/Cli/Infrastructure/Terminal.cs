using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace MLPipelines.Cli.Infrastructure;

/// <summary>
/// Where a command writes: its result to standard output, everything else to standard error, so that
/// <c>--json</c> leaves exactly one object (or one a row) on standard output.
/// </summary>
internal sealed class Terminal
{
    private const int WidthElsewhere = 160;

    private readonly TextWriter _output;
    private readonly TextWriter _error;

    public Terminal(TextWriter output, TextWriter error, TextReader input, bool json, bool quiet = false)
    {
        _output = output;
        _error = error;
        Quiet = quiet;
        Input = input;
        Json = json;
        Out = Make(output);
        Error = Make(error);
    }

    public bool Json { get; }

    /// <summary>Whether progress and remarks are left out.</summary>
    public bool Quiet { get; }

    public TextReader Input { get; }

    /// <summary>Results, for people.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>Progress, notes and errors.</summary>
    public IAnsiConsole Error { get; }

    /// <summary>A result for machines: one line.</summary>
    public void WriteJson<T>(T value, JsonTypeInfo<T> type) => _output.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>A line of a result as it is, without markup or wrapping.</summary>
    public void WriteLine(string line) => _output.WriteLine(line);

    /// <summary>A part of a line of a result.</summary>
    public void Write(string text) => _output.Write(text);

    /// <summary>Makes what was written visible now.</summary>
    public void Flush() => _output.Flush();

    /// <summary>A remark that is no result, on one line.</summary>
    public void Note(string text)
    {
        if (!Quiet)
            _error.WriteLine(Error.Profile.Capabilities.Ansi ? $"\e[90m{text}\e[0m" : text);
    }

    /// <summary>An error, on one line however long, so that scripts can read it.</summary>
    public void WriteError(string text) => _error.WriteLine(Error.Profile.Capabilities.Ansi ? $"\e[31merror:\e[0m {text}" : $"error: {text}");

    public void WritePlainError(string text) => _error.WriteLine(text);

    private static IAnsiConsole Make(TextWriter writer)
    {
        bool isTerminal = ReferenceEquals(writer, Console.Out) && !Console.IsOutputRedirected
            || ReferenceEquals(writer, Console.Error) && !Console.IsErrorRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal && Environment.GetEnvironmentVariable("NO_COLOR") is null or "" ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!isTerminal)
            console.Profile.Width = WidthElsewhere;
        return console;
    }
}
