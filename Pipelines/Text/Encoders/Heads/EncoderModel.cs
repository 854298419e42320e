using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>An encoder with a head on top, whose parameters are called as in the checkpoints of transformers. Its output are logits.</summary>
/// <remarks>It holds native memory: dispose of it, and the encoder is disposed of too. In evaluation mode several threads may compute at once; training is for one thread.</remarks>
public abstract class EncoderModel : nn.Module<EncoderInput, Tensor>
{
    private readonly Parts _parts;

    private protected EncoderModel(string name, EncoderModule encoder, EncoderConfig config)
        : base(name)
    {
        _parts = new Parts(encoder);
        Config = config;
        register_module(encoder.Prefix[..^1], encoder);
    }

    /// <summary>The encoder under the head.</summary>
    public EncoderModule Encoder => _parts.Encoder;

    /// <summary>How the model is built, its labels included.</summary>
    public EncoderConfig Config { get; }

    /// <summary>How deep a parameter lies: 0 for the embeddings, i + 1 for layer i, and one above the last layer for the pooler and the head.</summary>
    /// <param name="parameterName">Its name in this model.</param>
    public int DepthOf(string parameterName) => Encoder.DepthOf(parameterName);

    /// <summary>What the class is called in transformers without the name of the family, such as "ForSequenceClassification".</summary>
    internal abstract string TransformersSuffix { get; }

    /// <summary>What checkpoints may hold besides: copies of tied weights.</summary>
    internal virtual IReadOnlyList<string> TiedNames => [];

    /// <summary>Computes something of a batch, and disposes of what came up on the way unless the backward pass will go back to it.</summary>
    private protected Tensor Compute(Func<Tensor> compute)
    {
        if (Encoder.GradientCheckpoints is not null && training)
            return compute();
        using var scope = NewDisposeScope();
        return compute().MoveToOuterDisposeScope();
    }

    private protected EncoderLinear AddLinear(string path, long inputs, long outputs) => ModuleGroup.Add(this, path, new EncoderLinear(inputs, outputs));

    private sealed record Parts(EncoderModule Encoder);
}
