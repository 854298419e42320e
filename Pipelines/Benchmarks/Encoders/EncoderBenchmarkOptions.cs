using System.Globalization;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>The options that the encoder benchmarks share.</summary>
internal sealed class EncoderBenchmarkOptions
{
    private int? _hidden;
    private int? _layers;
    private int? _heads;

    public string Data { get; private set; } = "";

    public string Vocabulary { get; private set; } = "";

    /// <summary>Null for those that the command takes by itself.</summary>
    public string[]? Sets { get; private set; }

    public int? Rows { get; private set; }

    public int? MaximumLength { get; private set; }

    /// <summary>Batches that each side is given.</summary>
    public int? Steps { get; private set; }

    /// <summary>After how long a side is stopped, not counting what is not timed.</summary>
    public double Seconds { get; private set; } = 30;

    public int Hidden => HiddenOr(768);

    public int Layers => LayersOr(12);

    public int Heads => HeadsOr(12);

    public int? Intermediate { get; private set; }

    public string Device { get; private set; } = "cpu";

    public string Precision { get; private set; } = "auto";

    public int Threads { get; private set; } = Environment.ProcessorCount;

    public bool Peers { get; private set; } = true;

    /// <summary>A folder whose node_modules holds @huggingface/transformers.</summary>
    public string? Node { get; private set; }

    public int? Epochs { get; private set; }

    public int? PretrainingEpochs { get; private set; }

    public int HiddenOr(int standard) => _hidden ?? standard;

    public int LayersOr(int standard) => _layers ?? standard;

    public int HeadsOr(int standard) => _heads ?? standard;

    public int FeedForward => Intermediate ?? 4 * Hidden;

    public static string Usage => """
          options: --vocabulary FOLDER (default: DATA/tokenizers/bert-base-uncased), --sets banking77,imdb, --rows N (a batch), --max-length N (tokens),
            --steps N, --seconds X (limit of each side), --hidden N --layers N --heads N --intermediate N (default: BERT-base), --device cpu|cuda,
            --precision auto|float32|bfloat16, --threads N, --no-peers, --node FOLDER (with node_modules/@huggingface/transformers),
            --epochs N --pretraining-epochs N (encoder-accuracy; 20 each; 0 leaves pretraining out)
        """;

    /// <summary>Reads a command's arguments; the first one that is no option is the folder of the data sets.</summary>
    /// <returns>Null, with the reason written, where they are wrong.</returns>
    public static EncoderBenchmarkOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new EncoderBenchmarkOptions();
        string? folder = null;
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                folder = name;
                continue;
            }
            if (name == "--no-peers")
            {
                options.Peers = false;
                continue;
            }
            if (i + 1 == arguments.Length || !options.Take(name, arguments[++i]))
            {
                Console.Error.WriteLine($"'{name}' is not an option, or lacks a value that fits.\n{Usage}");
                return null;
            }
        }
        if (Measure.FindData(folder) is not { } data)
        {
            Console.Error.WriteLine(folder != null ? $"There is no folder '{folder}'." : "The real data sets were not found in ../shared/data; name their folder.");
            return null;
        }
        options.Data = data;
        if (options.Vocabulary.Length == 0)
            options.Vocabulary = Path.Combine(data, "tokenizers", "bert-base-uncased");
        return options;
    }

    private bool Take(string name, string value)
    {
        bool isWhole = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        isWhole &= number > 0 || name == "--pretraining-epochs";
        switch (name)
        {
            case "--vocabulary":
                Vocabulary = value;
                return true;
            case "--sets":
                Sets = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                return true;
            case "--device":
                Device = value;
                return true;
            case "--precision":
                Precision = value;
                return value is "auto" or "float32" or "bfloat16";
            case "--node":
                Node = value;
                return true;
            case "--seconds":
                bool isNumber = double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds);
                Seconds = seconds;
                return isNumber && seconds > 0;
            case "--rows":
                Rows = number;
                return isWhole;
            case "--max-length":
                MaximumLength = number;
                return isWhole;
            case "--steps":
                Steps = number;
                return isWhole;
            case "--hidden":
                _hidden = number;
                return isWhole;
            case "--layers":
                _layers = number;
                return isWhole;
            case "--heads":
                _heads = number;
                return isWhole;
            case "--intermediate":
                Intermediate = number;
                return isWhole;
            case "--threads":
                Threads = number;
                return isWhole;
            case "--epochs":
                Epochs = number;
                return isWhole;
            case "--pretraining-epochs":
                PretrainingEpochs = number;
                return isWhole;
            default:
                return false;
        }
    }
}
