using System.Globalization;

namespace MLPipelines.Benchmarks.Recommenders;

/// <summary>Recommenders: how good their lists are, and how fast they learn and answer.</summary>
internal static class RecommenderBenchmark
{
    public const string Usage = """
          recommenders [FOLDER] [--quality] [--speed [MILLIONS,...]] [--latency] [--algorithms NAME,...] [--search NAME [TRIALS [MINUTES [SEED]]] [--try SETTINGS;...]]
                               NDCG on five tables; seconds an epoch on 2, 8 and 20 million interactions; top 10 of 100,000 items; without
                               options all three. --search chooses settings on validation rows
        """;

    public static int Run(ReadOnlySpan<string> arguments)
    {
        bool quality = false, speed = false, latency = false;
        string? folder = null, search = null;
        int trials = 60, seed = 1;
        double minutes = 10;
        string[] tried = [];
        int[] millions = [2, 8, 20];
        var algorithms = RecommenderAlgorithm.All;
        for (int i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--quality":
                    quality = true;
                    break;
                case "--latency":
                    latency = true;
                    break;
                case "--speed":
                    speed = true;
                    if (i + 1 < arguments.Length && char.IsAsciiDigit(arguments[i + 1][0]))
                        millions = [.. arguments[++i].Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
                    break;
                case "--algorithms" when i + 1 < arguments.Length:
                    var names = arguments[++i].Split(',');
                    algorithms = [.. algorithms.Where(algorithm => names.Contains(algorithm.Name))];
                    break;
                case "--try" when i + 1 < arguments.Length:
                    tried = arguments[++i].Split(';');
                    break;
                case "--search" when i + 1 < arguments.Length:
                    search = arguments[++i];
                    if (i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out int most))
                        (trials, i) = (most, i + 1);
                    if (i + 1 < arguments.Length && double.TryParse(arguments[i + 1], CultureInfo.InvariantCulture, out double longest))
                        (minutes, i) = (longest, i + 1);
                    if (i + 1 < arguments.Length && int.TryParse(arguments[i + 1], out int other))
                        (seed, i) = (other, i + 1);
                    break;
                case var argument when argument.StartsWith("--", StringComparison.Ordinal) || folder is not null:
                    Console.Error.WriteLine($"'{argument}' is not understood.\n{Usage}");
                    return 2;
                default:
                    folder = arguments[i];
                    break;
            }
        }
        bool all = !quality && !speed && !latency && search is null;
        if (quality || search is not null || all)
        {
            if (Measure.FindData(folder) is not { } data)
            {
                Console.Error.WriteLine(folder is null ? "The real data sets were not found in ../shared/data; name their folder." : $"There is no folder '{folder}'.");
                return 2;
            }
            if (search is not null)
            {
                if (RecommenderAlgorithm.All.FirstOrDefault(algorithm => algorithm.Name == search) is not { } searched)
                {
                    Console.Error.WriteLine($"There is no algorithm '{search}'; there are {string.Join(", ", RecommenderAlgorithm.All.Select(algorithm => algorithm.Name))}.");
                    return 2;
                }
                return RecommenderQuality.Search(data, searched, trials, minutes, seed, tried);
            }
            RecommenderQuality.Run(data, algorithms);
        }
        if (speed || all)
            RecommenderSpeed.Run(millions);
        if (latency || all)
            RecommenderLatency.Run();
        return 0;
    }
}
