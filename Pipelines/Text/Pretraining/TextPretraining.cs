using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>
/// Teaches an encoder language before it is given a task: it learns to guess tokens that are hidden from it (Devlin et al., "BERT", 2018; masks drawn anew each epoch as in
/// Liu et al., "RoBERTa", 2019).
/// </summary>
public static class TextPretraining
{
    /// <summary>Pretrains an encoder and writes it as a checkpoint of Hugging Face's layout.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="InvalidOperationException">There is too little text, or the tokenizer has no mask.</exception>
    /// <exception cref="TrainingException">The loss was not a number, or memory ran out.</exception>
    /// <exception cref="OperationCanceledException">The token of the training options was cancelled.</exception>
    public static TextPretrainingResult Run(TextPretrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var training = options.EffectiveTraining;
        var cancellation = training.CancellationToken;
        cancellation.ThrowIfCancellationRequested();
        string[] texts = [.. options.Texts.Concat(options.Files.SelectMany(File.ReadLines)).Where(text => !string.IsNullOrWhiteSpace(text))];
        if (texts.Length == 0)
            throw TextErrors.NoPretrainingTexts(0);
        var opened = options.Encoder.Open(texts, cancellation);
        int length = opened.Tokens(options.MaximumTokens);
        var masking = new TokenMasking(opened.Tokenizer, options.MaskShare, options.MaskWholeWords);
        var blocks = Cut(opened.Tokenizer, texts, length, options.PackTexts, cancellation);
        var (train, heldOut) = TextRows.Split(blocks.Length, _ => 0, options.ValidationFraction, training.Seed);
        if (heldOut.Length == 0 && blocks.Length > 1)
            (train, heldOut) = ([.. Enumerable.Range(0, blocks.Length - 1)], [blocks.Length - 1]);
        if (heldOut.Length == 0)
            throw TextErrors.NoPretrainingTexts(blocks.Sum(block => block.Words.Count(word => word >= 0)));

        using var model = opened.MakeMaskedLanguageModel(training.Seed);
        TokenBlock[] trainBlocks = Array.ConvertAll(train, block => blocks[block]);
        using var task = new PretrainingTask(model, trainBlocks, Array.ConvertAll(heldOut, block => blocks[block]), masking, training.Seed);
        var result = TrainingTurn.Train(task, training);
        double loss = task.Measure(result.Device, cancellation);
        // Of several processes the first one writes; all have the same weights.
        if (training.Rank == 0)
            EncoderModels.Save(model, options.OutputFolder, opened.Tokenizer);
        return new TextPretrainingResult(options.OutputFolder, train.Length, trainBlocks.Sum(block => (long)block.Ids.Length), heldOut.Length, loss, result);
    }

    /// <summary>Cuts texts into blocks, each with special tokens around it.</summary>
    private static TokenBlock[] Cut(TextTokenizer tokenizer, string[] texts, int length, bool packs, CancellationToken cancellation)
    {
        var (prefix, suffix) = Frame(tokenizer);
        int room = length - prefix.Length - suffix.Length;
        var blocks = new List<TokenBlock>();
        var (ids, words) = (new List<int>(), new List<int>());
        int word = 0;
        foreach (var text in tokenizer.TokenizeBatch(texts, pairs: null, new TokenizingOptions { AddSpecialTokens = false, Truncation = TruncationStrategy.None }, cancellation))
        {
            if (packs && ids.Count > 0)
                Add(suffix.Length > 0 ? suffix[^1] : prefix[^1], -1);
            for (int i = 0; i < text.Ids.Length; i++)
                Add(text.Ids[i], word + Math.Max(0, text.WordIds[i]));
            word += text.WordIds.Length == 0 ? 1 : Math.Max(0, text.WordIds.Max()) + 1;
            if (!packs)
                End();
        }
        End();
        return [.. blocks];

        void Add(int id, int of)
        {
            ids.Add(id);
            words.Add(of);
            if (ids.Count == room)
                End();
        }

        void End()
        {
            if (words.Exists(of => of >= 0))
                blocks.Add(new TokenBlock([.. prefix, .. ids, .. suffix], [.. prefix.Select(_ => -1), .. words, .. suffix.Select(_ => -1)]));
            ids.Clear();
            words.Clear();
        }
    }

    /// <summary>The special tokens before and after a text.</summary>
    private static (int[] Prefix, int[] Suffix) Frame(TextTokenizer tokenizer)
    {
        var framed = tokenizer.Tokenize("a");
        int first = Array.IndexOf(framed.IsSpecial, false), last = Array.LastIndexOf(framed.IsSpecial, false);
        return first < 0 ? (framed.Ids, []) : (framed.Ids[..first], framed.Ids[(last + 1)..]);
    }
}
