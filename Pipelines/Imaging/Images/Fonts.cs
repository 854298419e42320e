namespace MLPipelines.Imaging;

/// <summary>Finds a font to draw with.</summary>
internal static class Fonts
{
    private static readonly string[] Preferred =
        ["DejaVuSans-Bold", "LiberationSans-Bold", "NotoSans-Bold", "Roboto-Bold", "arialbd", "Arial Bold", "HelveticaNeue", "Helvetica", "DejaVuSans", "LiberationSans-Regular", "NotoSans-Regular", "arial", "Arial"];

    private static readonly Lazy<string[]> Found = new(Find);

    /// <summary>The file given, or the first of the usual fonts, and then of all, that has the characters of a text.</summary>
    /// <exception cref="ImagingException">There is none; the message lists the folders that were searched, or the characters.</exception>
    public static string File(string? given, string text = "")
    {
        if (given != null)
        {
            var lacking = System.IO.File.Exists(given) ? FontCoverage.Missing(given, text) : throw ImagingErrors.Font(given, "does not exist");
            return lacking.Count == 0 ? Path.GetFullPath(given) : throw ImagingErrors.Font(given, ImagingErrors.Lacks(lacking));
        }
        if (Found.Value is not [var first, ..])
            throw ImagingErrors.NoFont(Folders);
        return Found.Value.FirstOrDefault(font => FontCoverage.Missing(font, text).Count == 0) ?? throw ImagingErrors.NoGlyphs(first, FontCoverage.Missing(first, text));
    }

    private static string[] Folders =>
    [
        "/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts",
        Environment.GetFolderPath(Environment.SpecialFolder.Fonts),
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "fonts"),
    ];

    private static string[] Find()
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, MaxRecursionDepth = 6 };
        var files = Folders.Where(folder => folder.Length > 0 && Directory.Exists(folder))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.*", options))
            .Where(file => Path.GetExtension(file).ToLowerInvariant() is ".ttf" or ".otf" or ".ttc")
            .Order(StringComparer.Ordinal).ToArray();
        var usual = Preferred.Select(name => files.FirstOrDefault(file => Path.GetFileNameWithoutExtension(file).Equals(name, StringComparison.OrdinalIgnoreCase))).OfType<string>();
        return [.. usual.Concat(files).Distinct()];
    }
}
