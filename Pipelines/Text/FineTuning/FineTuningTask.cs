using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Text;

/// <summary>Texts to train a network on, and texts to judge it by.</summary>
internal abstract class FineTuningTask : TrainingTask
{
    private readonly TextAugmenter? _augmenter;
    private readonly string[] _texts;
    private readonly double[]? _difficulties;

    protected FineTuningTask(EncoderModel model, FineTuningData data)
    {
        (Model, Data) = (model, data);
        (_texts, _augmenter, _difficulties) = (data.TrainTexts, data.Augmenter, data.Difficulties);
    }

    protected EncoderModel Model { get; }

    protected FineTuningData Data { get; }

    public override torch.nn.Module Module => Model;

    public override int ExampleCount => Data.Train.Length;

    public override int LengthOf(int example) => Math.Max(1, Data.Train[example].Ids.Length);

    public override int DepthOf(string parameterName) => Model.DepthOf(parameterName);

    public override double DifficultyOf(int example) => _difficulties is null ? LengthOf(example) : _difficulties[example];

    public override string DataFingerprint
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Span<byte> length = stackalloc byte[4];
            for (int i = 0; i < _texts.Length; i++)
            {
                foreach (string part in new[] { _texts[i], TargetOf(i) })
                {
                    byte[] bytes = Encoding.UTF8.GetBytes(part);
                    BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
                    hash.AppendData(length);
                    hash.AppendData(bytes);
                }
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    /// <summary>The target of an example as text, to tell data apart by.</summary>
    protected abstract string TargetOf(int example);

    /// <summary>The logits of examples in float32, varied anew where texts are varied.</summary>
    protected torch.Tensor Logits(int[] examples, TrainingContext context)
    {
        var rows = new int[examples.Length][];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = IdsOf(examples[i], context.Random);
        return Model.forward(EncoderInput.Create(Model.Config, rows, length: context.PaddedLength(rows.Max(row => row.Length)), device: context.Device)).to(torch.ScalarType.Float32);
    }

    private int[] IdsOf(int example, Random random)
    {
        if (_augmenter is null)
            return Data.Train[example].Ids;
        string varied = _augmenter.Vary(_texts[example], random);
        return ReferenceEquals(varied, _texts[example]) ? Data.Train[example].Ids : Data.Tokenizer.Tokenize(varied, pair: null, Tokenizing.Options(Data.MaximumTokens)).Ids;
    }

    /// <summary>Runs the texts held out.</summary>
    protected void RunValidation(TakeOutput take, CancellationToken cancellation) =>
        new EncoderRunner(Model, Data.Tokenizer, Data.MaximumTokens).Run(Data.Validation, take, cancellation);
}

/// <summary>The texts of a run, in tokens.</summary>
internal sealed record FineTuningData
{
    public required TextTokenizer Tokenizer { get; init; }

    public required int MaximumTokens { get; init; }

    public required string[] TrainTexts { get; init; }

    public required TokenizedText[] Train { get; init; }

    public required TokenizedText[] Validation { get; init; }

    public TextAugmenter? Augmenter { get; init; }

    public double[]? Difficulties { get; init; }
}
