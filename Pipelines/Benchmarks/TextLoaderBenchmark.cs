using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLPipelines.Benchmarks;

/// <summary>
/// Reads every value of 600,000 rows (id, Boolean, a vector of 10 floats, two texts; about 101 MB) from a file of
/// tab-separated values and from a quoted one.
/// </summary>
internal static class TextLoaderBenchmark
{
    private const int RowCount = 600_000;
    private const int VectorSize = 10;
    private const int Passes = 5;

    public static int Run()
    {
        string folder = Directory.CreateTempSubdirectory("text-loader-").FullName;
        try
        {
            string tsv = Path.Combine(folder, "rows.tsv");
            string csv = Path.Combine(folder, "rows.csv");
            Write(tsv, '\t', quoted: false);
            Write(csv, ',', quoted: true);
            Console.WriteLine($"{RowCount:N0} rows; {new FileInfo(tsv).Length / 1e6:N1} MB tab-separated, {new FileInfo(csv).Length / 1e6:N1} MB quoted; {Environment.ProcessorCount} processors");
            Console.WriteLine("                              MB/s   MB per processor second");
            Report("first pass", [Measure(tsv, Load(tsv, '\t', false, useThreads: true))]);
            Report("warm, with threads", Repeat(tsv, Load(tsv, '\t', false, useThreads: true)));
            Report("warm, without threads", Repeat(tsv, Load(tsv, '\t', false, useThreads: false)));
            Report("quoted, with threads", Repeat(csv, Load(csv, ',', true, useThreads: true)));
            Report("quoted, without threads", Repeat(csv, Load(csv, ',', true, useThreads: false)));
            using var process = Process.GetCurrentProcess();
            Console.WriteLine($"peak memory               {process.PeakWorkingSet64 / 1e6,8:N0} MB");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IDataView Load(string path, char separator, bool quoted, bool useThreads) =>
        new MLContext(seed: 1).Data.LoadFromTextFile(path, new TextLoader.Options
        {
            Separators = [separator],
            HasHeader = true,
            AllowQuoting = quoted,
            UseThreads = useThreads,
            Columns =
            [
                new("Id", DataKind.Int64, 0),
                new("Flag", DataKind.Boolean, 1),
                new("Features", DataKind.Single, 2, VectorSize + 1),
                new("Title", DataKind.String, VectorSize + 2),
                new("Body", DataKind.String, VectorSize + 3),
            ],
        });

    private static (double Wall, double Processor)[] Repeat(string path, IDataView data) =>
        [.. Enumerable.Range(0, Passes).Select(_ => Measure(path, data))];

    /// <summary>Writes the medians of several passes.</summary>
    private static void Report(string name, (double Wall, double Processor)[] rates)
    {
        double wall = rates.Select(rate => rate.Wall).Order().ElementAt(rates.Length / 2);
        double processor = rates.Select(rate => rate.Processor).Order().ElementAt(rates.Length / 2);
        Console.WriteLine($"{name,-26}{wall,8:N0}{processor,12:N0}");
    }

    private static (double Wall, double Processor) Measure(string path, IDataView data)
    {
        using var process = Process.GetCurrentProcess();
        var processorBefore = process.TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        long rows = ReadAll(data, out double check);
        var wall = clock.Elapsed;
        process.Refresh();
        if (rows != RowCount || !double.IsFinite(check))
            throw new InvalidDataException($"{rows} rows read, {RowCount} expected.");
        double size = new FileInfo(path).Length / 1e6;
        return (size / wall.TotalSeconds, size / (process.TotalProcessorTime - processorBefore).TotalSeconds);
    }

    private static long ReadAll(IDataView data, out double check)
    {
        using var cursor = data.GetRowCursor(data.Schema);
        var idGetter = cursor.GetGetter<long>(data.Schema["Id"]);
        var flagGetter = cursor.GetGetter<bool>(data.Schema["Flag"]);
        var featuresGetter = cursor.GetGetter<VBuffer<float>>(data.Schema["Features"]);
        var titleGetter = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["Title"]);
        var bodyGetter = cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema["Body"]);
        long id = 0;
        bool flag = false;
        VBuffer<float> features = default;
        ReadOnlyMemory<char> title = default, body = default;
        long rows = 0;
        check = 0;
        while (cursor.MoveNext())
        {
            idGetter(ref id);
            flagGetter(ref flag);
            featuresGetter(ref features);
            titleGetter(ref title);
            bodyGetter(ref body);
            check += id + (flag ? 1 : 0) + features.GetValues()[VectorSize - 1] + title.Length + body.Length;
            rows++;
        }
        return rows;
    }

    private static void Write(string path, char separator, bool quoted)
    {
        var random = new Random(1);
        string[] words = [.. Enumerable.Range(0, 2000).Select(_ => RandomText.Word(random))];
        string quote = quoted ? "\"" : "";
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false), 1 << 16);
        writer.WriteLine(string.Join(separator, ["Id", "Flag", .. Enumerable.Range(0, VectorSize).Select(i => $"F{i}"), "Title", "Body"]));
        var line = new StringBuilder();
        for (int row = 0; row < RowCount; row++)
        {
            line.Clear().Append(row).Append(separator).Append(random.Next(2));
            for (int i = 0; i < VectorSize; i++)
                line.Append(separator).Append(CultureInfo.InvariantCulture, $"{random.NextDouble() * 2 - 1:F5}");
            AppendText(line.Append(separator).Append(quote), random, words, 3, separator, quoted).Append(quote);
            AppendText(line.Append(separator).Append(quote), random, words, 8, separator, quoted).Append(quote);
            writer.WriteLine(line);
        }
    }

    private static StringBuilder AppendText(StringBuilder line, Random random, string[] words, int count, char separator, bool quoted)
    {
        for (int i = 0; i < count; i++)
        {
            if (i > 0)
                line.Append(quoted && random.Next(8) == 0 ? $"{separator} " : " ");
            line.Append(words[random.Next(words.Length)]);
        }
        return quoted && random.Next(4) == 0 ? line.Append(" \"\"quoted\"\"") : line;
    }
}
