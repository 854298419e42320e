namespace Microsoft.ML.Internal;

/// <summary>Finds the files that a path with wildcards stands for.</summary>
internal static class FileWildcards
{
    private const string Recursive = "...";

    public static bool IsPattern(string path) =>
        path.AsSpan().ContainsAny('*', '?', '+') || path.Contains(Recursive, StringComparison.Ordinal);

    /// <summary>
    /// The existing files of <paramref name="path"/>, each once: in the order of the parts between <c>+</c>,
    /// within a part sorted by name and a folder before those below it.
    /// </summary>
    public static IReadOnlyList<string> Expand(string path)
    {
        if (string.IsNullOrEmpty(path))
            return [];
        if (File.Exists(path))
            return [path];
        if (!IsPattern(path))
            return [];
        var files = new List<string>();
        foreach (string part in path.Split('+', StringSplitOptions.RemoveEmptyEntries))
        {
            int recursive = part.IndexOf(Recursive, StringComparison.Ordinal);
            if (recursive >= 0)
                AddFolders(files, part[..recursive], part[(recursive + Recursive.Length)..].TrimStart('\\', '/'));
            else if (part.AsSpan().ContainsAny('*', '?'))
                AddFolder(files, Path.GetDirectoryName(part), Path.GetFileName(part), part.StartsWith("./", StringComparison.Ordinal));
            else if (File.Exists(part))
                files.Add(part);
        }
        return [.. files.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static void AddFolders(List<string> files, string root, string pattern)
    {
        if (pattern.Length == 0)
            pattern = "*";
        var left = new Stack<string>();
        left.Push(root);
        while (left.TryPop(out string folder))
        {
            AddFolder(files, folder, pattern, keepDot: root.Length > 0);
            foreach (string below in Entries(folder, Directory.GetDirectories).Reverse())
                left.Push(below);
        }
    }

    private static void AddFolder(List<string> files, string folder, string pattern, bool keepDot)
    {
        foreach (string file in Entries(folder, path => Directory.GetFiles(path, pattern)))
            files.Add(!keepDot && file.StartsWith("./", StringComparison.Ordinal) ? file[2..] : file);
    }

    // A folder that does not exist or may not be read holds nothing.
    private static IEnumerable<string> Entries(string folder, Func<string, string[]> list)
    {
        try
        {
            return list(string.IsNullOrEmpty(folder) ? "." : folder).Order(StringComparer.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return [];
        }
    }
}
