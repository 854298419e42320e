using System.CommandLine;
using MLPipelines.Artifacts;

namespace MLPipelines.Cli.Infrastructure;

/// <summary>One run of a command: its arguments, where it writes, and when it must stop.</summary>
internal sealed record Invocation(ParseResult Arguments, Terminal Terminal, CancellationToken Cancellation)
{
    public ArtifactStore Store => new(Get(CommonOptions.Store));

    public T Get<T>(Option<T> option) => Arguments.GetValue(option)!;

    /// <summary>Whether an option stands on the command line.</summary>
    public bool IsGiven(Option option) => Arguments.GetResult(option) is { Implicit: false };

    public T Get<T>(Argument<T> argument) => Arguments.GetValue(argument)!;
}

/// <summary>What makes commands: their action gets an <see cref="Invocation"/>, their help examples.</summary>
internal static class CommandExtensions
{
    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<Command, string[]> ExamplesByCommand = [];

    public static void SetHandler(this Command command, Func<Invocation, Task<int>> handler, Func<ParseResult, Terminal> terminal) =>
        command.SetAction((arguments, cancellation) => handler(new Invocation(arguments, terminal(arguments), cancellation)));

    public static Command WithExamples(this Command command, params string[] examples)
    {
        ExamplesByCommand.Add(command, examples);
        return command;
    }

    /// <summary>Adds what a validation of options finds wrong.</summary>
    public static void AddFaultsOf(this List<string> faults, Action validate)
    {
        try
        {
            validate();
        }
        catch (ArgumentException e)
        {
            faults.Add(e.Message[(e.Message.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim());
        }
    }

    public static IReadOnlyList<string> Examples(this Command command) => ExamplesByCommand.TryGetValue(command, out var examples) ? examples : [];
}
