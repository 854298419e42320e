using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>
/// Gives each text a logit per label, from its first token: through the pooler for BERT; through a layer with ReLU (pre_classifier) for DistilBERT and one with tanh
/// (classifier.dense) for RoBERTa.
/// </summary>
public sealed class SequenceClassifier : EncoderModel
{
    private readonly Parts _parts;
    private readonly double _dropout;

    internal SequenceClassifier(EncoderModule encoder, EncoderConfig config)
        : base(nameof(SequenceClassifier), encoder, config)
    {
        long width = config.HiddenSize;
        long labels = config.Labels.Count;
        _dropout = config.ClassifierDropout ?? config.HiddenDropout;
        _parts = config.Architecture switch
        {
            EncoderArchitecture.DistilBert => new Parts(AddLinear("pre_classifier", width, width), AddLinear("classifier", width, labels)),
            EncoderArchitecture.Roberta => new Parts(AddLinear("classifier.dense", width, width), AddLinear("classifier.out_proj", width, labels)),
            _ => new Parts(null, AddLinear("classifier", width, labels)),
        };
    }

    internal override string TransformersSuffix => "ForSequenceClassification";

    /// <summary>Computes the logits of a batch.</summary>
    /// <returns>[rows, labels].</returns>
    public override Tensor forward(EncoderInput input) => Compute(() => Classify(Encoder.forward(input, EncoderExtras.FirstTokenOnly)));

    /// <summary>Computes the logits of a batch from what the encoder made of it.</summary>
    /// <param name="output">The encoder's output.</param>
    /// <returns>[rows, labels].</returns>
    public Tensor Classify(EncoderOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);
        var dropout = new Dropout(training);
        var first = output.PoolerOutput ?? output.LastHiddenState.select(1, 0);
        if (_parts.Hidden is { } hidden)
        {
            first = Config.Architecture == EncoderArchitecture.DistilBert
                ? nn.functional.relu(hidden.forward(first))
                : hidden.forward(dropout.Apply(first, _dropout)).tanh();
        }
        return _parts.Output.forward(dropout.Apply(first, _dropout));
    }

    private sealed record Parts(EncoderLinear? Hidden, EncoderLinear Output);
}
