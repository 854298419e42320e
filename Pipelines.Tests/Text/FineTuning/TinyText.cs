using Microsoft.ML;
using MLPipelines.Text;
using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using MLPipelines.Tokenization.Training;
using MLPipelines.Training;

namespace MLPipelines.Tests.FineTuning;

/// <summary>Encoders so small that they train in a moment, and texts that they can learn.</summary>
internal static class TinyText
{
    private static readonly Lazy<string> Folder = new(MakeCheckpoint);

    internal sealed class Row
    {
        public string Text { get; set; } = "";

        public string Label { get; set; } = "";
    }

    /// <summary>One layer of 32.</summary>
    public static EncoderSource Scratch(EncoderArchitecture architecture = EncoderArchitecture.Bert) => EncoderSource.Scratch(Options(architecture), vocabularySize: 300);

    public static EncoderOptions Options(EncoderArchitecture architecture = EncoderArchitecture.Bert) =>
        new() { Architecture = architecture, Layers = 1, HiddenSize = 32, Heads = 2, IntermediateSize = 64, MaximumTokens = 48, HiddenDropout = 0, AttentionDropout = 0, InitializerRange = 0.1 };

    public static TrainingOptions Training(int epochs = 1, int seed = 1, CancellationToken cancellation = default) => new()
    {
        Epochs = epochs, BatchSize = 8, LearningRate = 2e-3, Precision = TrainingPrecision.Float32, Device = "cpu", Seed = seed, CancellationToken = cancellation,
    };

    /// <summary>The folder of a checkpoint of an encoder alone.</summary>
    public static string Checkpoint => Folder.Value;

    /// <summary>Three intents, told apart by one word each.</summary>
    public static Row[] Intents(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => (i % 3) switch
        {
            0 => new Row { Text = $"where is my order number {i}", Label = "tracking" },
            1 => new Row { Text = $"please send the money back for item {i}", Label = "refund" },
            _ => new Row { Text = $"thank you, the {i} lamps look great", Label = "praise" },
        }),
    ];

    public static Row[] Sentiments(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => (i % 3) switch
        {
            0 => new Row { Text = $"i hate this awful thing number {i}", Label = "negative" },
            1 => new Row { Text = $"it is a box of size {i}", Label = "neutral" },
            _ => new Row { Text = $"wonderful, i love all {i} of them", Label = "positive" },
        }),
    ];

    public static Row[] Topics(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => (i % 4) switch
        {
            0 => new Row { Text = $"the screen of phone {i} is broken", Label = "hardware|phone" },
            1 => new Row { Text = $"the app on phone {i} crashes", Label = "software|phone" },
            2 => new Row { Text = $"the update of laptop {i} crashes", Label = "software" },
            _ => new Row { Text = $"nice weather on day {i}", Label = "" },
        }),
    ];

    public static Row[] Entities(int count)
    {
        string[] cities = ["berlin", "new york", "oslo", "san jose"], people = ["anna", "john smith", "maria", "li wei"];
        return
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                string city = cities[i % 4], person = people[i / 4 % 4];
                return new Row
                {
                    Text = $"{person} flew to {city} on day {i}",
                    Label = string.Join(' ', Tags(person, "person"), "O O", Tags(city, "place"), "O O O"),
                };
            }),
        ];

        static string Tags(string words, string type) => string.Join(' ', words.Split(' ').Select((_, i) => (i == 0 ? "B-" : "I-") + type));
    }

    public static IDataView View(MLContext context, IEnumerable<Row> rows) => context.Data.LoadFromEnumerable(rows);

    private static string MakeCheckpoint()
    {
        string folder = Directory.CreateTempSubdirectory("mlpipelines-tiny-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        var tokenizer = VocabularyTrainer.TrainWordPiece(Intents(60).Select(row => row.Text), new WordPieceTrainingOptions { VocabularySize = 300 });
        using var encoder = EncoderModels.CreateEncoder(Options().ToConfig(tokenizer.MaximumId + 1, tokenizer.PadId!.Value), pooler: true, seed: 5);
        EncoderModels.Save(encoder, folder, tokenizer);
        return folder;
    }
}
