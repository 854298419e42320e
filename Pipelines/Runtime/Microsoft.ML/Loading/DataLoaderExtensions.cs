using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Loading by path.</summary>
public static class DataLoaderExtensions
{
    /// <summary>The rows of one or several files; a path may have wildcards.</summary>
    public static IDataView Load(this IDataLoader<IMultiStreamSource> loader, params string[] path)
    {
        Contracts.CheckValue(loader, nameof(loader));
        return loader.Load(new MultiFileSource(path));
    }
}
