using System.Text.Json;
using TorchSharp;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Training;

/// <summary>
/// The checkpoint of a run: one safetensors file with master weights and what the optimiser keeps, and the state of the run as its metadata. It is replaced by renaming, so that a kill leaves the old one or the new one.
/// Random numbers need no state: they follow from the seed, the step and the micro-batch.
/// </summary>
internal sealed class RunCheckpoint(string folder, FlatParameters parameters, Optimiser optimiser)
{
    public const string FileName = "training-state.safetensors";
    private const string StateKey = "training_state";
    private const string Weights = "weights/";

    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private string FilePath => Path.Combine(folder, FileName);

    private IEnumerable<FlatPart> Parts => parameters.Slots.Select(slot => slot.Part(Weights, parameters.Master)).Concat(optimiser.State);

    /// <summary>Writes the state and the parameters as they are now.</summary>
    /// <param name="state">The state of the run.</param>
    /// <param name="bestStep">The step whose weights are kept in a file; others are deleted.</param>
    public void Save(RunState state, long? bestStep)
    {
        Directory.CreateDirectory(folder);
        state.Updates = parameters.Slots.ToDictionary(slot => slot.Name, slot => slot.Updates);
        FlatTensors.WriteFile(FilePath, [.. Parts.Select(FlatTensors.ToWrite)], new Dictionary<string, string> { [StateKey] = JsonSerializer.Serialize(state, Json) });
        DeleteAllBut(bestStep is { } best ? BestWeights.FileOf(folder, best) : null);
    }

    /// <summary>Reads the state, and the parameters into their buffers; <see langword="null"/> where there is no checkpoint.</summary>
    /// <param name="fingerprint">What options and data the run has now.</param>
    /// <exception cref="TrainingException">The checkpoint is damaged, or of a run with other options or data.</exception>
    public RunState? Load(Dictionary<string, string> fingerprint)
    {
        if (!File.Exists(FilePath))
            return null;
        try
        {
            using var file = Checkpoint.OpenSafetensors(FilePath);
            if (!file.Metadata.TryGetValue(StateKey, out string? text) || JsonSerializer.Deserialize<RunState>(text, Json) is not { } state)
                throw TrainingErrors.BadCheckpoint(FilePath, $"its metadata has no '{StateKey}'");
            var differences = Fingerprint.Differences(state.Fingerprint, fingerprint);
            if (differences.Count > 0)
                throw TrainingErrors.ForeignCheckpoint(FilePath, differences);
            foreach (var part in Parts)
                FlatTensors.Read(Of(file, part), part);
            foreach (var slot in parameters.Slots)
                slot.Updates = state.Updates.GetValueOrDefault(slot.Name);
            if (state.Best is { } best && !File.Exists(BestWeights.FileOf(folder, best.Step)) && best.Step != state.Step)
                throw TrainingErrors.BadCheckpoint(FilePath, $"the best weights, '{BestWeights.FileOf(folder, best.Step)}', are missing");
            parameters.WriteRounded();
            return state;
        }
        catch (Exception exception) when (exception is CheckpointException or JsonException)
        {
            throw TrainingErrors.BadCheckpoint(FilePath, exception.Message, exception);
        }
    }

    /// <summary>The precision of the run that a folder has a checkpoint of; <see langword="null"/> where it has none that can be read.</summary>
    public static torch.ScalarType? PrecisionIn(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(path))
                return null;
            using var file = Checkpoint.OpenSafetensors(path);
            var state = file.Metadata.TryGetValue(StateKey, out string? text) ? JsonSerializer.Deserialize<RunState>(text, Json) : null;
            return Enum.TryParse<torch.ScalarType>(state?.Fingerprint.GetValueOrDefault(nameof(TrainingOptions.Precision)), out var precision) ? precision : null;
        }
        catch (Exception exception) when (exception is CheckpointException or JsonException)
        {
            // Loading it will say what is wrong.
            return null;
        }
    }

    /// <summary>Deletes the checkpoint, if there is one.</summary>
    public void Delete()
    {
        if (!Directory.Exists(folder))
            return;
        File.Delete(FilePath);
        DeleteAllBut(null);
    }

    private static CheckpointTensor Of(Checkpoint file, FlatPart part)
    {
        var tensor = file[part.Name];
        if (tensor.DataType != TensorDataType.Float32 || !tensor.Shape.AsSpan().SequenceEqual(part.Shape))
            throw TrainingErrors.BadCheckpoint(file.Location, $"the tensor '{tensor.Name}' is {tensor.DataType} [{string.Join(", ", tensor.Shape)}] instead of {TensorDataType.Float32} [{string.Join(", ", part.Shape)}]");
        return tensor;
    }

    private void DeleteAllBut(string? best)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "best-*.safetensors").Concat(Directory.EnumerateFiles(folder, "*.safetensors.*.tmp")))
        {
            if (file != best)
                File.Delete(file);
        }
    }
}
