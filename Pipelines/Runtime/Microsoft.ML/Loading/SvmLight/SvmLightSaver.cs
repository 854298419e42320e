using System.Globalization;
using System.Text;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Writes a label, a vector of features and optionally a group and a weight in SVM-light format.</summary>
internal sealed class SvmLightSaver(IHostEnvironment env, bool zeroBased, bool binaryLabel)
{
    private readonly IHost _host = env.Register("SvmLightSaver");

    public void Save(IDataView data, Stream stream, string labelColumn, string featureColumn, string groupColumn, string weightColumn)
    {
        var label = Find(data, labelColumn, "label");
        var features = Find(data, featureColumn, "feature");
        if (features.Type is not VectorDataViewType { ItemType.RawType: var item } || item != typeof(float))
            throw Contracts.ExceptSchemaMismatch("data", "feature", featureColumn, "Vector<Single>", features.Type.ToString());
        var group = groupColumn == null ? default(DataViewSchema.Column?) : Find(data, groupColumn, "group");
        if (group is { Type: var groupType } && groupType is not KeyDataViewType)
            throw Contracts.ExceptSchemaMismatch("data", "group", groupColumn, "a key", groupType.ToString());
        var weight = weightColumn == null ? default(DataViewSchema.Column?) : Find(data, weightColumn, "weight");

        DataViewSchema.Column[] columns = [label, features, .. group is { } g ? [g] : Array.Empty<DataViewSchema.Column>(), .. weight is { } w ? [w] : Array.Empty<DataViewSchema.Column>()];
        using var cursor = data.GetRowCursor(columns);
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), bufferSize: 1 << 16, leaveOpen: true);
        var getLabel = Getter<float>(cursor, label);
        var getFeatures = cursor.GetGetter<VBuffer<float>>(features);
        var getGroup = group is { } key ? Getter<ulong>(cursor, key) : null;
        var getWeight = weight is { } real ? Getter<float>(cursor, real) : null;
        VBuffer<float> vector = default;
        while (cursor.MoveNext())
        {
            _host.CheckAlive();
            WriteLabel(writer, getLabel());
            if (getGroup?.Invoke() is > 0 and var id)
                writer.Write(string.Create(CultureInfo.InvariantCulture, $" qid:{id - 1}"));
            if (getWeight != null)
                WritePair(writer, "cost", getWeight());
            getFeatures(ref vector);
            WriteFeatures(writer, in vector);
            writer.WriteLine();
        }
    }

    private static DataViewSchema.Column Find(IDataView data, string name, string role) =>
        data.Schema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch("data", role, name);

    private static Func<T> Getter<T>(DataViewRow row, DataViewSchema.Column column) =>
        GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Func<T>>(column.Type.RawType, typeof(T), Converted<int, T>, row, column);

    private static Func<T> Converted<TFrom, T>(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<TFrom>(column);
        TFrom value = default;
        T converted = default;
        var convert = Conversions.Get<TFrom, T>();
        return () =>
        {
            getter(ref value);
            convert(in value, ref converted);
            return converted;
        };
    }

    private void WriteLabel(TextWriter writer, float label)
    {
        if (binaryLabel)
            writer.Write(label > 0 ? "1" : float.IsNaN(label) ? "0" : "-1");
        else
            writer.Write(label.ToString("R", CultureInfo.InvariantCulture));
    }

    private static void WritePair(TextWriter writer, string key, float value)
    {
        writer.Write(' ');
        writer.Write(key);
        writer.Write(':');
        writer.Write(value.ToString("R", CultureInfo.InvariantCulture));
    }

    private void WriteFeatures(TextWriter writer, in VBuffer<float> vector)
    {
        int first = zeroBased ? 0 : 1;
        var values = vector.GetValues();
        var indices = vector.GetIndices();
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] != 0)
                WritePair(writer, (first + (vector.IsDense ? i : indices[i])).ToString(CultureInfo.InvariantCulture), values[i]);
        }
    }
}
