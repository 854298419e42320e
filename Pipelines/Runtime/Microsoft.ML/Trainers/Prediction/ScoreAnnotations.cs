namespace Microsoft.ML.Data;

/// <summary>The annotations of the columns that a model adds.</summary>
internal static class ScoreAnnotations
{
    public static DataViewSchema.Annotations Output(string columnKind, string valueKind, uint setId, Action<DataViewSchema.Annotations.Builder> more = null)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddText(AnnotationUtils.Kinds.ScoreColumnKind, columnKind);
        AddSetId(builder, setId);
        builder.AddText(AnnotationUtils.Kinds.ScoreValueKind, valueKind);
        more?.Invoke(builder);
        return builder.ToAnnotations();
    }

    /// <param name="columnKind">The kind of score columns.</param>
    /// <param name="setId">What the columns of one model have in common.</param>
    /// <param name="label">The label whose key values the predictions share; may be null.</param>
    public static DataViewSchema.Annotations PredictedLabel(string columnKind, uint setId, LabelNames label)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        builder.AddText(AnnotationUtils.Kinds.ScoreColumnKind, columnKind);
        builder.AddText(AnnotationUtils.Kinds.ScoreValueKind, AnnotationUtils.ScoreValueKind.PredictedLabel);
        label?.AddKeyValues(builder);
        AddSetId(builder, setId);
        return builder.ToAnnotations();
    }

    private static void AddSetId(DataViewSchema.Annotations.Builder builder, uint setId) =>
        builder.AddPrimitiveValue(AnnotationUtils.Kinds.ScoreColumnSetId, AnnotationUtils.ScoreColumnSetIdType, setId);
}

/// <summary>The key values of the label that a model was trained on; empty where it had none.</summary>
internal sealed class LabelNames
{
    public static readonly LabelNames None = new(DataViewSchema.Annotations.Empty);

    private readonly DataViewSchema.Annotations _annotations;

    private LabelNames(DataViewSchema.Annotations annotations)
    {
        _annotations = annotations;
        ValuesType = annotations.Schema.GetColumnOrNull(AnnotationUtils.Kinds.KeyValues)?.Type as VectorDataViewType;
    }

    private VectorDataViewType ValuesType { get; }

    /// <summary>The number of classes that have a name.</summary>
    public int Count => ValuesType?.Size ?? 0;

    public static LabelNames Find(DataViewSchema trainSchema, string labelName)
    {
        if (labelName == null || trainSchema.GetColumnOrNull(labelName) is not { } label)
            return None;
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(label.Annotations, kind => kind == AnnotationUtils.Kinds.KeyValues);
        return new LabelNames(builder.ToAnnotations());
    }

    /// <summary>Adds the values as those of a key.</summary>
    public void AddKeyValues(DataViewSchema.Annotations.Builder builder) => Add(builder, AnnotationUtils.Kinds.KeyValues);

    /// <summary>Adds the values as those that scores stand for.</summary>
    public void AddTrainingValues(DataViewSchema.Annotations.Builder builder) => Add(builder, AnnotationUtils.Kinds.TrainingLabelValues);

    /// <summary>Adds the values as those that the slots of scores stand for and, where they are text, as slot names.</summary>
    public void AddSlotNames(DataViewSchema.Annotations.Builder builder)
    {
        AddTrainingValues(builder);
        if (ValuesType.ItemType is TextDataViewType)
            Add(builder, AnnotationUtils.Kinds.SlotNames);
    }

    public void Save(BinaryWriter writer)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(DefaultColumnNames.Label, BooleanDataViewType.Instance, _annotations);
        SchemaCodec.Write(writer, builder.ToSchema());
    }

    public static LabelNames Load(BinaryReader reader) => Find(SchemaCodec.Read(reader), DefaultColumnNames.Label);

    private void Add(DataViewSchema.Annotations.Builder builder, string kind) =>
        builder.Add(kind, ValuesType, _annotations.GetGetterDelegate(_annotations.Schema[AnnotationUtils.Kinds.KeyValues].Index));
}
