namespace MLPipelines.Training.Checkpoints;

/// <summary>
/// Finds checkpoints: in a folder, or on a hub, from where the files that a checkpoint needs are fetched into the cache that
/// Hugging Face's own libraries use.
/// </summary>
/// <remarks>
/// Thread-safe, also against other processes: two that want the same file fetch it once. A fetch that was cut off goes on where it
/// was; a file gets its place only when its hash is right, so that what is in the cache is whole.
/// </remarks>
public static class ModelHub
{
    /// <summary>As <see cref="ResolveAsync(string, HubOptions?, IProgress{HubProgress}?, CancellationToken)"/>, waiting for the end.</summary>
    public static string Resolve(string reference, HubOptions? options = null, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => ResolveAsync(reference, options, progress, cancellationToken), cancellationToken).GetAwaiter().GetResult();

    /// <summary>The folder of a checkpoint, fetched where necessary.</summary>
    /// <param name="reference">The path of a folder; or <c>hf:org/name@revision</c>, where the revision is a branch, tag or commit and may be left out for <c>main</c>.</param>
    /// <param name="options">How to fetch; the default follows the environment variables of Hugging Face's own libraries.</param>
    /// <param name="progress">Told of every part that arrives.</param>
    /// <param name="cancellationToken">Ends the fetch at once; what has come is kept for the next time.</param>
    /// <returns>The full path of a folder with <c>config.json</c>, the tokenizer's files and the weights. Where the hub cannot be reached, the newest in the cache.</returns>
    /// <exception cref="CheckpointException">There is no such folder, model or revision; it is not for everyone; the hub fails again and again, or sends other than it promised.</exception>
    /// <exception cref="ArgumentException">The options are out of range.</exception>
    public static Task<string> ResolveAsync(string reference, HubOptions? options = null, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(reference);
        options ??= new HubOptions();
        options.Validate();
        return ResolveAsync(reference, options, Environment.GetEnvironmentVariable, progress, cancellationToken);
    }

    internal static async Task<string> ResolveAsync(
        string reference, HubOptions options, Func<string, string?> variable, IProgress<HubProgress>? progress, CancellationToken cancellationToken)
    {
        if (!HubReference.IsReference(reference))
            return Directory.Exists(reference) ? Path.GetFullPath(reference) : throw CheckpointErrors.NotFound(reference);
        var model = HubReference.Parse(reference);
        var settings = HubSettings.Resolve(options, variable);
        var cache = new HubCache(settings.CacheFolder, model);
        try
        {
            if (settings.IsOffline)
                return Known(cache) ?? throw CheckpointErrors.HubOffline(model, settings.CacheFolder);
            using var client = new HubClient(settings);
            return await new Fetch(client, cache, model, options, progress).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (HubUnreachableException e)
        {
            return Known(cache) ?? throw CheckpointErrors.HubUnreachable(model, e);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not CheckpointException)
        {
            throw CheckpointErrors.HubCache(settings.CacheFolder, e);
        }
    }

    private static string? Known(HubCache cache) => cache.KnownCommit() is { } commit ? cache.CompleteSnapshot(commit) : null;

    /// <summary>One model being fetched.</summary>
    private sealed class Fetch(HubClient client, HubCache cache, HubReference model, HubOptions options, IProgress<HubProgress>? progress)
    {
        private long _done;
        private long _total;

        public async Task<string> RunAsync(CancellationToken cancellationToken)
        {
            var (commit, names) = await client.ListAsync(model, cancellationToken).ConfigureAwait(false);
            var listed = names.ToHashSet(StringComparer.Ordinal);
            var weights = HubFiles.Weights(listed) ?? throw CheckpointErrors.NoWeights(model.ToString(), names);
            var small = listed.Where(HubFiles.IsSmall).Order(StringComparer.Ordinal).ToList();
            bool isSharded = HubFiles.IsIndex(weights);
            // Weights come last: where they are, everything is.
            await GetAsync(commit, isSharded ? [.. small, weights] : [.. small], cancellationToken).ConfigureAwait(false);
            var shards = isSharded ? HubCache.Shards(Path.Combine(cache.Snapshot(commit), weights)) : [weights];
            if (shards.Find(shard => !listed.Contains(shard)) is { } missing)
                throw CheckpointErrors.Refused($"{model}: {weights}", $"it lists '{CheckpointErrors.Printable(missing)}', which the hub does not have");
            await GetAsync(commit, shards, cancellationToken).ConfigureAwait(false);
            cache.RememberCommit(commit);
            return cache.Snapshot(commit);
        }

        private async Task GetAsync(string commit, List<string> names, CancellationToken cancellationToken)
        {
            var files = new List<HubFile>();
            foreach (var name in names.Where(name => !cache.HasFile(commit, name)))
                files.Add(await client.DescribeAsync(model, commit, name, cancellationToken).ConfigureAwait(false));
            foreach (var file in files)
            {
                if (file.Length > options.MaximumTotalBytes - _total)
                    throw CheckpointErrors.HubTooMuch(model, file.Name, options.MaximumTotalBytes);
                _total += file.Length ?? 0;
            }
            foreach (var file in files)
                await GetAsync(commit, file, cancellationToken).ConfigureAwait(false);
        }

        private async Task GetAsync(string commit, HubFile file, CancellationToken cancellationToken)
        {
            var blob = cache.Blob(file.Hash.Text);
            using (await cache.LockAsync(file.Hash.Text, cancellationToken).ConfigureAwait(false))
            {
                if (!File.Exists(blob))
                {
                    long limit = Math.Min(options.MaximumFileBytes, options.MaximumTotalBytes - _done);
                    await new HubDownload(client, file, blob, limit, bytes => Report(file, bytes)).RunAsync(cancellationToken).ConfigureAwait(false);
                }
                long length = new FileInfo(blob).Length;
                if (file.Length is { } promised && promised != length)
                    throw CheckpointErrors.Damaged(blob, FormattableString.Invariant($"it has {length} bytes where the hub promises {promised} for '{file.Name}'; delete it"));
                _done += length;
                Report(file, 0, length);
                cache.Link(commit, file.Name, file.Hash.Text);
            }
        }

        private void Report(HubFile file, long bytes, long? whole = null) =>
            progress?.Report(new HubProgress(file.Name, whole ?? bytes, file.Length ?? whole, _done + bytes, Math.Max(_total, _done + bytes)));
    }
}
