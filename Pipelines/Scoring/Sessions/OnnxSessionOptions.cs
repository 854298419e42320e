using System.Globalization;
using System.Text;

namespace MLPipelines.Scoring;

/// <summary>What computes a model.</summary>
public enum OnnxExecutionProvider
{
    /// <summary>The processor.</summary>
    Cpu = 0,

    /// <summary>A GPU of NVIDIA's, through CUDA; the program must be built with <c>-p:OnnxRuntimeGpu=true</c>.</summary>
    Cuda = 1,
}

/// <summary>How far ONNX Runtime rewrites the graph of a model before it runs it.</summary>
public enum OnnxGraphOptimization
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>What keeps every operator one of ONNX: constant folding, removing what has no effect.</summary>
    Basic = 1,

    /// <summary>Also fusing operators, such as those of attention and layer normalisation.</summary>
    Extended = 2,

    /// <summary>Also memory layouts that suit the processor.</summary>
    All = 3,
}

/// <summary>How a model is opened. Models opened from the same file with equal options share one session.</summary>
public sealed class OnnxSessionOptions
{
    private static readonly OnnxSessionOptions Defaults = new();

    /// <summary>What computes. The default value is <see cref="OnnxExecutionProvider.Cpu"/>.</summary>
    public OnnxExecutionProvider Provider { get; set; } = OnnxExecutionProvider.Cpu;

    /// <summary>Which GPU, counted from 0, where <see cref="Provider"/> is one. Legal range: 0 or more. The default value is 0.</summary>
    public int GpuDeviceId { get; set; }

    /// <summary>The most memory of the GPU, in bytes, that the arena takes; 0 for no limit. Legal range: 0 or more. The default value is 0.</summary>
    public long GpuMemoryLimit { get; set; }

    /// <summary>Whether the processor computes where <see cref="Provider"/> cannot be used, instead of an exception. The default value is <see langword="false"/>.</summary>
    public bool FallBackToCpu { get; set; }

    /// <summary>Threads that share the work of one operator; 0 for one a core. Legal range: 0 to 1024. The default value is 0.</summary>
    public int IntraOpThreads { get; set; }

    /// <summary>
    /// Threads that run different operators of one graph at once; 1 runs one operator after the other, which is faster for most models. Legal range: 1 to 1024. The default value is 1.
    /// </summary>
    public int InterOpThreads { get; set; } = 1;

    /// <summary>
    /// Whether idle threads wait for work in a loop, which makes small operators faster and takes processor time from others. The default value is <see langword="true"/>.
    /// </summary>
    public bool SpinThreads { get; set; } = true;

    /// <summary>How far the graph is rewritten. The default value is <see cref="OnnxGraphOptimization.All"/>.</summary>
    public OnnxGraphOptimization GraphOptimization { get; set; } = OnnxGraphOptimization.All;

    /// <summary>
    /// A folder where rewritten graphs are kept, so that the next process opens the model sooner; made if it is missing. They are named after the SHA-256 of the model, the version of
    /// ONNX Runtime, the options and the processor's instruction sets, and may be deleted at any time. Whoever can write into it decides what is run.
    /// The default value is <see langword="null"/>: graphs are rewritten each time.
    /// </summary>
    public string? OptimizedGraphFolder { get; set; }

    /// <summary>Sizes of named dimensions that are known beforehand ("batch" → 2), which lets ONNX Runtime plan memory. Legal range of each: 1 or more. The default value is empty.</summary>
    public IReadOnlyDictionary<string, long> FixedDimensions { get; set; } = new Dictionary<string, long>();

    /// <summary>Whether memory is planned from the shapes of earlier runs; of use where shapes repeat. The default value is <see langword="true"/>.</summary>
    public bool PlanMemory { get; set; } = true;

    /// <summary>Whether freed memory is kept for later runs, which is faster and lets the process grow to the largest run. The default value is <see langword="true"/>.</summary>
    public bool KeepMemory { get; set; } = true;

    /// <summary>
    /// Whether weights stay in the model's file as far as that goes, instead of being copied into memory with all of the file: what products put into an order of their own is then in
    /// memory once, and of tables in which an input looks rows up (embeddings) only the rows that a run needs are read. The file must not be changed in place while the model is open; it
    /// may be replaced. Without effect for models in memory, or with <see cref="OptimizedGraphFolder"/>. The default value is <see langword="false"/>.
    /// </summary>
    public bool MapWeights { get; set; }

    /// <summary>
    /// Into how many slices the queries of attention (MatMul, Softmax, MatMul, as exporters write it) are cut, which are computed one after the other: their scores, which grow with the square of the
    /// length, take so many times less memory. The graph is rewritten when it is opened; its weights are then left in its files as with <see cref="MapWeights"/>. A graph without such attention is
    /// refused. Legal range: 1 to 64. The default value is 1: attention as exported.
    /// </summary>
    public int AttentionSlices { get; set; } = 1;

    /// <summary>
    /// Whether attention is computed by ONNX Runtime's own operator (com.microsoft.MultiHeadAttention), which on the processor goes over keys in blocks and never holds all scores (Dao et al. 2022).
    /// For attention without a mask, in 32-bit floats on the processor; the graph is rewritten and refused as with <see cref="AttentionSlices"/>, which must be 1. The default value is
    /// <see langword="false"/>.
    /// </summary>
    public bool FusedAttention { get; set; }

    /// <summary>
    /// Where to write a profile: the path that its name begins with. <see cref="OnnxModel.EndProfiling"/> completes it; chrome://tracing and Perfetto read it.
    /// A profiled session is not shared. The default value is <see langword="null"/>: no profile.
    /// </summary>
    public string? ProfilePrefix { get; set; }

    /// <summary>Further settings of ONNX Runtime, by its own keys, such as "session.set_denormal_as_zero" → "1". The default value is empty.</summary>
    public IReadOnlyDictionary<string, string> Configuration { get; set; } = new Dictionary<string, string>();

    /// <summary>Stops opening a model when cancelled; it does not belong to the session. The default value is <see cref="CancellationToken.None"/>.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        var faults = new OptionFaults(nameof(OnnxSessionOptions));
        faults.OneOf(Provider, nameof(Provider));
        faults.OneOf(GraphOptimization, nameof(GraphOptimization));
        faults.Range(GpuDeviceId, 0, int.MaxValue, nameof(GpuDeviceId));
        faults.Range(GpuMemoryLimit, 0, long.MaxValue, nameof(GpuMemoryLimit));
        faults.Range(IntraOpThreads, 0, 1024, nameof(IntraOpThreads));
        faults.Range(InterOpThreads, 1, 1024, nameof(InterOpThreads));
        faults.Range(AttentionSlices, 1, 64, nameof(AttentionSlices));
        faults.If(AttentionSlices > 1 && InterOpThreads > 1, $"{nameof(AttentionSlices)} is {AttentionSlices} and {nameof(InterOpThreads)} is {InterOpThreads}; {nameof(InterOpThreads)} must be 1, or the slices are computed at once");
        faults.If(AttentionSlices > 1 && FusedAttention, $"{nameof(AttentionSlices)} is {AttentionSlices} and {nameof(FusedAttention)} is set; choose one of the two");
        faults.If(OptimizedGraphFolder is "", $"{nameof(OptimizedGraphFolder)} is empty; name a folder, or give null");
        faults.If(ProfilePrefix is "", $"{nameof(ProfilePrefix)} is empty; give a path, or null");
        if (FixedDimensions is null)
            faults.Add($"{nameof(FixedDimensions)} is null; give an empty dictionary");
        else
            foreach (var (name, size) in FixedDimensions)
                faults.Range(size, 1, long.MaxValue, $"{nameof(FixedDimensions)}[\"{name}\"]");
        faults.If(Configuration is null, $"{nameof(Configuration)} is null; give an empty dictionary");
        faults.Throw();
    }

    internal static OnnxSessionOptions Default => Defaults;

    internal bool RewritesAttention => AttentionSlices > 1 || FusedAttention;

    /// <summary>Everything that makes sessions differ.</summary>
    internal string Key => $"{GraphKey}|{GpuDeviceId}|{GpuMemoryLimit}|{FallBackToCpu}|{IntraOpThreads}|{InterOpThreads}|{SpinThreads}|{PlanMemory}|{KeepMemory}|{MapWeights}|{OptimizedGraphFolder}";

    /// <summary>Everything that makes rewritten graphs differ.</summary>
    internal string GraphKey
    {
        get
        {
            var key = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Provider}|{GraphOptimization}|{AttentionSlices}|{FusedAttention}");
            foreach (var (name, size) in FixedDimensions.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                key.Append(CultureInfo.InvariantCulture, $"|{name}={size}");
            foreach (var (name, value) in Configuration.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                key.Append(CultureInfo.InvariantCulture, $"|{name}:{value}");
            return key.ToString();
        }
    }
}
