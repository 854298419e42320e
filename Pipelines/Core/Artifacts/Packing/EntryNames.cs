namespace MLPipelines.Artifacts;

/// <summary>Which names entries and artifacts may have: those that mean the same on every system and stay inside their folder.</summary>
internal static class EntryNames
{
    private const int MaximumLength = 240;

    private static readonly HashSet<string> ReservedOnWindows = new(
        ["con", "prn", "aux", "nul", "conin$", "conout$", "clock$", .. Enumerable.Range(1, 9).SelectMany(i => new[] { $"com{i}", $"lpt{i}" })],
        StringComparer.OrdinalIgnoreCase);

    private static readonly string[] ExecutableFormats = [".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".ckpt", ".npy", ".npz", ".h5", ".keras", ".dll", ".so", ".dylib", ".exe", ".py", ".pyc", ".sh", ".bat", ".ps1"];

    /// <summary>Why a name of an entry is refused, or null where it is fine.</summary>
    public static string? FaultOfEntry(string name)
    {
        if (name.Length is 0 or > MaximumLength)
            return $"has a name of {name.Length} characters; 1 to {MaximumLength} are allowed";
        foreach (char c in name)
        {
            if (c is < ' ' or > '~')
                return $"has the character U+{(int)c:X4} in its name; only printable ASCII means the same on every system";
            if (c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|' or '#' or '%')
                return $"has the character '{c}' in its name, which some systems read as something else";
        }
        if (name.StartsWith('/'))
            return "has an absolute path";
        foreach (var part in name.Split('/'))
        {
            if (part is "" or "." or "..")
                return "has a path that leaves its folder or is not in its simplest form";
            if (part.EndsWith('.') || part.EndsWith(' ') || part.StartsWith(' '))
                return "has a name that begins or ends with a space or ends with a dot";
            if (ReservedOnWindows.Contains(part.Split('.')[0]))
                return $"has the name '{part}', which Windows reserves for a device";
        }
        var extension = Path.GetExtension(name);
        if (Array.Exists(ExecutableFormats, format => format.Equals(extension, StringComparison.OrdinalIgnoreCase)))
            return $"is of the kind '{extension}', which can execute code when it is loaded; only plain formats are allowed";
        return null;
    }

    /// <summary>Throws where a name cannot be that of an artifact or an alias.</summary>
    public static void CheckName(string name, string what)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsName(name))
            throw new ArgumentException($"'{ArtifactThrow.Printable(name)}' cannot be the name of {what}: use 1 to 100 lower-case letters, digits, '-', '_' and '.', beginning with a letter or digit.", nameof(name));
    }

    /// <summary>Whether a name can be that of an artifact or an alias.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= 100
        && (char.IsAsciiLetterLower(name[0]) || char.IsAsciiDigit(name[0]))
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_' or '.')
        && !name.EndsWith('.')
        && !name.Contains("..", StringComparison.Ordinal)
        && !ReservedOnWindows.Contains(name.Split('.')[0]);
}
