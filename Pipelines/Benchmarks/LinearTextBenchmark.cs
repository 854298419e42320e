using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Data;
using MLPipelines.Text;

namespace MLPipelines.Benchmarks;

/// <summary>
/// The default classifier with its default options on real data: trained on <c>train.csv</c>, measured on <c>test.csv</c>,
/// beside an independent word and character n-gram SVM or logistic regression.
/// </summary>
internal static class LinearTextBenchmark
{
    private const string OutOfScope = "oos";

    private static readonly (string Name, string Folder, string Text, string Label, bool InScopeOnly, double Bar)[] Sets =
    [
        ("banking77", "banking77", "text", "label", false, .9097),
        ("clinc150, in scope", "clinc150", "text", "label", true, .9213),
        ("clinc150 with oos", "clinc150", "text", "label", false, .8089),
        ("sst2", "sst2", "text", "label", false, .8328),
        ("ag_news", "ag_news", "text", "label", false, .9066),
        ("imdb", "imdb", "text", "label", false, .8840),
        ("tweet_sentiment3", "tweet_sentiment3", "text", "label", false, .5580),
        ("tweet_emotion", "tweet_emotion", "text", "label", false, .7136),
        ("sms_spam", "sms_spam", "text", "label", false, .9906),
    ];

    public static int Run(string data)
    {
        Console.WriteLine($"{"data",-20} {"accuracy",9} {"bar",7} {"macro F1",9} {"log loss",9} {"seconds",8} {"CPU s",7}");
        foreach (var set in Sets)
        {
            var context = new MLContext(seed: 1);
            using var process = Process.GetCurrentProcess();
            var processor = process.TotalProcessorTime;
            var clock = Stopwatch.StartNew();
            var model = context.MulticlassClassification.Trainers.LinearText().Fit(Load(context, data, set.Folder, "train.csv", set));
            double seconds = clock.Elapsed.TotalSeconds;
            process.Refresh();
            double processorSeconds = (process.TotalProcessorTime - processor).TotalSeconds;
            var (accuracy, macroF1, logLoss) = Evaluate(model, Load(context, data, set.Folder, "test.csv", set));
            Console.WriteLine($"{set.Name,-20} {accuracy,9:F4} {set.Bar,7:F4} {macroF1,9:F4} {logLoss,9:F4} {seconds,8:F1} {processorSeconds,7:F1}{(accuracy >= set.Bar ? "" : "  below the bar")}");
        }
        Console.WriteLine($"peak memory {Measure.PeakMegabytes():N0} MB");
        return 0;
    }

    private static IDataView Load(MLContext context, string data, string folder, string file, (string Name, string Folder, string Text, string Label, bool InScopeOnly, double Bar) set)
    {
        var rows = new TextLabelReader(set.Text, set.Label).Read(Path.Combine(data, folder, file));
        return context.Data.LoadFromEnumerable(rows.Where(row => !set.InScopeOnly || row.Label != OutOfScope).ToArray());
    }

    private static (double Accuracy, double MacroF1, double LogLoss) Evaluate(LinearTextClassificationTransformer model, IDataView test)
    {
        var index = model.Labels.Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i);
        int classes = model.Labels.Count;
        var truePositives = new int[classes];
        var predictedCount = new int[classes];
        var actualCount = new int[classes];
        var probabilities = new float[classes];
        double logLoss = 0;
        int rows = 0, correct = 0;
        foreach (var (text, label) in test.GetColumn<string>(nameof(TextLabel.Text)).Zip(test.GetColumn<string>(nameof(TextLabel.Label))))
        {
            rows++;
            int predicted = model.Predict(text, probabilities);
            predictedCount[predicted]++;
            if (!index.TryGetValue(label, out int actual))
                continue;
            actualCount[actual]++;
            logLoss -= Math.Log(Math.Max(1e-15f, probabilities[actual]));
            if (actual != predicted)
                continue;
            correct++;
            truePositives[actual]++;
        }
        double f1 = 0;
        for (int i = 0; i < classes; i++)
            f1 += predictedCount[i] + actualCount[i] == 0 ? 0 : 2.0 * truePositives[i] / (predictedCount[i] + actualCount[i]);
        return ((double)correct / rows, f1 / classes, logLoss / rows);
    }
}
