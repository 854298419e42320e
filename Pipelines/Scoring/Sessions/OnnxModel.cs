using Microsoft.ML.OnnxRuntime;

namespace MLPipelines.Scoring;

/// <summary>
/// A model that is open in ONNX Runtime. What is opened from the same file with equal options shares one session, which closes with the last of them.
/// </summary>
/// <remarks>
/// Thread-safe: runs may overlap. Holds native memory and must be disposed; a run in progress is completed first.
/// Only operators of ONNX, ONNX-ML and ONNX Runtime's own "com.microsoft" are run, and values in other files are read from the model's own folder only: a file decides nothing else.
/// </remarks>
public sealed class OnnxModel : IDisposable
{
    private readonly SharedSession _shared;
    private int _disposed;

    private OnnxModel(SharedSession shared, string location, int gpuDeviceId)
    {
        (_shared, Location, GpuDeviceId) = (shared, location, gpuDeviceId);
        var session = shared.Session;
        var rows = (shared.Tables?.Lookups ?? []).Select(lookup => lookup.Rows).ToHashSet(StringComparer.Ordinal);
        Inputs = [.. session.InputNames.Where(name => !rows.Contains(name)).Select(name => OnnxValueInfo.From(name, session.InputMetadata[name]))];
        Outputs = [.. session.OutputNames.Select(name => OnnxValueInfo.From(name, session.OutputMetadata[name]))];
    }

    /// <summary>How many sessions are open in this process.</summary>
    public static int OpenSessions => SessionPool.Count;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The .onnx file; files that hold its values lie beside it.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <exception cref="OnnxException">The file is missing, damaged, has a custom or unknown operator, or values outside its folder; or the provider cannot be used.</exception>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    /// <exception cref="DllNotFoundException">ONNX Runtime cannot be loaded.</exception>
    public static OnnxModel Open(string path, OnnxSessionOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= OnnxSessionOptions.Default;
        return new OnnxModel(SessionPool.OpenFile(path, options, null), path, options.GpuDeviceId);
    }

    /// <summary>Opens the part of a model that computes some of its outputs from some of its inputs; what other outputs need is not loaded.</summary>
    /// <param name="path">The .onnx file; files that hold its values lie beside it.</param>
    /// <param name="inputs">The inputs that will be given.</param>
    /// <param name="outputs">The outputs that are wanted.</param>
    /// <param name="options">How to open it; null for the defaults. Its <see cref="OnnxSessionOptions.OptimizedGraphFolder"/> must be null, and its attention as exported.</param>
    /// <returns>Null where the outputs need further inputs.</returns>
    /// <exception cref="OnnxException">There is no such output; or as <see cref="Open(string, OnnxSessionOptions)"/>.</exception>
    /// <inheritdoc cref="Open(string, OnnxSessionOptions)" path="/exception"/>
    public static OnnxModel? OpenPart(string path, IReadOnlyCollection<string> inputs, IReadOnlyCollection<string> outputs, OnnxSessionOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outputs);
        options ??= OnnxSessionOptions.Default;
        new OptionFaults(nameof(OnnxSessionOptions))
            .If(options.OptimizedGraphFolder is not null, $"{nameof(options.OptimizedGraphFolder)} is '{options.OptimizedGraphFolder}'; it must be null for a part of a model")
            .If(options.RewritesAttention, $"{nameof(options.AttentionSlices)} is {options.AttentionSlices} and {nameof(options.FusedAttention)} {options.FusedAttention}; they must be 1 and false for a part of a model").Throw();
        return SessionPool.OpenPart(path, inputs, outputs, options) is { } shared ? new OnnxModel(shared, path, options.GpuDeviceId) : null;
    }

    /// <summary>Opens a model that is in memory and has all its values in it.</summary>
    /// <param name="bytes">The content of an .onnx file; not used after this returns.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <inheritdoc cref="Open(string, OnnxSessionOptions)" path="/exception"/>
    public static OnnxModel Open(byte[] bytes, string name, OnnxSessionOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentException.ThrowIfNullOrEmpty(name);
        options ??= OnnxSessionOptions.Default;
        return new OnnxModel(SessionPool.OpenBytes(bytes, name, options), name, options.GpuDeviceId);
    }

    internal static OnnxModel Open(string path, string contentHash, OnnxSessionOptions options) => new(SessionPool.OpenFile(path, options, contentHash), path, options.GpuDeviceId);

    internal int GpuDeviceId { get; }

    /// <summary>The file, or the name that was given.</summary>
    public string Location { get; }

    /// <summary>Its inputs, in the model's order.</summary>
    public IReadOnlyList<OnnxValueInfo> Inputs { get; }

    /// <summary>Its outputs, in the model's order.</summary>
    public IReadOnlyList<OnnxValueInfo> Outputs { get; }

    /// <summary>What computes it, which is the processor where that was fallen back to.</summary>
    public OnnxExecutionProvider Provider => _shared.Provider;

    /// <summary>The version of each operator set that it asks for, by domain; "" is ONNX's own.</summary>
    public IReadOnlyDictionary<string, long> OperatorSets => _shared.Graph.OperatorSets;

    /// <summary>Values that the model's author left in the file.</summary>
    public IReadOnlyDictionary<string, string> Metadata => WithSession(session => session.ModelMetadata.CustomMetadataMap);

    /// <summary>Files beside it that hold its values, relative to its folder.</summary>
    public IReadOnlyList<string> ExternalFiles => _shared.Graph.ExternalFiles;

    /// <summary>Whether there is an input of that name.</summary>
    public bool HasInput(string name) => Inputs.Any(input => input.Name == name);

    /// <summary>Whether there is an output of that name.</summary>
    public bool HasOutput(string name) => Outputs.Any(output => output.Name == name);

    /// <summary>The input of that name.</summary>
    /// <exception cref="OnnxException">There is none; the message lists those that there are.</exception>
    public OnnxValueInfo Input(string name) =>
        Inputs.FirstOrDefault(input => input.Name == name) ?? throw ScoringErrors.UnknownValue(Location, "input", name, Inputs.Select(input => input.Name));

    /// <summary>The output of that name.</summary>
    /// <exception cref="OnnxException">There is none; the message lists those that there are.</exception>
    public OnnxValueInfo Output(string name) =>
        Outputs.FirstOrDefault(output => output.Name == name) ?? throw ScoringErrors.UnknownValue(Location, "output", name, Outputs.Select(output => output.Name));

    /// <summary>Runs the model; ONNX Runtime makes the outputs.</summary>
    /// <param name="inputNames">The names of the inputs.</param>
    /// <param name="inputs">A value for each; they stay the caller's.</param>
    /// <param name="outputNames">The outputs to compute; what only others need is not computed.</param>
    /// <param name="cancellationToken">Stops the run between two operators.</param>
    /// <returns>A value for each output; the caller disposes of each of them.</returns>
    /// <exception cref="OnnxException">A name is unknown, an input is missing, or of another type or shape.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    public OrtValue[] Run(
        IReadOnlyCollection<string> inputNames, IReadOnlyCollection<OrtValue> inputs, IReadOnlyCollection<string> outputNames, CancellationToken cancellationToken = default)
    {
        CheckCounts(inputNames, inputs);
        // The collection does not free values that are collected; each is released by whoever has it.
        return Run(cancellationToken, (session, run) => WithRows(inputNames, inputs, (names, values) => session.Run(run, names, values, outputNames).ToArray()), inputNames, inputs, outputNames);
    }

    /// <summary>Runs the model into values that the caller has, whose shapes must be those of the outputs.</summary>
    /// <inheritdoc cref="Run(IReadOnlyCollection{string}, IReadOnlyCollection{OrtValue}, IReadOnlyCollection{string}, CancellationToken)"/>
    public void Run(
        IReadOnlyCollection<string> inputNames, IReadOnlyCollection<OrtValue> inputs, IReadOnlyCollection<string> outputNames, IReadOnlyCollection<OrtValue> outputs,
        CancellationToken cancellationToken = default)
    {
        CheckCounts(inputNames, inputs);
        CheckCounts(outputNames, outputs);
        Run(cancellationToken, (session, run) => WithRows(inputNames, inputs, (names, values) =>
        {
            session.Run(run, names, values, outputNames, outputs);
            return 0;
        }), inputNames, inputs, outputNames);
    }

    /// <summary>Makes a binding, whose inputs and outputs stay bound from run to run.</summary>
    public OnnxBinding Bind() => new(this, WithSession(session => session.CreateIoBinding()));

    /// <summary>Completes the profile of a session that was opened with <see cref="OnnxSessionOptions.ProfilePrefix"/>.</summary>
    /// <returns>The path of the file.</returns>
    public string EndProfiling() => WithSession(session => session.EndProfiling());

    /// <summary>Gives up the session, and closes it where nobody else has it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            _shared.Leave();
    }

    internal T Run<T>(
        CancellationToken cancellation, Func<InferenceSession, RunOptions, T> run, IReadOnlyCollection<string> inputNames, IReadOnlyCollection<OrtValue>? inputs, IReadOnlyCollection<string> outputNames)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            return WithSession(session =>
            {
                using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
                using var terminating = cancellation.Register(() => options.Terminate = true);
                return run(session, options);
            });
        }
        catch (Exception e) when (e is OnnxRuntimeException or ArgumentException or KeyNotFoundException)
        {
            cancellation.ThrowIfCancellationRequested();
            CheckNames(inputNames, outputNames);
            throw ScoringErrors.CannotRun(Location, Describe(inputNames, inputs), e);
        }
    }

    /// <summary>The tables that stay in files; null where there are none.</summary>
    internal RowTables? Tables => _shared.Tables;

    private T WithRows<T>(IReadOnlyCollection<string> names, IReadOnlyCollection<OrtValue> values, Func<IReadOnlyCollection<string>, IReadOnlyCollection<OrtValue>, T> run)
    {
        if (_shared.Tables is not { } tables)
            return run(names, values);
        var (allNames, allValues) = (new List<string>(names), new List<OrtValue>(values));
        try
        {
            foreach (var lookup in tables.Lookups)
            {
                // Ids that are not given are reported by the run.
                if (allNames.IndexOf(lookup.Ids) is not (>= 0 and var at))
                    continue;
                allValues.Add(tables.Read(lookup, allValues[at]));
                allNames.Add(lookup.Rows);
            }
            return run(allNames, allValues);
        }
        finally
        {
            foreach (var rows in allValues.Skip(values.Count))
                rows.Dispose();
        }
    }

    internal T WithSession<T>(Func<InferenceSession, T> use)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0 || !_shared.TryEnter(), this);
        try
        {
            return use(_shared.Session);
        }
        finally
        {
            _shared.Leave();
        }
    }

    private void CheckCounts(IReadOnlyCollection<string> names, IReadOnlyCollection<OrtValue> values)
    {
        ArgumentNullException.ThrowIfNull(names);
        ArgumentNullException.ThrowIfNull(values);
        if (names.Count != values.Count)
            throw ScoringErrors.WrongCount(Location, names.Count, values.Count);
    }

    private void CheckNames(IReadOnlyCollection<string> inputNames, IReadOnlyCollection<string> outputNames)
    {
        foreach (string name in inputNames)
            Input(name);
        foreach (string name in outputNames)
            Output(name);
        string[] missing = [.. Inputs.Select(input => input.Name).Where(name => !inputNames.Contains(name))];
        if (missing.Length > 0)
            throw ScoringErrors.MissingInputs(Location, missing);
    }

    private string Describe(IReadOnlyCollection<string> names, IReadOnlyCollection<OrtValue>? values) =>
        values is null ? "the bound inputs" : string.Join(", ", names.Zip(values, (name, value) => $"'{name}' {OnnxTensors.Describe(value)} for {Input(name)}"));
}
