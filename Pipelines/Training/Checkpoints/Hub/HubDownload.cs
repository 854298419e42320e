using System.Net;

namespace MLPipelines.Training.Checkpoints;

/// <summary>Fetches one file into the cache, going on where an earlier attempt or process was cut off.</summary>
internal sealed class HubDownload(HubClient client, HubFile file, string blob, long maximumBytes, Action<long> report)
{
    // An attempt that got so far was not in vain.
    private const long Advance = 1 << 20;

    private const int MaximumStarts = 3;

    private readonly string _partial = HubCache.Partial(blob);
    private long _had;
    private long _has;
    private int _startedOver;

    /// <summary>Only under the lock of the blob.</summary>
    /// <exception cref="CheckpointException">What came is not what was promised, or more than is allowed.</exception>
    /// <exception cref="HubUnreachableException">All attempts failed; what came is kept for the next time.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        CheckLimit(file.Length ?? 0);
        try
        {
            await client.RetryAsync(FetchAsync, file.Address, cancellationToken, () => _has - _had >= Advance).ConfigureAwait(false);
        }
        catch (CheckpointException)
        {
            File.Delete(_partial);
            throw;
        }
        File.Move(_partial, blob, overwrite: true);
    }

    private async Task<bool> FetchAsync(AttemptClock clock)
    {
        using var target = new FileStream(_partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16, FileOptions.Asynchronous);
        if (target.Length > (file.Length ?? maximumBytes))
            target.SetLength(0);
        _had = _has = target.Length;
        bool isResumed = _had > 0;
        if (file.Length != target.Length || file.Length == 0)
        {
            using var response = await client.GetAsync(file, target.Length, clock).ConfigureAwait(false);
            isResumed = isResumed && response.StatusCode == HttpStatusCode.PartialContent;
            long? length = Accept(response, target);
            await CopyAsync(response, target, length, clock).ConfigureAwait(false);
        }
        await target.FlushAsync(clock.Token).ConfigureAwait(false);
        await CheckHashAsync(target, isResumed, clock).ConfigureAwait(false);
        target.Flush(flushToDisk: true);
        return true;
    }

    /// <summary>Places the file where the answer goes on, and gives the length that it should get, or null where nobody says.</summary>
    private long? Accept(HttpResponseMessage response, FileStream target)
    {
        var content = response.Content.Headers;
        if (response.StatusCode == HttpStatusCode.PartialContent && target.Length > 0)
        {
            var range = content.ContentRange;
            if (range is not { Unit: "bytes" } || range.From != target.Length || (range.HasLength && file.Length != null && range.Length != file.Length))
                throw StartOver(target, "it sent another part of the file than was asked for");
            target.Position = target.Length;
        }
        else if (response.StatusCode == HttpStatusCode.OK)
        {
            // The hub ignored the range and sends all of it.
            target.SetLength(0);
        }
        else
        {
            throw StartOver(target, FormattableString.Invariant($"it answered status {(int)response.StatusCode} when asked for the rest of the file"));
        }
        long? announced = content.ContentLength + target.Length;
        if (announced != null && file.Length != null && announced != file.Length)
            throw CheckpointErrors.HubRefused(file.Address, FormattableString.Invariant($"it announces '{file.Name}' with {announced} bytes, but promised {file.Length} before"));
        CheckLimit(announced ?? 0);
        return file.Length ?? announced;
    }

    private async Task CopyAsync(HttpResponseMessage response, FileStream target, long? length, AttemptClock clock)
    {
        using var body = await response.Content.ReadAsStreamAsync(clock.Token).ConfigureAwait(false);
        var buffer = new byte[1 << 17];
        _has = target.Length;
        for (int read; (read = await HubClient.ReadAsync(body, buffer, clock).ConfigureAwait(false)) > 0;)
        {
            if (length != null && _has + read > length)
            {
                throw CheckpointErrors.HubRefused(file.Address, FormattableString.Invariant($"it sends more than the {length} bytes that '{file.Name}' should have"));
            }
            CheckLimit(_has + read);
            await target.WriteAsync(buffer.AsMemory(0, read), clock.Token).ConfigureAwait(false);
            _has += read;
            report(_has);
        }
        if (length != null && _has < length)
            throw new HubTransientException(FormattableString.Invariant($"it sent {_has} bytes of {length}"));
    }

    private async Task CheckHashAsync(FileStream target, bool isResumed, AttemptClock clock)
    {
        clock.Suspend();
        var actual = await file.Hash.OfAsync(target, clock.Token).ConfigureAwait(false);
        clock.Restart();
        if (actual == file.Hash.Text)
            return;
        // The beginning may be of another file, so that the whole deserves one more attempt.
        if (isResumed || _had == target.Length)
            throw StartOver(target, "the file that it completed does not have the hash which it promised");
        throw CheckpointErrors.HubRefused(file.Address, $"'{file.Name}' should have the {file.Hash}, but what came has {actual}");
    }

    private Exception StartOver(FileStream target, string reason)
    {
        target.SetLength(0);
        return ++_startedOver < MaximumStarts ? new HubTransientException(reason) : CheckpointErrors.HubRefused(file.Address, reason);
    }

    private void CheckLimit(long length)
    {
        if (length > maximumBytes)
            throw CheckpointErrors.HubTooLong(file.Address, file.Name, length, maximumBytes);
    }
}
