using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Benchmarks;

/// <summary>
/// Objects as data, and a usual pipeline over 100,000 of them: two texts featurised, a flag encoded, ten numbers normalised.
/// </summary>
internal static class PipelineBenchmark
{
    private const int PipelineRows = 100_000;
    private const int EnumerableRows = 5_000_000;

    private sealed class NumberRow
    {
        public long Id { get; set; }
        public bool Flag { get; set; }
        public float Value { get; set; }
    }

    private sealed class Row
    {
        public string Flag { get; set; } = "";

        [VectorType(10)]
        public float[] Numbers { get; set; } = [];

        public string Title { get; set; } = "";
        public string Body { get; set; } = "";
    }

    public static int Run()
    {
        MeasureEnumerable();
        var context = new MLContext(seed: 1);
        var data = context.Data.LoadFromEnumerable(MakeRows());
        var pipeline = context.Transforms.Text.FeaturizeText("TitleFeatures", "Title")
            .Append(context.Transforms.Text.FeaturizeText("BodyFeatures", "Body"))
            .Append(context.Transforms.Categorical.OneHotEncoding("Flag"))
            .Append(context.Transforms.NormalizeMeanVariance("Numbers"))
            .Append(context.Transforms.Concatenate("Features", "TitleFeatures", "BodyFeatures", "Flag", "Numbers"));
        var model = Measure.Time(() => pipeline.Fit(data), out double fit);
        double firstPass = Measure.Median(1, () => ReadFeatures(model.Transform(data)));
        double warmFit = Measure.Median(3, () => pipeline.Fit(data));
        double warmPass = Measure.Median(3, () => ReadFeatures(model.Transform(data)));
        Measure.Print("FeaturizeText x2 + OneHot + Normalize, 100,000 rows: fit", $"{fit:F2} s, warm {warmFit:F2} s", "ML.NET 5.0.0: 2.9 s");
        Measure.Print("  one pass over the features", $"{firstPass:F2} s, warm {warmPass:F2} s", "ML.NET 5.0.0: 1.2 s");
        Measure.Print("  peak memory", $"{Measure.PeakMegabytes():N0} MB");
        return 0;
    }

    private static void MeasureEnumerable()
    {
        var rows = new NumberRow[EnumerableRows];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = new NumberRow { Id = i, Flag = i % 3 == 0, Value = i * 0.5f };
        var data = new MLContext().Data.LoadFromEnumerable(rows);
        void Read()
        {
            using var cursor = data.GetRowCursor(data.Schema);
            var ids = cursor.GetGetter<long>(data.Schema["Id"]);
            var flags = cursor.GetGetter<bool>(data.Schema["Flag"]);
            var values = cursor.GetGetter<float>(data.Schema["Value"]);
            long id = 0, sum = 0;
            bool flag = false;
            float value = 0;
            while (cursor.MoveNext())
            {
                ids(ref id);
                flags(ref flag);
                values(ref value);
                sum += id + (flag ? 1 : 0) + (value > 0 ? 1 : 0);
            }
            if (sum == 0)
                throw new InvalidDataException("Nothing was read.");
        }
        Read();
        double seconds = Measure.Median(5, Read);
        Measure.Print("LoadFromEnumerable, three columns, warm", $"{EnumerableRows / seconds / 1e6:F0} M rows/s", "ML.NET 5.0.0: 20 M rows/s");
    }

    private static double ReadFeatures(IDataView data)
    {
        var column = data.Schema["Features"];
        using var cursor = data.GetRowCursor([column]);
        var getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> features = default;
        double sum = 0;
        while (cursor.MoveNext())
        {
            getter(ref features);
            sum += features.GetValues().Length;
        }
        return sum;
    }

    private static Row[] MakeRows()
    {
        var random = new Random(1);
        string[] words = [.. Enumerable.Range(0, 2000).Select(_ => RandomText.Word(random))];
        return [.. Enumerable.Range(0, PipelineRows).Select(_ => new Row
        {
            Flag = random.Next(2) == 0 ? "no" : "yes",
            Numbers = [.. Enumerable.Range(0, 10).Select(_ => random.NextSingle() * 2 - 1)],
            Title = RandomText.Sentence(random, words, 3),
            Body = RandomText.Sentence(random, words, 8),
        })];
    }
}
