using System.CommandLine;
using MLPipelines.Cli.Infrastructure;

namespace MLPipelines.Cli.Sweeps;

/// <summary><c>mlp sweep</c>.</summary>
internal static class SweepCommand
{
    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command(
            "sweep",
            "Tunes a task within a budget: tries what a tuner proposes, writes every trial down, failed ones too, trains the best on all data and publishes it. Ctrl-C keeps what there is; --resume goes on with it, also after a crash.");
        JobArguments.AddTo(command);
        SweepArguments.AddTo(command);
        command.WithExamples(
            "mlp sweep text-classification --data tickets.csv --text content --label intent --time 10m --workers 2",
            "mlp sweep recommender --data interactions.csv --families ease,item-knn --trials 30 --metric ndcg@10 --no-publish",
            "mlp sweep --resume text-classification-1 --trials 100",
            "mlp sweep text-classification --data tickets.csv --text content --label intent --space space.yaml --report report.html");
        command.SetHandler(SweepRun.RunAsync, terminal);
        foreach (var other in LedgerCommands.Create(terminal).Append(SpaceCommand.Create(terminal)).Append(WorkerCommand.Create(terminal)))
            command.Subcommands.Add(other);
        return command;
    }
}
