// %% [markdown]
// # The best classifier within a budget
//
// Which settings suit my data? A sweep tries what a tuner proposes, writes every trial down in a ledger, and goes on where it stopped, even after
// its process was killed. Here it tunes the classifier of tickets (`Data/tickets`, invented, CC0).
//
// ```
// dotnet run Pipelines/Notebooks/sweep.cs
// ```
//
// Run it a second time: no trial is repeated, all are read from the ledger.

// %%
#:project ../Sweeps/MLPipelines.Sweeps.csproj

using Microsoft.ML;
using Microsoft.ML.AutoML;
using MLPipelines.Artifacts;
using MLPipelines.Data;
using MLPipelines.Sweeps;
using MLPipelines.Text;

var mlContext = new MLContext(seed: 1);
var tickets = mlContext.Data.LoadTextLabels("Data/tickets/messages.csv", "content", "intent");

// %% [markdown]
// Three parts: to train on, to choose by, and one that no trial sees, which says what the choice is worth. The best of many trials looks better on the rows
// that it was chosen by than it is.

// %%
var outer = mlContext.Data.TrainTestSplit(tickets, testFraction: 0.2);
var inner = mlContext.Data.TrainTestSplit(outer.TrainSet, testFraction: 0.25);

// %% [markdown]
// ## The sweep
//
// The budget is a number of trials, a time, or both. The default tuner models the metric by a Gaussian process and proposes what it expects to be better; the
// first trial has the defaults.

// %%
var options = new SweepOptions
{
    Id = "notebook-intents",
    LedgerPath = "Artifacts/notebook-sweeps.db",
    Trials = 12,
    Time = TimeSpan.FromMinutes(5),
    Resume = true,
};
var job = new SweepJob { Task = "text-classification", Data = "tickets", Families = ["linear"] };
var task = SweepTasks.Open(job, inner.TrainSet, inner.TestSet);
var result = await task.RunAsync(options);

foreach (var trial in result.Trials)
    Console.WriteLine($"{trial.Id,2}  {trial.State}  {trial.Metric:0.0000}{(trial.Id == result.Best.Id ? "  best" : "")}");
Console.WriteLine(result.Best.Parameter);

// %% [markdown]
// ## What it is worth
//
// The defaults and the best settings, both trained on all rows but those that no trial saw, and measured on these. Twelve trials on so little data find
// what is as good as the defaults, not better: the winner's lead on the rows that chose it was chance. Measure like this before you believe a sweep.

// %%
var outerTask = SweepTasks.Open(job, outer.TrainSet);
Console.WriteLine($"defaults: {Accuracy(mlContext.MulticlassClassification.Trainers.LinearText().Fit(outer.TrainSet)):0.0000}");
Console.WriteLine($"best:     {Accuracy(outerTask.Refit(result.Best.Parameter, seed: 1)):0.0000}");

double Accuracy(ITransformer model) => mlContext.MulticlassClassification.EvaluateText(model.Transform(outer.TestSet)).Accuracy;

// %% [markdown]
// ## The winner published
//
// Trained on all data, with its lineage: from which sweep and which trial it comes.

// %%
using var publication = await SweepTasks.Open(job, tickets).PublishAsync(result, new ArtifactStore("Artifacts"), "notebook-tuned-intent", new SweepPublishing { License = "CC0-1.0" });
var lineage = publication.Manifest.Lineage!;
Console.WriteLine($"{publication.Published.Name}, from trial {lineage.Trial} of {lineage.Sweep}");

// %% [markdown]
// ## The same through ML.NET's AutoML
//
// `mlContext.Auto()` is ML.NET's own: from columns to a pipeline whose featuriser and trainers it chooses and tunes. It keeps no ledger; where trials are to
// survive, `PipelineSweep` runs such a pipeline with the tuners and the ledger from above.

// %% tags=["varies"]
var keyed = mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(outer.TrainSet);
var experiment = mlContext.Auto().CreateExperiment()
    .SetPipeline(mlContext.Auto().Featurizer(keyed.Transform(inner.TrainSet), outputColumnName: "Features", textColumns: ["Text"], excludeColumns: ["Label"])
        .Append(mlContext.Auto().MultiClassification(labelColumnName: "Label", useLgbm: false, useFastForest: false, useFastTree: false)))
    .SetDataset(keyed.Transform(inner.TrainSet), keyed.Transform(inner.TestSet))
    .SetMulticlassClassificationMetric(MulticlassClassificationMetric.MicroAccuracy, labelColumn: "Label")
    .SetTrainingTimeInSeconds(60)
    .SetMaxModelToExplore(2);
var automatic = await experiment.RunAsync();
Console.WriteLine($"AutoML, 2 models: {mlContext.MulticlassClassification.Evaluate(automatic.Model.Transform(keyed.Transform(outer.TestSet))).MicroAccuracy:0.0000}");
