using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

namespace Microsoft.ML.Data;

/// <summary>Values of registered types that are neither primitive nor vectors cannot be copied, and so not kept beyond their row.</summary>
internal static class CopyableColumns
{
    /// <summary>The data without the columns whose values cannot be kept.</summary>
    public static IDataView Of(IHostEnvironment env, IDataView source)
    {
        string[] others = [.. source.Schema.Where(column => column.Type is not (PrimitiveDataViewType or VectorDataViewType)).Select(column => column.Name)];
        return others.Length == 0 ? source : new ColumnSelectingTransformer(env, null, others, keepHidden: true).Transform(source);
    }
}
