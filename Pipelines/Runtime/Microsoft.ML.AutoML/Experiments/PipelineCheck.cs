using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.AutoML;

/// <summary>Finds, before the first trial, what would make all of them fail.</summary>
internal static class PipelineCheck
{
    private const int MostTerms = 64;

    /// <exception cref="ArgumentException">No candidate takes the data, or the label is missing, constant or not what the metric needs.</exception>
    public static void Check(MLContext context, SweepablePipeline pipeline, IMetricManager metric, IDatasetManager data)
    {
        var train = data switch
        {
            TrainValidateDatasetManager parts => parts.Train,
            ICrossValidateDatasetManager folds => folds.Dataset,
            _ => null,
        };
        if (train is null)
            return;
        var shape = ShapeOf(context, pipeline, train);
        if (metric is not ILabelledMetric labelled)
            return;
        if (!shape.TryFindColumn(labelled.LabelColumn, out var label))
            throw AutoMLErrors.NoColumn(labelled.LabelColumn, "label", train.Schema);
        labelled.CheckLabel(label);
        if (train.Schema.GetColumnOrNull(labelled.LabelColumn) is { } column)
            CheckVaries(train, column);
    }

    /// <summary>What the first candidate that takes the data makes of it.</summary>
    private static SchemaShape ShapeOf(MLContext context, SweepablePipeline pipeline, IDataView train)
    {
        var input = SchemaShape.Create(train.Schema);
        var before = pipeline.CurrentParameter;
        Exception first = null;
        foreach (string[] term in pipeline.Terms.Take(MostTerms))
        {
            var parameter = pipeline.CurrentParameter;
            parameter[SweepablePipeline.SchemaOption] = Parameter.FromString(string.Join(" * ", term));
            try
            {
                return pipeline.BuildFromOption(context, parameter).GetOutputSchema(input);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException)
            {
                first ??= e;
            }
        }
        throw new ArgumentException($"The pipeline does not take the columns of the training data: {first.Message}", nameof(train), first);
    }

    private static void CheckVaries(IDataView train, DataViewSchema.Column label)
    {
        switch (label.Type)
        {
            case TextDataViewType:
                CheckVaries(train.GetColumn<ReadOnlyMemory<char>>(label).Select(text => text.ToString()), label.Name);
                break;
            case BooleanDataViewType:
                CheckVaries(train.GetColumn<bool>(label), label.Name);
                break;
            case KeyDataViewType { RawType: var type } when type == typeof(uint):
                CheckVaries(train.GetColumn<uint>(label), label.Name);
                break;
            case NumberDataViewType { RawType: var type } when type == typeof(float):
                CheckVaries(train.GetColumn<float>(label), label.Name);
                break;
        }
    }

    private static void CheckVaries<T>(IEnumerable<T> labels, string name)
    {
        long rows = 0;
        T first = default;
        foreach (var label in labels)
        {
            if (rows++ == 0)
                first = label;
            else if (!EqualityComparer<T>.Default.Equals(label, first))
                return;
        }
        throw rows == 0 ? new ArgumentException("The training data has no rows.", nameof(labels)) : AutoMLErrors.ConstantLabel(name, first.ToString(), rows);
    }
}
