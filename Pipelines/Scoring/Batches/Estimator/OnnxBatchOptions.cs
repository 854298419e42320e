namespace MLPipelines.Scoring;

/// <summary>Options of scoring with an ONNX model in batches. <c>Fit</c> checks them and reports everything that is wrong at once.</summary>
public sealed class OnnxBatchOptions
{
    /// <summary>The .onnx file; files that hold its values lie beside it. There is no default: it must be given.</summary>
    public string ModelFile { get; set; } = "";

    /// <summary>Where each input of the model comes from. The default value is empty: from the column of the same name each, rows of one length together.</summary>
    public IReadOnlyList<OnnxInput> Inputs { get; set; } = [];

    /// <summary>The outputs to compute. The default value is empty: all of them, to columns of the same names.</summary>
    public IReadOnlyList<OnnxOutput> Outputs { get; set; } = [];

    /// <summary>
    /// The most rows that run together. Where the model has a fixed number of rows, that is taken, and what is missing filled up. Legal range: 1 to 65536. The default value is 32.
    /// </summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>
    /// The most values of one input, filled-up ones included, that run together where the lengths of rows vary (tokens, for a text): bounds memory for long rows. Legal range: 1 or more.
    /// The default value is 8192.
    /// </summary>
    public int BatchElements { get; set; } = 8192;

    /// <summary>
    /// The largest share of a batch that may be filled up; rows whose length differs more do not go together. Legal range: 0 to 1. The default value is 0.1.
    /// </summary>
    public double MaximumPadding { get; set; } = 0.1;

    /// <summary>
    /// Rows that are read ahead, sorted by length and given back in order; more of them fill batches with less padding, and are all in memory. Legal range: 1 to 1048576.
    /// The default value is 1024.
    /// </summary>
    public int WindowRows { get; set; } = 1024;

    /// <summary>
    /// Batches that run at once, all on the threads of one session: of use for models whose operators are too small for several threads. Legal range: 1 to 256. The default value is 1.
    /// </summary>
    public int ConcurrentBatches { get; set; } = 1;

    /// <summary>How the model is opened: threads, provider, rewritten graphs, profile. The default value has the defaults of <see cref="OnnxSessionOptions"/>.</summary>
    public OnnxSessionOptions Session { get; set; } = new();

    /// <summary>Stops opening the model, and every scoring with the transformer, within a batch. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(nameof(OnnxBatchOptions));
        faults.If(string.IsNullOrWhiteSpace(ModelFile), $"{nameof(ModelFile)} is empty; give the path of an .onnx file");
        faults.Range(BatchSize, 1, 65536, nameof(BatchSize));
        faults.Range(BatchElements, 1, int.MaxValue, nameof(BatchElements));
        faults.If(!(MaximumPadding is >= 0 and <= 1), FormattableString.Invariant($"{nameof(MaximumPadding)} is {MaximumPadding}; it must be 0 to 1"));
        faults.Range(WindowRows, 1, 1 << 20, nameof(WindowRows));
        faults.Range(ConcurrentBatches, 1, 256, nameof(ConcurrentBatches));
        CheckColumns(faults);
        if (Session is null)
            faults.Add($"{nameof(Session)} is null; give options, or leave the default");
        else
            faults.Check(Session.Validate);
        faults.Throw();
    }

    private void CheckColumns(OptionFaults faults)
    {
        if (Inputs is null || Outputs is null)
        {
            faults.Add($"{(Inputs is null ? nameof(Inputs) : nameof(Outputs))} is null; give an empty list");
            return;
        }
        foreach (var input in Inputs)
        {
            faults.If(string.IsNullOrWhiteSpace(input.Name) || input.Kind == OnnxInputKind.Column && string.IsNullOrWhiteSpace(input.ColumnName), $"{nameof(Inputs)} has an empty name");
            faults.If(input.RowShape is { } shape && (shape.Count(size => size == -1) > 1 || shape.Any(size => size < -1)), $"{nameof(OnnxInput.RowShape)} of '{input.Name}' has more than one -1, or a size below it");
        }
        foreach (var output in Outputs)
            faults.If(string.IsNullOrWhiteSpace(output.Name) || string.IsNullOrWhiteSpace(output.Column), $"{nameof(Outputs)} has an empty name");
        foreach (var twice in Inputs.GroupBy(input => input.Name).Where(group => group.Count() > 1))
            faults.Add($"{nameof(Inputs)} names '{twice.Key}' twice");
        foreach (var twice in Outputs.GroupBy(output => output.Column).Where(group => group.Count() > 1))
            faults.Add($"{nameof(Outputs)} makes the column '{twice.Key}' twice");
    }
}
