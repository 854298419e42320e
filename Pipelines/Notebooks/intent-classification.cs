// %% [markdown]
// # What does this ticket want?
//
// A shop receives support tickets, and each is to reach the right team: is it about a return, a bill, a parcel? We train a
// classifier on 3,000 sample tickets (`Data/tickets`, invented, CC0), see how good it is and where it errs, publish it as a versioned
// file, and load it back as a service would.
//
// Run it from the root of the repository; it takes seconds, without a GPU:
//
// ```
// dotnet run Pipelines/Notebooks/intent-classification.cs
// ```

// %%
#:project ../Text/MLPipelines.Text.csproj

using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Data;
using MLPipelines.Text;

var mlContext = new MLContext(seed: 1);

// %% [markdown]
// ## The data
//
// Before anything is trained, the file is checked: every problem would be listed with its line and column.

// %%
const string Messages = "Data/tickets/messages.csv";
var report = new TextLabelReader("content", "intent").Validate(Messages);
Console.WriteLine($"{report.Statistics.Rows} rows, {report.ErrorCount} errors, {report.WarningCount} warnings");

var tickets = mlContext.Data.LoadTextLabels(Messages, "content", "intent");
foreach (var ticket in mlContext.Data.CreateEnumerable<TextLabel>(tickets, reuseRowObject: false).Take(3))
    Console.WriteLine($"  {ticket.Label}: {ticket.Text}");

// %% [markdown]
// A fifth of the rows is put aside. No model sees them before it is measured.

// %%
var split = mlContext.Data.TrainTestSplit(tickets, testFraction: 0.2);
string[] intents = [.. mlContext.Data.CreateEnumerable<TextLabel>(split.TestSet, reuseRowObject: false).Select(ticket => ticket.Label ?? "")];
Console.WriteLine($"{intents.Length} tickets to measure on; {intents.CountBy(intent => intent).Max(intent => intent.Value)} of them have the most frequent intent");

// %% [markdown]
// ## A baseline, and the classifier
//
// The baseline is what one writes in ML.NET: texts featurised, and a maximum-entropy classifier. `LinearText` is one estimator: it
// counts words and character n-grams itself, and its scores are calibrated probabilities.

// %%
var toKey = mlContext.Transforms.Conversion.MapValueToKey("Label");
var toText = mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel");
var baseline = toKey
    .Append(mlContext.Transforms.Text.FeaturizeText("Features", "Text"))
    .Append(mlContext.MulticlassClassification.Trainers.SdcaMaximumEntropy())
    .Append(toText)
    .Fit(split.TrainSet);
var classifier = toKey
    .Append(mlContext.MulticlassClassification.Trainers.LinearText())
    .Append(toText)
    .Fit(split.TrainSet);

var baselineMetrics = mlContext.MulticlassClassification.Evaluate(baseline.Transform(split.TestSet));
var metrics = mlContext.MulticlassClassification.Evaluate(classifier.Transform(split.TestSet));

// %% [markdown]
// On so few rows a difference can be chance. The interval of an accuracy (Wilson, 95 %) says how much of it is known: where two
// intervals overlap widely, call the models equal.

// %%
Console.WriteLine($"{"",-12} {"accuracy",8}   {"95 % interval",-15} {"log loss",8}");
Print("baseline", baselineMetrics);
Print("LinearText", metrics);

void Print(string name, MulticlassClassificationMetrics measured)
{
    var (low, high) = Wilson(measured.MicroAccuracy, intents.Length);
    Console.WriteLine($"{name,-12} {measured.MicroAccuracy,8:0.0000}   {low:0.0000} – {high:0.0000} {measured.LogLoss,8:0.0000}");
}

static (double Low, double High) Wilson(double share, int rows)
{
    const double z = 1.96;
    double middle = share + z * z / (2 * rows), spread = z * Math.Sqrt(share * (1 - share) / rows + z * z / (4.0 * rows * rows));
    return ((middle - spread) / (1 + z * z / rows), (middle + spread) / (1 + z * z / rows));
}

// %% [markdown]
// ## Where it errs
//
// The confusion table has a row for each true intent and a column for each predicted one. Below it: the errors of which the
// classifier was most certain. They are worth reading; often it is the label that is debatable.

// %%
Console.WriteLine(metrics.ConfusionMatrix.GetFormattedConfusionTable());

var judged = classifier.Transform(split.TestSet);
var errors = judged.GetColumn<string>("Text").Zip(judged.GetColumn<string>("PredictedLabel"), judged.GetColumn<float[]>("Score")).Zip(intents)
    .Select(row => (Text: row.First.First, Predicted: row.First.Second, Probability: row.First.Third.Max(), Intent: row.Second))
    .Where(row => row.Predicted != row.Intent)
    .OrderByDescending(row => row.Probability);
foreach (var error in errors.Take(3))
    Console.WriteLine($"{error.Predicted} ({error.Probability:0.00}), but labelled {error.Intent}: {error.Text}");

// %% [markdown]
// ## Published as an artifact
//
// A published model is one `.zip` under a version that never changes, with its metrics, its data's hash and golden rows: inputs
// with the outputs that the model must repeat, wherever it is loaded. The alias `production` says which version is live.

// %%
var store = new ArtifactStore("Artifacts");
var package = new ModelPackage(mlContext, new LinearTextClassificationCodec());
var interval = Wilson(metrics.MicroAccuracy, intents.Length);
var (content, manifest) = package.Pack(classifier, new ArtifactManifest
{
    Name = "notebook-intent",
    Version = "1.0.0",
    Task = "text-classification",
    CreatedUtc = DateTime.UtcNow,
    License = "CC0-1.0",
    Metrics =
    [
        new ArtifactMetric
        {
            Name = "microAccuracy", Value = metrics.MicroAccuracy, Split = "test", Rows = intents.Length,
            Interval95 = [interval.Low, interval.High], LinearBaseline = baselineMetrics.MicroAccuracy,
        },
    ],
}, sample: split.TrainSet);

// Without a version the store chooses one: run this program again, and the next one is published.
var published = await store.PublishAsync(content, manifest);
await store.PromoteAsync("notebook-intent", published.Version.ToString(), "production");
Console.WriteLine($"{manifest.Name}: stages {string.Join(", ", manifest.Stages.Select(stage => stage.Kind))}");

// %% [markdown]
// ## Loaded and used
//
// Loading checks every byte and runs the golden rows. The model predicts what the trained one does, to the last bit.

// %%
using var loaded = package.Load(store, "notebook-intent", "production");
bool same = judged.GetColumn<float[]>("Score").Zip(loaded.Model.Transform(split.TestSet).GetColumn<float[]>("Score"))
    .All(scores => scores.First.AsSpan().SequenceEqual(scores.Second));
Console.WriteLine($"the loaded model predicts the same: {same}");

var engine = mlContext.Model.CreatePredictionEngine<TextLabel, Prediction>(loaded.Model);
foreach (string text in (string[])["Where is my parcel?", "I was charged twice for one lamp.", "Please close my account."])
{
    var prediction = engine.Predict(new TextLabel { Text = text });
    Console.WriteLine($"{prediction.PredictedLabel} ({prediction.Score.Max():0.00}): {text}");
}

// %% [markdown]
// What a prediction has of the columns that the model adds:

// %%
internal sealed class Prediction
{
    public string PredictedLabel { get; set; } = "";

    public float[] Score { get; set; } = [];
}
