namespace MLPipelines.Imaging;

/// <summary>Finds a font to draw with.</summary>
internal static class Fonts
{
    private static readonly string[] Preferred =
        ["DejaVuSans-Bold", "LiberationSans-Bold", "NotoSans-Bold", "Roboto-Bold", "arialbd", "Arial Bold", "HelveticaNeue", "Helvetica", "DejaVuSans", "LiberationSans-Regular", "NotoSans-Regular", "arial", "Arial"];

    private static readonly Lazy<string?> Found = new(Find);

    /// <summary>The file given, or the first found of the usual fonts.</summary>
    /// <exception cref="ImagingException">There is none; the message lists the folders that were searched.</exception>
    public static string File(string? given)
    {
        if (given != null)
            return System.IO.File.Exists(given) ? Path.GetFullPath(given) : throw ImagingErrors.Font(given, "does not exist");
        return Found.Value ?? throw ImagingErrors.NoFont(Folders);
    }

    private static string[] Folders =>
    [
        "/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts",
        Environment.GetFolderPath(Environment.SpecialFolder.Fonts),
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "fonts"),
    ];

    private static string? Find()
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 6 };
        var files = Folders.Where(folder => folder.Length > 0 && Directory.Exists(folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.*", options))
            .Where(file => Path.GetExtension(file).ToLowerInvariant() is ".ttf" or ".otf" or ".ttc")
            .Order(StringComparer.Ordinal).ToArray();
        return Preferred.Select(name => files.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file).Equals(name, StringComparison.OrdinalIgnoreCase))).FirstOrDefault(file => file != null)
            ?? files.FirstOrDefault();
    }
}
