using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The standard kinds of annotations and how they are read and made.</summary>
internal static class AnnotationUtils
{
    public static class Kinds
    {
        public const string SlotNames = "SlotNames";
        public const string KeyValues = "KeyValues";
        public const string ScoreColumnSetId = "ScoreColumnSetId";
        public const string ScoreColumnKind = "ScoreColumnKind";
        public const string ScoreValueKind = "ScoreValueKind";
        public const string IsNormalized = "IsNormalized";
        public const string IsUserVisible = "IsUserVisible";
        public const string TrainingLabelValues = "TrainingLabelValues";
        public const string CategoricalSlotRanges = "CategoricalSlotRanges";
    }

    /// <summary>Values of <see cref="Kinds.ScoreColumnKind"/>.</summary>
    public static class ScoreColumnKind
    {
        public const string BinaryClassification = "BinaryClassification";
        public const string MulticlassClassification = "MulticlassClassification";
        public const string Regression = "Regression";
        public const string Ranking = "Ranking";
        public const string Clustering = "Clustering";
        public const string AnomalyDetection = "AnomalyDetection";
        public const string Recommender = "Recommender";
    }

    /// <summary>Values of <see cref="Kinds.ScoreValueKind"/>.</summary>
    public static class ScoreValueKind
    {
        public const string Score = "Score";
        public const string PredictedLabel = "PredictedLabel";
        public const string Probability = "Probability";
    }

    public static KeyDataViewType ScoreColumnSetIdType { get; } = new(typeof(uint), int.MaxValue);

    public static VectorDataViewType GetNamesType(int size) => new(TextDataViewType.Instance, size);

    public static DataViewType GetAnnotationTypeOrNull(this DataViewSchema.Column column, string kind) =>
        column.Annotations.Schema.GetColumnOrNull(kind)?.Type;

    public static bool HasSlotNames(this DataViewSchema.Column column, int vectorSize) =>
        vectorSize > 0
        && column.GetAnnotationTypeOrNull(Kinds.SlotNames) is VectorDataViewType { ItemType: TextDataViewType } names
        && names.Size == vectorSize;

    /// <summary>The slot names of a column, or a vector of empty names where it has none.</summary>
    public static VBuffer<ReadOnlyMemory<char>> SlotNamesOrEmpty(this DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        int size = column.Type.VectorSize();
        if (column.HasSlotNames(size))
            column.Annotations.GetValue(Kinds.SlotNames, ref names);
        else
            VBufferUtils.Resize(ref names, size);
        return names;
    }

    public static bool HasKeyValues(this DataViewSchema.Column column, out VectorDataViewType keyValuesType)
    {
        keyValuesType = column.Type.ItemTypeOrSelf() is KeyDataViewType key
            && column.GetAnnotationTypeOrNull(Kinds.KeyValues) is VectorDataViewType values
            && key.Count == (ulong)values.Size
            ? values
            : null;
        return keyValuesType != null;
    }

    public static bool TryGetText(this DataViewSchema.Annotations annotations, string kind, out string value)
    {
        value = null;
        if (annotations.Schema.GetColumnOrNull(kind)?.Type is not TextDataViewType)
            return false;
        ReadOnlyMemory<char> text = default;
        annotations.GetValue(kind, ref text);
        value = text.ToString();
        return true;
    }

    public static void AddText(this DataViewSchema.Annotations.Builder builder, string kind, string value) =>
        builder.AddPrimitiveValue(kind, TextDataViewType.Instance, value.AsMemory());

    public static void AddBoolean(this DataViewSchema.Annotations.Builder builder, string kind, bool value) =>
        builder.AddPrimitiveValue(kind, BooleanDataViewType.Instance, value);

    public static void AddSlotNames(this DataViewSchema.Annotations.Builder builder, int size, ValueGetter<VBuffer<ReadOnlyMemory<char>>> getter) =>
        builder.Add(Kinds.SlotNames, GetNamesType(size), getter);

    public static void AddSlotNames(this DataViewSchema.Annotations.Builder builder, ReadOnlyMemory<char>[] names) =>
        builder.AddSlotNames(names.Length, (ref VBuffer<ReadOnlyMemory<char>> destination) => destination = new VBuffer<ReadOnlyMemory<char>>(names.Length, names));

    public static void AddKeyValues<TValue>(this DataViewSchema.Annotations.Builder builder, int size, PrimitiveDataViewType valueType, ValueGetter<VBuffer<TValue>> getter) =>
        builder.Add(Kinds.KeyValues, new VectorDataViewType(valueType, size), getter);

    /// <summary>The annotations of the columns that a trained model adds.</summary>
    public static DataViewSchema.Annotations ForScoreColumn(string columnKind, string valueKind, uint setId, Action<DataViewSchema.Annotations.Builder> more = null)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddPrimitiveValue(Kinds.ScoreColumnSetId, ScoreColumnSetIdType, setId);
        builder.AddText(Kinds.ScoreColumnKind, columnKind);
        builder.AddText(Kinds.ScoreValueKind, valueKind);
        more?.Invoke(builder);
        return builder.ToAnnotations();
    }

    /// <summary>The largest score column set id of a schema, 0 where it has none.</summary>
    public static uint MaxScoreColumnSetId(DataViewSchema schema)
    {
        uint max = 0;
        foreach (var column in schema)
        {
            if (column.GetAnnotationTypeOrNull(Kinds.ScoreColumnSetId) is not KeyDataViewType { RawType: var raw } || raw != typeof(uint))
                continue;
            uint id = 0;
            column.Annotations.GetValue(Kinds.ScoreColumnSetId, ref id);
            max = Math.Max(max, id);
        }
        return max;
    }
}

/// <summary>Public access to the annotations of a column.</summary>
public static class SchemaAnnotationsExtensions
{
    public static bool HasSlotNames(this DataViewSchema.Column column) =>
        column.Type is VectorDataViewType { Size: > 0 } vector && AnnotationUtils.HasSlotNames(column, vector.Size);

    public static void GetSlotNames(this DataViewSchema.Column column, ref VBuffer<ReadOnlyMemory<char>> slotNames) =>
        column.Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref slotNames);

    public static bool HasKeyValues(this DataViewSchema.Column column, PrimitiveDataViewType keyValueItemType = null)
    {
        keyValueItemType ??= TextDataViewType.Instance;
        return AnnotationUtils.HasKeyValues(column, out var type) && keyValueItemType.Equals(type.ItemType);
    }

    public static void GetKeyValues<TValue>(this DataViewSchema.Column column, ref VBuffer<TValue> keyValues) =>
        column.Annotations.GetValue(AnnotationUtils.Kinds.KeyValues, ref keyValues);

    public static bool IsNormalized(this DataViewSchema.Column column)
    {
        if (column.GetAnnotationTypeOrNull(AnnotationUtils.Kinds.IsNormalized) is not BooleanDataViewType)
            return false;
        bool value = default;
        column.Annotations.GetValue(AnnotationUtils.Kinds.IsNormalized, ref value);
        return value;
    }
}
