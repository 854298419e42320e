using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Loading and saving of text files.</summary>
public static class TextLoaderSaverCatalog
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

    /// <summary>A loader of files whose columns are the public fields and properties of <typeparamref name="TInput"/>, each with a <see cref="LoadColumnAttribute"/>.</summary>
    /// <inheritdoc cref="CreateTextLoader(DataOperationsCatalog, TextLoader.Column[], char, bool, IMultiStreamSource, bool, bool, bool)"/>
    public static TextLoader CreateTextLoader<TInput>(
        this DataOperationsCatalog catalog,
        char separatorChar = TextLoader.Defaults.Separator,
        bool hasHeader = TextLoader.Defaults.HasHeader,
        IMultiStreamSource dataSample = null,
        bool allowQuoting = TextLoader.Defaults.AllowQuoting,
        bool trimWhitespace = TextLoader.Defaults.TrimWhitespace,
        bool allowSparse = TextLoader.Defaults.AllowSparse) =>
        new(catalog.Environment, ToOptions(LoadedMembers.ColumnsOf(typeof(TInput)), separatorChar, hasHeader, allowQuoting, trimWhitespace, allowSparse), dataSample);

    /// <inheritdoc cref="CreateTextLoader{TInput}(DataOperationsCatalog, char, bool, IMultiStreamSource, bool, bool, bool)"/>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">All settings but the columns, which are set in it.</param>
    /// <param name="dataSample">Data of the kind to be loaded, in which what the settings leave open is found.</param>
    public static TextLoader CreateTextLoader<TInput>(this DataOperationsCatalog catalog, TextLoader.Options options, IMultiStreamSource dataSample = null)
    {
        Contracts.CheckValue(options, nameof(options));
        options.Columns = LoadedMembers.ColumnsOf(typeof(TInput));
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

    /// <inheritdoc cref="LoadFromTextFile(DataOperationsCatalog, string, TextLoader.Column[], char, bool, bool, bool, bool)"/>
    /// <remarks>The columns are the public fields and properties of <typeparamref name="TInput"/>, each with a <see cref="LoadColumnAttribute"/>.</remarks>
    public static IDataView LoadFromTextFile<TInput>(
        this DataOperationsCatalog catalog,
        string path,
        char separatorChar = TextLoader.Defaults.Separator,
        bool hasHeader = TextLoader.Defaults.HasHeader,
        bool allowQuoting = TextLoader.Defaults.AllowQuoting,
        bool trimWhitespace = TextLoader.Defaults.TrimWhitespace,
        bool allowSparse = TextLoader.Defaults.AllowSparse) =>
        Load(catalog, path, source => catalog.CreateTextLoader<TInput>(separatorChar, hasHeader, source, allowQuoting, trimWhitespace, allowSparse));

    /// <inheritdoc cref="LoadFromTextFile{TInput}(DataOperationsCatalog, string, char, bool, bool, bool, bool)"/>
    public static IDataView LoadFromTextFile<TInput>(this DataOperationsCatalog catalog, string path, TextLoader.Options options) =>
        Load(catalog, path, source => catalog.CreateTextLoader<TInput>(options, source));

    private static IDataView Load(DataOperationsCatalog catalog, string path, Func<IMultiStreamSource, TextLoader> create)
    {
        Contracts.CheckNonEmpty(path, nameof(path));
        Contracts.CheckParam(FileWildcards.IsPattern(path) || Path.Exists(path), nameof(path), $"File or directory does not exist at path: {path}");
        var source = new MultiFileSource(path);
        return create(source).Load(source);
    }

    /// <summary>
    /// Writes data as text in UTF-8. Vectors and texts are written so that a loader with quotes and sparse lines allowed reads them
    /// again; columns of types without text form are left out.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The data.</param>
    /// <param name="stream">Where to write; it is left open.</param>
    /// <param name="separatorChar">A tab, space, comma, semicolon or bar.</param>
    /// <param name="headerRow">Whether the first line holds the names of the columns, for vectors those of the slots.</param>
    /// <param name="schema">Whether the file begins with comments from which a loader learns the columns.</param>
    /// <param name="keepHidden">Whether columns are written that a later one of the same name hides.</param>
    /// <param name="forceDense">Whether no line is written sparsely.</param>
    public static void SaveAsText(
        this DataOperationsCatalog catalog,
        IDataView data,
        Stream stream,
        char separatorChar = TextLoader.Defaults.Separator,
        bool headerRow = true,
        bool schema = true,
        bool keepHidden = false,
        bool forceDense = false)
    {
        Contracts.CheckValue(catalog, nameof(catalog));
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckValue(stream, nameof(stream));
        var saver = new TextSaver(catalog.Environment, separatorChar, headerRow, schema, forceDense);
        saver.Save(data, SavableColumns.Of(catalog.Environment, data.Schema, keepHidden, TextSaver.CanSave), stream);
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
