namespace MLPipelines.Training.Checkpoints;

/// <summary>Options and environment together.</summary>
internal sealed class HubSettings
{
    public static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    private HubSettings(HubOptions options, string cache, Uri endpoint, string? token, bool offline)
    {
        Options = options;
        CacheFolder = cache;
        Endpoint = endpoint;
        Token = token;
        IsOffline = offline;
    }

    public HubOptions Options { get; }

    public string CacheFolder { get; }

    /// <summary>Without a slash at the end of its path.</summary>
    public Uri Endpoint { get; }

    public string? Token { get; }

    public bool IsOffline { get; }

    /// <param name="options">Valid ones.</param>
    /// <param name="variable">The value of an environment variable, or null.</param>
    /// <exception cref="CheckpointException">A variable holds what it cannot.</exception>
    public static HubSettings Resolve(HubOptions options, Func<string, string?> variable)
    {
        var endpoint = options.Endpoint;
        if (endpoint == null)
        {
            var text = Given("HF_ENDPOINT") ?? "https://huggingface.co";
            string? fault = Uri.TryCreate(text, UriKind.Absolute, out endpoint) ? FaultOf(endpoint) : "is no address";
            if (fault != null)
                throw new CheckpointException($"The environment variable HF_ENDPOINT, '{CheckpointErrors.Printable(text)}', {fault}.");
        }
        var token = options.Token ?? Given("HF_TOKEN");
        if (token != null && token.Any(c => c is <= ' ' or > '~'))
            throw new CheckpointException("The token of the hub (HF_TOKEN) has a character that no token has; check for quotes, spaces and line breaks.");
        bool offline = options.Offline ?? Given("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "TRUE" or "YES" or "ON";
        return new HubSettings(options, Path.GetFullPath(options.CacheFolder ?? DefaultCache()), endpoint!, token is { Length: > 0 } ? token : null, offline);

        string? Given(string name) => variable(name)?.Trim() is { Length: > 0 } value ? value : null;

        string DefaultCache()
        {
            if (Given("HF_HUB_CACHE") is { } cache)
                return cache;
            var home = Given("HF_HOME")
                ?? Path.Combine(Given("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface");
            return Path.Combine(home, "hub");
        }
    }

    /// <summary>What is wrong with an address of a hub, or null.</summary>
    public static string? FaultOf(Uri endpoint)
    {
        if (!endpoint.IsAbsoluteUri || !(endpoint.Scheme == Uri.UriSchemeHttps || endpoint.Scheme == Uri.UriSchemeHttp))
            return $"is '{CheckpointErrors.Printable(endpoint.OriginalString)}'; it must be an https address";
        if (endpoint.Scheme == Uri.UriSchemeHttp && !endpoint.IsLoopback)
            return $"is '{CheckpointErrors.Printable(endpoint.OriginalString)}'; http is allowed only on this machine itself, so use https";
        return endpoint.UserInfo.Length > 0 || endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0
            ? "must be a plain address without user, query or fragment"
            : null;
    }
}
