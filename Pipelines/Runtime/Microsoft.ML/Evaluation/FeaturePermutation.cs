using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;

namespace Microsoft.ML.Evaluation;

/// <summary>Measures by how much the metrics of a model change where the values of one feature are shuffled among the examples.</summary>
/// <remarks>L. Breiman, "Random Forests" (2001), section 10.</remarks>
internal static class FeaturePermutation
{
    /// <param name="env">The environment.</param>
    /// <param name="transformer">Adds the predictions of the model.</param>
    /// <param name="data">The examples.</param>
    /// <param name="evaluate">Gives the metrics of scored examples.</param>
    /// <param name="add">Adds metrics and those of unchanged examples to the statistics of a feature.</param>
    /// <param name="make">Makes the statistics of a feature.</param>
    /// <param name="skipZeroWeights">Whether to leave out features that have no weight in a linear model.</param>
    /// <param name="maximumCount">The largest number of examples; null for all.</param>
    /// <param name="permutationCount">How often to shuffle each feature.</param>
    public static TStatistics[] Run<TMetrics, TStatistics>(
        IHostEnvironment env, ISingleFeaturePredictionTransformer<object> transformer, IDataView data, Func<IDataView, TMetrics> evaluate,
        Action<TStatistics, TMetrics, TMetrics> add, Func<TStatistics> make, bool skipZeroWeights, int? maximumCount, int permutationCount)
    {
        Contracts.CheckValue(transformer, "model");
        Contracts.CheckValue(data, nameof(data));
        var host = env.Register("PermutationFeatureImportance");
        Contracts.CheckNonEmpty(transformer.FeatureColumnName, "features");
        Contracts.Check(maximumCount is null or > 0, "Provide how many examples to use (positive number) or set to null to use whole dataset.");
        var baseline = evaluate(transformer.Transform(data));
        var column = data.Schema[transformer.FeatureColumnName];
        int[] slots = Slots(transformer.Model, column.Type.VectorSize(), skipZeroWeights);
        var random = slots.Length == 0 ? null : RandomUtils.Create(host.Rand.Next());
        var results = new List<TStatistics>(slots.Length);
        foreach (int slot in slots)
        {
            host.CheckAlive();
            var values = ReadSlot(data, column, slot, maximumCount ?? int.MaxValue);
            if (values.Length == 0)
                break;
            var statistics = make();
            for (int i = 0; i < permutationCount; i++)
            {
                RandomUtils.Shuffle<float>(random, values);
                IDataView permuted = Permute(data, column, slot, values);
                if (values.Length == maximumCount)
                    permuted = new SkipTakeFilter(permuted, 0, values.Length);
                add(statistics, evaluate(transformer.Transform(permuted)), baseline);
            }
            results.Add(statistics);
        }
        return [.. results];
    }

    private static int[] Slots(object model, int count, bool skipZeroWeights)
    {
        var linear = (model is CalibratedModelParametersBase calibrated ? calibrated.SubModel : model) as LinearModelParameters;
        var all = Enumerable.Range(0, count);
        return [.. skipZeroWeights && linear != null ? all.Where(slot => slot < linear.Weights.Count && linear.Weights[slot] != 0) : all];
    }

    private static float[] ReadSlot(IDataView data, DataViewSchema.Column column, int slot, int maximumCount)
    {
        var values = new List<float>();
        using var cursor = data.GetRowCursor([column]);
        var getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> features = default;
        while (values.Count < maximumCount && cursor.MoveNext())
        {
            getter(ref features);
            values.Add(features.GetItemOrDefault(slot));
        }
        return [.. values];
    }

    private static MappedDataView Permute(IDataView data, DataViewSchema.Column column, int slot, float[] values)
    {
        return new MappedDataView(data, new RowMapper(data.Schema, [new OutputColumn(column.Name, column.Type, column.Annotations, [column.Index], MakeGetter)]));

        Delegate MakeGetter(DataViewRow row)
        {
            var getter = row.GetGetter<VBuffer<float>>(column);
            VBuffer<float> source = default;
            return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> destination) =>
            {
                getter(ref source);
                Replace(in source, slot, values[row.Position], ref destination);
            });
        }
    }

    /// <summary>Copies a vector with another value in one slot; it stays dense or sparse.</summary>
    private static void Replace(in VBuffer<float> source, int slot, float value, ref VBuffer<float> destination)
    {
        if (source.IsDense)
        {
            source.CopyTo(ref destination);
            VBufferEditor.CreateFromBuffer(ref destination).Values[slot] = value;
            return;
        }
        var indices = source.GetIndices();
        var values = source.GetValues();
        int place = indices.BinarySearch(slot);
        if (place >= 0 || value == 0)
        {
            source.CopyTo(ref destination);
            if (place >= 0)
                VBufferEditor.CreateFromBuffer(ref destination).Values[place] = value;
            return;
        }
        place = ~place;
        var editor = VBufferEditor.Create(ref destination, source.Length, values.Length + 1, requireIndicesOnDense: true);
        values[..place].CopyTo(editor.Values);
        indices[..place].CopyTo(editor.Indices);
        editor.Values[place] = value;
        editor.Indices[place] = slot;
        values[place..].CopyTo(editor.Values[(place + 1)..]);
        indices[place..].CopyTo(editor.Indices[(place + 1)..]);
        destination = editor.Commit();
    }
}
