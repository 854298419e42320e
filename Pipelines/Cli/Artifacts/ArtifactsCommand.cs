using System.CommandLine;
using System.Globalization;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using Spectre.Console;

namespace MLPipelines.Cli.Artifacts;

/// <summary><c>mlp artifacts publish|list|show|diff|verify|promote|rollback|delete|history</c>.</summary>
internal static class ArtifactsCommand
{
    private static readonly Argument<string?> OptionalName = new("name") { HelpName = "NAME", Description = "The artifact; without it, all of them.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> Name = new("name") { HelpName = "NAME", Description = "The artifact." };
    private static readonly Argument<string?> OptionalReference = new("artifact") { HelpName = "NAME[@VERSION|@ALIAS]", Description = "The artifact; without it, every version of all of them.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> Reference = ArtifactReference.Argument();
    private static readonly Argument<string> Before = new("before") { HelpName = "VERSION", Description = "The earlier version, by number or alias." };
    private static readonly Argument<string> After = new("after") { HelpName = "VERSION", Description = "The later version, by number or alias." };
    private static readonly Argument<string> Alias = new("alias") { HelpName = "ALIAS", Description = "The alias, such as production." };
    private static readonly Option<string?> Expected = new("--expected") { Description = "Move the alias only if it points to this version now.", HelpName = "VERSION" };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var list = new Command("list", "Lists the published versions with their aliases.") { OptionalName };
        list.WithExamples("mlp artifacts list", "mlp artifacts list intent --json").SetHandler(List, terminal);
        var show = new Command("show", "Shows what an artifact says of itself: columns, labels, options, data, metrics.") { Reference };
        show.WithExamples("mlp artifacts show intent@production").SetHandler(Show, terminal);
        var diff = new Command("diff", "Compares two versions: columns, options, metrics, data.") { Name, Before, After };
        diff.WithExamples("mlp artifacts diff intent 1.0.0 production").SetHandler(Diff, terminal);
        var verify = new Command("verify", "Checks every byte of a version, or of all versions, against its manifest.") { OptionalReference };
        verify.WithExamples("mlp artifacts verify", "mlp artifacts verify intent@1.0.0").SetHandler(invocation => Task.Run(() => Verify(invocation)), terminal);
        var promote = new Command("promote", "Points an alias to a version.") { Reference, Alias, Expected };
        promote.WithExamples("mlp artifacts promote intent@1.2.0 production", "mlp artifacts promote intent@staging production --expected 1.1.0").SetHandler(PromoteAsync, terminal);
        var rollback = new Command("rollback", "Points an alias back to where it was before.") { Name, Alias };
        rollback.WithExamples("mlp artifacts rollback intent production").SetHandler(RollbackAsync, terminal);
        var delete = new Command("delete", "Deletes a version to which no alias points.") { Reference };
        delete.WithExamples("mlp artifacts delete intent@1.0.0").SetHandler(DeleteAsync, terminal);
        var history = new Command("history", "Lists what happened to an artifact: published, promoted, rolled back, deleted.") { Name };
        history.WithExamples("mlp artifacts history intent").SetHandler(History, terminal);
        return new Command("artifacts", "Looks after the published models.") { PublishCommand.Create(terminal), list, show, diff, verify, promote, rollback, delete, history };
    }

    private static Task<int> List(Invocation invocation)
    {
        var store = invocation.Store;
        var names = invocation.Get(OptionalName) is { } name ? [store.Find(name).Name] : store.ListNames();
        var versions = names.SelectMany(store.List).ToList();
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(new ListResult(store.Root, [.. versions.Select(Result)]), CliJson.Default.ListResult);
            return Done();
        }
        if (versions.Count == 0)
        {
            invocation.Terminal.WriteLine($"no artifact in {store.Root}; 'mlp train --help' says how to make one");
            return Done();
        }
        var table = ReportOutput.Table("name", "version", "size", "aliases");
        foreach (var version in versions)
            table.AddRow(version.Name, version.Version.ToString(), Size(Result(version).Bytes), string.Join(", ", version.Aliases));
        invocation.Terminal.Out.Write(table);
        return Done();
    }

    private static Task<int> Show(Invocation invocation)
    {
        var reference = ArtifactReference.Parse(invocation.Get(Reference));
        var manifest = invocation.Store.Show(reference.Name, reference.Version);
        if (invocation.Terminal.Json)
            invocation.Terminal.WriteJson(manifest, CliJson.Default.ArtifactManifest);
        else
            ManifestOutput.Write(invocation.Terminal, manifest);
        return Done();
    }

    private static Task<int> Diff(Invocation invocation)
    {
        var diff = invocation.Store.Diff(invocation.Get(Name), invocation.Get(Before), invocation.Get(After));
        if (invocation.Terminal.Json)
            invocation.Terminal.WriteJson(diff, CliJson.Default.ArtifactDiff);
        else
            invocation.Terminal.WriteLine(diff.ToString());
        return Done();
    }

    private static int Verify(Invocation invocation)
    {
        var store = invocation.Store;
        var all = invocation.Get(OptionalReference) is { } text ? [One(store, ArtifactReference.Parse(text))] : store.ListNames().SelectMany(store.List).ToList();
        var results = new List<VerifiedVersion>();
        foreach (var version in all)
        {
            string number = version.Version.ToString();
            try
            {
                var manifest = store.Verify(version.Name, number, cancellationToken: invocation.Cancellation);
                results.Add(new VerifiedVersion(version.Name, number, manifest.ContentDigest, true, null));
            }
            catch (ArtifactException e)
            {
                results.Add(new VerifiedVersion(version.Name, number, "", false, e.Message));
            }
        }
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(new VerifyResult(store.Root, results), CliJson.Default.VerifyResult);
        }
        else
        {
            foreach (var result in results.Where(result => result.Valid))
                invocation.Terminal.WriteLine($"good  {result.Name} {result.Version}  {result.ContentDigest}");
        }
        foreach (var result in results.Where(result => !result.Valid))
            invocation.Terminal.WriteError(result.Fault!);
        return results.TrueForAll(result => result.Valid) ? ExitCode.Success : ExitCode.Artifact;

        static ArtifactVersion One(ArtifactStore store, ArtifactReference reference) => store.Find(reference.Name, reference.Version);
    }

    private static async Task<int> PromoteAsync(Invocation invocation)
    {
        var reference = ArtifactReference.Parse(invocation.Get(Reference));
        var version = await invocation.Store.PromoteAsync(reference.Name, reference.Version, invocation.Get(Alias), invocation.Get(Expected), invocation.Cancellation).ConfigureAwait(false);
        return Report(invocation, version, $"{version.Name}@{invocation.Get(Alias)} is {version.Version} now");
    }

    private static async Task<int> RollbackAsync(Invocation invocation)
    {
        var version = await invocation.Store.RollbackAsync(invocation.Get(Name), invocation.Get(Alias), invocation.Cancellation).ConfigureAwait(false);
        return Report(invocation, version, $"{version.Name}@{invocation.Get(Alias)} is {version.Version} again");
    }

    private static async Task<int> DeleteAsync(Invocation invocation)
    {
        var reference = ArtifactReference.Parse(invocation.Get(Reference));
        if (reference.Version is null)
            throw CommandFailure.Usage($"'{reference}' does not say which version to delete; give its number, such as {reference.Name}@1.0.0");
        long bytes = SemanticVersion.TryParse(reference.Version, out _) ? Result(invocation.Store.Find(reference.Name, reference.Version)).Bytes : 0;
        var version = await invocation.Store.DeleteAsync(reference.Name, reference.Version, invocation.Cancellation).ConfigureAwait(false);
        return Report(invocation, version, $"deleted {version.Name} {version.Version} ({Size(bytes)})");
    }

    private static Task<int> History(Invocation invocation)
    {
        string name = invocation.Get(Name);
        var events = invocation.Store.History(name);
        if (events.Count == 0)
            invocation.Store.Find(name);
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(new HistoryResult(name, events), CliJson.Default.HistoryResult);
            return Done();
        }
        foreach (var entry in events)
        {
            string alias = entry.Alias is null ? "" : $"  {entry.Alias}{(entry.Previous is null ? "" : $" (was {entry.Previous})")}";
            invocation.Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{entry.Utc:yyyy-MM-dd HH:mm:ss}Z  {entry.Kind,-10}  {entry.Version}{alias}"));
        }
        return Done();
    }

    /// <summary>Writes a version as JSON, or a text for people.</summary>
    public static int Report(Invocation invocation, ArtifactVersion version, string text)
    {
        if (invocation.Terminal.Json)
            invocation.Terminal.WriteJson(Result(version), CliJson.Default.VersionResult);
        else
            invocation.Terminal.WriteLine(text);
        return ExitCode.Success;
    }

    private static VersionResult Result(ArtifactVersion version)
    {
        var file = new FileInfo(version.Path);
        return new VersionResult(version.Name, version.Version.ToString(), version.Path, file.Exists ? file.Length : 0, version.Aliases);
    }

    private static string Size(long bytes) => bytes < 1 << 20
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:N0} KiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:N1} MiB");

    private static Task<int> Done() => Task.FromResult(ExitCode.Success);
}
