namespace MLPipelines.Training.Checkpoints;

/// <summary>The names of the files that hold weights, as Hugging Face's libraries write them.</summary>
internal static class WeightFiles
{
    public const string Safetensors = "model.safetensors";
    public const string SafetensorsIndex = "model.safetensors.index.json";
    public const string Pickle = "pytorch_model.bin";
    public const string PickleIndex = "pytorch_model.bin.index.json";

    /// <summary>The most preferred first.</summary>
    public static readonly string[] InOrder = [Safetensors, SafetensorsIndex, Pickle, PickleIndex];
}
