namespace MLPipelines.Scoring;

/// <summary>Values of tensors that are in files beside a model. Only files in its folder, or below, are read, and never through a link that leads out of it; but for
/// the cache of Hugging Face's hub, in which every file of a snapshot is a link into the <c>blobs</c> of the same repository.</summary>
internal static class ExternalData
{
    /// <returns>The files: relative paths with forward slashes, sorted.</returns>
    public static string[] Check(List<ExternalValues> values, string where, string? folder)
    {
        var files = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var value in values)
        {
            string location = value.Location.Replace('\\', '/');
            if (FaultOf(location) is { } fault)
                throw ScoringErrors.ExternalOutside(where, value.Tensor, value.Location, fault);
            if (folder is null)
                throw ScoringErrors.ExternalWithoutFolder(where, value.Tensor, value.Location);
            string path = Path.Combine(folder, location);
            if (!files.TryGetValue(location, out long size))
            {
                size = SizeOf(path, folder, where, value);
                files.Add(location, size);
            }
            long length = value.Length >= 0 ? value.Length : Math.Max(0, size - value.Offset);
            if (value.Offset > size || length > size - value.Offset)
                throw ScoringErrors.ExternalShort(where, value.Tensor, path, value.Offset, length, size);
        }
        return [.. files.Keys];
    }

    private static string? FaultOf(string location)
    {
        if (location.Length == 0)
            return "is no name of a file";
        if (location.StartsWith('/') || location.Contains(':', StringComparison.Ordinal))
            return "is an absolute path";
        if (location.Contains('\0', StringComparison.Ordinal))
            return "holds a zero character";
        return location.Split('/').Contains("..") ? "leads out of its folder" : null;
    }

    private static long SizeOf(string path, string folder, string where, ExternalValues value)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw ScoringErrors.ExternalMissing(where, value.Tensor, path);
        string real = RealPath(file.FullName), root = RealPath(Path.GetFullPath(folder));
        if (!real.StartsWith(root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal) && Path.GetDirectoryName(real) != BlobsOf(root))
            throw ScoringErrors.ExternalOutside(where, value.Tensor, value.Location, $"is a link to '{real}'");
        return new FileInfo(real).Length;
    }

    // models--ORGANISATION--NAME/blobs of a folder models--ORGANISATION--NAME/snapshots/COMMIT, or one below it; null elsewhere.
    private static string? BlobsOf(string folder)
    {
        for (var commit = new DirectoryInfo(folder); commit.Parent?.Parent is { } repository; commit = commit.Parent)
        {
            if (commit.Parent.Name == "snapshots" && repository.Name.StartsWith("models--", StringComparison.Ordinal))
                return Path.Combine(repository.FullName, "blobs");
        }
        return null;
    }

    /// <summary>The path with every link on the way resolved.</summary>
    internal static string RealPath(string path)
    {
        string root = Path.GetPathRoot(path)!, real = root;
        foreach (string part in path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            string next = Path.Combine(real, part);
            FileSystemInfo info = Directory.Exists(next) ? new DirectoryInfo(next) : new FileInfo(next);
            real = info.ResolveLinkTarget(returnFinalTarget: true)?.FullName is { } target ? RealPath(target) : next;
        }
        return real;
    }
}
