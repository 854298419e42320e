using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Loading and saving of data in binary form, with its types and annotations.</summary>
/// <remarks>The format is that of this library; its files are not exchangeable with those of others.</remarks>
public static class BinaryLoaderSaverCatalog
{
    /// <summary>The data in one stream; it is read anew in every pass.</summary>
    public static IDataView LoadFromBinary(this DataOperationsCatalog catalog, IMultiStreamSource fileSource)
    {
        Contracts.CheckValue(fileSource, nameof(fileSource));
        return new BinaryLoader(catalog.Environment, fileSource);
    }

    /// <summary>The data in a file; it is read anew in every pass.</summary>
    public static IDataView LoadFromBinary(this DataOperationsCatalog catalog, string path)
    {
        Contracts.CheckNonEmpty(path, nameof(path));
        Contracts.CheckParam(File.Exists(path), nameof(path), $"File does not exist at path: {path}");
        return new BinaryLoader(catalog.Environment, new MultiFileSource(path));
    }

    /// <summary>Writes data; columns of types that a program registered are left out.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The data.</param>
    /// <param name="stream">Where to write; it is left open.</param>
    /// <param name="keepHidden">Whether columns are written that a later one of the same name hides.</param>
    public static void SaveAsBinary(this DataOperationsCatalog catalog, IDataView data, Stream stream, bool keepHidden = false)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckValue(stream, nameof(stream));
        var saver = new BinarySaver(catalog.Environment);
        saver.Save(data, SavableColumns.Of(catalog.Environment, data.Schema, keepHidden, BinarySaver.CanSave), stream);
    }
}
