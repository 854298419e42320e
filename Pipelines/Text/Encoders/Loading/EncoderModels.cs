using MLPipelines.Tokenization;
using MLPipelines.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>Makes encoders, with heads and without, from checkpoints or from random weights, and writes them so that Python's transformers opens them.</summary>
public static class EncoderModels
{
    // Where the heads of checkpoints begin; what a model has no place for is left out.
    private static readonly string[] HeadNames = ["cls.", "lm_head.", "vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "classifier.", "pre_classifier.", "qa_outputs."];

    /// <summary>An encoder without a head from a checkpoint; with a pooler if the checkpoint has one.</summary>
    /// <param name="files">The checkpoint.</param>
    /// <param name="options">How; only <see cref="EncoderLoadOptions.Configure"/> has an effect.</param>
    /// <exception cref="EncoderException">The configuration is missing or cannot be used.</exception>
    /// <exception cref="CheckpointException">The weights are missing, damaged, or do not fit the configuration.</exception>
    public static LoadedModel<EncoderModule> LoadEncoder(EncoderFiles files, EncoderLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        options ??= new EncoderLoadOptions();
        var config = Configured(files, options);
        using var checkpoint = files.OpenWeights();
        bool hasPooler = checkpoint.Tensors.Keys.Any(name => name.StartsWith("pooler.", StringComparison.Ordinal) || name.StartsWith(EncoderModule.PrefixOf(config.Architecture) + "pooler.", StringComparison.Ordinal));
        return Fill(Build(config, hasPooler), checkpoint, config, new EncoderLoadOptions { Seed = options.Seed }, []);
    }

    /// <summary>A sequence classifier from a checkpoint.</summary>
    /// <inheritdoc cref="LoadTokenClassifier" path="/param|/exception"/>
    public static LoadedModel<SequenceClassifier> LoadSequenceClassifier(EncoderFiles files, EncoderLoadOptions? options = null) =>
        Load(files, options, pools: true, static (encoder, config) => new SequenceClassifier(encoder, config));

    /// <summary>A token classifier from a checkpoint.</summary>
    /// <param name="files">The checkpoint: of such a model, or of any encoder of the family with <see cref="EncoderLoadOptions.NewHead"/>.</param>
    /// <param name="options">How.</param>
    /// <exception cref="EncoderException">The configuration is missing or cannot be used.</exception>
    /// <exception cref="CheckpointException">The weights are missing, damaged, or do not fit the configuration.</exception>
    public static LoadedModel<TokenClassifier> LoadTokenClassifier(EncoderFiles files, EncoderLoadOptions? options = null) =>
        Load(files, options, pools: false, static (encoder, config) => new TokenClassifier(encoder, config));

    /// <summary>A masked language model from a checkpoint.</summary>
    /// <inheritdoc cref="LoadTokenClassifier" path="/param|/exception"/>
    public static LoadedModel<MaskedLanguageModel> LoadMaskedLanguageModel(EncoderFiles files, EncoderLoadOptions? options = null) =>
        Load(files, options, pools: false, static (encoder, config) => new MaskedLanguageModel(encoder, config));

    /// <summary>An encoder with random weights, in float32 on the processor and in evaluation mode.</summary>
    /// <param name="config">How it is built.</param>
    /// <param name="pooler">Whether it has a pooler; DistilBERT never has one.</param>
    /// <param name="seed">The same seed gives the same weights, whatever head is on the encoder.</param>
    /// <exception cref="EncoderException">The configuration has values out of range.</exception>
    public static EncoderModule CreateEncoder(EncoderConfig config, bool pooler, int seed = 1) => Initialised(Build(config, pooler), config, seed);

    /// <summary>A sequence classifier with random weights.</summary>
    /// <inheritdoc cref="CreateEncoder" path="/param|/exception"/>
    public static SequenceClassifier CreateSequenceClassifier(EncoderConfig config, int seed = 1) => Initialised(new SequenceClassifier(Build(config, Pools(config)), config), config, seed);

    /// <summary>A token classifier with random weights.</summary>
    /// <inheritdoc cref="CreateEncoder" path="/param|/exception"/>
    public static TokenClassifier CreateTokenClassifier(EncoderConfig config, int seed = 1) => Initialised(new TokenClassifier(Build(config, pooler: false), config), config, seed);

    /// <summary>A masked language model with random weights.</summary>
    /// <inheritdoc cref="CreateEncoder" path="/param|/exception"/>
    public static MaskedLanguageModel CreateMaskedLanguageModel(EncoderConfig config, int seed = 1) => Initialised(new MaskedLanguageModel(Build(config, pooler: false), config), config, seed);

    /// <summary>Writes a model as a checkpoint: <c>config.json</c>, <c>model.safetensors</c> and the tokenizer's files.</summary>
    /// <param name="model">An encoder or a model with a head, in evaluation mode or between two training steps; low-rank updates must have been merged.</param>
    /// <param name="folder">The folder, made where it does not exist; files of these names are replaced.</param>
    /// <param name="tokenizer">The tokenizer, or <see langword="null"/> to write none.</param>
    /// <exception cref="EncoderException">The tokenizer has ids that the encoder has no embedding for.</exception>
    public static void Save(nn.Module model, string folder, TextTokenizer? tokenizer = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        Write(model, tokenizer, (name, write) =>
        {
            string path = Path.Combine(folder, name);
            string temporary = path + ".tmp";
            using (var stream = File.Create(temporary))
                write(stream);
            File.Move(temporary, path, overwrite: true);
        });
    }

    /// <summary>Gives the files that <see cref="Save"/> writes, one after the other.</summary>
    /// <param name="model">An encoder or a model with a head.</param>
    /// <param name="tokenizer">The tokenizer, or <see langword="null"/> to write none.</param>
    /// <param name="file">Is called with the name of each file and what writes it into a stream.</param>
    /// <exception cref="EncoderException">The tokenizer has ids that the encoder has no embedding for.</exception>
    public static void Write(nn.Module model, TextTokenizer? tokenizer, Action<string, Action<Stream>> file)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(file);
        var config = model switch
        {
            EncoderModel headed => headed.Config,
            EncoderModule encoder => encoder.Config,
            _ => throw new ArgumentException($"A {model.GetType().Name} is no encoder.", nameof(model)),
        };
        if (model.modules().OfType<EncoderLinear>().Any(linear => linear.Update is not null))
            throw new InvalidOperationException($"The model has low-rank updates: write them with {nameof(LoraAdapter)}.{nameof(LoraAdapter.Save)}, or merge them first.");
        if (tokenizer is not null)
            EncoderFiles.CheckVocabulary(tokenizer, config);
        config = config with { Architectures = [TransformersName(config.ModelType) + (model is EncoderModel { TransformersSuffix: var suffix } ? suffix : "Model")] };
        byte[] json = config.File.Write(config, EncoderTensors.PythonName(model.parameters().First().dtype));
        file(EncoderFiles.ConfigFile, stream => stream.Write(json));
        file(EncoderFiles.WeightsFile, stream => model.Save(stream));
        foreach (var (name, bytes) in tokenizer?.Files ?? new Dictionary<string, byte[]>())
            file(name, stream => stream.Write(bytes));
    }

    private static LoadedModel<T> Load<T>(EncoderFiles files, EncoderLoadOptions? options, bool pools, Func<EncoderModule, EncoderConfig, T> build)
        where T : EncoderModel
    {
        ArgumentNullException.ThrowIfNull(files);
        options ??= new EncoderLoadOptions();
        var written = Configured(files, options);
        var config = written;
        if (options.Labels is { } labels)
            config = config with { Labels = [.. labels] };
        if (options.ProblemType is { } problem)
            config = config with { ProblemType = problem };
        config.Validate();
        using var checkpoint = files.OpenWeights();
        bool otherLabels = typeof(T) != typeof(MaskedLanguageModel) && !config.Labels.SequenceEqual(written.Labels);
        string[] discarded = otherLabels ? [config.Architecture == EncoderArchitecture.Roberta && typeof(T) == typeof(SequenceClassifier) ? "classifier.out_proj." : "classifier."] : [];
        return Fill(build(Build(config, pools && Pools(config)), config), checkpoint, config, options, discarded);
    }

    private static LoadedModel<T> Fill<T>(T model, Checkpoint checkpoint, EncoderConfig config, EncoderLoadOptions options, string[] discarded)
        where T : nn.Module
    {
        try
        {
            string prefix = EncoderModule.PrefixOf(config.Architecture);
            string[] pooler = ["pooler.", prefix + "pooler."];
            var names = model.named_parameters().Select(parameter => parameter.Item1).ToList();
            string[] head = model is EncoderModel ? [.. names.Where(name => !name.StartsWith(prefix, StringComparison.Ordinal))] : [];
            var report = model.LoadInto(checkpoint, new CheckpointLoadOptions
            {
                BasePrefix = prefix,
                PrefixMap = discarded.ToDictionary(name => name, name => "not loaded: " + name),
                AllowedMissing = [.. discarded, .. options.NewHead ? head.Concat(pooler) : []],
                AllowedUnexpected = [.. HeadNames, .. pooler],
            });
            foreach (var (name, parameter) in model.named_parameters())
            {
                if (report.Missing.Contains(name))
                    EncoderInitialisation.Set(name, parameter, config, options.Seed);
            }
            model.eval();
            return new LoadedModel<T>(model, report.Missing, [.. report.Unexpected.Except((model as EncoderModel)?.TiedNames ?? [])]);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static T Initialised<T>(T model, EncoderConfig config, int seed)
        where T : nn.Module
    {
        foreach (var (name, parameter) in model.named_parameters())
            EncoderInitialisation.Set(name, parameter, config, seed);
        model.eval();
        return model;
    }

    private static EncoderModule Build(EncoderConfig config, bool pooler)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        return config.Architecture switch
        {
            EncoderArchitecture.DistilBert => new DistilBertEncoder(config),
            EncoderArchitecture.Roberta => new RobertaEncoder(config, pooler),
            _ => new BertEncoder(config, pooler),
        };
    }

    // Of the sequence classifiers only BERT's goes through the pooler.
    private static bool Pools(EncoderConfig config) => config.Architecture == EncoderArchitecture.Bert;

    private static EncoderConfig Configured(EncoderFiles files, EncoderLoadOptions options)
    {
        var config = files.ReadConfig();
        return options.Configure is { } configure ? configure(config) : config;
    }

    private static string TransformersName(string modelType) => modelType switch
    {
        "distilbert" => "DistilBert",
        "roberta" => "Roberta",
        "xlm-roberta" => "XLMRoberta",
        "camembert" => "Camembert",
        _ => "Bert",
    };
}
