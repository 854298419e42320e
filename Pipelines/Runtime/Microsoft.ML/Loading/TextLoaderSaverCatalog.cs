using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Loading and saving of text files.</summary>
public static partial class TextLoaderSaverCatalog
{
    /// <summary>A loader of files with the given columns.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="separatorChar">What separates the columns of a line.</param>
    /// <param name="hasHeader">Whether each file begins with a line of names.</param>
    /// <param name="dataSample">Data of the kind to be loaded, in which names and sizes that the columns leave open are found.</param>
    /// <param name="allowQuoting">Whether values may be in double quotes.</param>
    /// <param name="trimWhitespace">Whether white space at the end of lines is removed.</param>
    /// <param name="allowSparse">Whether lines may end in a sparse form.</param>
    public static TextLoader CreateTextLoader(
        this DataOperationsCatalog catalog,
        TextLoader.Column[] columns,
        char separatorChar = TextLoader.Defaults.Separator,
        bool hasHeader = TextLoader.Defaults.HasHeader,
        IMultiStreamSource dataSample = null,
        bool allowQuoting = TextLoader.Defaults.AllowQuoting,
        bool trimWhitespace = TextLoader.Defaults.TrimWhitespace,
        bool allowSparse = TextLoader.Defaults.AllowSparse) =>
        new(catalog.Environment, ToOptions(columns, separatorChar, hasHeader, allowQuoting, trimWhitespace, allowSparse), dataSample);

    /// <inheritdoc cref="CreateTextLoader(DataOperationsCatalog, TextLoader.Column[], char, bool, IMultiStreamSource, bool, bool, bool)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">All settings.</param>
    /// <param name="dataSample">Data of the kind to be loaded, in which what the settings leave open is found.</param>
    public static TextLoader CreateTextLoader(this DataOperationsCatalog catalog, TextLoader.Options options, IMultiStreamSource dataSample = null)
    {
        Contracts.CheckValue(options, nameof(options));
        return new TextLoader(catalog.Environment, options, dataSample);
    }

    /// <summary>The rows of a file, or of several where <paramref name="path"/> has wildcards.</summary>
    public static IDataView LoadFromTextFile(
        this DataOperationsCatalog catalog,
        string path,
        TextLoader.Column[] columns,
        char separatorChar = TextLoader.Defaults.Separator,
        bool hasHeader = TextLoader.Defaults.HasHeader,
        bool allowQuoting = TextLoader.Defaults.AllowQuoting,
        bool trimWhitespace = TextLoader.Defaults.TrimWhitespace,
        bool allowSparse = TextLoader.Defaults.AllowSparse) =>
        Load(catalog, path, source => catalog.CreateTextLoader(columns, separatorChar, hasHeader, source, allowQuoting, trimWhitespace, allowSparse));

    /// <inheritdoc cref="LoadFromTextFile(DataOperationsCatalog, string, TextLoader.Column[], char, bool, bool, bool, bool)"/>
    /// <remarks>Without columns in <paramref name="options"/> they are those of the schema in the file, or Label and Features.</remarks>
    public static IDataView LoadFromTextFile(this DataOperationsCatalog catalog, string path, TextLoader.Options options = null) =>
        Load(catalog, path, source => new TextLoader(catalog.Environment, options, source));

    private static IDataView Load(DataOperationsCatalog catalog, string path, Func<IMultiStreamSource, TextLoader> create)
    {
        Contracts.CheckNonEmpty(path, nameof(path));
        Contracts.CheckParam(FileWildcards.IsPattern(path) || Path.Exists(path), nameof(path), $"File or directory does not exist at path: {path}");
        var source = new MultiFileSource(path);
        return create(source).Load(source);
    }

    private static TextLoader.Options ToOptions(TextLoader.Column[] columns, char separatorChar, bool hasHeader, bool allowQuoting, bool trimWhitespace, bool allowSparse) => new()
    {
        Columns = columns,
        Separators = [separatorChar],
        HasHeader = hasHeader,
        AllowQuoting = allowQuoting,
        TrimWhitespace = trimWhitespace,
        AllowSparse = allowSparse,
    };
}
