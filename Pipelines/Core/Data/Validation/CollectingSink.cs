namespace MLPipelines.Data;

/// <summary>Counts every problem and keeps the first ones of each severity.</summary>
internal sealed class CollectingSink(string file, int most) : ProblemSink(file)
{
    private readonly List<DataProblem> _problems = [];
    private readonly int[] _kept = new int[2];
    private readonly long[] _counts = new long[2];

    /// <summary>Whether the file could not be read to its end.</summary>
    public bool Stopped { get; private set; }

    public override bool Absorbs(DataSeverity severity)
    {
        _counts[(int)severity]++;
        return _kept[(int)severity] >= most;
    }

    protected override void Take(DataProblem problem)
    {
        _kept[(int)problem.Severity]++;
        _problems.Add(problem);
    }

    protected override void TakeFatal(DataProblem problem, Exception? cause)
    {
        // What stops the reading is listed even when the list is full.
        _counts[(int)DataSeverity.Error]++;
        Stopped = true;
        Take(problem);
    }

    public ValidationReport ToReport(string format, DataStatistics statistics, IReadOnlyList<string> notes) => new()
    {
        File = File,
        Format = format,
        ErrorCount = _counts[(int)DataSeverity.Error],
        WarningCount = _counts[(int)DataSeverity.Warning],
        ReadToEnd = !Stopped,
        Problems = [.. _problems.OrderBy(p => p.ByteOffset)],
        Notes = notes,
        Statistics = statistics,
    };
}
