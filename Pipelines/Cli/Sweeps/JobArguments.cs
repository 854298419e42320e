using System.CommandLine;
using System.Globalization;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Sweeps;

namespace MLPipelines.Cli.Sweeps;

/// <summary>The arguments that say what is tuned, on which data.</summary>
internal static class JobArguments
{
    public static readonly Argument<string?> Task = new("TASK") { Description = $"What is tuned: {string.Join(", ", SweepTasks.Names)}.", Arity = ArgumentArity.ZeroOrOne };
    public static readonly Option<string?> Data = new("--data") { Description = "The file to train on: a table (CSV, TSV …, with a header), or what `mlp train` takes for the task.", HelpName = "FILE" };
    private static readonly Option<string?> Validation = new("--validation") { Description = "A file to measure trials on.", HelpName = "FILE" };
    private static readonly Option<double?> ValidationFraction = new("--validation-fraction") { Description = "The share of --data that is held out to measure on, above 0 and below 1; 0.2 where neither this nor --validation or --folds is given.", HelpName = "F" };
    private static readonly Option<int?> Folds = new("--folds") { Description = "Measure by cross-validation in N parts, 2 to 20, instead of on one split.", HelpName = "N" };
    private static readonly Option<string?> Metric = new("--metric") { Description = "What is made best; by default the task's usual metric. A wrong name lists all.", HelpName = "NAME" };
    private static readonly Option<string?> Families = new("--families") { Description = "Which families of models are tried, such as linear,encoder or ease,item-knn; by default the task's usual ones.", HelpName = "A,B,…" };
    private static readonly Option<string?> Text = new("--text") { Description = "The column with the texts; for ner with the words, for response-generator with what is answered.", HelpName = "COLUMN" };
    private static readonly Option<string?> Label = new("--label") { Description = "The column with the labels; for ner with the tags, for response-generator with the answers.", HelpName = "COLUMN" };
    private static readonly Option<string?> User = new("--user") { Description = "The column with the users.", HelpName = "COLUMN" };
    private static readonly Option<string?> Item = new("--item") { Description = "The column with the items.", HelpName = "COLUMN" };
    private static readonly Option<string[]> Column = new("--column") { Description = "A column of another role, such as time=timestamp; may be repeated.", HelpName = "ROLE=COLUMN" };
    private static readonly Option<string[]> Settings = new("--set") { Description = "What is the same for all trials, such as checkpoint=./distilbert or max-epochs=3; may be repeated. A wrong name lists all.", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> Space = new("--space") { Description = "A YAML file that narrows or replaces what is searched; `mlp sweep space TASK` writes one to begin with.", HelpName = "FILE" };
    public static readonly Option<int> Seed = new("--seed") { Description = "Fixes what is held out, proposed and drawn.", HelpName = "S", DefaultValueFactory = _ => 1 };

    /// <summary>What some tasks call the columns of --text and --label.</summary>
    private static readonly Dictionary<(string Task, string Role), string> Roles = new()
    {
        [(MultiLabelSweepTask.TaskName, "label")] = "labels",
        [(EntitySweepTask.TaskName, "text")] = "tokens",
        [(EntitySweepTask.TaskName, "label")] = "tags",
        [(ResponseSweepTask.TaskName, "text")] = "input",
        [(ResponseSweepTask.TaskName, "label")] = "target",
    };

    private static readonly (Option<string?> Option, string Role)[] Columns = [(Text, "text"), (Label, "label"), (User, "user"), (Item, "item")];

    /// <summary>Options of the job, which a sweep that goes on has already.</summary>
    private static readonly Option[] All = [Data, Validation, ValidationFraction, Folds, Metric, Families, Text, Label, User, Item, Column, Settings, Space, Seed];

    public static void AddTo(Command command)
    {
        command.Arguments.Add(Task);
        foreach (var option in All)
            command.Options.Add(option);
    }

    /// <summary>The names of those that are given.</summary>
    public static IEnumerable<string> Given(Invocation invocation) => All.Where(invocation.IsGiven).Select(option => option.Name);

    /// <summary>The job; null where faults were found.</summary>
    public static SweepJob? Read(Invocation invocation, List<string> faults)
    {
        int before = faults.Count;
        string? task = invocation.Get(Task), data = invocation.Get(Data), validation = invocation.Get(Validation);
        if (task is null)
            faults.Add($"TASK is missing; it is one of {string.Join(", ", SweepTasks.Names)}");
        else if (!SweepTasks.Names.Contains(task, StringComparer.OrdinalIgnoreCase))
            faults.Add($"TASK is '{task}'; it must be one of {string.Join(", ", SweepTasks.Names)}");
        if (data is null)
            faults.Add("--data is missing; name the file to train on");
        double? fraction = invocation.Get(ValidationFraction);
        int folds = invocation.Get(Folds) ?? 0;
        if (invocation.IsGiven(Folds) && folds is < 2 or > 20)
            faults.Add($"--folds is {folds}; it must be from 2 to 20");
        if (fraction is { } share && !(share is > 0 and < 1))
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"--validation-fraction is {share}; it must be above 0 and below 1"));
        string[] ways = [.. new Option[] { Validation, Folds, ValidationFraction }.Where(invocation.IsGiven).Select(way => way.Name)];
        if (ways.Length > 1)
            faults.Add($"{string.Join(" and ", ways)} are given; choose one way to measure");
        var columns = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (option, role) in Columns)
        {
            if (invocation.Get(option) is { } column)
                columns[RoleOf(task, role)] = column;
        }
        foreach (var (role, column) in Assignments(invocation.Get(Column) ?? [], Column.Name, "ROLE=COLUMN, such as time=timestamp", faults))
        {
            if (!columns.TryAdd(role, column))
                faults.Add($"--column names the {role} a second time");
        }
        var settings = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in Assignments(invocation.Get(Settings) ?? [], Settings.Name, "NAME=VALUE, such as max-epochs=3", faults))
        {
            if (!settings.TryAdd(name, value))
                faults.Add($"--set names '{name}' twice");
        }
        string? space = null;
        if (invocation.Get(Space) is { } file)
        {
            try
            {
                space = File.ReadAllText(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                faults.Add($"--space cannot be read: {e.Message}");
            }
        }
        return faults.Count > before ? null : new SweepJob
        {
            Task = SweepTasks.Names.First(name => string.Equals(name, task, StringComparison.OrdinalIgnoreCase)),
            Data = data!,
            ValidationData = validation,
            ValidationFraction = fraction ?? 0.2,
            Folds = folds,
            Metric = invocation.Get(Metric),
            Seed = invocation.Get(Seed),
            Families = invocation.Get(Families)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
            Columns = columns,
            Settings = settings,
            Space = space,
        };
    }

    /// <summary>What a task calls the column of an option.</summary>
    private static string RoleOf(string? task, string role) => Roles.GetValueOrDefault((task?.ToLowerInvariant() ?? "", role), role);

    /// <summary>The column that names what is found, where there is one; null for tasks that find nothing, but write or recommend.</summary>
    public static string? LabelColumn(SweepJob job) => job.Columns.GetValueOrDefault("label") ?? job.Columns.GetValueOrDefault("labels") ?? job.Columns.GetValueOrDefault("tags");

    private static IEnumerable<(string Name, string Value)> Assignments(IEnumerable<string> texts, string option, string expected, List<string> faults)
    {
        foreach (string text in texts)
        {
            int at = text.IndexOf('=', StringComparison.Ordinal);
            if (at < 1 || at == text.Length - 1)
                faults.Add($"{option} is '{text}'; expected is {expected}");
            else
                yield return (text[..at].Trim(), text[(at + 1)..].Trim());
        }
    }
}
