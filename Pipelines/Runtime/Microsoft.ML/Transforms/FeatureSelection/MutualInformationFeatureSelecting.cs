using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Keeps the slots, of all columns together, whose values tell most about the label.</summary>
public sealed class MutualInformationFeatureSelectingEstimator : IEstimator<ITransformer>
{
    private readonly IHost _host;
    private readonly (string outputColumnName, string inputColumnName)[] _columns;
    private readonly string _labelColumnName;
    private readonly int _slotsInOutput;
    private readonly int _numberOfBins;

    internal MutualInformationFeatureSelectingEstimator(
        IHostEnvironment env, (string outputColumnName, string inputColumnName)[] columns, string labelColumnName, int slotsInOutput, int numberOfBins)
    {
        _host = env.Register(nameof(MutualInformationFeatureSelectingEstimator));
        Contracts.CheckUserArg(slotsInOutput > 0, nameof(slotsInOutput), $"Must be positive, but is {slotsInOutput}");
        Contracts.CheckNonWhiteSpace(labelColumnName, nameof(labelColumnName));
        Contracts.CheckUserArg(numberOfBins > 1, nameof(numberOfBins), $"Must be greater than 1, but is {numberOfBins}");
        _columns = columns;
        _labelColumnName = labelColumnName;
        _slotsInOutput = slotsInOutput;
        _numberOfBins = numberOfBins;
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(_columns.Select(pair =>
        {
            var input = inputSchema.FindInput(pair.inputColumnName);
            if (!input.IsKey && !SlotClasses.CanClassify(input.ItemType))
                throw Contracts.ExceptUserArg(nameof(inputSchema), $"Column '{input.Name}' does not have compatible type. Expected types are float, double, int, bool and key.");
            return SlotSelection.Shape(pair.outputColumnName, input);
        }));
    }

    public ITransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var label = input.Schema.GetColumnOrNull(_labelColumnName)
            ?? throw Contracts.ExceptUserArg("labelColumnName", $"Label column '{_labelColumnName}' not found");
        if (!SlotClasses.CanClassify(label.Type))
            throw Contracts.ExceptUserArg("labelColumnName", $"Label column '{_labelColumnName}' does not have compatible type");
        var inputs = Array.ConvertAll(_columns, pair => FindInput(input.Schema, pair.inputColumnName));

        var scores = ComputeScores(input, label, inputs);
        return SlotSelection.MakeTransformer(_host, _columns, SelectBest(scores));
    }

    private static DataViewSchema.Column FindInput(DataViewSchema schema, string name)
    {
        var column = SlotSelection.FindInput(schema, name);
        if (!SlotClasses.CanClassify(column.Type.ItemTypeOrSelf()))
            throw Contracts.ExceptUserArg("columns", $"Column '{name}' of type '{column.Type}' does not have compatible type.");
        return column;
    }

    private float[][] ComputeScores(IDataView input, DataViewSchema.Column label, DataViewSchema.Column[] inputs)
    {
        using var cursor = input.GetRowCursor([label, .. inputs]);
        var labelClasses = SlotClasses.Create(cursor, label);
        var slotClasses = Array.ConvertAll(inputs, column => SlotClasses.Create(cursor, column));
        while (cursor.MoveNext())
        {
            _host.CheckAlive();
            labelClasses.AddRow();
            foreach (var classes in slotClasses)
                classes.AddRow();
        }
        var information = new MutualInformation(labelClasses.Classify(0, _numberOfBins).ToDense());
        return Array.ConvertAll(slotClasses, classes =>
        {
            var scores = new float[classes.SlotCount];
            for (int i = 0; i < scores.Length; i++)
            {
                _host.CheckAlive();
                scores[i] = information.With(classes.Classify(i, _numberOfBins));
            }
            return scores;
        });
    }

    /// <summary>The best slots with any information; of those tied for the last places, the first.</summary>
    private bool[][] SelectBest(float[][] scores)
    {
        float[] best = [.. scores.SelectMany(column => column).Where(score => score > 0).OrderDescending().Take(_slotsInOutput)];
        float threshold = best.Length < _slotsInOutput ? 0 : best[^1];
        int tied = threshold > 0 ? best.Count(score => score == threshold) : 0;
        return Array.ConvertAll(scores, column => Array.ConvertAll(column, score => score > threshold || (score == threshold && tied-- > 0)));
    }
}
