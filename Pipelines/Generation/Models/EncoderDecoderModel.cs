using Microsoft.ML.OnnxRuntime;
using MLPipelines.Scoring;

namespace MLPipelines.Generation;

/// <summary>
/// An encoder-decoder (T5, mT5, BART and the like) that was exported to ONNX in the Optimum layout: token ids in, token ids out.
/// </summary>
/// <remarks>
/// Thread-safe: generations may overlap. Holds native memory and must be disposed. The keys and values of past tokens stay in native memory between steps,
/// those over the prompt are computed once; weights are in memory once where the first decoder's keys and values over the prompt need the encoder's output only, as in exports of this
/// project: the model's files must then not be changed in place while it is open. Beams and rows are moved in place, and rows that end leave the batch. Logits of a row vary by about 1e-6 with what else is in the batch.
/// </remarks>
public sealed class EncoderDecoderModel : IDisposable
{
    private readonly DecoderGraphs _graphs;
    private readonly GenerationConfig _config;
    private readonly EncoderDecoderOptions _options;
    private readonly UseCount _uses;

    private EncoderDecoderModel(string folder, DecoderGraphs graphs, GenerationConfig config, EncoderDecoderOptions options)
    {
        (Folder, _graphs, _config, _options) = (folder, graphs, config, options);
        _uses = new UseCount(nameof(EncoderDecoderModel), graphs.Dispose);
        VocabularySize = config.VocabularySize ?? LogitsInMetadata(graphs)
            ?? throw GenerationErrors.BadConfig(Path.Combine(folder, GenerationConfig.ModelFile), "has no vocab_size");
    }

    internal DecoderGraphs Graphs => _graphs;

    /// <summary>The folder that it was loaded from.</summary>
    public string Folder { get; }

    /// <summary>The number of tokens that the model has logits for; may be more than the tokenizer has.</summary>
    public int VocabularySize { get; }

    /// <summary>The tokens that have a meaning for generation.</summary>
    public SpecialIds SpecialIds => _config.SpecialIds;

    /// <summary>The options that the model's makers set in <c>generation_config.json</c>; a copy.</summary>
    public GenerationOptions DefaultOptions => _config.MakeOptions();

    /// <summary>(tokens) The longest prompt that is taken.</summary>
    public int MaximumPromptTokens => _options.MaximumPromptTokens;

    /// <summary>Opens a model.</summary>
    /// <param name="folder">The folder with config.json and the graphs, which may be in a subfolder "onnx".</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A file of the layout is missing.</exception>
    /// <exception cref="GenerationException">A configuration is malformed, or a graph has other inputs or outputs than the layout.</exception>
    /// <exception cref="OnnxException">A graph is damaged, or has an operator that ONNX Runtime lacks.</exception>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    public static EncoderDecoderModel Load(string folder, EncoderDecoderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        options ??= EncoderDecoderOptions.Default;
        options.Validate();
        options.CancellationToken.ThrowIfCancellationRequested();
        var files = ModelFolder.Find(folder, options.Variant);
        var config = GenerationConfig.Read(folder);
        config.MakeOptions();
        var graphs = DecoderGraphs.Open(files, options);
        try
        {
            return new EncoderDecoderModel(folder, graphs, config, options);
        }
        catch
        {
            graphs.Dispose();
            throw;
        }
    }

    /// <summary>Generates sequences for prompts, in batches of similar length.</summary>
    /// <param name="prompts">Token ids of each prompt, with its end token, without padding.</param>
    /// <param name="options">How; null for <see cref="DefaultOptions"/>. Texts in them need a tokenizer: see <see cref="TextGenerator"/>.</param>
    /// <param name="cancellationToken">Honoured between steps and within them.</param>
    /// <returns>For each prompt its sequences, best first.</returns>
    /// <exception cref="ArgumentException">Options are out of range; a prompt is empty, too long, or has an unknown id.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<IReadOnlyList<GeneratedSequence>> Generate(IReadOnlyList<int[]> prompts, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= DefaultOptions;
        options.Validate();
        if (options.BadWords.Count > 0 || options.StopStrings.Count > 0 || options.Prefix.Length > 0)
            throw new OptionFaults(nameof(GenerationOptions)).Add($"{nameof(options.BadWords)}, {nameof(options.StopStrings)} and {nameof(options.Prefix)} are texts, which need a tokenizer: use {nameof(TextGenerator)}, or give ids").ToException();
        return Generate(prompts, Plan(options, [], []), cancellationToken);
    }

    /// <summary>The log-probability of each token of given outputs (teacher forcing).</summary>
    /// <param name="prompts">Token ids of each prompt, with its end token.</param>
    /// <param name="outputs">Token ids of the output for each, with its end token, without the start token.</param>
    /// <param name="cancellationToken">Honoured between batches and within them.</param>
    /// <returns>A log-probability for each token of each output.</returns>
    /// <exception cref="ArgumentException">A prompt or output is empty, too long, or has an unknown id.</exception>
    public float[][] LogProbabilities(IReadOnlyList<int[]> prompts, IReadOnlyList<int[]> outputs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(outputs);
        if (prompts.Count != outputs.Count)
            throw new OptionFaults(nameof(LogProbabilities)).Add($"there are {prompts.Count} prompts and {outputs.Count} outputs; each prompt needs one output").ToException();
        Check(prompts);
        using var use = _uses.Enter();
        var results = new float[prompts.Count][];
        for (int i = 0; i < prompts.Count; i++)
        {
            Check(i, outputs[i]);
            int[] inputs = [SpecialIds.StartId, .. outputs[i].AsSpan(..^1)];
            using var encoded = Encode([prompts[i]], cancellationToken);
            results[i] = new float[outputs[i].Length];
            var result = results[i];
            var wanted = outputs[i];
            encoded.ReadAll(inputs, (position, logits) => result[position] = logits[wanted[position]] - Vocabulary.LogSumExp(logits), cancellationToken);
        }
        return results;
    }

    /// <summary>Closes the graphs; generations in progress are completed first. Others then throw <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _uses.Close();

    internal DecodingPlan Plan(GenerationOptions options, IReadOnlyList<int> prefix, IReadOnlyList<IReadOnlyList<int>> badWords, Func<ReadOnlySpan<int>, bool>? stops = null, Action<int, int>? onToken = null)
    {
        foreach (int id in options.PrefixIds.Concat(prefix).Concat(new[] { options.ForcedFirstId ?? 0, options.ForcedLastId ?? 0 }))
        {
            if (id >= VocabularySize)
                throw GenerationErrors.UnknownId(0, id, VocabularySize);
        }
        return new DecodingPlan(options, SpecialIds, _config.MaximumLength, prefix, badWords) { Stops = stops, OnToken = onToken };
    }

    internal GeneratedSequence[][] Generate(IReadOnlyList<int[]> prompts, DecodingPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        Check(prompts);
        using var use = _uses.Enter();
        cancellationToken.ThrowIfCancellationRequested();
        var results = new GeneratedSequence[prompts.Count][];
        int copies = plan.Options.Sample ? plan.Options.ReturnedSequences : 1;
        int together = Math.Min(_options.MaximumBatchRows, int.MaxValue / VocabularySize);
        int[] order = [.. Enumerable.Range(0, prompts.Count).OrderBy(i => prompts[i].Length)];
        foreach (int[] batch in order.Chunk(Math.Max(1, together / Math.Max(copies, plan.Options.Beams))))
        {
            int[][] rows = Array.ConvertAll(batch, i => prompts[i]);
            for (int first = 0; first < copies; first += together)
            {
                using var state = Encode(rows, cancellationToken);
                var sequences = plan.Options.Beams > 1 ? BeamSearch.Run(plan, state, rows, cancellationToken)
                    : TokenSearch.Run(plan, state, rows, first, Math.Min(together, copies - first), cancellationToken);
                for (int i = 0; i < batch.Length; i++)
                    results[batch[i]] = first == 0 ? sequences[i] : [.. results[batch[i]], .. sequences[i]];
            }
        }
        return results;
    }

    /// <summary>Runs the encoder.</summary>
    internal DecoderState Encode(IReadOnlyList<int[]> prompts, CancellationToken cancellationToken)
    {
        int length = prompts.Max(prompt => prompt.Length);
        var ids = new long[prompts.Count * length];
        var mask = new long[ids.Length];
        ids.AsSpan().Fill(SpecialIds.PadId);
        for (int row = 0; row < prompts.Count; row++)
        {
            for (int i = 0; i < prompts[row].Length; i++)
                ids[row * length + i] = prompts[row][i];
            mask.AsSpan(row * length, prompts[row].Length).Fill(1);
        }
        using var idsValue = OrtValue.CreateTensorValueFromMemory(ids, [prompts.Count, length]);
        using var maskValue = OrtValue.CreateTensorValueFromMemory(mask, [prompts.Count, length]);
        bool masked = _graphs.Encoder.HasInput(DecoderGraphs.AttentionMask);
        var hidden = _graphs.Encoder.Run(
            masked ? [DecoderGraphs.InputIds, DecoderGraphs.AttentionMask] : [DecoderGraphs.InputIds], masked ? [idsValue, maskValue] : [idsValue], [DecoderGraphs.LastHiddenState], cancellationToken)[0];
        return new DecoderState(_graphs, _config, hidden, mask, prompts.Count, length, VocabularySize);
    }

    private void Check(IReadOnlyList<int[]> prompts)
    {
        for (int row = 0; row < prompts.Count; row++)
        {
            Check(row, prompts[row]);
            if (prompts[row].Length > MaximumPromptTokens)
                throw GenerationErrors.PromptTooLong(row, prompts[row].Length, MaximumPromptTokens);
        }
    }

    private void Check(int row, int[] ids)
    {
        if (ids is null or [])
            throw GenerationErrors.EmptyPrompt(row);
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)VocabularySize)
                throw GenerationErrors.UnknownId(row, id, VocabularySize);
        }
    }

    private static int? LogitsInMetadata(DecoderGraphs graphs) =>
        graphs.NextInfo.Outputs.First(output => output.Name == DecoderGraphs.Logits).Dimensions is [.., > 0 and var size] ? (int)size : null;
}
