using MLPipelines.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>
/// A transformer encoder, whose parameters are called as in the checkpoints of its architecture. It computes in float32 or, moved there by
/// <c>to</c>, in bfloat16 or float16; on the processor or on a GPU.
/// </summary>
/// <remarks>
/// It holds native memory: dispose of it. In evaluation mode several threads may compute at once; training is for one thread. Without gradients
/// (<see cref="torch.no_grad"/> or inference mode) nothing is kept for a backward pass.
/// </remarks>
public abstract class EncoderModule : nn.Module<EncoderInput, EncoderExtras, EncoderOutput>, IGradientCheckpointing
{
    private readonly Parts _parts;

    private protected EncoderModule(string name, EncoderConfig config, EncoderLayerNames names, bool hasPooler)
        : base(name)
    {
        config.Validate();
        Config = config;
        _parts = new Parts
        {
            Words = Embedding("word_embeddings", config.VocabularySize, config.PadId),
            Positions = Embedding("position_embeddings", config.MaximumPositions, config.Architecture == EncoderArchitecture.Roberta ? config.PadId : null),
            Types = config.TypeVocabularySize > 0 ? Embedding("token_type_embeddings", config.TypeVocabularySize, null) : null,
            Norm = ModuleGroup.Add(this, "embeddings.LayerNorm", new EncoderLayerNorm(config.HiddenSize, config.LayerNormEpsilon)),
        };
        if (config.SinusoidalPositions)
            _parts.Positions.weight!.requires_grad_(false);
        Layers = [.. Enumerable.Range(0, config.Layers).Select(i => new EncoderLayer(this, i, config, names))];
        _parts.Pooler = hasPooler ? ModuleGroup.Add(this, "pooler.dense", new EncoderLinear(config.HiddenSize, config.HiddenSize)) : null;

        Embedding Embedding(string part, long rows, long? padId) => ModuleGroup.Add<Embedding>(this, $"embeddings.{part}", LookupTable.Create(rows, config.HiddenSize, padId));
    }

    /// <summary>How the encoder is built.</summary>
    public EncoderConfig Config { get; }

    /// <summary>The transformer layers, from the one above the embeddings up.</summary>
    public IReadOnlyList<EncoderLayer> Layers { get; }

    /// <summary>Whether it has a pooler.</summary>
    public bool HasPooler => _parts.Pooler is not null;

    /// <inheritdoc/>
    public GradientCheckpoints? GradientCheckpoints { get; set; }

    /// <summary>What the names of an encoder's parameters are preceded by in models with a head, such as "bert.".</summary>
    public string Prefix => PrefixOf(Config.Architecture);

    /// <summary>The word embedding, [vocabulary size, width], as it is now: moving the encoder to another type or device makes a new one.</summary>
    public Parameter WordEmbedding => _parts.Words.weight!;

    internal IEnumerable<EncoderLinear> Linears => modules().OfType<EncoderLinear>();

    /// <summary>Computes the hidden states of a batch.</summary>
    /// <param name="input">The batch, on the encoder's device.</param>
    /// <param name="extras">What to give besides the last hidden state.</param>
    /// <exception cref="EncoderException">The batch has another shape than it must, or is longer than the encoder has positions for.</exception>
    public override EncoderOutput forward(EncoderInput input, EncoderExtras extras = EncoderExtras.None)
    {
        ArgumentNullException.ThrowIfNull(input);
        Check(input);
        using var scope = NewDisposeScope();
        long rows = input.InputIds.shape[0];
        long tokens = input.InputIds.shape[1];
        long width = Config.HiddenSize;
        var hidden = Embed(input).view(rows * tokens, width);
        var mask = AttentionMask.Create(input.AttentionMask, Config.Heads, hidden.dtype);
        bool firstOnly = extras == EncoderExtras.FirstTokenOnly;
        List<Tensor>? states = extras.HasFlag(EncoderExtras.HiddenStates) ? [hidden] : null;
        List<Tensor>? attentions = extras.HasFlag(EncoderExtras.Attentions) ? [] : null;
        foreach (var layer in Layers)
        {
            if (attentions is not null)
            {
                hidden = layer.Run(hidden, rows, mask, out var weights);
                attentions.Add(weights!);
            }
            else if (GradientCheckpoints is { } checkpoints && training && (hidden.requires_grad || layer.Parameters().Any(parameter => parameter.requires_grad)))
            {
                hidden = checkpoints.Run(tensor => Run(layer, tensor), hidden);
            }
            else
            {
                var below = hidden;
                hidden = Run(layer, below);
                if (states is null && GradientCheckpoints is null)
                    below.Dispose();
            }
            states?.Add(hidden);
        }
        // What is recomputed in the backward pass needs its input and its mask until then: they belong to the caller's scope.
        if (GradientCheckpoints is not null && training)
        {
            foreach (var kept in scope.DisposablesView.OfType<Tensor>())
                kept.MoveToOuterDisposeScope();
        }
        var last = Shaped(hidden);
        var output = new EncoderOutput(
            last.MoveToOuterDisposeScope(),
            _parts.Pooler is null ? null : Pool(last).MoveToOuterDisposeScope(),
            states?.ConvertAll(state => Shaped(state).MoveToOuterDisposeScope()),
            attentions?.ConvertAll(weights => weights.MoveToOuterDisposeScope()));
        return output;

        Tensor Run(EncoderLayer layer, Tensor below) => firstOnly && layer.Index == Layers.Count - 1 ? layer.RunFirst(below, rows, mask) : layer.Run(below, rows, mask);

        Tensor Shaped(Tensor flat) => flat.view(rows, -1, width);
    }

    /// <summary>Looks token ids up in the word embedding.</summary>
    /// <param name="ids">int64 [rows, tokens].</param>
    /// <returns>[rows, tokens, width].</returns>
    public Tensor EmbedWords(Tensor ids) => _parts.Words.call(ids);

    /// <summary>
    /// How deep a parameter lies: 0 for the embeddings, i + 1 for layer i, and one above the last layer for the pooler and any head.
    /// </summary>
    /// <param name="parameterName">Its name, in the encoder or in a model with a head.</param>
    public int DepthOf(string parameterName)
    {
        ArgumentNullException.ThrowIfNull(parameterName);
        string name = parameterName.StartsWith(Prefix, StringComparison.Ordinal) ? parameterName[Prefix.Length..] : parameterName;
        if (name.StartsWith("embeddings.", StringComparison.Ordinal))
            return 0;
        var layer = Layers.FirstOrDefault(layer => name.StartsWith(layer.Prefix, StringComparison.Ordinal));
        return layer is null ? Layers.Count + 1 : layer.Index + 1;
    }

    internal static string PrefixOf(EncoderArchitecture architecture) => architecture switch
    {
        EncoderArchitecture.DistilBert => "distilbert.",
        EncoderArchitecture.Roberta => "roberta.",
        _ => "bert.",
    };

    /// <summary>The embeddings of positions: [tokens, width], or [rows, tokens, width] where they depend on the row.</summary>
    private protected virtual Tensor EmbedPositions(Embedding positions, Tensor ids) => positions.weight!.narrow(0, 0, ids.shape[1]);

    private Tensor Embed(EncoderInput input)
    {
        using var scope = NewDisposeScope();
        var sum = input.WordEmbeddings ?? EmbedWords(input.InputIds);
        if (_parts.Types is { } types)
            sum = sum.add(input.TokenTypeIds is { } typeIds ? types.call(typeIds) : types.weight!.select(0, 0));
        sum = sum.add(EmbedPositions(_parts.Positions, input.InputIds));
        return new Dropout(training).Apply(_parts.Norm.forward(sum), Config.HiddenDropout).MoveToOuterDisposeScope();
    }

    private Tensor Pool(Tensor last)
    {
        using var scope = NewDisposeScope();
        return _parts.Pooler!.forward(last.select(1, 0)).tanh().MoveToOuterDisposeScope();
    }

    private void Check(EncoderInput input)
    {
        long[] shape = input.InputIds.shape;
        if (shape.Length != 2 || shape[0] == 0 || shape[1] == 0)
            throw TextErrors.BadInput(nameof(input.InputIds), shape, "[rows, tokens], neither of them 0");
        if (shape[1] > Config.MaximumTokens)
            throw TextErrors.TooLong(shape[1], Config);
        string expected = $"[{shape[0]}, {shape[1]}], that of {nameof(input.InputIds)}";
        if (input.AttentionMask is { } mask && !mask.shape.AsSpan().SequenceEqual(shape))
            throw TextErrors.BadInput(nameof(input.AttentionMask), mask.shape, expected);
        if (input.TokenTypeIds is { } types && !types.shape.AsSpan().SequenceEqual(shape))
            throw TextErrors.BadInput(nameof(input.TokenTypeIds), types.shape, expected);
        if (input.WordEmbeddings is { } words && !words.shape.AsSpan().SequenceEqual([.. shape, Config.HiddenSize]))
            throw TextErrors.BadInput(nameof(input.WordEmbeddings), words.shape, $"[{shape[0]}, {shape[1]}, {Config.HiddenSize}]");
    }

    // TorchSharp registers modules that it finds in fields under the fields' names; in here they keep the names of the checkpoint.
    private sealed class Parts
    {
        public required Embedding Words { get; init; }

        public required Embedding Positions { get; init; }

        public required Embedding? Types { get; init; }

        public required EncoderLayerNorm Norm { get; init; }

        public EncoderLinear? Pooler { get; set; }
    }
}
