using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using MLPipelines.Training;
using TorchSharp;

namespace MLPipelines.Text;

/// <summary>Opens an encoder, trains it with a head, and makes it ready for predictions.</summary>
internal static class FineTuner
{
    /// <param name="options">Options, already validated.</param>
    /// <param name="texts">All texts; the vocabulary of an encoder from scratch is learnt from those to train on.</param>
    /// <param name="train">The rows to train on.</param>
    /// <param name="validation">The rows held out.</param>
    /// <param name="makeModel">Makes the model, for a seed.</param>
    /// <param name="makeTask">What is learnt.</param>
    /// <param name="tokenize">How a text becomes tokens; null for plain texts.</param>
    public static (EncoderRunner Runner, TrainingResult Result) Train(
        TextFineTuningOptions options, string[] texts, int[] train, int[] validation,
        Func<OpenedEncoder, int, EncoderModel> makeModel, Func<EncoderModel, FineTuningData, FineTuningTask> makeTask,
        Func<TextTokenizer, string, int, TokenizedText>? tokenize = null)
    {
        var training = options.EffectiveTraining;
        var cancellation = training.CancellationToken;
        string[] trainTexts = Array.ConvertAll(train, row => texts[row]), validationTexts = Array.ConvertAll(validation, row => texts[row]);
        var opened = options.Encoder.Open(trainTexts, cancellation);
        int maximumTokens = opened.Tokens(options.MaximumTokens);
        var data = new FineTuningData
        {
            Tokenizer = opened.Tokenizer,
            MaximumTokens = maximumTokens,
            TrainTexts = trainTexts,
            Train = Tokenize(trainTexts),
            Validation = Tokenize(validationTexts),
            Augmenter = options.Augmentation is { } augmentation ? new TextAugmenter(augmentation) : null,
            Difficulties = training.Curriculum == TrainingCurriculum.EasyToHard ? TextDifficulty.Of(trainTexts) : null,
        };
        cancellation.ThrowIfCancellationRequested();

        var model = makeModel(opened, training.Seed);
        try
        {
            var adapter = options.Lora is { } lora ? LoraAdapter.Add(model, lora) : null;
            TrainingResult result;
            using (var task = makeTask(model, data))
                result = TrainingTurn.Train(task, training);
            adapter?.Merge();
            Ready(model, result.Device, result.Precision);
            return (new EncoderRunner(model, opened.Tokenizer, maximumTokens), result);
        }
        catch
        {
            model.Dispose();
            throw;
        }

        TokenizedText[] Tokenize(string[] all) => tokenize is null
            ? opened.Tokenizer.Tokenize(all, maximumTokens, cancellation)
            : [.. all.AsParallel().AsOrdered().WithCancellation(cancellation).Select(text => tokenize(opened.Tokenizer, text, maximumTokens))];
    }

    /// <summary>Brings a module to where, and to the type that, it predicts in.</summary>
    public static void Ready(torch.nn.Module module, torch.Device device, torch.ScalarType precision)
    {
        using (torch.no_grad())
        {
            module.to(device);
            module.to(precision);
        }
        module.eval();
    }
}
