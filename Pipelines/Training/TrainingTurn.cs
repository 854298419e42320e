namespace MLPipelines.Training;

/// <summary>Trainings of one process, one after another: they would share LibTorch's random generators, and the cores.</summary>
internal static class TrainingTurn
{
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <summary>Trains, as <see cref="Trainer.Train"/> does, once no other training that took a turn is under way.</summary>
    public static TrainingResult Train(TrainingTask task, TrainingOptions options)
    {
        Turn.Wait(options.CancellationToken);
        try
        {
            return Trainer.Train(task, options);
        }
        finally
        {
            Turn.Release();
        }
    }
}
