namespace MLPipelines.Text;

/// <summary>How far training of a linear text classifier has come.</summary>
/// <param name="Stage">What begins now, in words made for people.</param>
/// <param name="Fraction">Roughly how much of the work is done, 0 to 1.</param>
public sealed record LinearTextTrainingProgress(string Stage, double Fraction);
