using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Data;
using MLPipelines.Cli.Demo;
using MLPipelines.Cli.Doctor;
using MLPipelines.Cli.Encoders;
using MLPipelines.Cli.Entities;
using MLPipelines.Cli.Export;
using MLPipelines.Cli.Generation;
using MLPipelines.Cli.Imaging;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Cli.Recommendation;
using MLPipelines.Cli.Sweeps;

namespace MLPipelines.Cli;

/// <summary>The command line <c>mlp</c>, over any writers and reader.</summary>
internal static class CommandLine
{
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };
    private static readonly Lazy<RootCommand> Root = new(Create);
    private static readonly Lock Gate = new();

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">The command and its arguments.</param>
    /// <param name="output">Receives the result.</param>
    /// <param name="error">Receives progress, remarks and errors.</param>
    /// <param name="input">Where <c>predict</c> reads texts from when it is given none.</param>
    /// <param name="cancellation">Stops the command cleanly.</param>
    /// <returns>A code of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, TextWriter output, TextWriter error, TextReader input, CancellationToken cancellation = default)
    {
        var result = Parse(arguments.Count == 0 ? ["--help"] : arguments);
        var terminal = new Terminal(output, error, input, json: false);
        if (result.Action is ParseErrorAction or null)
        {
            var faults = result.Errors.Select(fault => fault.Message).Distinct().ToList();
            terminal.WriteError($"{string.Join(' ', faults)} See: {Path(result)} --help");
            return ExitCode.Usage;
        }
        try
        {
            var configuration = new Streams { Input = input, Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await result.InvokeAsync(configuration, cancellation).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The one place where every exception becomes a message and an exit code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            output.Flush();
            return Failures.Report(exception, terminal, result.GetValue(CommonOptions.Verbose));
        }
    }

    /// <summary>What is wrong with a command line, without running it.</summary>
    public static IReadOnlyList<string> Check(IReadOnlyList<string> arguments)
    {
        var result = Parse(arguments);
        return result.Action is HelpWithExamples ? [] : [.. result.Errors.Select(fault => fault.Message)];
    }

    // Symbols look some of their properties up on first use, so that parsing is for one thread at a time.
    private static ParseResult Parse(IReadOnlyList<string> arguments)
    {
        lock (Gate)
            return Root.Value.Parse(arguments, Parser);
    }

    private static Terminal TerminalOf(ParseResult result)
    {
        var streams = (Streams)result.InvocationConfiguration;
        return new Terminal(streams.Output, streams.Error, streams.Input, result.GetValue(CommonOptions.Json), result.GetValue(CommonOptions.Quiet));
    }

    private static RootCommand Create()
    {
        Func<ParseResult, Terminal> terminal = TerminalOf;
        var root = new RootCommand("Trains, evaluates, publishes and uses text classifiers and recommenders; every model is one versioned, verifiable .zip.")
        {
            TrainCommand.Create(terminal),
            PretrainCommand.Create(terminal),
            EvaluateCommand.Create(terminal),
            PredictCommand.Create(terminal),
            EmbedCommand.Create(terminal),
            GenerateCommand.Create(terminal),
            RecommendCommand.Create(terminal),
            SimilarCommand.Create(terminal),
            EntitiesCommand.Create(terminal),
            ImagineCommand.Create(terminal),
            ExportCommand.Create(terminal),
            SweepCommand.Create(terminal),
            ValidateCommand.Create(terminal),
            DataCommand.Create(terminal),
            ArtifactsCommand.Create(terminal),
            DemoCommand.Create(terminal),
            DoctorCommand.Create(terminal),
        };
        root.Options.Add(CommonOptions.Json);
        root.Options.Add(CommonOptions.Quiet);
        root.Options.Add(CommonOptions.Verbose);
        root.Options.Add(CommonOptions.Store);
        root.WithExamples("mlp demo", "mlp train text-classification --data tickets.csv --text content --label intent --name intent", "mlp predict intent \"Where is my parcel?\"");
        foreach (var option in root.Options.OfType<HelpOption>())
            option.Action = new HelpWithExamples((HelpAction)option.Action!);
        return root;
    }

    private static string Path(ParseResult result)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? at = result.CommandResult; at is System.CommandLine.Parsing.CommandResult command; at = at.Parent)
            names.Insert(0, command.Command is RootCommand ? "mlp" : command.Command.Name);
        return string.Join(' ', names);
    }

    /// <summary>What a command reads and writes.</summary>
    private sealed class Streams : InvocationConfiguration
    {
        public required TextReader Input { get; init; }
    }
}
