using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLPipelines.Scoring;

namespace MLPipelines.Generation;

/// <summary>The graphs of an encoder-decoder: which there are, and how their inputs and outputs are named.</summary>
internal sealed partial class DecoderGraphs : IDisposable
{
    public const string InputIds = "input_ids";
    public const string AttentionMask = "attention_mask";
    public const string LastHiddenState = "last_hidden_state";
    public const string HiddenStates = "encoder_hidden_states";
    public const string EncoderMask = "encoder_attention_mask";
    public const string UseCache = "use_cache_branch";
    public const string Logits = "logits";

    private const int KeyAndValue = 2;

    private readonly Lazy<OnnxModel> _first;
    private readonly OnnxModelInfo _encoderInfo;
    private readonly OnnxModelInfo? _pastInfo;

    private DecoderGraphs(OnnxModelInfo encoderInfo, OnnxModelInfo firstInfo, Lazy<OnnxModel> first, OnnxModelInfo? pastInfo)
    {
        (_encoderInfo, FirstInfo, _first, _pastInfo) = (encoderInfo, firstInfo, first, pastInfo);
        OwnNames = Layers(firstInfo.Outputs, "present", "decoder");
        CrossNames = Layers(firstInfo.Outputs, "present", "encoder");
        NextInputs = [.. NextInfo.Inputs.Select(input => input.Name)];
        OwnOfInput = Array.ConvertAll(NextInputs, name => Array.FindIndex(OwnNames, present => PastOf(present) == name));
        CrossOfInput = Array.ConvertAll(NextInputs, name => Array.FindIndex(CrossNames, present => PastOf(present) == name));
        NextOutputs = [Logits, .. OwnNames];
        FirstOutputs = [Logits, .. OwnNames, .. CrossNames];
        var afterLayer = OwnNames.Skip(KeyAndValue).Zip(OwnNames, (present, earlier) => (PastOf(earlier), present));
        OwnLag = OwnNames.Length > KeyAndValue && NextInfo.CanOverwrite([.. afterLayer]) ? KeyAndValue : OwnNames.Length;
    }

    public OnnxModel Encoder { get; private set; } = null!;

    /// <summary>The decoder of the first step. Where <see cref="Cross"/> is there it is only needed to read all positions at once, and opened when that is asked for.</summary>
    public OnnxModel First => _first.Value;

    /// <summary>What the decoder of the first step takes and gives.</summary>
    public OnnxModelInfo FirstInfo { get; }

    /// <summary>The decoder of the steps after it.</summary>
    public OnnxModel Next { get; private set; } = null!;

    /// <summary>What the decoder of later steps takes and gives.</summary>
    public OnnxModelInfo NextInfo => _pastInfo ?? FirstInfo;

    /// <summary>
    /// The part of the first decoder that gives keys and values over the prompt, where these need the encoder's output only. All steps are then made by <see cref="Next"/>, the first one
    /// with no past: the weights of the decoder are in memory once.
    /// </summary>
    public OnnxModel? Cross { get; private set; }

    /// <summary>The files of all of them.</summary>
    public IReadOnlyList<OnnxModelInfo> Files => _pastInfo is null ? [_encoderInfo, FirstInfo] : [_encoderInfo, FirstInfo, _pastInfo];

    /// <summary>Names of the decoder's own keys and values as outputs.</summary>
    public string[] OwnNames { get; }

    /// <summary>Names of the keys and values over the prompt as outputs of the first step.</summary>
    public string[] CrossNames { get; }

    public string[] NextInputs { get; }

    /// <summary>For each input of a later step, which of <see cref="OwnNames"/> it takes; -1 for none.</summary>
    public int[] OwnOfInput { get; }

    /// <summary>For each input of a later step, which of <see cref="CrossNames"/> it takes; -1 for none.</summary>
    public int[] CrossOfInput { get; }

    public string[] NextOutputs { get; }

    public string[] FirstOutputs { get; }

    /// <summary>After how many further tensors of <see cref="OwnNames"/> a later step has read one for good: those of a layer where the graph shows it, else all.</summary>
    public int OwnLag { get; }

    public bool NextNeedsHiddenStates => NextInputs.Contains(HiddenStates);

    /// <summary>The name under which an output of one step goes into the next.</summary>
    public static string PastOf(string present) => "past_key_values" + present["present".Length..];

    /// <summary>Opens and checks the graphs.</summary>
    /// <exception cref="GenerationException">Inputs or outputs are not those of the layout.</exception>
    /// <exception cref="OnnxException">A file is damaged, or needs what ONNX Runtime does not have.</exception>
    public static DecoderGraphs Open(ModelFolder files, EncoderDecoderOptions options)
    {
        var encoder = OnnxModelInfo.Read(files.Encoder);
        var first = OnnxModelInfo.Read(files.Decoder);
        var past = files.DecoderWithPast == null ? null : OnnxModelInfo.Read(files.DecoderWithPast);
        Check(encoder, [InputIds], [AttentionMask], [LastHiddenState]);
        Check(first, past == null ? [InputIds, HiddenStates, UseCache] : [InputIds, HiddenStates], past == null ? [EncoderMask, ""] : [EncoderMask], [Logits]);
        if (past != null)
            Check(past, [InputIds], [EncoderMask, HiddenStates, ""], [Logits]);
        // Where it serves all steps it is in use throughout, else hardly.
        var ofFirst = options.Session(spin: past == null, isFrequent: past == null);
        var lazy = new Lazy<OnnxModel>(() => OnnxModel.Open(files.Decoder, ofFirst));
        var graphs = new DecoderGraphs(encoder, first, lazy, past);
        try
        {
            graphs.CheckLayers();
            // The largest matrix is for a moment there twice: in the first graph to be opened, nothing else is there yet.
            graphs.Next = past == null ? graphs.First : OnnxModel.Open(files.DecoderWithPast!, options.Session(spin: true));
            if (past != null)
                graphs.Cross = OnnxModel.OpenPart(files.Decoder, [HiddenStates], graphs.CrossNames, options.Session(spin: false, isFrequent: false));
            if (graphs.Cross == null)
                _ = graphs.First;
            graphs.Encoder = OnnxModel.Open(files.Encoder, options.Session(spin: false));
            // What stops the loading is not to stop what is opened long after it.
            ofFirst.CancellationToken = CancellationToken.None;
            return graphs;
        }
        catch
        {
            graphs.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Encoder?.Dispose();
        Cross?.Dispose();
        Next?.Dispose();
        if (_first.IsValueCreated)
            _first.Value.Dispose();
    }

    /// <summary>Whether an input is a key or a value of an earlier step.</summary>
    public static bool IsPast(string name) => PastName().IsMatch(name);

    private void CheckLayers()
    {
        string own = "present.0.decoder.key", cross = "present.0.encoder.key";
        if (OwnNames.Length == 0 || CrossNames.Length != OwnNames.Length)
            throw GenerationErrors.LacksInput(FirstInfo.Location, "outputs", [own, own.Replace("key", "value"), cross, cross.Replace("key", "value"), "…"], FirstInfo.Outputs.Select(output => output.Name));
        var needed = OwnNames.Concat(CrossNames).Select(PastOf).ToList();
        var missing = needed.Where(name => !NextInputs.Contains(name)).ToList();
        if (missing.Count > 0)
            throw GenerationErrors.LacksInput(NextInfo.Location, "inputs", missing, NextInputs);
        var unknown = NextInputs.Where(IsPast).Except(needed).ToList();
        if (unknown.Count > 0)
            throw GenerationErrors.UnknownInput(NextInfo.Location, unknown);
        var missingOutputs = NextOutputs.Where(name => NextInfo.Outputs.All(output => output.Name != name)).ToList();
        if (missingOutputs.Count > 0)
            throw GenerationErrors.LacksInput(NextInfo.Location, "outputs", missingOutputs, NextInfo.Outputs.Select(output => output.Name));
        foreach (string name in FirstOutputs)
        {
            if (FirstInfo.Outputs.First(output => output.Name == name).ElementType is not (TensorElementType.Float or TensorElementType.Float16) and var type)
                throw GenerationErrors.BadType(FirstInfo.Location, name, type);
        }
    }

    private static void Check(OnnxModelInfo model, string[] inputs, string[] optional, string[] outputs)
    {
        var missing = inputs.Where(name => model.Inputs.All(input => input.Name != name)).ToList();
        if (missing.Count > 0)
            throw GenerationErrors.LacksInput(model.Location, "inputs", missing, model.Inputs.Select(input => input.Name));
        // "" stands for keys and values.
        var unknown = model.Inputs.Select(input => input.Name).Where(name => !inputs.Contains(name) && !optional.Contains(name) && !(IsPast(name) && optional.Contains(""))).ToList();
        if (unknown.Count > 0)
            throw GenerationErrors.UnknownInput(model.Location, unknown);
        missing = [.. outputs.Where(name => model.Outputs.All(output => output.Name != name))];
        if (missing.Count > 0)
            throw GenerationErrors.LacksInput(model.Location, "outputs", missing, model.Outputs.Select(output => output.Name));
    }

    private static string[] Layers(IReadOnlyList<OnnxValueInfo> outputs, string prefix, string part)
    {
        var names = outputs.Select(output => output.Name).ToHashSet(StringComparer.Ordinal);
        var found = new List<string>();
        for (int layer = 0; ; layer++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"{prefix}.{layer}.{part}.key"), value = string.Create(CultureInfo.InvariantCulture, $"{prefix}.{layer}.{part}.value");
            if (!names.Contains(key) || !names.Contains(value))
                return [.. found];
            found.Add(key);
            found.Add(value);
        }
    }

    [GeneratedRegex(@"^past_key_values\.\d+\.(decoder|encoder)\.(key|value)$")]
    private static partial Regex PastName();
}
