using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Evaluation;

/// <summary>How labels of every allowed type are read as numbers: keys 0-based, missing values NaN.</summary>
internal static class LabelGetters
{
    public static ValueGetter<float> GetLabelGetter(this DataViewRow row, DataViewSchema.Column label)
    {
        switch (label.Type)
        {
            case NumberDataViewType when label.Type.RawType == typeof(float):
                return row.GetGetter<float>(label);
            case NumberDataViewType when label.Type.RawType == typeof(double):
                return Convert<double>(row, label, value => (float)value);
            case BooleanDataViewType:
                return Convert<bool>(row, label, value => value ? 1 : 0);
            case KeyDataViewType { RawType: var raw }:
                if (raw == typeof(byte))
                    return Convert<byte>(row, label, value => FromKey(value));
                if (raw == typeof(ushort))
                    return Convert<ushort>(row, label, value => FromKey(value));
                if (raw == typeof(uint))
                    return Convert<uint>(row, label, value => FromKey(value));
                return Convert<ulong>(row, label, FromKey);
            default:
                throw Contracts.ExceptSchemaMismatch("schema", "label", label.Name, "Single, Double, Boolean or Key", label.Type.ToString());
        }
    }

    private static float FromKey(ulong key) => key == 0 ? float.NaN : key - 1;

    private static ValueGetter<float> Convert<T>(DataViewRow row, DataViewSchema.Column label, Func<T, float> convert)
    {
        var getter = row.GetGetter<T>(label);
        T value = default;
        return (ref float destination) =>
        {
            getter(ref value);
            destination = convert(value);
        };
    }
}

/// <summary>The columns that an evaluation reads.</summary>
internal static class EvaluationColumns
{
    public static DataViewSchema.Column Find(IDataView data, string name, string role)
    {
        Contracts.CheckNonEmpty(name, role + "ColumnName");
        return data.Schema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch("schema", role, name);
    }

    public static DataViewSchema.Column Scalar(IDataView data, string name, string role)
    {
        var column = Find(data, name, role);
        return column.Type.Equals(NumberDataViewType.Single) ? column : throw Contracts.ExceptSchemaMismatch("schema", role, name, "Single", column.Type.ToString());
    }

    public static DataViewSchema.Column Vector(IDataView data, string name, string role)
    {
        var column = Find(data, name, role);
        return column.Type is VectorDataViewType { IsKnownSize: true } vector && vector.ItemType.Equals(NumberDataViewType.Single)
            ? column
            : throw Contracts.ExceptSchemaMismatch("schema", role, name, "Known-size vector of Single", column.Type.ToString());
    }

    public static void WarnOfSkippedRows(IHostEnvironment env, long badScores, long unlabelled)
    {
        if (badScores == 0 && unlabelled == 0)
            return;
        using var channel = env.Start("Evaluation");
        if (badScores > 0)
            channel.Warning(MessageSensitivity.None, $"Encountered {badScores} non-finite scores; these rows were left out.");
        if (unlabelled > 0)
            channel.Warning(MessageSensitivity.None, $"{unlabelled} of the instances are unlabeled; these rows were left out.");
    }
}
