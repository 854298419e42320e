namespace MLPipelines.Text.Encoders;

/// <summary>How a model is made from a checkpoint.</summary>
public sealed class EncoderLoadOptions
{
    /// <summary>
    /// Whether the head, and the pooler, may be missing from the checkpoint and are then made anew, to be trained; without it every weight must be there.
    /// The default value is <see langword="false"/>.
    /// </summary>
    public bool NewHead { get; set; }

    /// <summary>
    /// The labels to train for, by class index; where they are not those of the checkpoint, the last layer of the head is made anew. <see langword="null"/> takes the
    /// checkpoint's. The default value is <see langword="null"/>.
    /// </summary>
    public IReadOnlyList<string>? Labels { get; set; }

    /// <summary>What the labels are; <see langword="null"/> takes what the checkpoint says. The default value is <see langword="null"/>.</summary>
    public EncoderProblemType? ProblemType { get; set; }

    /// <summary>
    /// Changes the configuration before the model is built, such as its dropout; sizes must stay as they are. The default value is <see langword="null"/>.
    /// </summary>
    public Func<EncoderConfig, EncoderConfig>? Configure { get; set; }

    /// <summary>Seed of the weights that are made anew. The default value is 1.</summary>
    public int Seed { get; set; } = 1;
}

/// <summary>A model that was made from a checkpoint.</summary>
/// <param name="Model">The model, in float32 on the processor and in evaluation mode; the caller disposes of it.</param>
/// <param name="NewlyInitialised">The names of the parameters that were made anew, sorted.</param>
/// <param name="Unused">The names of the checkpoint's tensors that the model has no place for, such as another task's head, sorted.</param>
public sealed record LoadedModel<T>(T Model, IReadOnlyList<string> NewlyInitialised, IReadOnlyList<string> Unused);
