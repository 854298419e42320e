using MLPipelines.Data;

namespace MLPipelines.Cli.Infrastructure;

/// <summary>Passes on how far a reader has come, in mebibytes.</summary>
internal sealed class ReadingProgress(string step, IProgress<StepProgress> target) : IProgress<DataReadProgress>
{
    private const double Mebibyte = 1 << 20;

    public void Report(DataReadProgress value) => target.Report(new StepProgress(step, value.BytesRead / Mebibyte, value.TotalBytes / Mebibyte, "MiB"));
}
