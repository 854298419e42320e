using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Optimization.Onnx;
using MLPipelines.Scoring.Writing;
using MLPipelines.Text;
using MLPipelines.Text.Encoders;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Cli.Export;

/// <summary><c>mlp export</c>.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string> Model = new("model") { HelpName = "DIR|hf:…|NAME[@VERSION]", Description = "What to export: a folder with a Hugging Face checkpoint, hf:ORGANISATION/NAME[@REVISION], or an artifact with an encoder or a response generator." };
    private static readonly Option<string> Output = new("--output") { Description = "The folder to write into.", HelpName = "DIR", Required = true };
    private static readonly Option<string> Format = new("--format") { Description = "The format; onnx is all there is.", HelpName = "onnx", DefaultValueFactory = _ => "onnx" };
    private static readonly Option<string?> Quantize = new("--quantize") { Description = "Keep matrices in fewer bits: int8 (a scale per output), int8-blocks or int4-blocks (a scale per 32 inputs).", HelpName = "int8|int8-blocks|int4-blocks" };
    private static readonly Option<string> Precision = new("--precision") { Description = "Keep matrices in float32 or in float16, half as large; they are computed with in float32.", HelpName = "float32|float16", DefaultValueFactory = _ => "float32" };
    private static readonly Option<bool> Merged = new("--merged") { Description = "Write one decoder of a T5 model for all steps, decoder_model_merged.onnx, instead of two." };
    private static readonly Option<bool> Portable = new("--portable") { Description = "Write ONNX's own operators only, for programs that do not run on ONNX Runtime." };
    private static readonly Option<bool> Beside = new("--weights-beside") { Description = "Write weights into a file beside the graphs; what the encoder and decoders of a T5 model share is then there once." };
    private static readonly Option<int?> Samples = new("--parity-samples") { Description = "How many random batches to compare with LibTorch; 0 compares none.", HelpName = "N" };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        Format.AcceptOnlyFromAmong("onnx");
        Precision.AcceptOnlyFromAmong("float32", "float16");
        Quantize.AcceptOnlyFromAmong("int8", "int8-blocks", "int4-blocks");
        var command = new Command("export", "Exports BERT, DistilBERT and RoBERTa classifiers and T5 models to ONNX, and compares what comes with the model on LibTorch.") { Model, Output, Format, Quantize, Precision, Merged, Portable, Beside, Samples };
        command.SetHandler(RunAsync, terminal);
        return command.WithExamples("mlp export ./t5-small --output t5-small-onnx", "mlp export intent@production --output intent-onnx --quantize int8", "mlp export hf:google/flan-t5-small --output flan --weights-beside --json");
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var options = new OnnxExportOptions
        {
            WeightType = invocation.Get(Quantize) switch { "int8" => OnnxWeightType.Int8, "int8-blocks" => OnnxWeightType.Int8Blocks, "int4-blocks" => OnnxWeightType.Int4Blocks, _ => invocation.Get(Precision) == "float16" ? OnnxWeightType.Float16 : OnnxWeightType.Float32 },
            Merged = invocation.Get(Merged),
            Portable = invocation.Get(Portable),
            Placement = invocation.Get(Beside) ? OnnxWeightPlacement.Beside : OnnxWeightPlacement.Auto,
            CancellationToken = invocation.Cancellation,
        };
        options.ParitySamples = invocation.Get(Samples) ?? options.ParitySamples;
        var faults = new List<string>();
        faults.AddFaultsOf(options.Validate);
        if (invocation.Get(Quantize) is not null && invocation.Get(Precision) == "float16")
            faults.Add("--quantize and --precision float16 are both given; give one of them");
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        string output = invocation.Get(Output);
        var report = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(() => Export(invocation, output, options, progress), invocation.Cancellation)).ConfigureAwait(false);
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(
                new ExportResult(output, report.ModelType, report.Files, report.Bytes, report.Parity?.MaximumDifference, report.Parity?.MeanDifference, report.Parity?.Agreement, report.Parity?.LogLikelihoodLoss),
                CliJson.Default.ExportResult);
            return ExitCode.Success;
        }
        invocation.Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{report.ModelType} written to {output}: {report.Bytes / 1e6:N1} MB of graphs and weights"));
        foreach (string file in report.Files)
            invocation.Terminal.WriteLine($"  {file}");
        invocation.Terminal.WriteLine(report.Parity is { } parity ? $"beside the model on LibTorch: {parity}" : "not compared with the model on LibTorch");
        return ExitCode.Success;
    }

    private static OnnxExportReport Export(Invocation invocation, string output, OnnxExportOptions options, IProgress<StepProgress> progress)
    {
        string model = invocation.Get(Model);
        progress.Report(new StepProgress("exporting", 0, null, ""));
        try
        {
            if (Directory.Exists(model) || model.StartsWith("hf:", StringComparison.Ordinal))
                return OnnxExporter.Export(ModelHub.Resolve(model, cancellationToken: invocation.Cancellation), output, options);
            return ExportArtifact(invocation, ArtifactReference.Parse(model), output, options);
        }
        catch (Exception e) when (e is OnnxExportException or T5Exception or EncoderException or CheckpointException)
        {
            throw new CommandFailure(ExitCode.Data, e.Message, e);
        }
    }

    private static OnnxExportReport ExportArtifact(Invocation invocation, ArtifactReference reference, string output, OnnxExportOptions options)
    {
        using var loaded = Models.Package(new MLContext(1)).Load(invocation.Store, reference.Name, reference.Version, invocation.Cancellation);
        Action<string> save = loaded.Model switch
        {
            EncoderTransformer encoder => encoder.SaveCheckpoint,
            TextToTextTransformer generator => generator.SaveCheckpoint,
            _ => throw new CommandFailure(ExitCode.Artifact, $"The artifact '{loaded.Path}' is for the task '{loaded.Manifest.Task}', and holds no single encoder or T5 model that could be exported."),
        };
        string folder = Directory.CreateTempSubdirectory("mlp-export-").FullName;
        try
        {
            save(folder);
            return OnnxExporter.Export(folder, output, options);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
