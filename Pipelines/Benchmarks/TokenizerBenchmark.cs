using System.Diagnostics;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Tokenization;

namespace MLPipelines.Benchmarks;

/// <summary>
/// Encodes real texts (banking77's questions and 1,500 of IMDB's reviews) on one core
/// with six real vocabularies, and has the JavaScript tokenizers of @huggingface/transformers do the same.
/// </summary>
internal static class TokenizerBenchmark
{
    private const int Passes = 7;
    private const double WarmUpSeconds = 2;
    private const int Reviews = 1500;
    private const int LongWord = 1 << 20;

    private static readonly string[] Names = ["bert-base-uncased", "bert-base-cased", "roberta-base", "gpt2", "clip-vit-base-patch32", "t5-small"];

    public static int Run(string data)
    {
        var sets = new (string Name, string[] Texts)[]
        {
            ("banking77", ReadTexts(Path.Combine(data, "banking77", "train.csv"), int.MaxValue)),
            ("imdb", ReadTexts(Path.Combine(data, "imdb", "train.csv"), Reviews)),
        };
        string? peer = PreparePeer();
        string folder = Directory.CreateTempSubdirectory("tokenizers-").FullName;
        try
        {
            Console.WriteLine($"{"",-24}{"",-11}{"ours",10}{"",12}{"JavaScript",12}{"ratio",8}");
            Console.WriteLine($"{"",-24}{"",-11}{"M chars/s",10}{"M tokens/s",12}{"M chars/s",12}");
            foreach (string name in Names)
            {
                var tokenizer = Load(data, name);
                tokenizer.Save(Path.Combine(folder, name));
                foreach (var (set, texts) in sets)
                    Compare(tokenizer, name, set, texts, folder, peer);
            }
            Console.WriteLine();
            foreach (string name in Names)
                MeasureLongWord(Load(data, name), name);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Where the folder holds no configuration, what is known of the model takes its place.
    private static TextTokenizer Load(string data, string name)
    {
        var files = Directory.GetFiles(Path.Combine(data, "tokenizers", name)).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes);
        if (!files.ContainsKey("tokenizer_config.json"))
            files["tokenizer_config.json"] = JsonSerializer.SerializeToUtf8Bytes(new { do_lower_case = name.EndsWith("uncased", StringComparison.Ordinal), tokenizer_class = name.StartsWith("bert", StringComparison.Ordinal) ? "BertTokenizer" : "GPT2Tokenizer" });
        return TextTokenizer.Load(files);
    }

    private static void Compare(TextTokenizer tokenizer, string name, string set, string[] texts, string folder, string? peer)
    {
        double characters = texts.Sum(text => (long)text.Length);
        long ids = 0, sum = 0;
        void Pass()
        {
            ids = sum = 0;
            foreach (string text in texts)
            {
                int[] encoded = tokenizer.Tokenize(text).Ids;
                ids += encoded.Length;
                foreach (int id in encoded)
                    sum += id;
            }
        }

        // Both sides run until their compilers have settled.
        var warmUp = Stopwatch.StartNew();
        while (warmUp.Elapsed.TotalSeconds < WarmUpSeconds)
            Pass();
        double ours = characters / Measure.Median(Passes, Pass);
        string line = $"{name,-24}{set,-11}{ours / 1e6,10:N1}{ours * ids / characters / 1e6,12:N2}";
        if (peer == null)
        {
            Console.WriteLine(line);
            return;
        }
        var (seconds, peerIds, peerSum) = RunPeer(peer, Path.Combine(folder, name), texts, folder);
        double theirs = characters / seconds;
        string note = ids == peerIds && sum == peerSum ? "" : $"   ({ids:N0} ids, JavaScript {peerIds:N0})";
        Console.WriteLine($"{line}{theirs / 1e6,12:N2}{ours / theirs,8:N1}{note}");
    }

    // A word of a million characters, and one of two million: about twice the time if time grows with length.
    private static void MeasureLongWord(TextTokenizer tokenizer, string name)
    {
        var random = new Random(1);
        string word = string.Create(2 * LongWord, random, static (span, source) =>
        {
            foreach (ref char unit in span)
                unit = (char)('a' + source.Next(26));
        });
        double one = Measure.Median(3, () => tokenizer.Tokenize(word[..LongWord]));
        double two = Measure.Median(3, () => tokenizer.Tokenize(word));
        Console.WriteLine($"{name,-24}one word of {LongWord / 1e6:N1} M characters {one * 1000,8:N0} ms, of {2 * LongWord / 1e6:N1} M {two * 1000,8:N0} ms");
    }

    private static (double Seconds, long Ids, long Sum) RunPeer(string peer, string tokenizer, string[] texts, string folder)
    {
        string work = Path.Combine(folder, "work.json");
        File.WriteAllBytes(work, JsonSerializer.SerializeToUtf8Bytes(new { tokenizer, texts, passes = Passes, warmUp = WarmUpSeconds }));
        var result = JsonDocument.Parse(RunTool("node", peer, [Path.Combine(peer, "tokenizers.mjs"), work])).RootElement;
        double[] seconds = [.. result.GetProperty("seconds").EnumerateArray().Select(value => value.GetDouble()).Order()];
        return (seconds[seconds.Length / 2], result.GetProperty("ids").GetInt64(), result.GetProperty("sum").GetInt64());
    }

    // The folder of the peer's script with its packages installed; null, with a message, where that cannot be.
    private static string? PreparePeer()
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder != null; folder = folder.Parent)
        {
            string peers = Path.Combine(folder.FullName, "Pipelines", "Benchmarks", "peers");
            if (!File.Exists(Path.Combine(peers, "tokenizers.mjs")))
                continue;
            try
            {
                if (!Directory.Exists(Path.Combine(peers, "node_modules", "@huggingface", "transformers")))
                    RunTool("npm", peers, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
                return peers;
            }
            catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or InvalidOperationException)
            {
                Console.WriteLine($"The JavaScript side is left out: {exception.Message}");
                return null;
            }
        }
        Console.WriteLine("The JavaScript side is left out: run this inside the repository, which holds its script.");
        return null;
    }

    private static string RunTool(string tool, string folder, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(tool, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{tool} ended with {process.ExitCode}: {errors.Result.Trim()}");
    }

    private static string[] ReadTexts(string file, int maximum)
    {
        var loader = new MLContext(seed: 1).Data.CreateTextLoader(new TextLoader.Options
        {
            Columns = [new("Text", DataKind.String, 0)],
            Separators = [','],
            HasHeader = true,
            AllowQuoting = true,
            ReadMultilines = true,
        });
        var view = loader.Load(file);
        return [.. view.GetColumn<string>("Text").Where(text => text.Length > 0).Take(maximum)];
    }
}
