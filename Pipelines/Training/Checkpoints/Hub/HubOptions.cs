namespace MLPipelines.Training.Checkpoints;

/// <summary>
/// How <see cref="ModelHub"/> fetches. What is left at its default comes from the environment variables that Hugging Face's own
/// libraries read: HF_HUB_CACHE, HF_HOME, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE.
/// </summary>
public sealed class HubOptions
{
    /// <summary>
    /// The folder in which fetched models are kept, shared with Hugging Face's own libraries. The default value is
    /// <see langword="null"/>: HF_HUB_CACHE, else <c>hub</c> within HF_HOME, else <c>~/.cache/huggingface/hub</c>.
    /// </summary>
    public string? CacheFolder { get; set; }

    /// <summary>
    /// The address of the hub: https, or http on this machine itself. The default value is <see langword="null"/>:
    /// HF_ENDPOINT, else <c>https://huggingface.co</c>.
    /// </summary>
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// The token that opens private and gated models; it is sent to the hub and to no other host, even where the hub redirects there.
    /// The default value is <see langword="null"/>: HF_TOKEN, else none. Empty sends none.
    /// </summary>
    public string? Token { get; set; }

    /// <summary>
    /// Whether only the cache is used and nothing is sent. The default value is <see langword="null"/>: as HF_HUB_OFFLINE says (1, true, yes or on), else <see langword="false"/>.
    /// </summary>
    public bool? Offline { get; set; }

    /// <summary>
    /// How often in a row a request is tried that fails for reasons that may pass: lost connections, timeouts, the statuses 408, 429 and 5xx.
    /// Legal range: 1 to 100. The default value is 5.
    /// </summary>
    public int MaximumAttempts { get; set; } = 5;

    /// <summary>How long to wait before the second attempt; each later wait is twice as long, up to a minute. Legal range: 0 to 1 minute. The default value is 1 second.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>For how long the hub may send nothing before an attempt counts as failed. Legal range: above 0, up to 1 hour. The default value is 30 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest file that is fetched, in bytes. Legal range: 1 or more. The default value is 64 GiB.</summary>
    public long MaximumFileBytes { get; set; } = 64L << 30;

    /// <summary>The most bytes that are fetched for one model. Legal range: 1 or more. The default value is 256 GiB.</summary>
    public long MaximumTotalBytes { get; set; } = 256L << 30;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">Some options are out of range; the message lists all of them.</exception>
    public void Validate()
    {
        string? fault = Endpoint is null ? null : HubSettings.FaultOf(Endpoint);
        new OptionFaults(nameof(HubOptions))
            .If(fault is not null, $"{nameof(Endpoint)} {fault}")
            .If(CacheFolder is not null && string.IsNullOrWhiteSpace(CacheFolder), $"{nameof(CacheFolder)} is empty; give the path of a folder, or null")
            .Range(MaximumAttempts, 1, 100, nameof(MaximumAttempts))
            .If(FirstDelay < TimeSpan.Zero || FirstDelay > HubSettings.LongestDelay, $"{nameof(FirstDelay)} is {FirstDelay}; it must be 0 to {HubSettings.LongestDelay}")
            .If(Timeout <= TimeSpan.Zero || Timeout > TimeSpan.FromHours(1), $"{nameof(Timeout)} is {Timeout}; it must be above 0, up to an hour")
            .Range(MaximumFileBytes, 1, long.MaxValue, nameof(MaximumFileBytes))
            .Range(MaximumTotalBytes, 1, long.MaxValue, nameof(MaximumTotalBytes))
            .Throw();
    }
}

/// <summary>How far <see cref="ModelHub"/> is.</summary>
/// <param name="File">The file being fetched.</param>
/// <param name="FileBytes">How many bytes of it are there.</param>
/// <param name="FileLength">How many it has, or null where the hub does not say.</param>
/// <param name="TotalBytes">How many bytes of all files known so far are there, this one included; files that were in the cache do not count.</param>
/// <param name="TotalLength">How many these files have together, as far as the hub says.</param>
public readonly record struct HubProgress(string File, long FileBytes, long? FileLength, long TotalBytes, long TotalLength);
