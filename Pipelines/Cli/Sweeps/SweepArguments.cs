using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Sweeps;

namespace MLPipelines.Cli.Sweeps;

/// <summary>What a run of <c>mlp sweep</c> is to do.</summary>
/// <param name="Job">What is tuned.</param>
/// <param name="Options">For how long, and where it is written down.</param>
/// <param name="Publish">The name to publish the best under; null to publish nothing.</param>
/// <param name="Publishing">How it is published.</param>
/// <param name="Finalists">How many of the best are measured again.</param>
/// <param name="ReportFile">Where a report is written; null for none.</param>
internal sealed record SweepRequest(SweepJob Job, SweepOptions Options, string? Publish, SweepPublishing Publishing, int Finalists, string? ReportFile);

/// <summary>The arguments of <c>mlp sweep</c> that say for how long, how, and what happens at the end.</summary>
internal static class SweepArguments
{
    private const string LedgerVariable = "MLP_LEDGER";

    private static readonly Option<string?> Time = new("--time") { Description = "No trial begins after this time: 90s, 10m, 1h30m.", HelpName = "TIME" };
    private static readonly Option<int> Trials = new("--trials") { Description = "How many trials there are, those before a resumption included.", HelpName = "N", DefaultValueFactory = _ => new SweepOptions().Trials };
    private static readonly Option<int> Workers = new("--workers") { Description = "How many trials run at once.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<string> Tuner = new("--tuner") { Description = $"What proposes trials: {string.Join(", ", Enum.GetNames<SweepTuner>().Select(Kebab))}.", HelpName = "NAME", DefaultValueFactory = _ => Kebab(new SweepOptions().Tuner.ToString()) };
    private static readonly Option<string> Pruner = new("--pruner") { Description = "What stops trials that are behind: asha (asynchronous successive halving), median, or none, which is the default: every trial runs to its end.", HelpName = "NAME", DefaultValueFactory = _ => "none" };
    private static readonly Option<string?> Id = new("--id") { Description = "What the sweep is called in the ledger; by default the task with a number.", HelpName = "ID" };
    private static readonly Option<string?> Resume = new("--resume") { Description = "Go on with this sweep, with the task, the data and the space that the ledger has of it.", HelpName = "ID" };
    public static readonly Option<string?> Ledger = new("--ledger") { Description = $"Where trials are written down: a file, or postgres://USER:PASSWORD@HOST:PORT/DATABASE; by default ${LedgerVariable}, or else sweeps.db in the store.", HelpName = "FILE|URL" };
    private static readonly Option<bool> InProcess = new("--in-process") { Description = "Run trials in this process: quicker to begin, but a crash ends the sweep, and memory is not limited." };
    private static readonly Option<string?> TrialTime = new("--trial-time") { Description = "The longest time of a trial; one that takes longer counts as failed.", HelpName = "TIME" };
    private static readonly Option<double?> TrialMemory = new("--trial-memory") { Description = "The most memory of a trial in megabytes; one that takes more counts as failed.", HelpName = "MB" };
    private static readonly Option<int?> TrialThreads = new("--trial-threads") { Description = "The threads of a trial; by default the processors are shared among the workers.", HelpName = "N" };
    private static readonly Option<int?> TrialAttempts = new("--trial-attempts") { Description = $"How often a trial is begun whose worker is lost each time (killed, out of memory, cut off) before it counts as failed; {new SweepOptions().TrialAttempts} where not given.", HelpName = "N" };
    private static readonly Option<string?> Name = new("--name") { Description = "The name to publish the best under; by default that of the label column, in lower case, or else of the task.", HelpName = "N" };
    private static readonly Option<bool> NoPublish = new("--no-publish") { Description = "Search only." };
    private static readonly Option<int> Finalists = new("--finalists") { Description = "Measure the N best again on other splits and publish the best of these; 1 takes the best as it is.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> Report = new("--report") { Description = "Write an HTML report at the end.", HelpName = "FILE" };

    public static void AddTo(Command command)
    {
        foreach (var option in new Option[] { Time, Trials, Workers, Tuner, Pruner, Id, Resume, Ledger, InProcess, TrialTime, TrialMemory, TrialThreads, TrialAttempts, Name, NoPublish, PublishArguments.Version, PublishArguments.License, PublishArguments.Notes, Finalists, Report })
            command.Options.Add(option);
    }

    /// <summary>Where sweeps are written down.</summary>
    public static string LedgerPath(Invocation invocation) =>
        invocation.Get(Ledger) ?? (Environment.GetEnvironmentVariable(LedgerVariable) is { Length: > 0 } named ? named : Path.Combine(invocation.Get(CommonOptions.Store), "sweeps.db"));

    /// <summary>The options that lead to the same ledger and store again, for commands that are shown.</summary>
    public static string Where(Invocation invocation) =>
        string.Concat(
            CommonOptions.SameStore(invocation),
            // A password is not for screens and histories.
            invocation.Get(Ledger) is { } ledger ? ledger.Contains('@', StringComparison.Ordinal) ? $" --ledger ${LedgerVariable}" : $" --ledger {CommonOptions.Quoted(ledger)}" : "");

    /// <exception cref="CommandFailure">Something is wrong; the message lists all of it.</exception>
    public static SweepRequest Read(Invocation invocation)
    {
        var faults = new List<string>();
        string ledger = LedgerPath(invocation);
        string? resume = invocation.Get(Resume);
        var before = resume is null ? null : Find(ledger, resume);
        if (before is not null && JobArguments.Given(invocation).Concat(new[] { Tuner }.Where(option => invocation.IsGiven(option)).Select(option => option.Name)).ToList() is { Count: > 0 } given)
            faults.Add($"--resume goes on with what the ledger has; leave out {string.Join(", ", given)}");
        if (before is not null && invocation.Get(JobArguments.Task) is { } task && !string.Equals(task, before.Task, StringComparison.OrdinalIgnoreCase))
            faults.Add($"the sweep '{resume}' is of {before.Task}, not of {task}");
        if (resume is not null && invocation.IsGiven(Id))
            faults.Add("--id and --resume are both given; --resume names the sweep");
        if (before is { Plan.Job: null })
            faults.Add($"the sweep '{resume}' ran code of another program; only that can go on with it");
        var job = before is null ? JobArguments.Read(invocation, faults) : before.Plan.Job;
        var options = new SweepOptions
        {
            LedgerPath = ledger,
            Trials = before is null || invocation.IsGiven(Trials) ? invocation.Get(Trials) : before.Trials,
            Time = Duration(invocation, Time, faults),
            TrialTime = Duration(invocation, TrialTime, faults) ?? before?.Plan.Limits.Time,
            TrialMemoryMegabytes = invocation.Get(TrialMemory) ?? before?.Plan.Limits.MemoryMegabytes,
            TrialThreads = invocation.Get(TrialThreads) ?? before?.Plan.Limits.Threads,
            TrialAttempts = invocation.Get(TrialAttempts) ?? before?.Plan.Limits.Attempts ?? new SweepOptions().TrialAttempts,
            Workers = invocation.Get(Workers),
            IsolateTrials = !invocation.Get(InProcess),
            Seed = before?.Seed ?? invocation.Get(JobArguments.Seed),
            Resume = before is not null,
            CancellationToken = invocation.Cancellation,
        };
        AtLeastOne(options.Trials, Trials);
        AtLeastOne(options.Workers, Workers);
        AtLeastOne(options.TrialThreads ?? 1, TrialThreads);
        AtLeastOne(options.TrialAttempts, TrialAttempts);
        AtLeastOne(invocation.Get(Finalists), Finalists);
        if (options.TrialMemoryMegabytes is { } memory && !(memory >= 50))
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"--trial-memory is {memory}; it must be 50 or more"));
        if (invocation.Get(InProcess) && new Option[] { TrialMemory, TrialThreads }.Where(invocation.IsGiven).Select(option => option.Name).ToList() is { Count: > 0 } limits)
            faults.Add($"{string.Join(", ", limits)} {(limits.Count == 1 ? "is a limit" : "are limits")} of trials in processes of their own; leave out --in-process");
        if (Enum.GetValues<SweepTuner>().Where(candidate => Kebab(candidate.ToString()) == (before is null ? invocation.Get(Tuner) : Kebab(before.Tuner))).ToArray() is [var tuner])
            options.Tuner = tuner;
        else
            faults.Add($"--tuner is '{invocation.Get(Tuner)}'; it must be one of {string.Join(", ", Enum.GetNames<SweepTuner>().Select(Kebab))}");
        options.Pruner = before is not null && !invocation.IsGiven(Pruner) ? before.Plan.Pruner is { } words ? MLPipelines.Sweeps.Pruner.Parse(words) : null : ReadPruner(invocation.Get(Pruner), faults);
        string? name = invocation.Get(NoPublish) ? null : invocation.Get(Name) ?? (job is null ? "model" : JobArguments.LabelColumn(job)?.ToLowerInvariant() ?? job.Task);
        if (invocation.Get(NoPublish) && new Option[] { Name, PublishArguments.Version, PublishArguments.License, PublishArguments.Notes, Finalists }.Where(invocation.IsGiven).Select(option => option.Name).ToList() is { Count: > 0 } published)
            faults.Add($"--no-publish is given beside {string.Join(", ", published)}");
        if (name is not null)
            PublishArguments.CheckName(invocation, name, faults);
        var version = PublishArguments.ReadVersion(invocation, faults);
        if (invocation.Get(Report) is { } report && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(report))))
            faults.Add($"--report is '{report}', but there is no such folder");
        if (invocation.Get(Id) is { } id && string.IsNullOrWhiteSpace(id))
            faults.Add("--id is empty");
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        options.Id = resume ?? invocation.Get(Id) ?? NextId(ledger, job!.Task);
        return new SweepRequest(
            job!, options, name,
            new SweepPublishing { Version = version, License = invocation.Get(PublishArguments.License), Notes = invocation.Get(PublishArguments.Notes) }, invocation.Get(Finalists), invocation.Get(Report));

        void AtLeastOne(int value, Option option)
        {
            if (value < 1)
                faults.Add($"{option.Name} is {value}; it must be 1 or more");
        }
    }

    /// <summary>An experiment of a ledger.</summary>
    /// <exception cref="CommandFailure">There is none of that name.</exception>
    public static ExperimentRecord Find(string ledger, string id)
    {
        using var opened = OpenExisting(ledger);
        return opened.Find(id) ?? throw CommandFailure.Usage($"there is no sweep '{id}' in '{opened.Path}'; there {(opened.Experiments() is { Count: > 0 } all ? $"are {string.Join(", ", all.Select(experiment => experiment.Id))}" : "is none")}");
    }

    /// <summary>Opens a ledger that is there; reading one makes none.</summary>
    /// <exception cref="CommandFailure">There is none.</exception>
    public static SweepLedger OpenExisting(string ledger) => IsUrl(ledger) || File.Exists(ledger)
        ? SweepLedger.Open(ledger)
        : throw new CommandFailure(ExitCode.Data, $"There is no ledger '{ledger}'; name the right one with --ledger or --store.");

    public static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    private static bool IsUrl(string ledger) => ledger.Contains("://", StringComparison.Ordinal);

    private static string NextId(string ledger, string task)
    {
        if (!IsUrl(ledger) && !File.Exists(ledger))
            return $"{task}-1";
        using var opened = SweepLedger.Open(ledger);
        var taken = opened.Experiments().Select(experiment => experiment.Id).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(1, int.MaxValue).Select(number => $"{task}-{number}").First(id => !taken.Contains(id));
    }

    private static TimeSpan? Duration(Invocation invocation, Option<string?> option, List<string> faults)
    {
        if (invocation.Get(option) is not { } text)
            return null;
        if (Durations.Parse(text) is { } time)
            return time;
        faults.Add($"{option.Name} is '{text}'; expected is a time such as 90s, 10m or 1h30m, above 0");
        return null;
    }

    private static Pruner? ReadPruner(string name, List<string> faults)
    {
        switch (name)
        {
            case "none":
                return null;
            case "asha":
                return new SuccessiveHalvingPruner();
            case "median":
                return new MedianPruner();
            default:
                faults.Add($"--pruner is '{name}'; it must be asha, median or none");
                return null;
        }
    }
}
