using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPipelines.Sweeps;

/// <summary>One line between a sweep and a child process that runs its trials; one of the properties is set.</summary>
internal sealed record TrialMessage
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>To the child, once: what its trials train.</summary>
    public SweepJob? Job { get; init; }

    /// <summary>To the child: a trial to run.</summary>
    public TrialStart? Trial { get; init; }

    /// <summary>To the child, after a report: whether to go on.</summary>
    public bool? GoOn { get; init; }

    /// <summary>From the child, once, as its first line: its process number.</summary>
    public int? Hello { get; init; }

    /// <summary>From the child: a metric on the way.</summary>
    public MetricPoint? Report { get; init; }

    /// <summary>From the child: the trial ended with this metric.</summary>
    public double? Result { get; init; }

    /// <summary>From the child: the trial ended with this exception.</summary>
    public string? Failure { get; init; }

    /// <summary>From the child, beside <see cref="Failure"/>: there was not enough memory.</summary>
    public bool? OutOfMemory { get; init; }

    /// <summary>From the child: the trial was stopped as it was told.</summary>
    public bool? Pruned { get; init; }

    public string ToLine() => JsonSerializer.Serialize(this, Json);

    /// <exception cref="JsonException">It is no message.</exception>
    public static TrialMessage Parse(string line) => JsonSerializer.Deserialize<TrialMessage>(line, Json) ?? throw new JsonException("It is null.");
}

/// <summary>A trial to run.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Seed">The seed of its random numbers.</param>
/// <param name="Parameter">What to try, as JSON.</param>
/// <param name="IsWatched">Whether what is reported may stop it.</param>
internal sealed record TrialStart(int Id, int Seed, string Parameter, bool IsWatched = true);
