namespace MLPipelines.SampleService;

/// <summary>Where the service finds its models and data; the section "Service" of the configuration.</summary>
public sealed class ServiceSettings
{
    /// <summary>The folder of the artifacts. The default value is "Artifacts".</summary>
    public string Store { get; set; } = "Artifacts";

    /// <summary>The alias whose version is live. The default value is "production".</summary>
    public string Alias { get; set; } = "production";

    /// <summary>How often the service looks whether the alias has moved. Legal range: above 0. The default value is one second.</summary>
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The labelled texts that sweeps train on: a CSV file with the columns content and intent. The default value is "Data/tickets/messages.csv".</summary>
    public string Data { get; set; } = "Data/tickets/messages.csv";

    /// <summary>The folder of the sweeps: their ledger, and what was asked for. The default value is "Artifacts/sweeps".</summary>
    public string Sweeps { get; set; } = "Artifacts/sweeps";
}
