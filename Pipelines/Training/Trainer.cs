namespace MLPipelines.Training;

/// <summary>The training loop, one for all tasks.</summary>
/// <remarks>
/// AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019) with warm-up, clipping, accumulation, batches of similar length, mixed precision,
/// early stopping and exact resumption. One call at a time per process: it sets LibTorch's random generators and, where asked to, its threads.
/// Of a module only parameters are trained and resumed: buffers that change in training, such as running statistics, are not part of a checkpoint.
/// </remarks>
public static class Trainer
{
    /// <summary>Trains a task's module. When it returns, or throws, the module is in float32 and in evaluation mode, on the device of the run.</summary>
    /// <param name="task">What to learn.</param>
    /// <param name="options">How to.</param>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="TrainingException">
    /// The loss or the gradient was not a number or infinite; memory ran out for a single example; a checkpoint does not fit the options or the data; another process was lost.
    /// </exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled; with a checkpoint folder, the run can be resumed.</exception>
    public static TrainingResult Train(TrainingTask task, TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        options.CancellationToken.ThrowIfCancellationRequested();
        using var run = new TrainingRun(task, options);
        return run.Execute();
    }
}
