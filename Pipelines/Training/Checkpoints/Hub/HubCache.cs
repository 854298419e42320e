namespace MLPipelines.Training.Checkpoints;

/// <summary>
/// The folder of one model in the cache, laid out as huggingface_hub does: <c>blobs</c> by hash, <c>refs</c> from branch to commit,
/// <c>snapshots</c> with a link to a blob for each file of a commit.
/// </summary>
internal sealed class HubCache(string root, HubReference reference)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(500);

    private readonly string _folder = Path.Combine(root, reference.FolderName);

    private string RefFile => Path.Combine([_folder, "refs", .. reference.Revision.Split('/')]);

    public string Snapshot(string commit) => Path.Combine(_folder, "snapshots", commit);

    public string Blob(string hash) => Path.Combine(_folder, "blobs", hash);

    public static string Partial(string blob) => blob + ".incomplete";

    /// <summary>The commit that the revision was when it was last fetched, or null.</summary>
    public string? KnownCommit()
    {
        if (HubReference.IsCommit(reference.Revision))
            return reference.Revision;
        try
        {
            var commit = File.ReadAllText(RefFile).Trim();
            return HubReference.IsCommit(commit) ? commit : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void RememberCommit(string commit)
    {
        if (reference.Revision == commit || KnownCommit() == commit)
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(RefFile)!);
        Replace(RefFile, temporary => File.WriteAllText(temporary, commit));
    }

    public bool HasFile(string commit, string name) => File.Exists(PathOf(commit, name));

    /// <summary>The snapshot of a commit where its configuration and all its weights are there, else null. Weights are fetched last.</summary>
    public string? CompleteSnapshot(string commit)
    {
        var folder = Snapshot(commit);
        if (!Directory.Exists(folder) || !HasFile(commit, "config.json"))
            return null;
        var weights = HubFiles.Weights(WeightFiles.InOrder.Where(name => HasFile(commit, name)).ToList());
        if (weights == null)
            return null;
        bool isComplete = !HubFiles.IsIndex(weights) || Shards(Path.Combine(folder, weights)).All(shard => HasFile(commit, shard));
        return isComplete ? folder : null;
    }

    /// <summary>The files that an index lists.</summary>
    /// <exception cref="CheckpointException">It is not valid.</exception>
    public static List<string> Shards(string indexFile)
    {
        using var source = ByteSource.Open(indexFile);
        return [.. ShardIndex.Read(source).Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Gives a file of a commit its blob: a link, or a copy where the system allows no links.</summary>
    public void Link(string commit, string name, string hash)
    {
        var path = PathOf(commit, name);
        var folder = Path.GetDirectoryName(path)!;
        Directory.CreateDirectory(folder);
        Replace(path, temporary =>
        {
            try
            {
                File.CreateSymbolicLink(temporary, Path.GetRelativePath(folder, Blob(hash)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
            {
                File.Copy(Blob(hash), temporary);
            }
        });
    }

    /// <summary>Waits until no other process or thread fetches that blob; the system ends the lock of a process that dies.</summary>
    public async Task<IDisposable> LockAsync(string hash, CancellationToken cancellationToken)
    {
        var path = Path.Combine(root, ".locks", reference.FolderName, hash + ".lock");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Directory.CreateDirectory(Path.GetDirectoryName(Blob(hash))!);
        for (var wait = TimeSpan.FromMilliseconds(5); ; wait = wait < LongestWait ? wait * 2 : LongestWait)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private string PathOf(string commit, string name) => Path.Combine([Snapshot(commit), .. name.Split('/')]);

    /// <summary>Others see the old file or the new one, never half of it.</summary>
    private static void Replace(string path, Action<string> write)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
