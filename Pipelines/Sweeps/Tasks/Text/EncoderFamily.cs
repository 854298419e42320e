using MLPipelines.Text;
using MLPipelines.Text.Encoders;

namespace MLPipelines.Sweeps;

/// <summary>What a job says of encoders.</summary>
internal sealed record EncoderSettings
{
    private const int MostEpochs = 100;

    private readonly EncoderOptions? _shape;
    private readonly int? _vocabulary;

    /// <summary>Reads the settings; what is wrong with them is added to <paramref name="faults"/>.</summary>
    public EncoderSettings(JobSettings settings, List<string> faults)
    {
        Checkpoint = settings.Text("checkpoint");
        MaximumEpochs = settings.Whole("max-epochs", 1, MostEpochs);
        Threads = settings.Whole("threads", 1, 1024);
        Device = settings.Text("device");
        MaximumTokens = settings.Whole("max-tokens", 4, 100_000);
        int? layers = settings.Whole("layers", 1, 100), width = settings.Whole("hidden-size", 1, 10_000), heads = settings.Whole("heads", 1, 1000);
        _vocabulary = settings.Whole("vocabulary", 100, 1_000_000);
        if (Checkpoint is not null && (layers ?? width ?? heads ?? _vocabulary) is not null)
            faults.Add($"the settings layers, hidden-size, heads and vocabulary shape an encoder from scratch; '{Checkpoint}' has its own shape");
        if (Checkpoint is not null && !Checkpoint.StartsWith("hf:", StringComparison.Ordinal) && !Directory.Exists(Checkpoint))
            faults.Add($"the setting checkpoint is '{Checkpoint}', which is no folder; give one with config.json and the weights, or hf:organisation/name");
        if ((layers ?? width ?? heads) is null)
            return;
        _shape = new EncoderOptions();
        _shape.Layers = layers ?? _shape.Layers;
        _shape.HiddenSize = width ?? _shape.HiddenSize;
        _shape.Heads = heads ?? _shape.Heads;
        if (MaximumTokens is { } tokens)
            _shape.MaximumTokens = Math.Max(tokens, _shape.MaximumTokens);
        try
        {
            _shape.Validate();
        }
        catch (ArgumentException e)
        {
            faults.Add($"the settings make no encoder: {e.Message.TrimEnd('.')}");
        }
    }

    public string? Checkpoint { get; }

    public int? MaximumEpochs { get; }

    public int? Threads { get; }

    public string? Device { get; }

    public int? MaximumTokens { get; }

    public EncoderSource Source => Checkpoint is not null ? EncoderSource.Checkpoint(Checkpoint) : _vocabulary is { } size ? EncoderSource.Scratch(_shape, size) : EncoderSource.Scratch(_shape);
}

/// <summary>What is searched of an encoder that is trained: the ranges of Devlin et al., "BERT" (2019), wider where it begins with random weights.</summary>
internal static class EncoderFamily
{
    public const string Name = "encoder";

    public static FamilyBuilder<TOptions> Of<TOptions>(EncoderSettings settings) where TOptions : TextFineTuningOptions, new()
    {
        bool scratch = settings.Checkpoint is null;
        int most = settings.MaximumEpochs ?? (scratch ? 30 : 10);
        return new FamilyBuilder<TOptions>(Name, () => New<TOptions>(settings), options => options.Validate())
            .Whole("epochs", Math.Min(scratch ? 5 : 3, most), most, scratch ? 20 : 4, (options, value) => options.Training!.Epochs = value)
            .Number("learning-rate", scratch ? 5e-5 : 1e-5, scratch ? 2e-3 : 5e-5, scratch ? 5e-4 : 5e-5, (options, value) => options.Training!.LearningRate = value, logarithmic: true)
            .OneOf("batch-size", [8, 16, 32], 32, (options, value) => options.Training!.BatchSize = value)
            .Number("warmup-share", 0, 0.2, scratch ? 0.1 : 0.06, (options, value) => options.Training!.WarmupShare = value)
            .Number("weight-decay", 0, 0.1, 0.01, (options, value) => options.Training!.WeightDecay = value);
    }

    private static TOptions New<TOptions>(EncoderSettings settings) where TOptions : TextFineTuningOptions, new()
    {
        var options = new TOptions { Encoder = settings.Source, MaximumTokens = settings.MaximumTokens };
        options.Training = options.Encoder.DefaultTraining();
        options.Training.Threads = settings.Threads;
        options.Training.Device = settings.Device ?? options.Training.Device;
        return options;
    }
}
