using System.Globalization;
using TorchSharp;

namespace MLPipelines.Training;

/// <summary>Builds the exceptions of the training loop; callers write <c>throw TrainingErrors.X(…)</c>.</summary>
internal static class TrainingErrors
{
    private const int ExamplesNamed = 20;

    public static TrainingException EmptyExample(int example, int length) =>
        new(Invariant($"Training example {example} has a length of {length} tokens; each needs 1 or more."));

    public static TrainingException NoExamples() =>
        new("There are no training examples; give at least one.");

    public static TrainingException NoSuchGpu(string device, int count) =>
        new(Invariant($"The device '{device}' is not there: LibTorch finds {count} GPUs. Use auto or cpu, or a LibTorch built for CUDA on a machine with a GPU."));

    public static TrainingException NotFloat32(string parameter, torch.ScalarType type) =>
        new($"The parameter '{parameter}' is {type}; training starts from float32 weights.");

    public static TrainingException NothingToTrain(int freezeLayers) =>
        new(Invariant($"No parameter of the module is trained: none requires a gradient, or FreezeLayers ({freezeLayers}) is above the depth of all of them."));

    public static TrainingException NoGradientCheckpointing(string module) =>
        new($"GradientCheckpointing is set, but {module} has no part that supports it.");

    public static TrainingException BadLoss(long[] shape, double weight) =>
        new(Invariant($"The task's loss has shape [{string.Join(", ", shape)}] and weight {weight}; it must be one number, with a finite weight of 0 or more."));

    public static TrainingException LossNotFinite(long step, int epoch, double loss, int[] examples) =>
        new(Invariant($"The loss is {loss} in step {step} (epoch {epoch}) on {Named(examples)}. Training stopped before that step changed the weights. Check these examples, or lower the learning rate."));

    public static TrainingException NotFiniteElsewhere(long step) =>
        new(Invariant($"The loss of another process is not finite in step {step}; its own error says on which examples. Training stopped before that step changed the weights."));

    public static TrainingException GradientNotFinite(long step, int epoch, double loss, double norm, int[] examples) =>
        new(Invariant($"The gradient's norm is {norm} in step {step} (epoch {epoch}), with a loss of {loss}, on {Named(examples)}. Training stopped before that step changed the weights. Check these examples, or lower the learning rate."));

    public static TrainingException OutOfMemory(long step, int example, int tokens, Exception inner) =>
        new(Invariant($"Memory ran out in step {step} on example {example} alone, which has {tokens} tokens. Shorten the examples, set GradientCheckpointing, or take a smaller module."), inner);

    public static TrainingException ForeignCheckpoint(string file, IReadOnlyList<string> differences) =>
        new($"The run cannot be resumed from '{file}', which was written with other options or data: {string.Join("; ", differences)}. Restore them, or start anew without Resume.");

    public static TrainingException BadCheckpoint(string file, string fault, Exception? inner = null) =>
        new($"The run cannot be resumed from '{file}': {fault}. Delete it, or start anew without Resume.", inner);

    public static TrainingException BadRendezvous(string rendezvous) =>
        new($"The rendezvous '{rendezvous}' has no port; write tcp://host:port, or the path of a file.");

    public static TrainingException NoProcessLibrary(string path, Exception inner) =>
        new($"Several processes cannot train together: '{path}' cannot be loaded ({inner.Message}). It is built with the solution where CMake finds LibTorch and the headers of gloo (Debian: libgloo-dev).", inner);

    public static TrainingException CannotJoin(string path, bool gpu) =>
        new($"Several processes cannot train together on {(gpu ? "GPUs" : "processors")}: '{path}' was built without {(gpu ? "NCCL" : "gloo")}.");

    public static TrainingException NotJoined(TrainingOptions options, string error) =>
        new(Invariant($"Process {options.Rank} of {options.Processes} did not meet the others at '{options.Rendezvous}' within {options.ProcessTimeout}: {error}"));

    public static TrainingException ProcessLost(int rank, int processes, string error) =>
        new(Invariant($"Process {rank} of {processes} lost another one, which has ended or takes too long: {error}"));

    private static string Named(int[] examples)
    {
        string list = string.Join(", ", examples.Take(ExamplesNamed).Select(example => example.ToString(CultureInfo.InvariantCulture)));
        return examples.Length == 1 ? $"example {list}"
            : Invariant($"examples {list}{(examples.Length > ExamplesNamed ? FormattableString.Invariant($" and {examples.Length - ExamplesNamed} more") : "")}");
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
