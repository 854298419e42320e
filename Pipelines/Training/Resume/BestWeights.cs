using System.Globalization;
using TorchSharp;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Training;

/// <summary>The master weights of the best validation so far: in a file of the checkpoint folder, or in memory.</summary>
internal sealed class BestWeights(FlatParameters parameters, TrainingOptions options) : IDisposable
{
    private torch.Tensor? _copy;

    public static string FileOf(string folder, long step) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"best-{step}.safetensors"));

    /// <summary>Keeps the weights as they are now.</summary>
    public void Keep(long step)
    {
        if (options.CheckpointFolder is { } folder)
        {
            if (options.Rank == 0)
            {
                Directory.CreateDirectory(folder);
                FlatTensors.WriteFile(FileOf(folder, step), [.. parameters.Slots.Select(slot => FlatTensors.ToWrite(slot.Part("", parameters.Master)))], new Dictionary<string, string> { ["format"] = "pt" });
            }
            return;
        }
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        _copy ??= torch.empty(parameters.Size, torch.ScalarType.Float32, torch.CPU).DetachFromDisposeScope();
        _copy.copy_(parameters.Master);
    }

    /// <summary>Makes the kept weights the module's again.</summary>
    /// <exception cref="CheckpointException">The file cannot be read.</exception>
    public void Restore(long step)
    {
        if (options.CheckpointFolder is { } folder)
        {
            using var file = Checkpoint.OpenSafetensors(FileOf(folder, step));
            foreach (var slot in parameters.Slots)
                FlatTensors.Read(file[slot.Name], slot.Part("", parameters.Master));
        }
        else
        {
            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            parameters.Master.copy_(_copy!);
        }
        parameters.WriteRounded();
    }

    public void Dispose() => _copy?.Dispose();
}
