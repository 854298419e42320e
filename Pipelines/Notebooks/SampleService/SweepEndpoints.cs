using Microsoft.AspNetCore.Http.HttpResults;

namespace MLPipelines.SampleService;

/// <summary>A sweep to start.</summary>
/// <param name="Trials">How many trials it has, 1 to 200; 20 where it is left out.</param>
/// <param name="Promote">Whether what it finds goes live.</param>
public sealed record SweepRequest(int? Trials, bool Promote);

/// <summary>Sweeps are started, looked at and stopped; they run in the background.</summary>
internal static class SweepEndpoints
{
    private const int MostTrials = 200, UsualTrials = 20;

    public static async Task<Results<Accepted<SweepStatus>, ValidationProblem>> Start(SweepRequest request, SweepQueue sweeps, CancellationToken cancellationToken)
    {
        int trials = request.Trials ?? UsualTrials;
        if (trials is < 1 or > MostTrials)
            return PredictionEndpoints.Invalid("trials", $"It is {trials}; it must be 1 to {MostTrials}.");
        var sweep = await sweeps.AddAsync(trials, request.Promote, cancellationToken);
        return TypedResults.Accepted($"/sweeps/{sweep.Id}", sweeps.StatusOf(sweep));
    }

    public static Results<Ok<SweepStatus>, NotFound> Show(string id, SweepQueue sweeps) =>
        sweeps.Find(id) is { } sweep ? TypedResults.Ok(sweeps.StatusOf(sweep)) : TypedResults.NotFound();

    public static async Task<Results<NoContent, NotFound, ProblemHttpResult>> Cancel(string id, SweepQueue sweeps)
    {
        if (sweeps.Find(id) is not { } sweep)
            return TypedResults.NotFound();
        return await sweeps.CancelAsync(id) ? TypedResults.NoContent() : TypedResults.Problem($"The sweep has ended already: it is {sweep.State}.", statusCode: StatusCodes.Status409Conflict);
    }
}
