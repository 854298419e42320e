using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>The shapes of the columns that trainers read and their models add, and the checks of actual columns.</summary>
internal static class TrainerColumns
{
    public static SchemaShape.Column Features(string name) =>
        new(name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false);

    public static SchemaShape.Column BooleanLabel(string name) => Scalar(name, BooleanDataViewType.Instance);

    public static SchemaShape.Column SingleLabel(string name) => Scalar(name, NumberDataViewType.Single);

    public static SchemaShape.Column KeyLabel(string name) => Scalar(name, NumberDataViewType.UInt32, isKey: true);

    /// <summary>A weight column; no column where <paramref name="name"/> is null.</summary>
    public static SchemaShape.Column Weight(string name) => name == null ? default : Scalar(name, NumberDataViewType.Single);

    /// <summary>A group column; no column where <paramref name="name"/> is null.</summary>
    public static SchemaShape.Column Group(string name) => name == null ? default : Scalar(name, NumberDataViewType.UInt32, isKey: true);

    /// <summary>The columns of a model of two classes without probabilities.</summary>
    public static SchemaShape.Column[] BinaryOutputs() => [ScoreOutput(), BooleanPrediction()];

    /// <summary>The columns of a model of two classes with probabilities.</summary>
    public static SchemaShape.Column[] CalibratedBinaryOutputs() =>
    [
        ScoreOutput(),
        Scalar(DefaultColumnNames.Probability, NumberDataViewType.Single, annotations: new SchemaShape([.. ScoreAnnotations(), SchemaShapeExtensions.IsNormalizedAnnotation])),
        BooleanPrediction(),
    ];

    /// <summary>The column of a model that gives a number.</summary>
    public static SchemaShape.Column[] ScalarOutputs() => [ScoreOutput()];

    /// <summary>The columns of a model of several classes, with the names of the label's keys.</summary>
    public static SchemaShape.Column[] MulticlassOutputs(SchemaShape inputSchema, string labelName)
    {
        var label = inputSchema.FindInput(labelName);
        var keyValues = label.Annotations.Where(annotation => annotation.Name == AnnotationUtils.Kinds.KeyValues).ToArray();
        bool hasNames = label.IsKey && keyValues is [{ Kind: SchemaShape.Column.VectorKind.Vector, ItemType: TextDataViewType }];
        SchemaShape.Column[] names = hasNames ? [SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames)] : [];
        return
        [
            new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape([.. names, .. ScoreAnnotations()])),
            Scalar(DefaultColumnNames.PredictedLabel, NumberDataViewType.UInt32, isKey: true, new SchemaShape([.. keyValues, .. ScoreAnnotations()])),
        ];
    }

    /// <summary>The columns of a model of clusters.</summary>
    public static SchemaShape.Column[] ClusteringOutputs() =>
    [
        new(DefaultColumnNames.Score, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, new SchemaShape(ScoreAnnotations())),
        Scalar(DefaultColumnNames.PredictedLabel, NumberDataViewType.UInt32, isKey: true, new SchemaShape(ScoreAnnotations())),
    ];

    /// <summary>Throws where the features are no vectors of a fixed size of single-precision numbers.</summary>
    public static void CheckFeatures(this RoleMappedData data)
    {
        if (data.Feature is not { } column)
            throw Contracts.ExceptParam(nameof(data), "Training data must specify a feature column.");
        if (column.Type is not VectorDataViewType { IsKnownSize: true } vector || !vector.ItemType.Equals(NumberDataViewType.Single))
            throw Contracts.ExceptParam(nameof(data), $"Training feature column '{column.Name}' must be a known-size vector of Single, but has type: {column.Type}.");
    }

    /// <summary>Throws where the label is not of two classes.</summary>
    public static void CheckBinaryLabel(this RoleMappedData data)
    {
        var column = RequireLabel(data);
        switch (column.Type)
        {
            case BooleanDataViewType or KeyDataViewType { Count: 2 }:
                return;
            case KeyDataViewType { Count: 1 }:
                throw Contracts.ExceptParam(nameof(data), $"The label column '{column.Name}' of the training data has only one class. Two classes are required for binary classification.");
            case KeyDataViewType:
                throw Contracts.ExceptParam(nameof(data), $"The label column '{column.Name}' of the training data has more than two classes. Only two classes are allowed for binary classification.");
        }
        if (!IsFloatingPoint(column.Type))
            throw Contracts.ExceptParam(nameof(data), $"The label column '{column.Name}' of the training data has a data type not suitable for binary classification: {column.Type}. Type must be Boolean, Single, Double or Key with two classes.");
    }

    /// <summary>Throws where the label is no number.</summary>
    public static void CheckRegressionLabel(this RoleMappedData data)
    {
        var column = RequireLabel(data);
        if (!IsFloatingPoint(column.Type))
            throw Contracts.ExceptParam(nameof(data), $"Training label column '{column.Name}' type isn't suitable for regression: {column.Type}. Type must be Single or Double.");
    }

    /// <summary>The number of classes: of the keys, or one more than the largest label in the data.</summary>
    public static int CheckMulticlassLabel(this RoleMappedData data)
    {
        var column = RequireLabel(data);
        if (column.Type.KeyCountAsInt() is > 0 and var count)
            return count;
        if (!IsFloatingPoint(column.Type))
            throw Contracts.ExceptParam(nameof(data), $"Training label column '{column.Name}' type is not valid for multi-class: {column.Type}. Type must be Single or Double.");
        int max = -1;
        using var cursor = data.Data.GetRowCursor([column]);
        var getter = TrainingGetters.Label(cursor, column);
        float label = 0;
        while (cursor.MoveNext())
        {
            getter(ref label);
            if (!float.IsFinite(label))
                continue;
            if ((int)label != label || label < 0)
                throw Contracts.ExceptParam(nameof(data), $"Training label column '{column.Name}' contains invalid values for multi-class: {label}.");
            max = Math.Max(max, (int)label);
        }
        if (max < 0)
            throw Contracts.ExceptParam(nameof(data), $"Training label column '{column.Name}' contains no valid values for multi-class.");
        if (max >= Array.MaxLength)
            throw Contracts.ExceptParam(nameof(data), $"Maximum label is too large for multi-class: {max}.");
        return max + 1;
    }

    private static DataViewSchema.Column RequireLabel(RoleMappedData data) =>
        data.Label ?? throw Contracts.ExceptParam(nameof(data), "Training data must specify a label column.");

    private static bool IsFloatingPoint(DataViewType type) =>
        type.Equals(NumberDataViewType.Single) || type.Equals(NumberDataViewType.Double);

    private static SchemaShape.Column Scalar(string name, DataViewType type, bool isKey = false, SchemaShape annotations = null) =>
        new(name, SchemaShape.Column.VectorKind.Scalar, type, isKey, annotations);

    private static SchemaShape.Column ScoreOutput() =>
        Scalar(DefaultColumnNames.Score, NumberDataViewType.Single, annotations: new SchemaShape(ScoreAnnotations()));

    private static SchemaShape.Column BooleanPrediction() =>
        Scalar(DefaultColumnNames.PredictedLabel, BooleanDataViewType.Instance, annotations: new SchemaShape(ScoreAnnotations()));

    private static SchemaShape.Column[] ScoreAnnotations() =>
    [
        Scalar(AnnotationUtils.Kinds.ScoreColumnSetId, NumberDataViewType.UInt32, isKey: true),
        Scalar(AnnotationUtils.Kinds.ScoreColumnKind, TextDataViewType.Instance),
        Scalar(AnnotationUtils.Kinds.ScoreValueKind, TextDataViewType.Instance),
    ];
}
