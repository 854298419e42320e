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

    private readonly OnnxModel? _past;

    private DecoderGraphs(OnnxModel encoder, OnnxModel first, OnnxModel? past)
    {
        (Encoder, First, _past) = (encoder, first, past);
        OwnNames = Layers(first.Outputs, "present", "decoder");
        CrossNames = Layers(first.Outputs, "present", "encoder");
        NextInputs = [.. Next.Inputs.Select(input => input.Name)];
        NextOutputs = [Logits, .. OwnNames];
        FirstOutputs = [Logits, .. OwnNames, .. CrossNames];
    }

    public OnnxModel Encoder { get; }

    /// <summary>The decoder of the first step.</summary>
    public OnnxModel First { get; }

    /// <summary>The decoder of the steps after it.</summary>
    public OnnxModel Next => _past ?? First;

    /// <summary>All of them.</summary>
    public IReadOnlyList<OnnxModel> All => _past is null ? [Encoder, First] : [Encoder, First, _past];

    /// <summary>Names of the decoder's own keys and values as outputs.</summary>
    public string[] OwnNames { get; }

    /// <summary>Names of the keys and values over the prompt as outputs of the first step.</summary>
    public string[] CrossNames { get; }

    public string[] NextInputs { get; }

    public string[] NextOutputs { get; }

    public string[] FirstOutputs { get; }

    public bool NextNeedsHiddenStates => NextInputs.Contains(HiddenStates);

    /// <summary>The name under which an output of one step goes into the next.</summary>
    public static string PastOf(string present) => "past_key_values" + present["present".Length..];

    /// <summary>Opens and checks the graphs.</summary>
    /// <exception cref="GenerationException">Inputs or outputs are not those of the layout.</exception>
    /// <exception cref="OnnxException">A file is damaged, or needs what ONNX Runtime does not have.</exception>
    public static DecoderGraphs Open(ModelFolder files, EncoderDecoderOptions options)
    {
        OnnxModel? encoder = null, first = null, past = null;
        try
        {
            encoder = OnnxModel.Open(files.Encoder, options.Session(spin: false));
            first = OnnxModel.Open(files.Decoder, options.Session(spin: files.DecoderWithPast == null, isFrequent: files.DecoderWithPast == null));
            past = files.DecoderWithPast == null ? null : OnnxModel.Open(files.DecoderWithPast, options.Session(spin: true));
            Check(encoder, [InputIds], [AttentionMask], [LastHiddenState]);
            Check(first, past == null ? [InputIds, HiddenStates, UseCache] : [InputIds, HiddenStates], past == null ? [EncoderMask, ""] : [EncoderMask], [Logits]);
            if (past != null)
                Check(past, [InputIds], [EncoderMask, HiddenStates, ""], [Logits]);
            var graphs = new DecoderGraphs(encoder, first, past);
            graphs.CheckLayers();
            return graphs;
        }
        catch
        {
            encoder?.Dispose();
            first?.Dispose();
            past?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Encoder.Dispose();
        First.Dispose();
        _past?.Dispose();
    }

    /// <summary>Whether an input is a key or a value of an earlier step.</summary>
    public static bool IsPast(string name) => PastName().IsMatch(name);

    private void CheckLayers()
    {
        string own = "present.0.decoder.key", cross = "present.0.encoder.key";
        if (OwnNames.Length == 0 || CrossNames.Length != OwnNames.Length)
            throw GenerationErrors.LacksInput(First.Location, "outputs", [own, own.Replace("key", "value"), cross, cross.Replace("key", "value"), "…"], First.Outputs.Select(output => output.Name));
        var needed = OwnNames.Concat(CrossNames).Select(PastOf).ToList();
        var missing = needed.Where(name => !Next.HasInput(name)).ToList();
        if (missing.Count > 0)
            throw GenerationErrors.LacksInput(Next.Location, "inputs", missing, NextInputs);
        var unknown = NextInputs.Where(IsPast).Except(needed).ToList();
        if (unknown.Count > 0)
            throw GenerationErrors.UnknownInput(Next.Location, unknown);
        var missingOutputs = NextOutputs.Where(name => !Next.HasOutput(name)).ToList();
        if (missingOutputs.Count > 0)
            throw GenerationErrors.LacksInput(Next.Location, "outputs", missingOutputs, Next.Outputs.Select(output => output.Name));
        foreach (string name in FirstOutputs)
        {
            if (First.Output(name).ElementType is not (TensorElementType.Float or TensorElementType.Float16) and var type)
                throw GenerationErrors.BadType(First.Location, name, type);
        }
    }

    private static void Check(OnnxModel model, string[] inputs, string[] optional, string[] outputs)
    {
        var missing = inputs.Where(name => !model.HasInput(name)).ToList();
        if (missing.Count > 0)
            throw GenerationErrors.LacksInput(model.Location, "inputs", missing, model.Inputs.Select(input => input.Name));
        // "" stands for keys and values.
        var unknown = model.Inputs.Select(input => input.Name).Where(name => !inputs.Contains(name) && !optional.Contains(name) && !(IsPast(name) && optional.Contains(""))).ToList();
        if (unknown.Count > 0)
            throw GenerationErrors.UnknownInput(model.Location, unknown);
        missing = [.. outputs.Where(name => !model.HasOutput(name))];
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
