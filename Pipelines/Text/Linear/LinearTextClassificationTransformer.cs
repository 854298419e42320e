using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;

namespace MLPipelines.Text;

/// <summary>The columns that a linear text classifier reads and adds.</summary>
internal sealed record LinearTextColumns(string Text, string PredictedLabel, string Score)
{
    public static LinearTextColumns Of(LinearTextClassificationOptions options) =>
        new(options.TextColumnName, options.PredictedLabelColumnName, options.ScoreColumnName);
}

/// <summary>
/// Classifies texts: adds the predicted class (a key whose values are the class names) and the probability of each class
/// (a vector of <see cref="float"/> that sums to 1, with the class names as slot names).
/// </summary>
/// <remarks>Immutable and thread-safe; holds no native memory. Saved through <see cref="LinearTextClassificationCodec"/>.</remarks>
public sealed class LinearTextClassificationTransformer : RowTransformer
{
    internal LinearTextClassificationTransformer(LinearTextModel model, LinearTextColumns columns, TextClassificationMetrics? heldOut = null)
    {
        Model = model;
        Columns = columns;
        HeldOut = heldOut;
    }

    /// <summary>
    /// How well models of these options did on the parts of the training texts that were held out to choose the cost and to calibrate: a cross-validation
    /// (<see cref="LinearTextClassificationOptions.CalibrationFolds"/>). The calibration is that of the same rows. Null where nothing was held out, and for a model that was loaded.
    /// </summary>
    public TextClassificationMetrics? HeldOut { get; }

    /// <summary>The names of the classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Labels => Model.Labels;

    /// <summary>The number of n-grams that the model knows.</summary>
    public int FeatureCount => Model.FeatureCount;

    internal LinearTextModel Model { get; }

    internal LinearTextColumns Columns { get; }

    /// <summary>Classifies one text without any data view.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="probabilities">Receives one probability a class; at least as long as <see cref="Labels"/>.</param>
    /// <returns>The index of the most probable class in <see cref="Labels"/>.</returns>
    public int Predict(ReadOnlySpan<char> text, Span<float> probabilities)
    {
        if (probabilities.Length < Labels.Count)
            throw new ArgumentException($"The span has room for {probabilities.Length} probabilities; there are {Labels.Count} classes.", nameof(probabilities));
        return Model.Predict(text, probabilities);
    }

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new Mapping(this, inputSchema);

    private sealed class Mapping : RowMapping
    {
        private readonly LinearTextModel _model;
        private readonly DataViewSchema.Column _text;

        public Mapping(LinearTextClassificationTransformer parent, DataViewSchema inputSchema)
            : this(parent, inputSchema, inputSchema.FindInput(parent.Columns.Text, type => type is TextDataViewType, "String"))
        {
        }

        private Mapping(LinearTextClassificationTransformer parent, DataViewSchema inputSchema, DataViewSchema.Column text)
            : base(inputSchema, [text], MakeOutputs(parent))
        {
            _model = parent.Model;
            _text = text;
        }

        protected override Delegate?[] MakeGetters(DataViewRow input, ReadOnlySpan<bool> active)
        {
            var getters = new Delegate?[2];
            if (!active.Contains(true))
                return getters;
            var readText = input.GetGetter<ReadOnlyMemory<char>>(_text);
            var probabilities = new float[_model.ClassCount];
            ReadOnlyMemory<char> text = default, predictedText = default;
            bool isPredicted = false;
            int predicted = 0;
            if (active[0])
            {
                getters[0] = (ValueGetter<uint>)((ref uint key) =>
                {
                    Predict();
                    key = (uint)predicted + 1;
                });
            }
            if (active[1])
            {
                getters[1] = (ValueGetter<VBuffer<float>>)((ref VBuffer<float> scores) =>
                {
                    Predict();
                    var editor = VBufferEditor.Create(ref scores, probabilities.Length);
                    probabilities.CopyTo(editor.Values);
                    scores = editor.Commit();
                });
            }
            return getters;

            // Both columns of a row need the same prediction. A string never changes, so the same one is the same text.
            void Predict()
            {
                readText(ref text);
                if (isPredicted && text.Equals(predictedText))
                    return;
                predicted = _model.Predict(text.Span, probabilities);
                predictedText = text;
                isPredicted = MemoryMarshal.TryGetString(text, out _, out _, out _);
            }
        }

        private static DataViewSchema.DetachedColumn[] MakeOutputs(LinearTextClassificationTransformer parent) =>
            [OutputColumn.KeyColumn(parent.Columns.PredictedLabel, parent.Labels), OutputColumn.ScoresColumn(parent.Columns.Score, parent.Labels)];
    }
}
