using Microsoft.Testing.Platform.Builder;
using MLPipelines.Benchmarks.Sweeps;
using MLPipelines.Sweeps;
using MLPipelines.Tests.Core.Artifacts;
using MLPipelines.Tests.Notebooks;
using MLPipelines.Tests.Sweeps;
using MLPipelines.Tests.Training;

namespace MLPipelines.Tests;

/// <summary>Runs the tests, or plays the other process of a test.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        TrialTask.Register();
        SleepingTask.Register();
        if (await SweepProcess.RunIfTrialAsync(args) || await SweepPart.PlayAsync(args))
            return 0;
        if (await OtherProcess.PlayAsync())
            return 0;
        if (OtherTrainer.Play() is { } exitCode)
            return exitCode;
        if (NotebookProcess.Play() is { } notebookExitCode)
            return notebookExitCode;
        var builder = await TestApplication.CreateBuilderAsync(args);
        SelfRegisteredExtensions.AddSelfRegisteredExtensions(builder, args);
        using var application = await builder.BuildAsync();
        int failed = await application.RunAsync();
        PostgresTests.End();
        return failed;
    }
}
