using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace MLPipelines.Training.Checkpoints;

/// <summary>What the hub says of a file.</summary>
internal sealed record HubFile(string Name, Uri Address, HubHash Hash, long? Length);

/// <summary>A failure that may pass if one waits.</summary>
internal sealed class HubTransientException(string message, TimeSpan? retryAfter = null, Exception? inner = null) : Exception(message, inner)
{
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>The hub failed as often as the options allow.</summary>
internal sealed class HubUnreachableException(string message, Exception inner) : Exception(message, inner);

/// <summary>Asks the hub: https only, the token for the hub alone, redirects followed by hand, failures that may pass tried again.</summary>
internal sealed class HubClient : IDisposable
{
    private const int MaximumRedirects = 10;
    private const int MaximumListingBytes = 64 << 20;

    private readonly HubSettings _settings;
    private readonly HttpClient _http;

    public HubClient(HubSettings settings)
    {
        _settings = settings;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, UseProxy = !settings.Endpoint.IsLoopback };
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("mlpipelines/" + (typeof(HubClient).Assembly.GetName().Version?.ToString(3) ?? "0"));
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The commit that a revision is, and the names of its files.</summary>
    /// <exception cref="CheckpointException">There is no such model or revision, it is not for everyone, or the answer makes no sense.</exception>
    /// <exception cref="HubUnreachableException">All attempts failed.</exception>
    public async Task<(string Commit, List<string> Names)> ListAsync(HubReference reference, CancellationToken cancellationToken)
    {
        var address = Address($"api/models/{reference.Id}/revision/{Uri.EscapeDataString(reference.Revision)}");
        var json = await RetryAsync(async clock =>
        {
            using var response = await SendAsync(HttpMethod.Get, address, 0, clock).ConfigureAwait(false);
            CheckStatus(response, address, reference.ToString());
            return await ReadAsync(response, address, clock).ConfigureAwait(false);
        }, address, cancellationToken).ConfigureAwait(false);
        return HubListing.Parse(json, address);
    }

    /// <summary>Hash and length of a file, asked for without its content.</summary>
    /// <exception cref="CheckpointException">There is no such file, or the hub gives no hash to check it by.</exception>
    /// <exception cref="HubUnreachableException">All attempts failed.</exception>
    public Task<HubFile> DescribeAsync(HubReference reference, string commit, string name, CancellationToken cancellationToken)
    {
        var address = Address($"{reference.Id}/resolve/{commit}/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}");
        return RetryAsync(async clock =>
        {
            using var response = await SendAsync(HttpMethod.Head, address, 0, clock).ConfigureAwait(false);
            if (!IsRedirect(response))
                CheckStatus(response, address, $"file '{name}' of {reference}");
            var hash = HubHash.Parse(Header(response, "X-Linked-ETag") ?? Header(response, "ETag"))
                ?? throw CheckpointErrors.HubRefused(address, $"it gives no SHA-256 or git hash for '{name}' by which to check it (ETag: {CheckpointErrors.Printable(Header(response, "ETag") ?? "none")})");
            var linkedSize = Header(response, "X-Linked-Size");
            long? length = linkedSize != null && long.TryParse(linkedSize, out long size) && size >= 0 ? size : IsRedirect(response) ? null : response.Content.Headers.ContentLength;
            return new HubFile(name, address, hash, length);
        }, address, cancellationToken);
    }

    /// <summary>Begins to fetch a file from an offset on. The answer has status 200, 206 or 416.</summary>
    public async Task<HttpResponseMessage> GetAsync(HubFile file, long offset, AttemptClock clock)
    {
        var response = await SendAsync(HttpMethod.Get, file.Address, offset, clock).ConfigureAwait(false);
        try
        {
            if (response.StatusCode != HttpStatusCode.RequestedRangeNotSatisfiable)
                CheckStatus(response, file.Address, $"file '{file.Name}'");
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Tries until it succeeds, fails for good, or has failed as often in a row as the options allow.</summary>
    /// <param name="attempt">Resets its clock when something comes.</param>
    /// <param name="address">For messages.</param>
    /// <param name="cancellationToken">Ends an attempt or a wait at once.</param>
    /// <param name="hasAdvanced">Whether the last attempt got so far that failures are counted anew.</param>
    public async Task<T> RetryAsync<T>(Func<AttemptClock, Task<T>> attempt, Uri address, CancellationToken cancellationToken, Func<bool>? hasAdvanced = null)
    {
        for (int failures = 0; ;)
        {
            Exception failure;
            TimeSpan? wait = null;
            using (var clock = new AttemptClock(_settings.Options.Timeout, cancellationToken))
            {
                try
                {
                    return await attempt(clock).ConfigureAwait(false);
                }
                catch (HubTransientException e)
                {
                    failure = e;
                    wait = e.RetryAfter;
                }
                catch (Exception e) when (e is HttpRequestException or HttpIOException)
                {
                    failure = e;
                }
                catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
                {
                    failure = new HubTransientException(FormattableString.Invariant($"nothing came for {_settings.Options.Timeout.TotalSeconds} s"), null, e);
                }
            }
            failures = hasAdvanced?.Invoke() == true ? 1 : failures + 1;
            if (failures >= _settings.Options.MaximumAttempts)
                throw new HubUnreachableException(FormattableString.Invariant($"'{address}' failed {failures} times in a row, at last because {Reason(failure)}"), failure);
            var delay = wait ?? _settings.Options.FirstDelay * Math.Pow(2, Math.Min(failures - 1, 20));
            await Task.Delay(delay < HubSettings.LongestDelay ? delay : HubSettings.LongestDelay, cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Reason(Exception failure) => failure.InnerException is { } inner && failure is not HubTransientException ? $"{failure.Message} {inner.Message}".TrimEnd('.') : failure.Message.TrimEnd('.');

    private Uri Address(string path) => new(_settings.Endpoint.AbsoluteUri.TrimEnd('/') + "/" + path);

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, long offset, AttemptClock clock)
    {
        for (int hop = 0; hop <= MaximumRedirects; hop++)
        {
            using var request = new HttpRequestMessage(method, address);
            if (_settings.Token != null && IsHub(address))
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _settings.Token);
            if (offset > 0)
                request.Headers.Range = new RangeHeaderValue(offset, null);
            var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, clock.Token).ConfigureAwait(false);
            clock.Restart();
            if (!IsRedirect(response))
                return response;
            var location = response.Headers.Location;
            var target = location == null ? null : location.IsAbsoluteUri ? location : new Uri(address, location);
            // What the hub itself says of a file comes with the redirect to the host that stores it.
            if (method == HttpMethod.Head && (Header(response, "X-Linked-ETag") != null || target == null || !IsHub(target)))
                return response;
            response.Dispose();
            CheckRedirect(address, target);
            address = target!;
        }
        throw CheckpointErrors.HubRefused(address, FormattableString.Invariant($"it redirects more than {MaximumRedirects} times"));
    }

    private void CheckRedirect(Uri address, Uri? target)
    {
        if (target == null)
            throw CheckpointErrors.HubRefused(address, "it redirects to nowhere");
        bool isAllowed = target.Scheme == Uri.UriSchemeHttps || (target.Scheme == Uri.UriSchemeHttp && _settings.Endpoint.Scheme == Uri.UriSchemeHttp && target.IsLoopback);
        if (!isAllowed || target.UserInfo.Length > 0)
            throw CheckpointErrors.HubRefused(address, $"it redirects to '{CheckpointErrors.Printable(target.ToString())}', which is not a plain https address");
    }

    private bool IsHub(Uri address) => Uri.Compare(address, _settings.Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static bool IsRedirect(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private void CheckStatus(HttpResponseMessage response, Uri address, string what)
    {
        int status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode)
            return;
        if (status is 408 or 429 or >= 500)
        {
            var header = response.Headers.RetryAfter;
            var wait = header?.Delta ?? (header?.Date is { } date ? date - DateTimeOffset.UtcNow : null);
            throw new HubTransientException(FormattableString.Invariant($"the status is {status}"), wait > TimeSpan.Zero ? wait : null);
        }
        throw status switch
        {
            401 or 403 => CheckpointErrors.HubDenied(address, what, status, _settings.Token != null),
            404 => CheckpointErrors.HubMissing(address, what),
            _ => CheckpointErrors.HubRefused(address, FormattableString.Invariant($"the status is {status}")),
        };
    }

    /// <summary>Some bytes of an answer. A connection that is lost is a failure that may pass, unlike one of the disk.</summary>
    public static async Task<int> ReadAsync(Stream body, byte[] buffer, AttemptClock clock)
    {
        try
        {
            int read = await body.ReadAsync(buffer, clock.Token).ConfigureAwait(false);
            clock.Restart();
            return read;
        }
        catch (IOException e)
        {
            throw new HubTransientException(e.Message, null, e);
        }
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, Uri address, AttemptClock clock)
    {
        using var body = await response.Content.ReadAsStreamAsync(clock.Token).ConfigureAwait(false);
        using var copy = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = await ReadAsync(body, buffer, clock).ConfigureAwait(false)) > 0;)
        {
            if (copy.Length + read > MaximumListingBytes)
                throw CheckpointErrors.HubRefused(address, FormattableString.Invariant($"its answer has more than {MaximumListingBytes} bytes"));
            copy.Write(buffer, 0, read);
        }
        return copy.ToArray();
    }
}

/// <summary>Cancels an attempt when nothing comes for a while.</summary>
internal sealed class AttemptClock : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly TimeSpan _timeout;

    public AttemptClock(TimeSpan timeout, CancellationToken cancellationToken)
    {
        _timeout = timeout;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Restart();
    }

    public CancellationToken Token => _source.Token;

    /// <summary>For what takes its time on this machine.</summary>
    public void Suspend() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>Something came.</summary>
    public void Restart() => _source.CancelAfter(_timeout);

    public void Dispose() => _source.Dispose();
}

/// <summary>What the hub answers when asked for a revision.</summary>
internal static class HubListing
{
    /// <exception cref="CheckpointException">It is not valid, or names a file outside its folder.</exception>
    public static (string Commit, List<string> Names) Parse(byte[] json, Uri address)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("sha", out var sha) || sha.ValueKind != JsonValueKind.String || !HubReference.IsCommit(sha.GetString()!))
                throw CheckpointErrors.HubRefused(address, "its answer names no commit");
            if (!document.RootElement.TryGetProperty("siblings", out var siblings) || siblings.ValueKind != JsonValueKind.Array)
                throw CheckpointErrors.HubRefused(address, "its answer lists no files");
            var names = new List<string>();
            foreach (var sibling in siblings.EnumerateArray())
            {
                if (sibling.ValueKind != JsonValueKind.Object || !sibling.TryGetProperty("rfilename", out var value) || value.ValueKind != JsonValueKind.String)
                    throw CheckpointErrors.HubRefused(address, "its answer lists a file without a name");
                var name = value.GetString()!;
                if (HubFiles.FaultOf(name) is { } fault)
                    throw CheckpointErrors.HubRefused(address, $"it lists the file '{CheckpointErrors.Printable(name)}', whose name {fault}");
                names.Add(name);
            }
            return (sha.GetString()!, names);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw CheckpointErrors.HubRefused(address, "its answer is not valid JSON", e);
        }
    }
}
