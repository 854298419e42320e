namespace MLPipelines.Imaging;

internal static partial class ImagingErrors
{
    public static ArgumentOutOfRangeException Side(string name, int value) =>
        new(name, value, $"The {name} is {value}; it must be 1 to {RgbImage.MaximumSide} pixels.");

    public static ArgumentException PixelBytes(int width, int height, long expected, int? given) =>
        new($"A picture of {width} × {height} pixels has {expected} bytes" + (given == null ? ", more than one array holds; make it smaller." : $", and {given} were given."));

    public static ImagingException Unreadable(string path, Exception inner) => new($"The image '{path}' cannot be read: {inner.Message}", inner);

    public static ImagingException Unwritable(string path, Exception inner) => new($"The file '{path}' cannot be written: {inner.Message}", inner);

    public static ImagingException Extension(string path, string extension, string known) =>
        new($"The file '{path}' has the extension '{extension}'; it must be {known}.");

    public static ImagingException BadImage(string what, string reason, Exception? inner = null) => new($"{what} {reason.TrimEnd('.')}.", inner);

    public static ImagingException BadPng(string reason) => new($"The PNG file {reason}.");

    public static ArgumentException PngKeyword(string keyword) =>
        new($"The keyword '{keyword}' of a text in a PNG file must have 1 to 79 printable ASCII characters, without spaces at its ends.");

    public static ImagingException Font(string font, string reason) => new($"The font '{font}' {reason}. Give the path of a TrueType or OpenType file.");

    public static string Lacks(IReadOnlyList<System.Text.Rune> characters) =>
        $"has no glyph for {string.Join(", ", characters.Take(8).Select(rune => FormattableString.Invariant($"'{rune}' (U+{rune.Value:X4})")))}{(characters.Count > 8 ? ", …" : "")}";

    public static ImagingException NoGlyphs(string font, IReadOnlyList<System.Text.Rune> characters) =>
        new($"None of the fonts that are installed has all characters of the text: '{font}' {Lacks(characters)}. Install one that has (for instance the package fonts-noto-cjk), give FontFile, or leave the characters out.");

    public static ImagingException NoFont(IEnumerable<string> folders) =>
        new($"There is no font to draw text with: none of {string.Join(", ", folders.Where(folder => folder.Length > 0))} has a TrueType or OpenType file. Install one (for instance the package fonts-dejavu-core), or give FontFile.");
}
