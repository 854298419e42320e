using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>Gives each token a logit per label.</summary>
public sealed class TokenClassifier : EncoderModel
{
    private readonly Parts _parts;
    private readonly double _dropout;

    internal TokenClassifier(EncoderModule encoder, EncoderConfig config)
        : base(nameof(TokenClassifier), encoder, config)
    {
        // DistilBERT's classifier dropout is that of sequence classifiers alone.
        _dropout = config.Architecture == EncoderArchitecture.DistilBert ? config.HiddenDropout : config.ClassifierDropout ?? config.HiddenDropout;
        _parts = new Parts(AddLinear("classifier", config.HiddenSize, config.Labels.Count));
    }

    internal override string TransformersSuffix => "ForTokenClassification";

    /// <summary>Computes the logits of a batch.</summary>
    /// <returns>[rows, tokens, labels].</returns>
    public override Tensor forward(EncoderInput input) => Compute(() => Classify(Encoder.forward(input)));

    /// <summary>Computes the logits of a batch from what the encoder made of it.</summary>
    /// <param name="output">The encoder's output.</param>
    /// <returns>[rows, tokens, labels].</returns>
    public Tensor Classify(EncoderOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        return _parts.Output.forward(new Dropout(training).Apply(output.LastHiddenState, _dropout));
    }

    private sealed record Parts(EncoderLinear Output);
}
