using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Loading and saving of files in SVM-light format.</summary>
public static class SvmLightLoaderSaverCatalog
{
    /// <summary>A loader of files whose features are given by index.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="numberOfRows">How many rows of the sample to look at; all by default.</param>
    /// <param name="inputSize">The number of features, 0 to find it in the sample.</param>
    /// <param name="zeroBased">Whether indices begin at 0 and not at 1.</param>
    /// <param name="dataSample">Data of the kind to be loaded.</param>
    public static SvmLightLoader CreateSvmLightLoader(this DataOperationsCatalog catalog, long? numberOfRows = null, int inputSize = 0, bool zeroBased = false, IMultiStreamSource dataSample = null) =>
        new(catalog.Environment, zeroBased ? SvmLightIndices.ZeroBased : SvmLightIndices.OneBased, inputSize, numberOfRows, dataSample);

    /// <summary>A loader of files whose features are given by name; those of the sample become the slots.</summary>
    public static SvmLightLoader CreateSvmLightLoaderWithFeatureNames(this DataOperationsCatalog catalog, long? numberOfRows = null, IMultiStreamSource dataSample = null) =>
        new(catalog.Environment, SvmLightIndices.Names, 0, numberOfRows, dataSample);

    /// <summary>The rows of a file whose features are given by index.</summary>
    public static IDataView LoadFromSvmLightFile(this DataOperationsCatalog catalog, string path, long? numberOfRows = null, int inputSize = 0, bool zeroBased = false)
    {
        Contracts.CheckNonEmpty(path, nameof(path));
        var source = new MultiFileSource(path);
        return catalog.CreateSvmLightLoader(numberOfRows, inputSize, zeroBased, source).Load(source);
    }

    /// <summary>The rows of a file whose features are given by name.</summary>
    public static IDataView LoadFromSvmLightFileWithFeatureNames(this DataOperationsCatalog catalog, string path, long? numberOfRows = null)
    {
        Contracts.CheckNonEmpty(path, nameof(path));
        var source = new MultiFileSource(path);
        return catalog.CreateSvmLightLoaderWithFeatureNames(numberOfRows, source).Load(source);
    }

    /// <summary>Writes a label, features and optionally a group and a weight.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The data.</param>
    /// <param name="stream">Where to write; it is left open.</param>
    /// <param name="zeroBasedIndexing">Whether indices begin at 0 and not at 1.</param>
    /// <param name="binaryLabel">Whether labels above 0 are written as 1, NaN as 0 and others as -1.</param>
    /// <param name="labelColumnName">The label: a number, Boolean or key.</param>
    /// <param name="featureColumnName">The features: a vector of <see cref="float"/>.</param>
    /// <param name="rowGroupColumnName">The group, a key; null for none.</param>
    /// <param name="exampleWeightColumnName">The weight, a number; null for none.</param>
    public static void SaveInSvmLightFormat(
        this DataOperationsCatalog catalog,
        IDataView data,
        Stream stream,
        bool zeroBasedIndexing = false,
        bool binaryLabel = false,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string rowGroupColumnName = null,
        string exampleWeightColumnName = null)
    {
        Contracts.CheckValue(data, nameof(data));
        Contracts.CheckValue(stream, nameof(stream));
        new SvmLightSaver(catalog.Environment, zeroBasedIndexing, binaryLabel).Save(data, stream, labelColumnName, featureColumnName, rowGroupColumnName, exampleWeightColumnName);
    }
}
